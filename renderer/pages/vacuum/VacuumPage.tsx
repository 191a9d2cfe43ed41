import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** Is autovacuum keeping up, and what stops it? */
export function VacuumPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'vacuum', (client, input, options) =>
    client.vacuum.overview(input, options),
  );
  return (
    <InsightPage
      title="Tables & vacuum"
      question="Is autovacuum keeping up, and what stops it?"
      insight={insight}
    >
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
