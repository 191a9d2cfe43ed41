import { afterAll, beforeAll } from 'vitest';
import type { SshRequest } from '#engine/engine.ts';
import { createSshHome, HAS_SSHD, type SshHome, startSshd, type TestSshd } from './sshd.ts';

export interface SshStage {
  readonly home: SshHome;
  readonly sshd: TestSshd;
  /** Through this sshd, by a key that it lets in. */
  through(given?: Partial<SshRequest>): SshRequest;
}

/** One sshd for the tests of a file, and the folder of its clients; they are there where `HAS_SSHD`. */
export function useSsh(): SshStage {
  let home: SshHome | null = null;
  let sshd: TestSshd | null = null;
  beforeAll(async () => {
    if (!HAS_SSHD) return;
    home = await createSshHome();
    sshd = await startSshd(home);
    process.env['PGVITALS_SSH_CONFIG'] = home.config;
  });
  afterAll(async () => {
    delete process.env['PGVITALS_SSH_CONFIG'];
    await sshd?.stop();
    await home?.remove();
  });
  const there = <T>(value: T | null): T => {
    if (value === null) throw new Error('There is no sshd yet.');
    return value;
  };
  return {
    get home() {
      return there(home);
    },
    get sshd() {
      return there(sshd);
    },
    through: (given = {}) => ({
      destination: `${there(home).user}@127.0.0.1:${there(sshd).port}`,
      keyFile: there(home).key,
      trustFingerprint: there(sshd).fingerprint,
      ...given,
    }),
  };
}
