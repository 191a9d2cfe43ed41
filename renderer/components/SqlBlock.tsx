import { styled } from '@mui/material/styles';
import { type ReactElement, useMemo } from 'react';
import { CopyButton } from './CopyButton.tsx';
import { tokenizeSql } from './sql-tokens.ts';

interface Props {
  /** Statements without their semicolons, in the order to run them. */
  readonly statements: readonly string[];
  /** Names the block: "SQL of the fix", "Undo SQL". */
  readonly label: string;
}

/** SQL to read and copy, as it would be typed into psql. */
export function SqlBlock({ statements, label }: Props): ReactElement {
  return <CodeBlock text={scriptOf(statements)} label={label} />;
}

/** A text that is SQL, or like it, as a whole: a script with comments and commands of psql. */
export function CodeBlock({
  text: sql,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): ReactElement {
  const tokens = useMemo(() => tokenizeSql(sql), [sql]);
  return (
    <Root>
      {/* Scrolls sideways, so the keyboard must reach it. */}
      <Code tabIndex={0} role="region" aria-label={label} translate="no" dir="ltr">
        {tokens.map((token, i) =>
          token.kind === 'plain' ? (
            token.text
          ) : (
            <span key={i} className={token.kind}>
              {token.text}
            </span>
          ),
        )}
      </Code>
      <CopyCorner>
        <CopyButton text={sql} what={label} />
      </CopyCorner>
    </Root>
  );
}

/** Statements as one script; every one ends with a semicolon. */
export function scriptOf(statements: readonly string[]): string {
  return statements.map((statement) => `${statement.replace(/;\s*$/, '')};`).join('\n');
}

const Root = styled('div')(({ theme }) => ({
  position: 'relative',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  background: theme.vars.palette.syntax.background,
}));

const Code = styled('pre')(({ theme }) => ({
  ...theme.typography.mono,
  margin: 0,
  padding: '10px 44px 10px 12px',
  minHeight: 40,
  maxHeight: 320,
  overflow: 'auto',
  lineHeight: 1.6,
  whiteSpace: 'pre-wrap',
  overflowWrap: 'anywhere',
  boxSizing: 'border-box',
  '& .keyword': { color: theme.vars.palette.syntax.keyword, fontWeight: 600 },
  '& .string': { color: theme.vars.palette.syntax.string },
  '& .number': { color: theme.vars.palette.syntax.number },
  '& .comment': { color: theme.vars.palette.syntax.comment, fontStyle: 'italic' },
}));

const CopyCorner = styled('div')({ position: 'absolute', insetBlockStart: 4, insetInlineEnd: 4 });
