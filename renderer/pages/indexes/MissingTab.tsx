import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { MissingIndex } from '#shared/model/indexes.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CONFIDENCE_WORD } from '#renderer/state/words.ts';

/** Where an index is probably missing; for single statements the plan on the Queries page tells more. */
export function MissingTab({ rows }: { readonly rows: readonly MissingIndex[] }): ReactElement {
  if (rows.length === 0)
    return (
      <EmptyState title="No index seems to be missing." isGood>
        Foreign keys are indexed where that pays, and no large table is read from end to end. The plan of a
        statement, on the Queries page, tells more.
      </EmptyState>
    );
  return (
    <Box sx={{ display: 'grid', gap: 1, pt: 1 }}>
      {rows.map((row) => (
        <Fold
          key={`${row.source} ${row.reason}`}
          title={
            <>
              <SeverityMark mark={row.severity} isShapeOnly /> {row.table}: {row.source}
            </>
          }
        >
          <p>
            {row.reason} <em>{CONFIDENCE_WORD[row.confidence]}.</em>
          </p>
          {row.fix && <FixView fix={row.fix} />}
        </Fold>
      ))}
    </Box>
  );
}
