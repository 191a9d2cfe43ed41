import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** Which statements cost most? */
export function QueriesPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'queries', (client, input, options) =>
    client.queries.overview(input, options),
  );
  return (
    <InsightPage title="Queries" question="Which statements cost most?" insight={insight}>
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
