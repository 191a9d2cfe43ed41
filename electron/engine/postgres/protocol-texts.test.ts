import { describe, expect, it } from 'vitest';
import { beginReadOnly, comment } from './read-only.ts';
import { parseVersion } from './connect.ts';
import { quoteServer } from './failures.ts';
import { recogniseServer } from './recognise.ts';

describe('comment', () => {
  it.each([
    ['tables', '/* pgvitals:tables */ '],
    ['*/ DROP TABLE x; /*', '/* pgvitals:__ DROP TABLE x_ __ */ '],
    ['a\nb', '/* pgvitals:a_b */ '],
    ['x'.repeat(100), `/* pgvitals:${'x'.repeat(60)} */ `],
  ])('%j', (label, text) => {
    expect(comment(label)).toBe(text);
  });
});

describe('beginReadOnly', () => {
  it('never switches a limit off', () => {
    const sql = beginReadOnly('x', { statementTimeoutMs: 0, lockTimeoutMs: 0.2 });
    expect(sql).toContain('SET LOCAL statement_timeout = 1 ');
    expect(sql).toContain('SET LOCAL lock_timeout = 1 ');
  });
});

describe('parseVersion', () => {
  it.each([
    ['15.18 (Debian 15.18-0+deb12u1)', 150018],
    ['13.0', 130000],
    ['19beta1', 190000],
    ['18', 180000],
    ['9.6.24', 90624],
    ['8.0.2', 80002],
    ['', 0],
  ])('%s', (text, number) => {
    expect(parseVersion(text)).toBe(number);
  });
});

describe('recogniseServer', () => {
  it.each([
    ['SSH-2.0-OpenSSH_9.2p1\r\n', 'SSH'],
    ['HTTP/1.1 400 Bad Request\r\n', 'web server'],
    ['\x4a\0\0\0\x0a8.0.36\0', 'MySQL'],
    ['\x45\0\0\0\xff\x6a\x04Host is not allowed', 'MySQL'],
    ["-ERR unknown command '\r\n", 'Redis'],
    ['220 mail.example ESMTP\r\n', 'mail or FTP'],
    ['\x15\x03\x01\0\x02\x02\x0a', 'TLS from the first byte'],
    ['anything', 'not in the PostgreSQL protocol'],
  ])('%j', (bytes, words) => {
    expect(recogniseServer(Buffer.from(bytes, 'latin1'))).toContain(words);
  });
});

describe('quoteServer', () => {
  it('makes one line of what a server says', () => {
    expect(quoteServer('no\nsuch\tthing.')).toBe('no such thing');
    expect(quoteServer('x'.repeat(400))).toHaveLength(300);
  });
});
