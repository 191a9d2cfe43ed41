import { existsSync } from 'node:fs';
import { DEFAULT_MAJOR, findBinaries } from '#engine/embedded/binaries.ts';
import { procedures } from './base.ts';

export const app = procedures.app.router({
  info: procedures.app.info.handler(({ context }) => {
    const { host } = context.engine;
    return {
      name: 'PgVitals',
      version: host.toolVersion,
      host: host.kind,
      savesThroughDialog: host.saveFile !== null,
      canStorePasswords: host.secrets !== null,
      initialConnectionId: context.initialConnectionId,
      demoAvailable: isDemoAvailable(),
    };
  }),
});

/** The embedded server is an optional dependency: some platforms have none, and an installation may leave it out. */
function isDemoAvailable(): boolean {
  try {
    return existsSync(findBinaries(DEFAULT_MAJOR).postgres);
  } catch {
    return false;
  }
}
