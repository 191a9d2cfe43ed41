import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** What is happening now, and who blocks whom? */
export function ActivityPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'activity', (client, input, options) =>
    client.activity.overview(input, options),
  );
  return (
    <InsightPage title="Activity" question="What is happening now, and who blocks whom?" insight={insight}>
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
