/**
 * True where a deparsed boolean expression (pg_get_expr) is true for every row, by what it says alone: `true`,
 * `(1 = 1)`, `('a'::text = 'a'::text)`, joined by AND / OR. Errs on the side of false: functions, columns and
 * anything not understood could be false. Null is false: a policy without an expression for a command permits nothing.
 */
export function isConstantTrue(expression: string | null): boolean {
  if (expression === null) return false;
  const text = withoutParentheses(expression.trim());
  const alternatives = splitAtWord(text, 'OR');
  if (alternatives.length > 1) return alternatives.some(isConstantTrue);
  const conditions = splitAtWord(text, 'AND');
  if (conditions.length > 1) return conditions.every(isConstantTrue);
  if (/^NOT /i.test(text))
    return /^(false|'f'|'false')$/i.test(withoutCast(withoutParentheses(text.slice(4).trim())));
  if (/^(true|'t'|'true')$/i.test(withoutCast(text))) return true;
  return comparesEqualConstants(text);
}

/** `X = X` where X is a number or a text constant: a column could be null, and null = null is not true. */
function comparesEqualConstants(text: string): boolean {
  const sides = splitOutside(text, (rest) => (rest.startsWith(' = ') ? 3 : 0));
  const [left, right] = sides.map((side) => withoutCast(withoutParentheses(side.trim())));
  const isConstant = left !== undefined && (/^-?[\d.]+$/.test(left) || /^'(?:[^']|'')*'$/.test(left));
  return sides.length === 2 && isConstant && left === right;
}

function splitAtWord(text: string, word: 'AND' | 'OR'): string[] {
  const separator = ` ${word} `;
  if (!text.includes(separator)) return [text];
  return splitOutside(text, (rest) => (rest.startsWith(separator) ? separator.length : 0));
}

/** Cuts at separators that stand outside parentheses and quotes. `separator` returns the length to cut, or 0. */
function splitOutside(text: string, separator: (rest: string) => number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === "'" || char === '"') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (depth === 0 && char === ' ') {
      const length = separator(text.slice(i, i + 6));
      if (length > 0) {
        parts.push(text.slice(from, i));
        i += length - 1;
        from = i + 1;
      }
    }
  }
  return [...parts, text.slice(from)];
}

/** Strips pairs that enclose the whole text. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === "'" || char === '"') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    if (depth === 0 && i < text.length - 1) return text;
  }
  return withoutParentheses(text.slice(1, -1).trim());
}

function withoutCast(text: string): string {
  const plain = text.replace(/::[a-z_ ]+$/i, '');
  return plain === text ? text : withoutParentheses(plain);
}
