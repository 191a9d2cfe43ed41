import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createEngine } from '#engine/create-engine.ts';
import type { SecretStore } from '#engine/host.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** Secrets in a plain file, written as a keychain would: a key is there whole or not at all. Each step is told first and after. */
export function fileSecrets(path: string, onStep: () => void = () => undefined): SecretStore {
  const entries = (): Record<string, string> => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    } catch {
      return {};
    }
  };
  const save = (next: Record<string, string>): void => {
    onStep();
    writeFileSync(`${path}.new`, JSON.stringify(next));
    renameSync(`${path}.new`, path);
    onStep();
  };
  return {
    read: async (key) => entries()[key] ?? null,
    write: async (key, value) => save({ ...entries(), [key]: value }),
    remove: async (key) =>
      save(Object.fromEntries(Object.entries(entries()).filter(([name]) => name !== key))),
  };
}

/** As a process of its own: rotates a password, and is killed by itself at a step of keeping it. */
if (import.meta.main) {
  const [, , url = '', role = '', path = '', killAt = '0'] = process.argv;
  let step = 0;
  const engine = createEngine({
    ...createNodeHost({ kind: 'in-process', toolVersion: 'test' }),
    secrets: fileSecrets(path, () => {
      step += 1;
      if (step === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    }),
  });
  const { id } = await engine.open({ text: url }, {});
  engine.plans.unlock(id);
  const request = { kind: 'action', action: { verb: 'rotate-password', role } } as const;
  const { planId, phrase, mustAccept } = await engine.plans.preview(id, request, {});
  const accepted = mustAccept.map((acceptance) => acceptance.id);
  const { jobId } = await engine.plans.execute({ connectionId: id, planId, phrase, accepted });
  for await (const event of engine.plans.watch(id, jobId)) if (event.type === 'done') break;
  await engine.close();
  process.stdout.write(`steps ${step}\n`);
}
