import { create } from 'zustand';
import type { PlanRequest } from '#shared/model/plan-request.ts';

/** What the dialog of changes shows: a change to be confirmed, or one that was started before. */
export type PlanTarget =
  | { readonly connectionId: string; readonly request: PlanRequest; readonly onDone?: () => void }
  | { readonly connectionId: string; readonly jobId: string };

interface PlanDialogState {
  readonly target: PlanTarget | null;
  /** Counts openings: each begins afresh. */
  readonly opening: number;
  show(target: PlanTarget): void;
  close(): void;
}

/** One dialog for all changes, opened from anywhere; nothing runs without it. */
export const usePlanDialog = create<PlanDialogState>()((set) => ({
  target: null,
  opening: 0,
  show: (target) => set((state) => ({ target, opening: state.opening + 1 })),
  close: () => set({ target: null }),
}));
