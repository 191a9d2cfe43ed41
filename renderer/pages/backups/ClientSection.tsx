import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { BackupsOverview, ClientFolder } from '#shared/model/backup.ts';
import { useBackupChange } from '#renderer/api/backups.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { ToolLine } from './ToolLine.tsx';

interface Props {
  readonly connectionId: string;
  readonly overview: Pick<BackupsOverview, 'tools' | 'clientFolder'>;
  /** The question which folder stays behind a button. */
  readonly isFolded?: boolean;
}

/** Which pg_dump and pg_restore are used, and the folder of others that the user has. */
export function ClientSection({ connectionId, overview, isFolded = false }: Props): ReactElement {
  const { tools, clientFolder } = overview;
  const [isAsking, setAsking] = useState(!isFolded);
  const isFixed = clientFolder?.namedBy === 'this run';
  return (
    <Root>
      <div className="line">
        <ToolLine tools={tools} />
        {!isAsking && !isFixed && (
          <Button
            size="small"
            color="inherit"
            aria-label="Change the client programs…"
            onClick={() => setAsking(true)}
          >
            Change…
          </Button>
        )}
      </div>
      {isAsking && clientFolder && <Chosen connectionId={connectionId} folder={clientFolder} />}
      {isAsking && !isFixed && <FolderField connectionId={connectionId} hasOne={clientFolder !== null} />}
    </Root>
  );
}

function Chosen({
  connectionId,
  folder,
}: {
  readonly connectionId: string;
  readonly folder: ClientFolder;
}): ReactElement {
  const { path, version, namedBy } = folder;
  const forget = useBackupChange(connectionId, (client) =>
    client.backups.forgetClientFolder({ connectionId }),
  );
  return (
    <div className="line" role="status">
      <MarkedLine
        mark={version === null ? 'high' : 'pass'}
        word={version === null ? 'No use' : 'Your folder'}
      >
        <code dir="ltr">{path}</code>{' '}
        <span className="quiet">
          {version === null ? 'no client in it can be used' : `pg_dump and pg_restore ${version}`}
          {namedBy === 'this run' && ', named by PGVITALS_CLIENT_DIR'}
        </span>
      </MarkedLine>
      {namedBy === 'settings' && (
        <Button
          size="small"
          color="inherit"
          disabled={forget.isPending}
          onClick={() => forget.mutate(undefined)}
        >
          Forget
        </Button>
      )}
      {forget.error && <ErrorNotice error={toUserError(forget.error)} title="Not forgotten" />}
    </div>
  );
}

interface FieldProps {
  readonly connectionId: string;
  readonly hasOne: boolean;
}

/** The desktop asks with its own dialog; in the browser the path is typed. Either is looked at before it is kept. */
function FolderField({ connectionId, hasOne }: FieldProps): ReactElement {
  const { data: info } = useAppInfo();
  const [path, setPath] = useState('');
  const use = useBackupChange(connectionId, (client, next: string | null) =>
    client.backups.setClientFolder({ connectionId, path: next }),
  );
  const submit = (): void => {
    const next = path.trim();
    if (next !== '' && !use.isPending) use.mutate(next, { onSuccess: () => setPath('') });
  };
  return (
    <>
      {info?.host === 'desktop' ? (
        <div>
          <Button
            variant="outlined"
            color="inherit"
            disabled={use.isPending}
            onClick={() => use.mutate(null)}
          >
            {hasOne ? 'Choose another folder…' : 'Choose a folder…'}
          </Button>
        </div>
      ) : (
        <div className="line field">
          <TextField
            size="small"
            label="Folder of pg_dump and pg_restore"
            placeholder="/usr/lib/postgresql/18/bin"
            value={path}
            onChange={(event) => setPath(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              // The form around it has a verb of its own.
              event.preventDefault();
              submit();
            }}
            slotProps={{
              htmlInput: { spellCheck: false, autoComplete: 'off', maxLength: 4_096, dir: 'ltr' },
              inputLabel: { shrink: true },
            }}
          />
          <Button
            variant="outlined"
            color="inherit"
            disabled={use.isPending || path.trim() === ''}
            onClick={submit}
          >
            {use.isPending ? 'Looking…' : 'Use it'}
          </Button>
        </div>
      )}
      {use.error && <ErrorNotice error={toUserError(use.error)} title="This folder is not used" />}
      <p className="quiet">
        It is looked at first, for every server; where its programs do not fit, others take their place.
      </p>
    </>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 8,
  '& .line': { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) auto', gap: 8, alignItems: 'start' },
  '& .line > .MuiButton-sizeSmall': { marginBlock: -4 },
  '& .field': { alignItems: 'center', paddingBlockStart: 6 },
  '& .line > [role=alert]': { gridColumn: '1 / -1' },
  '& code': theme.typography.mono,
  '& .quiet': { color: theme.vars.palette.text.secondary },
  '& p': { margin: 0 },
}));
