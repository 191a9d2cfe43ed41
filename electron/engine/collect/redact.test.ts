import { expect, it } from 'vitest';
import { withoutSecrets } from './redact.ts';

it.each([
  ['primary_conninfo', 'host=a password=hunter2 port=1', 'host=a password=[redacted] port=1'],
  ['primary_conninfo', "host=a password = 'two words' port=1", 'host=a password = [redacted] port=1'],
  ['primary_conninfo', 'postgresql://rep:hunter2@a/b', 'postgresql://rep:[redacted]@a/b'],
  ['restore_command', 'SECRET=abc fetch %f', 'SECRET=[redacted] fetch %f'],
  ['archive_command', 'cp %p /archive/%f', 'cp %p /archive/%f'],
  ['app.settings.jwt_secret', 'abc', '[redacted]'],
  ['app.settings.jwt_secret', '', ''],
  ['password_encryption', 'scram-sha-256', 'scram-sha-256'],
  ['search_path', 'password=x', 'password=x'],
])('%s = %s: %s', (name, value, shown) => expect(withoutSecrets(name, value)).toBe(shown));
