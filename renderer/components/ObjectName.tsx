import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';
import type { ObjectRef } from '#shared/model/finding.ts';
import { byDirection, directionOf } from './text-direction.ts';

/** A name as stored, always as text: shortened where it must be, whole in the tooltip, right-to-left where it is. */
export function ObjectName({
  name,
  context,
}: {
  readonly name: string;
  readonly context?: string | null;
}): ReactElement {
  return (
    <Root title={context ? `${name} (${context})` : name}>
      {/* Tables have thousands of these: what runs like the page needs no element of its own to do so. */}
      {context || directionOf(name) ? isolated(name) : visible(name)}
      {context && isolated(context, 'context')}
    </Root>
  );
}

function isolated(text: string, className?: string): ReactElement {
  const Element = directionOf(text) ? 'bdi' : 'span';
  return <Element className={className}>{visible(text)}</Element>;
}

/** Where the object lives: its table, or its schema unless that is public. */
export function contextOf(object: ObjectRef): string | null {
  const schema = object.schema === null || object.schema === 'public' ? null : object.schema;
  if (object.table !== null && object.table !== object.name) {
    return schema ? `${schema}.${object.table}` : object.table;
  }
  return schema;
}

/**
 * A sentence with names in it: what of it runs from right to left is kept to itself, or the words and figures beside it would
 * change places. As `visible` otherwise.
 */
export function prose(text: string): ReactNode {
  const parts = byDirection(visible(text));
  if (parts.length === 1) return parts[0];
  return parts.map((part, at) => (at % 2 === 0 ? part : <bdi key={at}>{part}</bdi>));
}

/** Line breaks and other control characters inside a name become visible signs. */
export function visible(name: string): string {
  return name.replace(CONTROL, (char) => SIGNS[char] ?? '\ufffd');
}

const SIGNS: Readonly<Record<string, string>> = { '\n': '↵', '\r': '↵', '\t': '→' };
const CONTROL = /[\u0001-\u001f]/g;

const Root = styled('span')(({ theme }) => ({
  display: 'block',
  minWidth: 0,
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  whiteSpace: 'nowrap',
  // As <bdi> has it.
  '& > span': { unicodeBidi: 'isolate' },
  '& .context': { marginInlineStart: 8, color: theme.vars.palette.text.secondary },
}));
