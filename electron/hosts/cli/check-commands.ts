import { Command, Option } from 'commander';
import { auditJsonSchema } from '#shared/model/audit-schema.ts';
import { CATEGORIES } from '#shared/model/finding.ts';
import { explainCheck } from '#engine/audit/explain.ts';
import { CHECKS, describeCheck } from '#engine/audit/registry.ts';
import { EngineError } from '#engine/errors.ts';
import type { CliContext } from '../cli.ts';

/** `pgvitals checks`. */
export function checksCommand({ output }: CliContext): Command {
  return new Command('checks')
    .description('list every check')
    .addOption(
      new Option('-f, --format <format>', 'human or json').choices(['human', 'json']).default('human'),
    )
    .action((flags: { format: string }) => {
      if (flags.format === 'json')
        return output.data(`${JSON.stringify(CHECKS.map(describeCheck), null, 2)}\n`);
      const width = Math.max(...CHECKS.map((c) => c.id.length));
      for (const category of CATEGORIES) {
        const own = CHECKS.filter((c) => c.category === category);
        if (own.length === 0) continue;
        output.data(`${category} (${own.length})\n`);
        for (const check of own)
          output.data(`  ${check.id.padEnd(width)}  ${check.severity.padEnd(8)}  ${check.title}\n`);
      }
      output.data(`\n${CHECKS.length} checks. pgvitals explain <id> tells the rule and the reason of one.\n`);
    });
}

/** `pgvitals explain <id>`. */
export function explainCommand({ output }: CliContext): Command {
  return new Command('explain')
    .description('explain a check: why, the rule, what to do')
    .argument('<id>', 'check id, for example duplicate-index')
    .action((id: string) => {
      const check = CHECKS.find((c) => c.id === id);
      if (!check) throw new EngineError('BAD_INPUT', `There is no check called ${id}.`, suggestion(id));
      output.data(explainCheck(check));
    });
}

/** `pgvitals schema`. */
export function schemaCommand({ output }: CliContext): Command {
  return new Command('schema')
    .description('print the JSON Schema of the audit file')
    .action(() => output.data(`${JSON.stringify(auditJsonSchema(), null, 2)}\n`));
}

function suggestion(id: string): string {
  const words = id.toLowerCase().split('-');
  const near = CHECKS.filter((c) => words.some((w) => w.length > 2 && c.id.includes(w))).slice(0, 4);
  return near.length > 0
    ? `Did you mean ${near.map((c) => c.id).join(', ')}?`
    : 'pgvitals checks lists them.';
}
