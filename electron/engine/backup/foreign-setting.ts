/**
 * pg_restore 17 and later begins by `SET transaction_timeout = 0`, which servers before 17 do not know: told to end at the
 * first error it never restores anything there. The name of the setting that such an end was about, whatever language the
 * server speaks; null of any other end. Nothing was done by then.
 */
export function foreignSettingOf(errors: readonly string[]): string | null {
  const commands = errors.flatMap((line) => COMMAND.exec(line)?.[1] ?? []);
  return OWN_SETTING.exec(commands[0] ?? '')?.[1] ?? null;
}

/** `Command was: SET transaction_timeout = 0;` */
const COMMAND = /^Command was: (.*)$/s;
const OWN_SETTING = /^SET (\w+) = 0;$/;

/**
 * Reads what pg_restore says when it goes on after errors, and tells the first that is about anything but `setting`, which
 * it sets once per connection: from its first line to the one with its command. `end` = there is nothing more to read.
 */
export function watchErrors(
  setting: string,
  onError: (lines: readonly string[]) => void,
): { line(text: string): void; end(): void } {
  let error: string[] | null = null;
  const told = (): void => {
    if (error !== null) onError(error);
    error = null;
  };
  return {
    line: (text) => {
      const message = /^pg_restore(?:\.exe)?: (.*)/s.exec(text)?.[1];
      if (message !== undefined) told();
      if (message?.startsWith('error: ')) error = [message.replace('error: ', '')];
      else if (message === undefined) error?.push(text);
      const command = COMMAND.exec(text)?.[1];
      if (command === undefined) return;
      if (command === `SET ${setting} = 0;`) error = null;
      told();
    },
    end: told,
  };
}
