import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Switch from '@mui/material/Switch';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import type { ReportFormat } from '#shared/contract/reports.ts';
import { useBackend } from '../api/client.ts';
import { toUserError } from '../api/errors.ts';
import { useLatestAudit } from '../api/queries.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { useCurrentConnection } from './current.ts';
import { useSaveFile } from './save-file.ts';

const FORMATS: readonly { readonly format: ReportFormat; readonly title: string; readonly for: string }[] = [
  { format: 'html', title: 'HTML', for: 'one page to read and print, no scripts' },
  { format: 'md', title: 'Markdown', for: 'for a wiki or an issue' },
  { format: 'csv', title: 'CSV', for: 'the findings as a table' },
  { format: 'json', title: 'JSON', for: 'everything, for other programs' },
];

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** The last audit as a file: through the host's dialog where it has one, else as a download. */
export function ExportDialog({ isOpen, onClose }: Props): ReactElement {
  const connection = useCurrentConnection();
  return (
    <Dialog open={isOpen} onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="export-title">
      <DialogTitle id="export-title">Export a report</DialogTitle>
      {connection && <Form connectionId={connection.id} onClose={onClose} />}
    </Dialog>
  );
}

function Form({
  connectionId,
  onClose,
}: {
  readonly connectionId: string;
  readonly onClose: () => void;
}): ReactElement {
  const [format, setFormat] = useState<ReportFormat>('html');
  const [redact, setRedact] = useState(true);
  const { client } = useBackend();
  const { data: audit } = useLatestAudit(connectionId);
  const save = useSaveFile<Parameters<typeof client.reports.save>[0]>({
    save: (request) => client.reports.save(request),
    render: (request) => client.reports.render(request),
    onSaved: onClose,
  });
  if (!audit) {
    return (
      <>
        <EmptyState title="There is nothing to export yet.">Run the audit first.</EmptyState>
        <DialogActions>
          <Button onClick={onClose}>Close</Button>
        </DialogActions>
      </>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ connectionId, format, redact });
      }}
    >
      <DialogContent sx={{ display: 'grid', gap: 2, pt: 0 }}>
        <FormControl>
          <FormLabel id="export-format">Format</FormLabel>
          <RadioGroup
            aria-labelledby="export-format"
            value={format}
            onChange={(_, value) =>
              setFormat(FORMATS.find((choice) => choice.format === value)?.format ?? 'html')
            }
          >
            {FORMATS.map((choice) => (
              <FormControlLabel
                key={choice.format}
                value={choice.format}
                control={<Radio size="small" />}
                label={
                  <>
                    {choice.title}{' '}
                    <Typography component="span" sx={{ color: 'text.secondary' }}>
                      {choice.for}
                    </Typography>
                  </>
                }
              />
            ))}
          </RadioGroup>
        </FormControl>
        <div>
          <FormControlLabel
            control={<Switch size="small" checked={redact} onChange={(_, on) => setRedact(on)} />}
            label="Redact"
          />
          <Typography variant="caption" component="p" sx={{ color: 'text.secondary' }}>
            Roles, hosts and applications become aliases and statement texts are left out, so that the report
            can be handed on. Names of tables and indexes stay.
          </Typography>
        </div>
        {save.error && <ErrorNotice error={toUserError(save.error)} title="The report could not be saved" />}
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" variant="contained" disabled={save.isPending}>
          Save report
        </Button>
      </DialogActions>
    </form>
  );
}
