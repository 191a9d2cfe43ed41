import type { ReactElement } from 'react';
import { useBackend } from '#renderer/api/client.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { type FormatChoice, FormatMenu } from '#renderer/app/FormatMenu.tsx';
import { useSaveFile } from '#renderer/app/save-file.ts';

type Format = 'md' | 'html' | 'pdf';

interface Props {
  readonly connectionId: string;
  readonly onError: (error: unknown) => void;
}

/** What to do when it has burned, to be printed before it does. */
export function RecoveryPlanMenu({ connectionId, onError }: Props): ReactElement {
  const { client } = useBackend();
  const { data: info } = useAppInfo();
  const save = useSaveFile({
    save: (format: Format) => client.backups.saveRecoveryPlan({ connectionId, format }),
    render: (format) =>
      client.backups.recoveryPlan({ connectionId, format: format === 'pdf' ? 'html' : format }),
  });
  const formats = FORMATS.filter(({ format }) => format !== 'pdf' || info?.host === 'desktop');
  return (
    <FormatMenu
      label="Formats of the recovery plan"
      formats={formats}
      isBusy={save.isPending}
      onChoose={(format) => save.mutate(format, { onError })}
    >
      Recovery plan…
    </FormatMenu>
  );
}

const FORMATS: readonly FormatChoice<Format>[] = [
  { format: 'md', title: 'Markdown', for: 'for the wiki beside your other runbooks' },
  { format: 'html', title: 'HTML', for: 'one page to read and print' },
  { format: 'pdf', title: 'PDF', for: 'to print and keep where the fire does not get' },
];
