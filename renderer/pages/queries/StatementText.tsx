import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

/** The statement laid out over lines; as the server keeps it where that fails (a text that was cut off). */
export function StatementText({ text }: { readonly text: string }): ReactElement {
  const { data } = useQuery({
    queryKey: ['formatted', text],
    queryFn: async () => {
      // Heavy, and needed by this drawer only.
      const { formatDialect, postgresql } = await import('sql-formatter');
      try {
        return formatDialect(text, { dialect: postgresql, keywordCase: 'upper', tabWidth: 2 });
      } catch {
        return text;
      }
    },
  });
  return <SqlBlock statements={[data ?? text]} label="Statement" />;
}
