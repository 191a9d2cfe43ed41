import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** How large is it, how does it grow, and how busy is it? */
export function StatisticsPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'statistics', (client, input, options) =>
    client.statistics.overview(input, options),
  );
  return (
    <InsightPage
      title="Statistics"
      question="How large is it, how does it grow, and how busy is it?"
      insight={insight}
    >
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
