/** The 4 or 16 bytes of an address or a mask as PostgreSQL prints it; null for anything else, also for one with a zone. */
export function addressBytes(text: string): readonly number[] | null {
  if (!text.includes(':')) return ipv4(text);
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return null;
  const [before, after] = [groups(head), tail === undefined ? [] : groups(tail)];
  if (before === null || after === null) return null;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return null;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

/** Two bytes each; the last may be an IPv4 address. */
function groups(text: string): readonly number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    const part = group.includes('.') ? ipv4(group) : hextet(group);
    if (part === null) return null;
    bytes.push(...part);
  }
  return bytes;
}

function hextet(group: string): readonly number[] | null {
  if (!/^[\da-f]{1,4}$/i.test(group)) return null;
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}

function ipv4(text: string): readonly number[] | null {
  const parts = text.split('.');
  const isValid = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return isValid ? parts.map(Number) : null;
}
