import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { auditSession } from '#engine/audit/audit-session.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import type { AuditRun } from './audit-run.ts';

type OfOneAudit = Omit<
  AuditRun,
  'cpuMs' | 'rssMb' | 'collectGapMs' | 'checkGapMs' | 'receivedMb' | 'againMs'
>;

/** Audits the database of BENCH_URL twice, and prints an `AuditRun` of the first and the time of the second. */
const sockets: Socket[] = [];
diagnostics.subscribe('net.client.socket', (message) => {
  sockets.push((message as { socket: Socket }).socket);
});
const received = (): number => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);

const session = await openReadSession(parseConnectionInput(process.env['BENCH_URL'] ?? ''));
const receivedBefore = received();
const cpuBefore = process.cpuUsage();
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
let collectGapMs = 0;
const first = await measure(session, () => {
  collectGapMs = delays.max / 1e6;
  delays.reset();
});
delays.disable();
const cpu = process.cpuUsage(cpuBefore);
const run: AuditRun = {
  ...first,
  cpuMs: (cpu.user + cpu.system) / 1000,
  rssMb: process.resourceUsage().maxRSS / 1024,
  collectGapMs,
  checkGapMs: delays.max / 1e6,
  receivedMb: (received() - receivedBefore) / 1e6,
  againMs: (await measure(session, () => undefined)).totalMs,
};
process.stdout.write(JSON.stringify(run));
await session.close();

async function measure(reader: ReadSession, onCollected: () => void): Promise<OfOneAudit> {
  const startedMs = performance.now();
  let stepStartedMs = startedMs;
  let step = 'server';
  let collectMs = 0;
  const stepMs: Record<string, number> = {};
  const checkMs: Record<string, number> = {};
  let checkStartedMs = 0;
  const endStep = (next: string): void => {
    const now = performance.now();
    stepMs[step] = (stepMs[step] ?? 0) + now - stepStartedMs;
    stepStartedMs = now;
    step = next;
  };
  const events = auditSession(reader, { toolVersion: 'bench', ownPasswordIsDefault: false });
  for (;;) {
    const { value, done } = await events.next();
    if (done) {
      endStep('');
      const { audit, snapshot } = value;
      return {
        totalMs: performance.now() - startedMs,
        collectMs,
        stepMs,
        checkMs,
        tables: snapshot.facts.tables?.length ?? 0,
        indexes: snapshot.facts.indexes?.length ?? 0,
        checks: audit.coverage.run,
        findings: audit.findings.length,
      };
    }
    if (value.type === 'check') {
      const now = performance.now();
      checkMs[value.check] = now - checkStartedMs;
      checkStartedMs = now;
    }
    if (value.type !== 'progress') continue;
    if (value.phase === 'collect') endStep(value.label);
    else if (collectMs === 0) {
      collectMs = performance.now() - startedMs;
      endStep('checks');
      checkStartedMs = performance.now();
      onCollected();
    }
  }
}
