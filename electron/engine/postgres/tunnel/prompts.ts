import type { SshHop } from './hop.ts';
import type { SshConfig } from './ssh-program.ts';

/** What ssh asked for and could not be given. */
export type PromptProblem =
  | {
      readonly kind: 'host unknown';
      readonly host: string;
      readonly keyType: string;
      readonly fingerprint: string;
    }
  | { readonly kind: 'password wrong' | 'passphrase wrong' }
  | { readonly kind: 'password needed' | 'passphrase needed'; readonly asked: string }
  | { readonly kind: 'unknown question'; readonly asked: string };

/** What to type; null = nothing that would help, so ssh is to be ended. */
export type Answer = (prompt: string) => string | null;

/**
 * Answers what ssh asks a user: https://man.openbsd.org/ssh-askpass. A secret is given once, and only to the question
 * that it is for: the password to the last hop's own question, never to a host in between; a key's passphrase stays on
 * this machine. An unknown host key is accepted only by its very fingerprint, which ssh compares again.
 */
export function createPrompter(
  hop: SshHop,
  config: SshConfig,
): { readonly answer: Answer; problem(): PromptProblem | null } {
  let problem: PromptProblem | null = null;
  let hasGivenPassword = false;
  const passphrasesGiven = new Set<string>();
  const note = (next: PromptProblem): void => {
    // The first one is the cause, but for a host that is not trusted: then nothing else was tried.
    if (problem === null || next.kind === 'host unknown') problem = next;
  };

  const answer: Answer = (prompt) => {
    if (/\(yes\/no/.test(prompt)) return aboutHost(prompt);
    const key = /^Enter (?:passphrase for key|PIN for) '?(.+?)'?:?\s*$/.exec(prompt)?.[1];
    if (key !== undefined) return passphraseFor(key);
    if (isPasswordOf(prompt, hop, config)) return password(prompt);
    note(
      /passw/i.test(prompt)
        ? { kind: 'password needed', asked: oneLine(prompt) }
        : { kind: 'unknown question', asked: oneLine(prompt) },
    );
    return null;
  };

  const aboutHost = (prompt: string): string => {
    const [, keyType, fingerprint] = /(\S+) key fingerprint is (\S+?)\.?$/m.exec(prompt) ?? [];
    const host = /authenticity of host '(\S+?)['\s]/.exec(prompt)?.[1];
    if (keyType === undefined || fingerprint === undefined || host === undefined) return 'no';
    if (fingerprint === hop.trustFingerprint) return fingerprint;
    note({ kind: 'host unknown', host, keyType, fingerprint });
    return 'no';
  };

  const passphraseFor = (key: string): string => {
    const isAskedAgain = passphrasesGiven.has(key);
    passphrasesGiven.add(key);
    // An empty one lets ssh go on with the next key or method.
    if (hop.passphrase === null) {
      note({ kind: 'passphrase needed', asked: key });
      return '';
    }
    if (!isAskedAgain) return hop.passphrase.reveal();
    note({ kind: 'passphrase wrong' });
    return '';
  };

  const password = (prompt: string): string | null => {
    if (hop.password === null) {
      note({ kind: 'password needed', asked: oneLine(prompt) });
      return null;
    }
    // Never twice: tries are counted, and accounts locked.
    if (hasGivenPassword) {
      note({ kind: 'password wrong' });
      return null;
    }
    hasGivenPassword = true;
    return hop.password.reveal();
  };

  return { answer, problem: () => problem };
}

function isPasswordOf(prompt: string, { destination }: SshHop, config: SshConfig): boolean {
  const hosts = [config.hostKeyAlias, config.hostName, destination].filter((host) => host !== null);
  const names = hosts.map((host) => `${config.user}@${host}`);
  if (names.some((name) => prompt.trim() === `${name}'s password:`)) return true;
  // Keyboard-interactive: the server's own words, with ssh's word for which server it is in front (8.5+).
  if (names.some((name) => prompt.startsWith(`(${name}) `) && /passw/i.test(prompt))) return true;
  return !config.hasProxy && /^password:\s*$/i.test(prompt);
}

function oneLine(prompt: string): string {
  return prompt
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}
