import { runAuditBench } from './audit.bench.ts';
import { runBackupBench } from './backup.bench.ts';
import { runLinksBench } from './links.bench.ts';
import { runPagesBench } from './pages.bench.ts';

/**
 * `npm run bench -- audit [--small] [--runs 5]` judges by ratios; `npm run bench -- backup [--small]` too; `npm run bench --
 * pages [--small]` by what the pages promise; `npm run bench -- links [--runs 20]` by what connections promise. All measure,
 * print and judge.
 */
const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  audit: runAuditBench,
  backup: runBackupBench,
  links: runLinksBench,
  pages: runPagesBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) process.exitCode = (await bench(args)) ? 0 : 1;
else {
  console.error(`Usage: npm run bench -- <${Object.keys(BENCHES).join(' | ')}> [--small] [--runs <number>]`);
  process.exitCode = 2;
}
