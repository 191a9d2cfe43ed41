import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/**
 * Draws the icon of the packages from the SVG of the page. Run by hand when that changes (`node build/icons.ts`); the
 * picture is committed, so that packaging needs no browser. electron-builder makes .ico and .icns of it.
 */
const SIZE_PX = 1024;
const source = fileURLToPath(new URL('../renderer/public/icon.svg', import.meta.url));
const target = fileURLToPath(new URL(`icons/${SIZE_PX}x${SIZE_PX}.png`, import.meta.url));

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  const page = await browser.newPage({ viewport: { width: SIZE_PX, height: SIZE_PX } });
  const picture = Buffer.from(await readFile(source)).toString('base64');
  await page.setContent(
    `<style>*{margin:0}img{display:block;width:100vw;height:100vh}</style><img src="data:image/svg+xml;base64,${picture}">`,
  );
  await mkdir(fileURLToPath(new URL('icons', import.meta.url)), { recursive: true });
  await writeFile(target, await page.screenshot({ omitBackground: true }));
} finally {
  await browser.close();
}
