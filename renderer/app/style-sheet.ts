import createCache, { type EmotionCache } from '@emotion/cache';
import { StyleSheet } from '@emotion/sheet';

/**
 * Emotion without <style> elements. Our policy is `style-src 'self'`, and Chromium refuses even an empty inline
 * <style>, so emotion's own insertRule mode never gets a sheet to insert into. Constructed style sheets are CSSOM,
 * which the policy leaves alone: https://www.w3.org/TR/CSP3/#directive-style-src
 */
export function createStyleCache(): EmotionCache {
  const cache = createCache({ key: 'pv' });
  cache.sheet = new AdoptedStyleSheet({ key: cache.key, container: document.head });
  let settled: number | undefined;
  window.addEventListener('resize', () => {
    window.clearTimeout(settled);
    settled = window.setTimeout(restyleAll, RESIZE_SETTLED_MS);
  });
  return cache;
}

/** One constructed sheet. Global styles go before component styles, as emotion's tags would. */
class AdoptedStyleSheet extends StyleSheet {
  #sheet: CSSStyleSheet | null = null;

  override insert(rule: string): void {
    this.#sheet ??= this.#adopt();
    try {
      this.#sheet.insertRule(rule, this.#sheet.cssRules.length);
    } catch {
      // A vendor's pseudo-element that this browser does not know; emotion's own sheet ignores it as well.
    }
  }

  override flush(): void {
    const own = this.#sheet;
    if (!own) return;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== own);
    this.#sheet = null;
  }

  #adopt(): CSSStyleSheet {
    const sheet = new CSSStyleSheet();
    const adopted = [...document.adoptedStyleSheets];
    if (this.key.endsWith('-global')) globalSheets.add(sheet);
    adopted.splice(
      globalSheets.has(sheet) ? adopted.filter((other) => globalSheets.has(other)).length : adopted.length,
      0,
      sheet,
    );
    document.adoptedStyleSheets = adopted;
    return sheet;
  }
}

const globalSheets = new WeakSet<CSSStyleSheet>();

/** Once, when the window has its size: while it is dragged, every frame counts. */
const RESIZE_SETTLED_MS = 100;

/**
 * Where a rule is inserted in the frame in which the window takes another size, Chromium 156 forgets to look again at
 * the elements that media queries concern: a page of 640 pixels kept the wide rail. A rule about all elements
 * makes it look at each of them.
 */
function restyleAll(): void {
  requestAnimationFrame(() => {
    const sheet = new CSSStyleSheet();
    sheet.insertRule('* { --restyled: 0 }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    requestAnimationFrame(() => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    });
  });
}
