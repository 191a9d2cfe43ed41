import type { ReactElement } from 'react';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { useBackend } from '#renderer/api/client.ts';
import { ListDialog } from '#renderer/components/ListDialog.tsx';
import { definitionsIn, definitionText } from './definition-text.ts';

interface Props {
  readonly connectionId: string;
  readonly isOpen: boolean;
  readonly data: StatisticsOverview;
  readonly onClose: () => void;
}

/** Which tables belong together, one category per line. */
export function CategoriesDialog({ connectionId, isOpen, data, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const save = (categories: ReturnType<typeof definitionsIn> | null) =>
    client.statistics.setCategories({ connectionId, categories });
  return (
    <ListDialog
      connectionId={connectionId}
      isOpen={isOpen}
      title="Categories of this database"
      label="Categories"
      initialText={definitionText(
        data.definedCategories ??
          data.categories.map(({ name, names }) => ({ name, patterns: names.slice(0, 60) })),
      )}
      onSave={(text) => save(definitionsIn(text))}
      reset={{
        label: 'By schemas and names again',
        isPossible: data.definedCategories !== null,
        run: () => save(null),
      }}
      onClose={onClose}
    >
      One category per line: its name, a colon, then tables or patterns with *, such as “Audit: *_log,
      audit.*”. The first that fits counts.
    </ListDialog>
  );
}
