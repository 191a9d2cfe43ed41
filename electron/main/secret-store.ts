import type { SafeStorage } from 'electron';
import type { SecretStore } from '#engine/host.ts';
import { readJsonFile, writeJsonFile } from '#engine/json-file.ts';

type AsyncSafeStorage = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
>;

/**
 * Secrets in one file, encrypted with a key of the operating system's keychain. Null where there is no real keychain:
 * Electron's `basic_text` would "encrypt" with a password that is in its source, so then nothing is stored at all.
 */
export async function openSecretStore(
  storage: AsyncSafeStorage,
  path: string,
  platform: NodeJS.Platform,
): Promise<SecretStore | null> {
  if (!(await storage.isAsyncEncryptionAvailable())) return null;
  if (platform === 'linux' && ['basic_text', 'unknown'].includes(storage.getSelectedStorageBackend()))
    return null;

  // One change after the other: two at once would each write the file without the other's entry.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
  const write = async (key: string, value: string) => {
    const encrypted = await storage.encryptStringAsync(value);
    await writeJsonFile(path, { ...(await readEntries(path)), [key]: encrypted.toString('base64') });
  };
  return {
    read: (key) =>
      inTurn(async () => {
        const entry = (await readEntries(path))[key];
        if (entry === undefined) return null;
        const { result, shouldReEncrypt } = await storage.decryptStringAsync(Buffer.from(entry, 'base64'));
        if (shouldReEncrypt) await write(key, result);
        return result;
      }),
    write: (key, value) => inTurn(() => write(key, value)),
    remove: (key) =>
      inTurn(async () => {
        const entries = Object.entries(await readEntries(path)).filter(([name]) => name !== key);
        await writeJsonFile(path, Object.fromEntries(entries));
      }),
  };
}

async function readEntries(path: string): Promise<Record<string, string>> {
  const content = await readJsonFile(path);
  const entries = typeof content === 'object' && content !== null ? Object.entries(content) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
