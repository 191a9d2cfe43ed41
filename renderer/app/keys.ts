import type { Overlay } from './overlay.ts';

export const IS_MAC = /mac/i.test(navigator.platform);
/** The key that starts a shortcut on this system. */
export const MOD = IS_MAC ? '⌘' : 'Ctrl';

export type Action =
  | { readonly type: 'show'; readonly overlay: Overlay }
  | { readonly type: 'audit' }
  | { readonly type: 'refresh' }
  | { readonly type: 'filter' }
  | { readonly type: 'page'; readonly index: number };

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** What a key press asks for; null = nothing of ours. */
export function actionOf(event: Key, typing: boolean, isMac = IS_MAC): Action | null {
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const key = event.key.toLowerCase();
  if (event.altKey) return null;
  if (!mod) {
    if (key === 'f5' && !event.shiftKey) return { type: 'refresh' };
    if (key === '?' && !typing) return { type: 'show', overlay: 'shortcuts' };
    return null;
  }
  if (event.shiftKey) return key === 'a' ? { type: 'audit' } : null;
  if (key === 'k') return { type: 'show', overlay: 'palette' };
  if (key === 'e') return { type: 'show', overlay: 'export' };
  if (key === 'f') return { type: 'filter' };
  if (/^[1-9]$/.test(key)) return { type: 'page', index: Number(key) - 1 };
  return null;
}
