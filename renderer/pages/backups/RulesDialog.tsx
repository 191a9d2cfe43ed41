import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, useId, useState } from 'react';
import { type BackupsOverview, TRASH_DAYS } from '#shared/model/backup.ts';
import { useBackupChange } from '#renderer/api/backups.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';
import { ClientSection } from './ClientSection.tsx';
import { placeInWords } from './CreateDialog.tsx';
import { FormDialog } from '#renderer/components/FormDialog.tsx';

interface Props {
  readonly connectionId: string;
  readonly overview: BackupsOverview;
  readonly onClose: () => void;
}

/** How long backups stay, and where they are kept. Nothing is deleted by saving a rule. */
export function RulesDialog({ connectionId, overview, onClose }: Props): ReactElement {
  const { retention, locations } = overview;
  const { data: info } = useAppInfo();
  const id = useId();
  const [days, setDays] = useState(String(retention.days));
  const [keepAtLeast, setKeepAtLeast] = useState(String(retention.keepAtLeast));
  const save = useBackupChange(connectionId, (client, policy: { days: number; keepAtLeast: number }) =>
    client.backups.setRetention({ connectionId, ...policy }),
  );
  const add = useBackupChange(connectionId, (client) => client.backups.addLocation({ connectionId }));
  const remove = useBackupChange(connectionId, (client, locationId: string) =>
    client.backups.removeLocation({ connectionId, locationId }),
  );
  const reason = isWhole(days, 1, 3_650)
    ? isWhole(keepAtLeast, 2, 1_000)
      ? null
      : 'At least 2 are kept, at most 1000.'
    : 'Days: a whole number from 1 to 3650.';
  return (
    <FormDialog
      title="Rules and places"
      verb="Save"
      reason={reason}
      isBusy={save.isPending}
      error={save.error ?? add.error ?? remove.error}
      failure="Not changed"
      onClose={onClose}
      onSubmit={() =>
        save.mutate({ days: Number(days), keepAtLeast: Number(keepAtLeast) }, { onSuccess: onClose })
      }
    >
      <section aria-labelledby={`${id}-rules`}>
        <Heading id={`${id}-rules`}>How long</Heading>
        <Fields>
          <Whole label="Keep for days" value={days} onChange={setDays} />
          <Whole label="Keep at least" value={keepAtLeast} onChange={setKeepAtLeast} />
        </Fields>
        <p style={{ marginBlock: '8px 0' }}>
          “Clean up…” moves what is older to the trash, but never the last ones of a database, a pinned one,
          or the only one that is known to be good. What is in the trash can be had back for {TRASH_DAYS}{' '}
          days. Nothing is deleted by itself.
        </p>
      </section>
      <section aria-labelledby={`${id}-places`}>
        <Heading id={`${id}-places`}>Places</Heading>
        <Places>
          {locations.map((place) => (
            <li key={place.id}>
              <MarkedLine
                mark={place.unavailable === null ? 'pass' : 'high'}
                word={place.unavailable === null ? 'There' : 'Not there'}
              >
                <code dir="ltr">{place.path}</code> <span className="quiet">{placeInWords(place)}</span>
              </MarkedLine>
              {!place.isDefault && (
                <Button
                  size="small"
                  color="inherit"
                  aria-label={`Forget ${place.path}`}
                  disabled={remove.isPending}
                  onClick={() => remove.mutate(place.id)}
                >
                  Forget
                </Button>
              )}
            </li>
          ))}
        </Places>
        {info?.host === 'desktop' ? (
          <Button
            variant="outlined"
            color="inherit"
            disabled={add.isPending}
            onClick={() => add.mutate(undefined)}
          >
            Add a folder…
          </Button>
        ) : (
          <p style={{ marginBlock: '8px 0' }}>
            The desktop app and <code>pgvitals backup --location</code> can add a folder, such as that of
            another drive.
          </p>
        )}
        <p style={{ marginBlock: '8px 0' }}>Forgetting a place leaves its files where they are.</p>
      </section>
      <section aria-labelledby={`${id}-client`}>
        <Heading id={`${id}-client`}>Client programs</Heading>
        <ClientSection connectionId={connectionId} overview={overview} />
      </section>
    </FormDialog>
  );
}

interface WholeProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Whole({ label, value, onChange }: WholeProps): ReactElement {
  return (
    <TextField
      size="small"
      label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { inputMode: 'numeric', autoComplete: 'off' } }}
      sx={{ width: 140 }}
    />
  );
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,5}$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
}

const Heading = styled('h3')(({ theme }) => ({ ...theme.typography.h3, margin: '0 0 6px' }));

const Fields = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 12, paddingBlockStart: 6 });

const Places = styled('ul')(({ theme }) => ({
  margin: '0 0 8px',
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gap: 4,
  '& li': { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) auto', gap: 8, alignItems: 'center' },
  '& code': { ...theme.typography.mono },
  '& .quiet': { color: theme.vars.palette.text.secondary },
}));
