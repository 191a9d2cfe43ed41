import type { ReactElement } from 'react';
import type { MatviewsOverview } from '#shared/model/matviews.ts';
import { useBackend } from '#renderer/api/client.ts';
import { ListDialog } from '#renderer/components/ListDialog.tsx';

interface Props {
  readonly connectionId: string;
  readonly isOpen: boolean;
  readonly data: MatviewsOverview;
  readonly onClose: () => void;
}

/** The views that this database should have, one per line. */
export function ExpectedDialog({ connectionId, isOpen, data, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const there = data.views
    .map((row) => (row.schema === 'public' ? row.name : `${row.schema}.${row.name}`))
    .sort();
  const save = (names: readonly string[]) => client.matviews.setExpected({ connectionId, names: [...names] });
  return (
    <ListDialog
      connectionId={connectionId}
      isOpen={isOpen}
      title="Views that should be here"
      label="Expected views"
      initialText={(data.expected.length > 0 ? data.expected : there).join('\n')}
      onSave={(text) =>
        save(
          text
            .split('\n')
            .map((line) => line.trim())
            .filter(Boolean),
        )
      }
      reset={{ label: 'Expect nothing', isPossible: data.expected.length > 0, run: () => save([]) }}
      onClose={onClose}
    >
      One name per line, with its schema where that is not public. PgVitals remembers the list for this
      database and says which of them are missing.
    </ListDialog>
  );
}
