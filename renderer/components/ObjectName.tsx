import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { ObjectRef } from '#shared/model/finding.ts';

/** A name as stored, always as text: shortened where it must be, whole in the tooltip, right-to-left where it is. */
export function ObjectName({
  name,
  context,
}: {
  readonly name: string;
  readonly context?: string | null;
}): ReactElement {
  const whole = context ? `${name} (${context})` : name;
  return (
    <Root title={whole}>
      <bdi>{visible(name)}</bdi>
      {context && <bdi className="context">{visible(context)}</bdi>}
    </Root>
  );
}

/** Where the object lives: its table, or its schema unless that is public. */
export function contextOf(object: ObjectRef): string | null {
  const schema = object.schema === null || object.schema === 'public' ? null : object.schema;
  if (object.table !== null && object.table !== object.name) {
    return schema ? `${schema}.${object.table}` : object.table;
  }
  return schema;
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
  '& .context': { marginInlineStart: 8, color: theme.vars.palette.text.secondary },
}));
