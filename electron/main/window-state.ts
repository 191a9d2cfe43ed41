import type { BrowserWindow, Rectangle } from 'electron';
import { readJsonFile, writeJsonFile } from '#engine/json-file.ts';

export interface WindowState {
  readonly bounds: Partial<Rectangle> & { readonly width: number; readonly height: number };
  readonly isMaximized: boolean;
}

const DEFAULT_STATE: WindowState = { bounds: { width: 1280, height: 800 }, isMaximized: false };
export const MIN_WIDTH = 1024;
export const MIN_HEIGHT = 640;

/** The last place of the window, moved back where a screen has gone. */
export async function readWindowState(path: string, screens: readonly Rectangle[]): Promise<WindowState> {
  return placeOnScreen(await readJsonFile(path), screens);
}

/** Saves the place of the window when it closes; the result resolves once that is on disk. */
export function keepWindowState(window: BrowserWindow, path: string): () => Promise<void> {
  let saving: Promise<void> = Promise.resolve();
  window.on('close', () => {
    const state: WindowState = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() };
    // A full disk must not keep the app from closing.
    saving = writeJsonFile(path, state).catch(() => undefined);
  });
  return () => saving;
}

/** Pure part: whatever the file says becomes a usable place. */
export function placeOnScreen(saved: unknown, screens: readonly Rectangle[]): WindowState {
  const state = parseState(saved);
  if (state === null) return DEFAULT_STATE;
  const { x, y, width, height } = state.bounds;
  const size = { width: Math.max(width, MIN_WIDTH), height: Math.max(height, MIN_HEIGHT) };
  const isVisible = screens.some((screen) => coversTitleBar(screen, { x, y, width: size.width }));
  return { bounds: isVisible ? { x, y, ...size } : size, isMaximized: state.isMaximized };
}

/** A window whose title bar is off every screen cannot be moved back by hand. */
function coversTitleBar(screen: Rectangle, bar: { x: number; y: number; width: number }): boolean {
  const overlap = Math.min(screen.x + screen.width, bar.x + bar.width) - Math.max(screen.x, bar.x);
  return overlap >= 100 && bar.y >= screen.y && bar.y < screen.y + screen.height - 40;
}

function parseState(saved: unknown): { readonly bounds: Rectangle; readonly isMaximized: boolean } | null {
  if (!isRecord(saved) || !isRecord(saved['bounds'])) return null;
  const { x, y, width, height } = saved['bounds'];
  if (!isWhole(x) || !isWhole(y) || !isWhole(width) || !isWhole(height)) return null;
  return { bounds: { x, y, width, height }, isMaximized: saved['isMaximized'] === true };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
