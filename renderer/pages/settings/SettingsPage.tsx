import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** Which settings are wrong for this machine? */
export function SettingsPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'settings', (client, input, options) =>
    client.settings.overview(input, options),
  );
  return (
    <InsightPage title="Settings" question="Which settings are wrong for this machine?" insight={insight}>
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
