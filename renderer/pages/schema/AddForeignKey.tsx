import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { styled } from '@mui/material/styles';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { DELETE_RULES, type DeleteRule, type TableColumns } from '#shared/model/schema.ts';
import type { TableName } from '#shared/model/tables.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { likelyColumn } from './likely-column.ts';
import { ruleInSql } from './rule-in-sql.ts';
import { TableChoice } from './TableChoice.tsx';

/** Makes a foreign key from columns of one table to a key of another. */
export function AddForeignKey({ connectionId }: { readonly connectionId: string }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="outlined" color="inherit" onClick={() => setOpen(true)}>
        Add a foreign key
      </Button>
      <DetailDrawer isOpen={isOpen} label="New foreign key" onClose={() => setOpen(false)}>
        <Form connectionId={connectionId} />
      </DetailDrawer>
    </>
  );
}

function Form({ connectionId }: { readonly connectionId: string }): ReactElement {
  const [child, setChild] = useState<TableName | null>(null);
  const [parent, setParent] = useState<TableName | null>(null);
  const [keyAt, setKeyAt] = useState(0);
  // By column of the parent's key; what is not chosen is guessed from the names.
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [rule, setRule] = useState<DeleteRule>('no action');
  const ofChild = useTableColumns(connectionId, child);
  const ofParent = useTableColumns(connectionId, parent);
  const key = ofParent.data?.keys[keyAt] ?? [];
  const columns = key.map(
    (column) => chosen[column] ?? likelyColumn(ofChild.data?.columns ?? [], column, parent?.name ?? ''),
  );
  const isWhole = key.length > 0 && columns.every((column) => column !== '');
  const error = ofChild.error ?? ofParent.error;
  return (
    <Fields>
      <Typography variant="h1" component="h2">
        New foreign key
      </Typography>
      <p>
        Each row of the table then has to find its row in the parent. It is made in two steps, so that nobody
        waits while the rows that are there are checked.
      </p>
      <TableChoice
        connectionId={connectionId}
        label="Table"
        value={child}
        onChange={(next) => {
          setChild(next);
          setChosen({});
        }}
      />
      <TableChoice
        connectionId={connectionId}
        label="Parent"
        value={parent}
        onChange={(next) => {
          setParent(next);
          setKeyAt(0);
          setChosen({});
        }}
      />
      {error && <ErrorNotice error={toUserError(error)} title="Its columns could not be read" />}
      {ofParent.data?.keys.length === 0 && (
        <p role="status">The parent has no unique key that a foreign key could point at.</p>
      )}
      {ofParent.data && ofParent.data.keys.length > 1 && (
        <TextField
          select
          label="Key of the parent"
          value={keyAt}
          onChange={(event) => setKeyAt(Number(event.target.value))}
        >
          {ofParent.data.keys.map((names, at) => (
            <MenuItem key={JSON.stringify(names)} value={at}>
              <bdi>{visible(names.join(', '))}</bdi>
            </MenuItem>
          ))}
        </TextField>
      )}
      {ofChild.data &&
        key.map((column, at) => (
          <TextField
            key={column}
            select
            label={`Column that holds ${visible(column)}`}
            value={columns[at] ?? ''}
            onChange={(event) => setChosen((before) => ({ ...before, [column]: event.target.value }))}
          >
            {ofChild.data.columns.map((name) => (
              <MenuItem key={name} value={name}>
                <bdi>{visible(name)}</bdi>
              </MenuItem>
            ))}
          </TextField>
        ))}
      <TextField
        select
        label="On delete"
        value={rule}
        onChange={(event) => setRule(DELETE_RULES.find((known) => known === event.target.value) ?? rule)}
      >
        {DELETE_RULES.map((known) => (
          <MenuItem key={known} value={known}>
            {known}
          </MenuItem>
        ))}
      </TextField>
      <div>
        <RunPlanButton
          connectionId={connectionId}
          isOff={!isWhole || child === null || parent === null}
          request={{
            verb: 'add-foreign-key',
            table: child?.oid ?? 0,
            columns,
            parent: parent?.oid ?? 0,
            parentColumns: [...key],
            onDelete: ruleInSql(rule),
          }}
        >
          Add the foreign key…
        </RunPlanButton>
      </div>
    </Fields>
  );
}

function useTableColumns(connectionId: string, table: TableName | null): UseQueryResult<TableColumns> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...keys.insight(connectionId), 'table-columns', table?.oid ?? null],
    queryFn: ({ signal }) => client.schema.tableColumns({ connectionId, oid: table?.oid ?? 0 }, { signal }),
    enabled: table !== null,
  });
}

const Fields = styled('div')({
  display: 'grid',
  gap: 14,
  gridTemplateColumns: 'minmax(0, 1fr)',
  '& p': { margin: 0 },
});
