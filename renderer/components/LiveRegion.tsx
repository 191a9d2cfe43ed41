import type { ReactElement } from 'react';
import { create } from 'zustand';

/** What was said last; the count makes a repeated sentence a new one. */
const useAnnouncement = create<{ text: string; count: number }>()(() => ({ text: '', count: 0 }));

/** Says something to screen readers without moving the focus. */
export function announce(text: string): void {
  useAnnouncement.setState((state) => ({ text, count: state.count + 1 }));
}

/** Rendered once, near the root; the region must be there before its text changes. */
export function LiveRegion(): ReactElement {
  const { text, count } = useAnnouncement();
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      <span key={count}>{text}</span>
    </div>
  );
}
