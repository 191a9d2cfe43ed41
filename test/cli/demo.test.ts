import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseAudit } from '#shared/model/audit-schema.ts';
import { runCli } from '../support/cli.ts';

const portOf = (text: string): number => Number(/postgresql:\/\/[^\s]*:(\d+)\/analyticbot/.exec(text)?.[1]);

/** By the port: a killed server may stay as a zombie that still answers signals. */
async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('pgvitals demo', () => {
  it('--exit -f json prints the audit and nothing else', async () => {
    const { code, stdout } = await runCli(['demo', '--exit', '-f', 'json', '--quiet']);
    expect(code).toBe(0);
    expect(parseAudit(JSON.parse(stdout))?.facts).toMatchObject({
      tables: 39,
      indexes: 226,
      indexesNeverScanned: 218,
      indexesRemovable: 164,
    });
  });

  it('--no-open keeps the database up until Ctrl-C, then nothing is left', async () => {
    let port = 0;
    let wasUp = false;
    const { code } = await runCli(['demo', '--no-open'], {
      onStdout: (text, kill) => {
        if (port !== 0 || !portOf(text)) return;
        port = portOf(text);
        void isListening(port).then((up) => {
          wasUp = up;
          kill('SIGINT');
        });
      },
    });
    expect(wasUp).toBe(true);
    expect(code).toBe(0);
    expect(await isListening(port)).toBe(false);
  });

  it('is gone soon after its process is killed', async () => {
    let port = 0;
    await runCli(['demo', '--no-open'], {
      onStdout: (text, kill) => {
        if (port !== 0 || !portOf(text)) return;
        port = portOf(text);
        kill('SIGKILL');
      },
    });
    expect(port).toBeGreaterThan(0);
    await expect.poll(() => isListening(port), { timeout: 10_000 }).toBe(false);
  });
});
