import { readFile } from 'node:fs/promises';

/** What decides which command installs a client. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** `ID`, `ID_LIKE` and `VERSION_ID` of /etc/os-release; empty elsewhere. */
  readonly ids: readonly string[];
  readonly versionId: string;
}

export async function readSystem(platform: NodeJS.Platform, file = '/etc/os-release'): Promise<System> {
  const text = platform === 'linux' ? await readFile(file, 'utf8').catch(() => '') : '';
  const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1] ?? '';
  return {
    platform,
    arch: process.arch,
    ids: `${value('ID')} ${value('ID_LIKE')}`.trim().split(/\s+/).filter(Boolean),
    versionId: value('VERSION_ID'),
  };
}

/** The commands that install the clients of a major version on this system, ready to be copied. */
export function installHint(major: number, { platform, arch, ids, versionId }: System): string {
  const is = (...names: readonly string[]): boolean => names.some((name) => ids.includes(name));
  if (platform === 'darwin') return `brew install postgresql@${major}`;
  if (platform === 'win32') return `winget install --id PostgreSQL.PostgreSQL.${major}`;
  // The distribution has one or two majors; the project's own repository has all that are maintained.
  // https://www.postgresql.org/download/linux/
  if (is('debian', 'ubuntu'))
    return [
      'sudo apt install -y postgresql-common',
      'sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y',
      `sudo apt install -y postgresql-client-${major}`,
    ].join(' && ');
  if (is('rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol')) {
    const cpu = arch === 'arm64' ? 'aarch64' : 'x86_64';
    const release = `${ids[0] === 'fedora' ? 'F' : 'EL'}-${versionId.split('.')[0]}-${cpu}`;
    return [
      `sudo dnf install -y https://download.postgresql.org/pub/repos/yum/reporpms/${release}/pgdg-${ids[0] === 'fedora' ? 'fedora' : 'redhat'}-repo-latest.noarch.rpm`,
      `sudo dnf install -y postgresql${major}`,
    ].join(' && ');
  }
  if (is('suse', 'opensuse')) return `sudo zypper install postgresql${major}`;
  if (is('alpine')) return `sudo apk add postgresql${major}-client`;
  if (is('arch')) return 'sudo pacman -S postgresql-libs';
  return `Install the PostgreSQL ${major} client: https://www.postgresql.org/download/`;
}
