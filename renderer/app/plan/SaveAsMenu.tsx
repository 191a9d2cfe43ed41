import SaveIcon from '@mui/icons-material/SaveAltOutlined';
import type { ReactElement } from 'react';
import type { ScriptFormat } from '#shared/model/plan-request.ts';
import { useBackend } from '#renderer/api/client.ts';
import { type FormatChoice, FormatMenu } from '../FormatMenu.tsx';
import { useSaveFile } from '../save-file.ts';

const FORMATS: readonly FormatChoice<ScriptFormat>[] = [
  { format: 'psql', title: 'psql script', for: 'with the timeouts that PgVitals would set' },
  { format: 'alembic', title: 'Alembic migration', for: 'upgrade and downgrade' },
  { format: 'up', title: 'SQL, up', for: 'for other migration tools' },
  { format: 'down', title: 'SQL, down', for: 'the undo, in reverse order' },
];

interface Props {
  readonly connectionId: string;
  readonly planId: string;
  readonly onError: (error: unknown) => void;
}

/** The plan as a file, for those who run changes another way; saving does not spend it. */
export function SaveAsMenu({ connectionId, planId, onError }: Props): ReactElement {
  const { client } = useBackend();
  const save = useSaveFile({
    save: (format: ScriptFormat) => client.plans.saveScript({ connectionId, planId, format }),
    render: (format) => client.plans.script({ connectionId, planId, format }),
  });
  return (
    <FormatMenu
      label="Formats"
      icon={<SaveIcon />}
      formats={FORMATS}
      isBusy={save.isPending}
      onChoose={(format) => save.mutate(format, { onError })}
    >
      Save as…
    </FormatMenu>
  );
}
