import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this user's programs keep what they remember, by the habits of the system; the desktop app asks Electron. */
export function dataDir(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): string {
  if (platform === 'win32')
    return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'PgVitals');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'PgVitals');
  const xdg = environment['XDG_DATA_HOME'];
  // The specification ignores relative ones.
  return join(xdg?.startsWith('/') ? xdg : join(home, '.local', 'share'), 'pgvitals');
}
