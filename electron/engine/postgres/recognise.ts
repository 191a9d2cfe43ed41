/**
 * Names the kind of server by the first bytes it sends, as the end of "…is not a PostgreSQL server: ". MySQL, SSH, FTP
 * and mail servers greet first; web servers answer our first message with an error page.
 */
export function recogniseServer(bytes: Buffer): string {
  const text = bytes.subarray(0, 256).toString('latin1');
  if (text.startsWith('SSH-')) return 'an SSH server answers there';
  if (/^HTTP\/\d/.test(text) || /^\s*<(!doctype|html)/i.test(text))
    return 'a web server (HTTP) answers there';
  if (isMySql(bytes, text)) return 'a MySQL or MariaDB server answers there';
  if (/^-(ERR|DENIED|NOAUTH)/.test(text)) return 'a Redis server answers there';
  if (/^220[ -]/.test(text)) return 'a mail or FTP server answers there';
  if (/^(\* OK|\+OK)/.test(text)) return 'a mail server answers there';
  // Record types alert (21) and handshake (22) of TLS 1.x.
  if ((bytes[0] === 21 || bytes[0] === 22) && bytes[1] === 3) {
    return 'it speaks TLS from the first byte, which PostgreSQL does only with sslnegotiation=direct';
  }
  return 'its answer is not in the PostgreSQL protocol';
}

/** Three bytes of length, a sequence number, then protocol version 10, or 0xff for an error. */
function isMySql(bytes: Buffer, text: string): boolean {
  if (bytes.length < 6 || bytes[3] !== 0 || bytes[2] !== 0) return false;
  return bytes[4] === 0xff || (bytes[4] === 10 && /^[\d.]+/.test(text.slice(5)));
}
