import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';
import type { Fix } from '#shared/model/finding.ts';
import { lockWord, RISK_WORD } from '../state/words.ts';
import { DrawerSection } from './DrawerSection.tsx';
import { prose, visible } from './ObjectName.tsx';
import { SqlBlock } from './SqlBlock.tsx';

interface Props {
  readonly fix: Fix;
  /** Runs it, where PgVitals can; else the text is there to be copied. */
  readonly run?: ReactNode;
}

/** What to run, what it locks, what to know first, and the way back. */
export function FixView({ fix, run }: Props): ReactElement {
  return (
    <>
      <DrawerSection title={fix.sql.length > 0 ? `Fix: ${visible(fix.title)}` : visible(fix.title)}>
        {fix.sql.length > 0 && (
          <>
            <Box component="ul" sx={{ m: 0, mb: 1, pl: 2.25 }}>
              <li>{RISK_WORD[fix.risk]}</li>
              <li>
                {lockWord(fix.lock)}
                {fix.lockInWords && `: ${visible(fix.lockInWords)}`}
              </li>
              {!fix.inTransaction && <li>Cannot run inside a transaction block.</li>}
            </Box>
            <SqlBlock statements={fix.sql} label={`SQL of the fix: ${visible(fix.title)}`} />
            {run && <Box sx={{ mt: 1 }}>{run}</Box>}
          </>
        )}
        {fix.notes.length > 0 && (
          <Box
            component="ul"
            sx={{ m: 0, mt: fix.sql.length > 0 ? 1 : 0, pl: 2.25, display: 'grid', gap: 0.5 }}
          >
            {fix.notes.map((note) => (
              <li key={note} dir="auto">
                {prose(note)}
              </li>
            ))}
          </Box>
        )}
      </DrawerSection>
      {fix.sql.length > 0 && (
        <DrawerSection title="Undo">
          {fix.undo.length > 0 ? (
            <SqlBlock statements={fix.undo} label={`Undo SQL: ${visible(fix.title)}`} />
          ) : (
            <Typography>This cannot be undone by SQL.</Typography>
          )}
        </DrawerSection>
      )}
    </>
  );
}
