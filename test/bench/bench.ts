import { runAuditBench } from './audit.bench.ts';

/** `npm run bench -- audit [--small] [--runs 5]`: measures, prints, and judges against `performance.md` by ratios. */
const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  audit: runAuditBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) process.exitCode = (await bench(args)) ? 0 : 1;
else {
  console.error(`Usage: npm run bench -- <${Object.keys(BENCHES).join(' | ')}> [--small] [--runs <number>]`);
  process.exitCode = 2;
}
