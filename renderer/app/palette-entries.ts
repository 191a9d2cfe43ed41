export interface PaletteEntry {
  readonly id: string;
  readonly group: 'Pages' | 'Actions' | 'Findings' | 'Objects' | 'Tables' | 'Connections';
  readonly title: string;
  /** Smaller words at the end of the line. */
  readonly hint?: string;
  readonly run: () => void;
}

const SHOWN = 40;
/** Groups that may hold thousands: shown once something is typed. */
const LONG: ReadonlySet<PaletteEntry['group']> = new Set(['Objects', 'Tables']);

/**
 * The entries that match every typed word, best first: the start of the title, then the start of a word, then
 * anywhere. Nothing typed shows pages and actions only, since objects may be thousands.
 */
export function rankEntries(entries: readonly PaletteEntry[], typed: string): PaletteEntry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.filter((entry) => !LONG.has(entry.group)).slice(0, SHOWN);
  const scored: { entry: PaletteEntry; score: number }[] = [];
  for (const entry of entries) {
    const title = entry.title.toLowerCase();
    const all = `${title} ${entry.hint?.toLowerCase() ?? ''}`;
    if (!words.every((word) => all.includes(word))) continue;
    scored.push({ entry, score: words.reduce((sum, word) => sum + scoreOf(title, word), 0) });
  }
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ entry }) => entry);
}

function scoreOf(title: string, word: string): number {
  const at = title.indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return 3;
  return /[\s_.-]/.test(title.charAt(at - 1)) ? 2 : 1;
}
