import type { ReactElement } from 'react';
import { useBackend } from '#renderer/api/client.ts';
import { ListDialog } from '#renderer/components/ListDialog.tsx';

interface Props {
  readonly connectionId: string;
  readonly patterns: readonly string[] | null;
  readonly onClose: () => void;
}

/** Which tables should leave a trace of their changes. */
export function AuditedDialog({ connectionId, patterns, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const save = (next: string[] | null) => client.security.setAudited({ connectionId, patterns: next });
  return (
    <ListDialog
      connectionId={connectionId}
      isOpen
      title="Tables that should be audited"
      label="Audited tables"
      initialText={(patterns ?? []).join('\n')}
      onSave={(text) => {
        const lines = text
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean);
        return save(lines.length === 0 ? null : lines);
      }}
      reset={{ label: 'By their columns', isPossible: patterns !== null, run: () => save(null) }}
      onClose={onClose}
    >
      One table per line, as schema.table or as its name alone; * stands for any text, as in billing.*.
      PgVitals remembers the list for this database. Without a list, tables with columns whose names suggest
      secrets are meant.
    </ListDialog>
  );
}
