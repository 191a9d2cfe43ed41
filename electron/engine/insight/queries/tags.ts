import { sqlComments } from '#shared/model/sql-lexer.ts';

/** A tag that an application put into a comment of its statement: `route=/posts`. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/**
 * Tags in the comments of a statement: sqlcommenter (`key='url-encoded value'`, https://google.github.io/sqlcommenter/spec/)
 * and Marginalia (`key:value`). PostgreSQL keeps the text that it saw first, so they are of one call, not of all.
 */
export function tagsOf(text: string): Tag[] {
  const tags: Tag[] = [];
  for (const comment of sqlComments(text)) {
    const quoted = [...comment.matchAll(/([\w.%-]+)='((?:[^'\\]|\\.)*)'/g)];
    if (quoted.length > 0) {
      for (const [, key = '', value = ''] of quoted)
        tags.push({ key: decoded(key), value: decoded(value.replaceAll("\\'", "'")) });
    } else if (/^\s*[\w-]+:[^,\s][^,]*(?:,[\w-]+:[^,]*)*\s*$/.test(comment)) {
      for (const part of comment.trim().split(',')) {
        const at = part.indexOf(':');
        tags.push({ key: part.slice(0, at), value: part.slice(at + 1) });
      }
    }
  }
  return tags;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
