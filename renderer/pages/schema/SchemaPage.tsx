import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** How do the tables hang together, and what would a delete reach? */
export function SchemaPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'schema', (client, input, options) =>
    client.schema.overview(input, options),
  );
  return (
    <InsightPage
      title="Schema"
      question="How do the tables hang together, and what would a delete reach?"
      insight={insight}
    >
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
