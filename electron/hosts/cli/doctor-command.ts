import { Command } from 'commander';
import { EngineError, isAbort } from '#engine/errors.ts';
import { diagnose } from '#engine/postgres/doctor.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { visible } from '#engine/reports/visible.ts';
import type { CliContext } from '../cli.ts';
import { EXIT } from './exit-codes.ts';
import type { ConnectionFlags } from './options.ts';
import { openTunnel } from './ssh.ts';
import { resolveTarget, withConnectionFlags } from './target.ts';

const MARKS = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  skipped: 'skipped',
  running: '…      ',
} as const;

/** `pgvitals doctor`: each step of connecting, and the cure of the one that fails. */
export function doctorCommand(context: CliContext): Command {
  const { output, signal, finish } = context;
  const command = new Command('doctor')
    .description('try to connect step by step and say which step fails')
    .argument('[url]', 'any connection URL');
  return withConnectionFlags(command).action(async (url: string | undefined, flags: ConnectionFlags) => {
    const target = await answered(await resolveTarget(url, flags, process.env), context);
    let failed = false;
    for await (const step of diagnose(() => target, { signal })) {
      if (step.outcome === 'running') continue;
      failed ||= step.outcome === 'failed';
      const time = step.durationMs === null ? '' : `  ${Math.round(step.durationMs)} ms`;
      output.data(
        `${MARKS[step.outcome]}  ${step.label}${step.detail ? `: ${visible(step.detail)}` : ''}${time}\n`,
      );
      if (step.cure) output.data(`         ${visible(step.cure)}\n`);
    }
    if (!failed) output.note('pgvitals monitoring-role prints a script for a role that may only look.\n');
    finish(failed ? EXIT.connection : EXIT.ok);
  });
}

/** With what a user at a terminal says to ssh; a tunnel that fails all the same is told of as a step. */
async function answered(target: ConnectionTarget, context: CliContext): Promise<ConnectionTarget> {
  try {
    const routed = await openTunnel(target, context);
    await routed.route?.close();
    return { ...routed, route: null };
  } catch (error) {
    if (isAbort(error)) throw error;
    if (error instanceof EngineError && error.nextStep) context.output.note(`${visible(error.nextStep)}\n`);
    return target;
  }
}
