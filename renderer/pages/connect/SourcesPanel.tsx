import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { ConnectionSource } from '#shared/model/connection.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PasswordDialog } from './PasswordDialog.tsx';
import { useEnterConnection } from './use-open-connection.ts';

const KINDS: Readonly<Record<ConnectionSource['kind'], string>> = {
  service: 'service file',
  environment: 'environment',
  local: 'answers here',
  project: 'project',
};

/** What this computer knows of databases already; servers and projects are looked at when somebody asks. */
export function SourcesPanel(): ReactElement {
  const { client } = useBackend();
  const { data: info } = useAppInfo();
  const enter = useEnterConnection();
  const [asked, setAsked] = useState<ConnectionSource | null>(null);
  const written = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => client.sources.list(undefined, { signal }),
    refetchOnMount: 'always',
  });
  const local = useMutation({ mutationFn: () => client.sources.local() });
  const project = useMutation({ mutationFn: () => client.sources.project() });
  const open = useMutation({
    mutationFn: ({ source, password }: { readonly source: ConnectionSource; readonly password?: string }) =>
      client.sources.open({ id: source.id, ...(password === undefined ? {} : { password }) }),
    onSuccess: async (connection) => {
      setAsked(null);
      await enter(connection);
    },
    onError: (error, { source }) => {
      if (toUserError(error).code === 'PASSWORD_REQUIRED') setAsked(source);
    },
  });
  const rows = [...(written.data ?? []), ...(project.data ?? []), ...(local.data ?? [])];
  const failure = written.error ?? local.error ?? project.error ?? (asked ? null : open.error);
  return (
    <Panel title="Found on this computer">
      {rows.length > 0 && (
        <List>
          {rows.map((source) => (
            <li key={source.id}>
              <span className="name">
                <bdi>{visible(source.name)}</bdi> <span className="kind">{KINDS[source.kind]}</span>
              </span>
              <bdi className="address" dir="ltr">
                {visible(source.address)}
              </bdi>
              <Button
                aria-label={`Connect by ${source.name}`}
                loading={open.isPending && open.variables.source.id === source.id}
                onClick={() => open.mutate({ source })}
              >
                Connect
              </Button>
            </li>
          ))}
        </List>
      )}
      {written.data && rows.length === 0 && (
        <Hint>Nothing is written in pg_service.conf or in the environment.</Hint>
      )}
      {local.data?.length === 0 && <Hint>No server answers on a socket or on ports 5432 to 5439.</Hint>}
      {project.data?.length === 0 && <Hint>No .env file there holds the URL of a PostgreSQL database.</Hint>}
      <Buttons>
        <Button variant="outlined" color="inherit" loading={local.isPending} onClick={() => local.mutate()}>
          Look for local servers
        </Button>
        {info?.host === 'desktop' && (
          <Button variant="outlined" color="inherit" onClick={() => project.mutate()}>
            Read a project’s .env…
          </Button>
        )}
      </Buttons>
      {failure && <ErrorNotice error={toUserError(failure)} title="Could not connect" />}
      {asked && (
        <PasswordDialog
          name={asked.name}
          address={asked.address}
          canStore={false}
          isBusy={open.isPending}
          error={open.error && toUserError(open.error).code !== 'PASSWORD_REQUIRED' ? open.error : null}
          onPassword={(password) => open.mutate({ source: asked, password })}
          onClose={() => setAsked(null)}
        />
      )}
    </Panel>
  );
}

const Hint = styled('p')(({ theme }) => ({ margin: '0 0 8px', color: theme.vars.palette.text.secondary }));

const Buttons = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8 });

const List = styled('ul')(({ theme }) => ({
  margin: '0 0 10px',
  padding: 0,
  listStyle: 'none',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  '& li': {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    alignItems: 'center',
    gap: '0 8px',
    padding: '6px 6px 6px 10px',
  },
  '& li + li': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& .name, & .address': { gridColumn: 1, minWidth: 0, overflowWrap: 'anywhere' },
  '& .name': { fontWeight: 600 },
  '& .kind, & .address': {
    ...theme.typography.caption,
    fontWeight: 400,
    color: theme.vars.palette.text.secondary,
  },
  '& button': { gridColumn: 2, gridRow: '1 / span 2' },
}));
