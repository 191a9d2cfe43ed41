import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { formatCount } from '#shared/model/format.ts';
import { CATEGORY_WEIGHTS, type Grade } from '#shared/model/grade.ts';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CATEGORY_WORD } from '#renderer/state/words.ts';

interface Props {
  readonly grade: Grade;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Every lost point, and how points become the grade. */
export function LossesDialog({ grade, isOpen, onClose }: Props): ReactElement {
  const titleOf = useCheckTitles();
  return (
    <Dialog open={isOpen} onClose={onClose} maxWidth="md" fullWidth aria-labelledby="losses-title">
      <DialogTitle id="losses-title">Where the points went</DialogTitle>
      <DialogContent>
        <Typography sx={{ mb: 1.5, color: 'text.secondary' }}>
          Each category starts with 100 points. The overall score is their weighted mean (
          {Object.entries(CATEGORY_WEIGHTS)
            .map(([category, weight]) => `${category} ${Math.round(weight * 100)} %`)
            .join(', ')}
          ), then capped by open critical and high findings.
        </Typography>
        {grade.losses.length === 0 ? (
          <Typography>No point was lost.</Typography>
        ) : (
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Check</th>
                <th scope="col">Severity</th>
                <th scope="col">Category</th>
                <th scope="col" className="number">
                  Findings
                </th>
                <th scope="col" className="number">
                  Points lost
                </th>
              </tr>
            </thead>
            <tbody>
              {grade.losses.map((loss) => (
                <tr key={loss.check}>
                  <td>{titleOf(loss.check)}</td>
                  <td>
                    <SeverityMark mark={loss.severity} />
                  </td>
                  <td>{CATEGORY_WORD[loss.category]}</td>
                  <td className="number">{formatCount(loss.findings)}</td>
                  <td className="number">{loss.points.toFixed(1)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} autoFocus>
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}
