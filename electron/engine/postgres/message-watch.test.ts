import { describe, expect, it } from 'vitest';
import { MessageWatch } from './message-watch.ts';

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}
const good = [
  message('R', '\0\0\0\0'),
  message('S', 'server_version\x0015.18\0'),
  message('E', 'SERROR\0C42601\0Msyntax error\0\0'),
  message('N', '\0'),
  message('Z', 'I'),
  message('1', ''),
  message('D', '\0\x01\0\0\0\x01x'),
];

describe('MessageWatch', () => {
  it('lets a healthy stream pass, however it is cut into chunks', () => {
    const stream = Buffer.concat([...good, ...good]);
    for (let size = 1; size <= stream.length; size += 1) {
      const watch = new MessageWatch();
      for (let offset = 0; offset < stream.length; offset += size) {
        expect(watch.inspect(stream.subarray(offset, offset + size))).toBeNull();
      }
    }
  });
  it.each([
    ['an unknown type', message('!', 'x')],
    ['a length below its own size', Buffer.from('Z\0\0\0\x03')],
    ['a length beyond 1 GB', Buffer.from('HTTP/1.1 400')],
    ['an error without its last zero', message('E', 'SERROR\0')],
    ['an error whose text does not end', message('E', 'SERROR')],
    ['an error of one byte', message('E', 'S')],
    ['an empty error', message('E', '')],
    ['an error with something behind its end', message('E', 'SERROR\0\0more')],
  ])('stops %s', (_, broken) => {
    const stream = Buffer.concat([...good, broken]);
    expect(new MessageWatch().inspect(stream)).toEqual(expect.any(String));
    const byteByByte = new MessageWatch();
    const found = [...stream].map((byte) => byteByByte.inspect(Buffer.from([byte])));
    expect(found.some((reason) => reason !== null)).toBe(true);
  });
});
