import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Density = 'compact' | 'comfortable';

/** Height of a table row in CSS pixels. */
const ROW_HEIGHT: Readonly<Record<Density, number>> = { compact: 28, comfortable: 36 };

/** How often pages read again, in seconds; 0 = only when asked. */
export const REFRESH_SECONDS = [0, 10, 30, 60, 300] as const;
export type RefreshSeconds = (typeof REFRESH_SECONDS)[number];

interface Preferences {
  readonly density: Density;
  readonly refreshSeconds: RefreshSeconds;
  /** By the label of the table: ids of columns. */
  readonly hiddenColumns: Readonly<Record<string, readonly string[]>>;
  setDensity(density: Density): void;
  setRefreshSeconds(seconds: RefreshSeconds): void;
  hideColumns(label: string, ids: readonly string[]): void;
}

/** How this person likes the window. The colour mode is MUI's own (`useColorScheme`). */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      density: 'compact',
      refreshSeconds: 30,
      hiddenColumns: {},
      setDensity: (density) => set({ density }),
      setRefreshSeconds: (refreshSeconds) => set({ refreshSeconds }),
      hideColumns: (label, ids) =>
        set(({ hiddenColumns }) => ({ hiddenColumns: { ...hiddenColumns, [label]: ids } })),
    }),
    { name: 'pgvitals.preferences', version: 1 },
  ),
);

/** The height that the chosen density gives a table row. */
export function useRowHeight(): number {
  return ROW_HEIGHT[usePreferences((state) => state.density)];
}
