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
import { RowList } from './RowList.tsx';
import { SecretDialog } from './SecretDialog.tsx';
import { useEnterConnection } from './use-open-connection.ts';

const KINDS: Readonly<Record<ConnectionSource['kind'], string>> = {
  service: 'service file',
  environment: 'environment',
  local: 'answers here',
  container: 'container',
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
      // What is written down may be out of date.
      if (['PASSWORD_REQUIRED', 'AUTH_FAILED'].includes(toUserError(error).code)) setAsked(source);
    },
  });
  const rows = [...(written.data ?? []), ...(project.data ?? []), ...(local.data ?? [])];
  const failure = written.error ?? local.error ?? project.error ?? (asked ? null : open.error);
  return (
    <Panel title="Found on this computer">
      {rows.length > 0 && (
        <RowList sx={{ mb: 1.25 }}>
          {rows.map((source) => (
            <li key={source.id}>
              <span className="name">
                <bdi>{visible(source.name)}</bdi>
              </span>
              <span className="facts">
                <span>{KINDS[source.kind]}</span> <bdi dir="ltr">{visible(source.address)}</bdi>
              </span>
              <span className="buttons">
                <Button
                  aria-label={`Connect by ${source.name}`}
                  loading={open.isPending && open.variables.source.id === source.id}
                  onClick={() => open.mutate({ source })}
                >
                  Connect
                </Button>
              </span>
            </li>
          ))}
        </RowList>
      )}
      {written.data && rows.length === 0 && (
        <Hint>Nothing is written in pg_service.conf or in the environment.</Hint>
      )}
      {local.data?.length === 0 && (
        <Hint>No server answers on a socket, on ports 5432 to 5439, or in a container.</Hint>
      )}
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
        <SecretDialog
          title={`Password for ${asked.name}`}
          label="Password"
          canStore={false}
          isBusy={open.isPending}
          error={open.error && toUserError(open.error).code !== 'PASSWORD_REQUIRED' ? open.error : null}
          onSecret={(password) => open.mutate({ source: asked, password })}
          onClose={() => setAsked(null)}
        >
          <bdi dir="ltr">{asked.address}</bdi>
        </SecretDialog>
      )}
    </Panel>
  );
}

const Hint = styled('p')(({ theme }) => ({ margin: '0 0 8px', color: theme.vars.palette.text.secondary }));

const Buttons = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8 });
