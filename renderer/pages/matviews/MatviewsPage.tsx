import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** Are they fresh, cheap and safe to refresh? */
export function MatviewsPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'matviews', (client, input, options) =>
    client.matviews.overview(input, options),
  );
  return (
    <InsightPage
      title="Materialized views"
      question="Are they fresh, cheap and safe to refresh?"
      insight={insight}
    >
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
