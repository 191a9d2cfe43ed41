import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSshHome, HAS_SSHD } from '../support/sshd.ts';
import { cutLink, type LinkRun, restarted, SCENARIOS } from './links-scenarios.ts';
import { type LinkStage, startLinkStage } from './links-stage.ts';
import { printTable, type Verdict } from './report.ts';

/** What connections promise (reliability.md §5), in seconds. */
const LIMITS = { linkS: 15, tunnelS: 45, returnS: 30, connections: 5 } as const;
const STAGGER_MS = 400;

/**
 * Links that fall silent, tunnels that break, servers that go and come back: how long PgVitals takes to notice and to go
 * on by itself, with every limit as it ships. All apps run side by side: it takes as long as the slowest, a few minutes.
 */
export async function runLinksBench(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: 'string', default: '20' }, only: { type: 'string' } },
  });
  const runs = Math.max(1, Number(values.runs));
  const wanted = (name: string): boolean => values.only === undefined || name === values.only;
  const names = Object.keys(SCENARIOS).filter(wanted);
  if (!HAS_SSHD)
    throw new Error('There is no sshd on this machine: half of what is promised cannot be measured.');
  const home = await createSshHome();
  process.env['PGVITALS_SSH_CONFIG'] = home.config;
  // Each app plays a computer of its own, and one process has five connections to a server: so a server for each.
  const stages: LinkStage[] = [];
  const stageFor = async (): Promise<LinkStage> => {
    const stage = await startLinkStage(home);
    stages.push(stage);
    return stage;
  };
  try {
    const planned: { name: string; index: number; stage: LinkStage }[] = [];
    for (let index = 0; index < runs; index += 1)
      for (const name of names) planned.push({ name, index, stage: await stageFor() });
    const toRestart: LinkStage[] = [];
    if (wanted('server restarted')) for (let n = 0; n < runs; n += 1) toRestart.push(await stageFor());
    const cutting = wanted('link cut') ? cutLink(runs) : null;
    const done = await Promise.all(
      planned.map(async ({ name, index, stage }, at) => {
        await delay(at * STAGGER_MS);
        const run = SCENARIOS[name];
        return run ? [{ name, run: await run(stage, index) }] : [];
      }),
    );
    const measured = names.map((name): [string, LinkRun[]] => [
      name,
      done.flat().flatMap((one) => (one.name === name ? [one.run] : [])),
    ]);
    if (toRestart.length > 0) {
      const all = await Promise.all(toRestart.map((stage) => restarted(stage, 1)));
      measured.push(['server restarted', all.flat()]);
    }
    const cut = await cutting;
    if (cut) measured.push(['link cut, statement without limit', cut]);
    else if (cutting)
      console.warn('##### NOT MEASURED: a link that is cut. It needs unshare, ip and root. #####');
    return judge(measured);
  } finally {
    for (const stage of stages) await stage.stop();
    delete process.env['PGVITALS_SSH_CONFIG'];
    await home.remove();
  }
}

function judge(measured: readonly (readonly [string, readonly LinkRun[]])[]): boolean {
  const all = measured.map(([name, runs]) => ({
    name,
    runs: runs.length,
    noticed: sorted(runs, ({ noticedMs }) => noticedMs, 1_000),
    told: sorted(runs, ({ toldMs }) => toldMs, 1_000),
    resumed: sorted(runs, ({ resumedMs }) => resumedMs, 1_000),
    tries: sorted(runs, ({ tries }) => tries),
    most: sorted(runs, ({ mostConnections }) => mostConnections),
    left: sorted(runs, ({ connectionsAfterClose }) => connectionsAfterClose),
  }));
  printTable(
    [
      '',
      'runs',
      'noticed p50',
      'p95',
      'max',
      'told max',
      'works again p50',
      'p95',
      'max',
      'changes',
      'connections',
    ],
    all.map(({ name, runs, noticed, told, resumed, tries, most }) => [
      name,
      String(runs),
      ...[0.5, 0.95, 1].map((share) => show(quantile(noticed, share))),
      show(quantile(told, 1)),
      ...[0.5, 0.95, 1].map((share) => show(quantile(resumed, share))),
      show(quantile(tries, 1)),
      show(quantile(most, 1)),
    ]),
  );
  const verdicts = all.flatMap(({ name, noticed, resumed, tries, most, left }): Verdict[] =>
    [
      atMost(
        `${name}: noticed after, s, max`,
        noticed,
        1,
        name.includes('SSH') ? LIMITS.tunnelS : LIMITS.linkS,
      ),
      atMost(`${name}: works again after, s, p95`, resumed, 0.95, LIMITS.returnS),
      atMost(`${name}: how often a change reached the server, max`, tries, 1, 1),
      atMost(`${name}: connections, max`, most, 1, LIMITS.connections),
      atMost(`${name}: connections after close, max`, left, 1, 0),
    ].flat(),
  );
  for (const { isMet, text } of verdicts) console.log(`${isMet ? 'met   ' : 'MISSED'} ${text}`);
  return verdicts.every(({ isMet }) => isMet);
}

/** Nothing where it was not measured. */
function atMost(name: string, values: readonly number[], share: number, limit: number): Verdict[] {
  if (values.length === 0) return [];
  const value = quantile(values, share);
  return [{ isMet: value <= limit, text: `${name}: ${show(value)} (at most ${limit})` }];
}

function sorted(runs: readonly LinkRun[], pick: (run: LinkRun) => number | null, unit = 1): number[] {
  return runs
    .flatMap((run) => pick(run) ?? [])
    .map((value) => value / unit)
    .sort((a, b) => a - b);
}

/** The smallest value that this share of all does not exceed; NaN of none. */
function quantile(values: readonly number[], share: number): number {
  return values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
}

function show(value: number): string {
  return Number.isNaN(value) ? '' : Number.isInteger(value) ? String(value) : value.toFixed(1);
}
