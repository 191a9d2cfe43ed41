import { VERSION } from '#shared/model/version.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { CliContext } from '../cli.ts';
import { dataDir } from '../data-dir.ts';
import { createNodeHost } from '../node-host.ts';
import type { ConnectionFlags } from './options.ts';
import { openTunnel } from './ssh.ts';
import { cliProfiles, resolveTarget } from './target.ts';

/** An engine with what this user's programs remember and one open connection; both are closed when `work` ends. */
export async function withConnection<T>(
  url: string | undefined,
  flags: ConnectionFlags & { readonly clientDir?: string | undefined },
  context: CliContext,
  work: (engine: Engine, connectionId: string) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const target = await openTunnel(await resolveTarget(url, flags, process.env), context);
  const profile = flags.connection === undefined ? null : await cliProfiles().named(flags.connection);
  const engine = createEngine(
    createNodeHost({
      kind: 'in-process',
      toolVersion: VERSION,
      dataDir: dataDir(),
      writeLogLine: () => undefined,
    }),
    { clientFolder: flags.clientDir },
  );
  try {
    const { id } = await engine.open(
      { target },
      { signal, ...(profile === null ? {} : { profile, name: profile.name }) },
    );
    return await work(engine, id);
  } finally {
    await engine.close();
  }
}
