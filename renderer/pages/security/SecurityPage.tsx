import type { ReactElement } from 'react';
import { useInsight } from '#renderer/api/insight.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { InsightPage } from '#renderer/app/InsightPage.tsx';

/** Who can do what they should not? */
export function SecurityPage({ connectionId }: PageProps): ReactElement {
  const insight = useInsight(connectionId, 'security', (client, input, options) =>
    client.security.overview(input, options),
  );
  return (
    <InsightPage title="Security" question="Who can do what they should not?" insight={insight}>
      {(data) => <p>{data.database}</p>}
    </InsightPage>
  );
}
