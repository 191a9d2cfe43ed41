import { useMutation } from '@tanstack/react-query';
import type { RenderedReport } from '#shared/contract/reports.ts';
import { useAppInfo } from '../api/queries.ts';
import { announce } from '../components/LiveRegion.tsx';

interface Ways<Request> {
  /** Through the host's dialog; null = cancelled. */
  readonly save: (request: Request) => Promise<{ readonly path: string } | null>;
  /** For a download, where the host has no dialog. */
  readonly render: (request: Request) => Promise<RenderedReport>;
  readonly onSaved?: () => void;
}

/** Saves what the engine renders: through the host's dialog where it has one, else as a download. */
export function useSaveFile<Request>({ save, render, onSaved }: Ways<Request>) {
  const { data: info } = useAppInfo();
  return useMutation({
    mutationFn: async (request: Request): Promise<string | null> => {
      if (info?.savesThroughDialog) return (await save(request))?.path ?? null;
      const file = await render(request);
      download(file.fileName, new Blob([file.text], { type: file.mediaType }));
      return file.fileName;
    },
    onSuccess: (saved) => {
      if (saved === null) return;
      announce(`Saved ${saved}`);
      onSaved?.();
    },
  });
}

function download(fileName: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The browser reads the blob after the click; a minute is plenty.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
