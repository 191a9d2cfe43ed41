import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useBackend } from '../api/client.ts';
import { FILTER_ATTRIBUTE } from '../components/FilterField.tsx';
import { startAudit } from '../state/audit-run.ts';
import { refreshInsight } from '../state/refresh.ts';
import { useCurrentConnection } from './current.ts';
import { PAGES } from './pages.tsx';
import { pageAddress } from './addresses.ts';
import { actionOf, MOD } from './keys.ts';
import type { Overlay } from './overlay.ts';

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

/** What the sheet shows; `useShortcuts` and the tables do it. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: [MOD, 'K'], does: 'Open the command palette' },
  { keys: [MOD, `1…${Math.min(9, PAGES.length)}`], does: 'Go to a page' },
  { keys: [MOD, 'Shift', 'A'], does: 'Run the audit' },
  { keys: ['F5'], does: 'Read the page again; on Overview and Findings, run the audit again' },
  { keys: [MOD, 'F'], does: 'Filter what the page lists' },
  { keys: [MOD, 'E'], does: 'Export a report' },
  { keys: ['↑', '↓'], does: 'Move between rows' },
  { keys: ['←', '→'], does: 'Fold and unfold a group' },
  { keys: ['Enter'], does: 'Open the row' },
  { keys: ['Esc'], does: 'Close what is open' },
  { keys: ['?'], does: 'Show this sheet' },
];

/** Shortcuts of the whole window. Single letters do nothing, so that speech input is safe; `?` is text only in fields. */
export function useShortcuts(show: (overlay: Overlay) => void): void {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const connection = useCurrentConnection();
  const { client } = useBackend();
  const queries = useQueryClient();

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const action = actionOf(event, isTyping(event.target));
    if (!action) return;
    switch (action.type) {
      case 'show':
        if (action.overlay === 'export' && !connection) return;
        show(action.overlay);
        break;
      case 'audit':
        if (!connection) return;
        void startAudit(client, queries, connection.id);
        break;
      case 'refresh':
        // Without a connection F5 stays what the browser makes of it.
        if (!connection) return;
        if (PAGES.some((page) => page.isAudit && pathname.endsWith(`/${page.path}`)))
          void startAudit(client, queries, connection.id);
        else refreshInsight(queries, connection.id);
        break;
      case 'filter': {
        const input = document.querySelector<HTMLInputElement>(`[${FILTER_ATTRIBUTE}]`);
        if (!input) return;
        input.focus();
        input.select();
        break;
      }
      case 'page': {
        const page = PAGES[action.index];
        if (!page || !connection) return;
        void navigate(pageAddress(connection.id, page.path));
      }
    }
    event.preventDefault();
  });

  useEffect(() => {
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName))
  );
}
