import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import { GradeDial, wordsOf } from '#renderer/components/GradeDial.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { LossesDialog } from './LossesDialog.tsx';

/** Below this share of checks the grade is provisional. */
const ENOUGH_COVERAGE = 0.8;

/** The letter, what lowered it, and how much was seen. */
export function GradePanel({ audit }: { readonly audit: Audit }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const { grade, coverage } = audit;
  const isProvisional = !audit.isComplete || coverage.run < coverage.applicable * ENOUGH_COVERAGE;
  const partial = new Set(coverage.skipped.filter((s) => s.isPartial).map((s) => s.check)).size;
  const skipped = new Set(coverage.skipped.filter((s) => !s.isPartial).map((s) => s.check)).size;
  return (
    <Panel title="Health">
      <Box sx={{ display: 'flex', gap: 3, alignItems: 'center', flexWrap: 'wrap' }}>
        <GradeDial letter={grade.overall} score={grade.score} isProvisional={isProvisional} />
        <Box sx={{ flex: '1 1 200px', minWidth: 0, display: 'grid', gap: 0.75, justifyItems: 'start' }}>
          <Typography sx={{ fontSize: '1.0625rem', fontWeight: 650 }}>
            {audit.isComplete ? wordsOf(grade.overall) : 'The audit did not end'}
          </Typography>
          {grade.cappedBy && (
            <Typography>
              {grade.cappedBy}. Without that: {formatCount(grade.uncappedScore)}.
            </Typography>
          )}
          <Typography sx={{ color: 'text.secondary' }}>
            {formatCount(coverage.run)} of {formatCountOf(coverage.applicable, 'check')} ran
            {skipped > 0 && `, ${formatCount(skipped)} could not`}
            {partial > 0 && `, ${formatCount(partial)} only in part`}
            {isProvisional && '. The grade is provisional (*)'}.
          </Typography>
          <Button variant="outlined" color="inherit" onClick={() => setOpen(true)} sx={{ mt: 0.5 }}>
            Where the points went
          </Button>
        </Box>
      </Box>
      <LossesDialog grade={grade} isOpen={isOpen} onClose={() => setOpen(false)} />
    </Panel>
  );
}
