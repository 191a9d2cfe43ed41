import type { RenderedReport } from '#shared/contract/reports.ts';
import { EngineError } from '#engine/errors.ts';
import type { Host } from '#engine/host.ts';

/** Through the host's dialog; null = cancelled. Throws BAD_INPUT where the host has none. */
export async function saveRendered(
  { saveFile }: Host,
  render: () => RenderedReport | Promise<RenderedReport>,
): Promise<{ path: string } | null> {
  if (saveFile === null) {
    throw new EngineError(
      'BAD_INPUT',
      'This host has no save dialog.',
      'Download the file from the page instead.',
    );
  }
  const path = await saveFile(await render());
  return path === null ? null : { path };
}

/** The same for a page that becomes a PDF. */
export async function saveAsPdf(
  { savePdf }: Host,
  render: () => Promise<RenderedReport>,
): Promise<{ path: string } | null> {
  if (savePdf === null) {
    throw new EngineError(
      'BAD_INPUT',
      'This host makes no PDF.',
      'Save it as HTML and print that page to a PDF.',
    );
  }
  const { fileName, text } = await render();
  const path = await savePdf({ fileName: fileName.replace(/\.html$/, '.pdf'), html: text });
  return path === null ? null : { path };
}
