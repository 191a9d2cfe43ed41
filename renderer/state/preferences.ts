import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Density = 'compact' | 'comfortable';

/** Height of a table row in CSS pixels. */
const ROW_HEIGHT: Readonly<Record<Density, number>> = { compact: 28, comfortable: 36 };

interface Preferences {
  readonly density: Density;
  setDensity(density: Density): void;
}

/** How this person likes the window. The colour mode is MUI's own (`useColorScheme`). */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      density: 'compact',
      setDensity: (density) => set({ density }),
    }),
    { name: 'pgvitals.preferences', version: 1 },
  ),
);

/** The height that the chosen density gives a table row. */
export function useRowHeight(): number {
  return ROW_HEIGHT[usePreferences((state) => state.density)];
}
