import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { ForeignKeyRow } from '#shared/model/schema.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { ForeignKeyActions } from './ForeignKeyActions.tsx';

interface Props {
  readonly connectionId: string;
  readonly row: ForeignKeyRow | null;
  readonly onReach: (parentOid: number) => void;
  readonly onClose: () => void;
}

/** One foreign key: what it does when its parent is deleted, and what can be changed about it. */
export function ForeignKeyDrawer({ connectionId, row, onReach, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={row !== null} label="Foreign key" onClose={onClose}>
      {row && (
        <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
          <div>
            <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
              <bdi>{visible(row.name)}</bdi>
            </Typography>
            <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
              <bdi>{visible(row.child)}</bdi> refers to <bdi>{visible(row.parent)}</bdi>
            </Typography>
          </div>
          <EvidenceList
            evidence={{
              columns: visible(row.columns),
              onDelete: row.onDelete,
              indexOfTheChild: row.isIndexed ? 'there' : 'none begins with its columns',
              vouchesFor: row.isValidated ? 'every row' : 'new and changed rows only',
            }}
          />
          <ForeignKeyActions
            key={row.oid}
            connectionId={connectionId}
            oid={row.oid}
            isValidated={row.isValidated}
            onDelete={row.onDelete}
          />
          <div>
            <Button
              color="inherit"
              onClick={() => {
                onClose();
                onReach(row.parentOid);
              }}
            >
              What a delete in {visible(row.parent)} reaches
            </Button>
          </div>
          <FindingLinks
            connectionId={connectionId}
            isAbout={({ object }) => object.kind === 'constraint' && object.oid === row.oid}
          />
        </Box>
      )}
    </DetailDrawer>
  );
}
