/** Words that name secrets or identity numbers wherever they stand in a column name, as whole words in order. */
const PHRASES: readonly (readonly string[])[] = [
  ['passwd'],
  ['pwd'],
  ['passphrase'],
  ['secret'],
  ['api', 'key'],
  ['apikey'],
  ['access', 'key'],
  ['private', 'key'],
  ['encryption', 'key'],
  ['credit', 'card'],
  ['card', 'number'],
  ['cvv'],
  ['cvc'],
  ['iban'],
  ['ssn'],
  ['social', 'security'],
  ['passport', 'number'],
  ['tax', 'id'],
  ['national', 'id'],
];
/** Words that name a secret only at the end, or before these endings: `token_count` and `password_changed_at` do not. */
const LAST_WORDS = new Set(['password', 'token', 'otp', 'salt', 'credential', 'credentials', 'pin']);
const ENDINGS = new Set(['hash', 'digest', 'encrypted', 'plain', 'text', 'value']);

/** True where a column's name alone suggests a password, key, token or identity number: `apiKey`, `password_hash`. */
export function isSensitiveName(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const isSensitive = judge(name);
  if (judged.size < 10_000) judged.set(name, isSensitive);
  return isSensitive;
}

/** A quarter of a million columns share a few hundred names. */
const judged = new Map<string, boolean>();

function judge(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((w) => w !== '');
  if (PHRASES.some((phrase) => containsPhrase(words, phrase))) return !/_(at|count|on)$/.test(name);
  const meaning = words.filter((w, i) => i === 0 || !ENDINGS.has(w));
  return LAST_WORDS.has(meaning.at(-1) ?? '');
}

function containsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  return words.some((_, at) => phrase.every((word, i) => words[at + i] === word));
}
