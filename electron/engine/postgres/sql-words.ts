import { sqlTokens } from '#shared/model/sql-lexer.ts';

/** A word or sign of SQL, by what it means instead of how it is written. */
export interface SqlWord {
  /** `name` may also be a keyword; `quoted` never is. */
  readonly kind: 'name' | 'quoted' | 'string' | 'number' | 'sign';
  /** Names as PostgreSQL folds them; strings as they stand. */
  readonly text: string;
}

/** The words of SQL text without its comments. U&"…" is a sign: it is not decoded. */
export function sqlWords(sql: string): SqlWord[] {
  return sqlTokens(sql).flatMap(({ kind, text }): SqlWord[] => {
    switch (kind) {
      case 'comment':
        return [];
      case 'word':
        return [{ kind: 'name', text: folded(text) }];
      case 'quoted':
        return [
          text.startsWith('"')
            ? { kind: 'quoted', text: text.slice(1, -1).replaceAll('""', '"') }
            : { kind: 'sign', text },
        ];
      case 'string':
      case 'number':
        return [{ kind, text }];
      case 'parameter':
      case 'symbol':
        return [{ kind: 'sign', text }];
    }
  });
}

/** downcase_identifier: in UTF-8 only the letters of ASCII. */
function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
