import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** Better or worse than before? */
export function HistoryPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'history', (client, input, options) =>
    client.history.overview(input, options),
  );
  return (
    <InsightPage title="History" question="Better or worse than before?" insight={insight}>
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
