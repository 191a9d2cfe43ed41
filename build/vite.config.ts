import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('../renderer', import.meta.url));
const outDir = fileURLToPath(new URL('../dist/renderer', import.meta.url));

const VENDOR =
  /node_modules[\\/](?!recharts|d3-|victory-vendor|@reduxjs|redux|react-redux|reselect|immer|es-toolkit|decimal\.js-light|eventemitter3|internmap|react-is)/;

/** The renderer for all hosts: the desktop serves it by app://, the loopback host over HTTP. */
export default defineConfig({
  root,
  // Relative addresses: the same files work under app://pgvitals/ and http://127.0.0.1:<port>/.
  base: './',
  plugins: [react()],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'chrome140',
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
    // The policy says font-src 'self' and script-src 'self': nothing may be inlined as data: or as a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What only the charts need stays out, so that it comes with the first chart and not with the window.
          groups: [{ name: 'vendor', test: VENDOR }],
        },
      },
    },
  },
});
