import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Answer } from './prompts.ts';

export interface Askpass {
  /** For the environment of ssh. */
  readonly variables: Readonly<Record<string, string>>;
  close(): void;
}

/**
 * Stands between ssh and us in a folder that only this user can enter: ssh starts the script with its question, the
 * question and the answer go through two pipes with names. A secret is in no file, no argument and no environment.
 * `giveUp` is called where there is no answer.
 */
export async function openAskpass(folder: string, answer: Answer, giveUp: () => void): Promise<Askpass> {
  const script = join(folder, 'askpass');
  await writeFile(script, SCRIPT, { mode: 0o700, flag: 'wx' });
  await promisify(execFile)('mkfifo', ['-m', '600', join(folder, 'ask'), join(folder, 'answer')]);
  const asking = new Socket({ fd: openPipe(join(folder, 'ask')), readable: true, writable: false });
  asking.on('error', () => undefined);
  asking.unref();
  // No socket: it would read what it has written.
  const answering = openPipe(join(folder, 'answer'));
  let isOpen = true;
  let rest = '';
  asking.setEncoding('utf8');
  asking.on('data', (chunk: string) => {
    const questions = `${rest}${chunk}`.split('\0');
    rest = (questions.pop() ?? '').slice(0, MOST_QUESTION);
    for (const question of questions) {
      const text = answer(question);
      if (text === null || /[\r\n\0]/.test(text)) giveUp();
      else if (isOpen) writeSync(answering, `${text}\n`);
    }
  });
  return {
    // Old versions (before 8.4) look for a display instead of SSH_ASKPASS_REQUIRE; nothing is ever shown there.
    variables: { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: 'pgvitals:0' },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      asking.destroy();
      closeSync(answering);
    },
  };
}

/**
 * `none` is a note and no question: "touch your security key"; `confirm` is the wish to add a key to the agent: not by us.
 * printf is part of the shell, head gets no secret.
 */
const SCRIPT = `#!/bin/sh
case "$SSH_ASKPASS_PROMPT" in none) exit 0 ;; confirm) exit 1 ;; esac
folder=\${0%/*}
printf '%s\\000' "$1" >"$folder/ask" && exec head -n 1 <"$folder/answer"
`;
const MOST_QUESTION = 16_384;

/** Open for both ways, neither side waits for the other, and no end of file comes between two questions. */
function openPipe(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}
