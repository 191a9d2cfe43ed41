import { beforeAll, describe, expect, it } from 'vitest';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';
import type { DiagnosisStep } from '#shared/model/connection.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { HOSTILE_SERVERS } from '../faults/hostile-servers.ts';
import { diagnose } from '#engine/postgres/doctor.ts';
import { freePort } from '#engine/embedded/server.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { startFakeServer } from '../faults/fake-server.ts';

const shared = usePrivateServer();
let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await shared.get();
  await query(urlOf(server, 'postgres'), `CREATE ROLE plain LOGIN PASSWORD 'pw'`);
  await query(urlOf(server, 'postgres'), 'CREATE DATABASE closed');
  await query(urlOf(server, 'postgres'), 'REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
}, 60_000);

const ORDER = ['parse', 'dns', 'tcp', 'tls', 'auth', 'database', 'version', 'rights', 'extensions'];

/** The last word on each step; checks on the way that the order is kept and nothing is said twice. */
async function examine(text: string): Promise<Record<string, DiagnosisStep>> {
  const steps: DiagnosisStep[] = [];
  for await (const step of diagnose(() => parseConnectionInput(text))) steps.push(step);
  const ended = steps.filter((step) => step.outcome !== 'running');
  expect(ended.map((step) => step.id)).toEqual(ORDER);
  for (const step of ended) {
    const began = steps.findIndex((other) => other.id === step.id && other.outcome === 'running');
    if (step.outcome === 'skipped') expect(began).toBe(-1);
    else expect(began).toBeLessThan(steps.indexOf(step));
    if (step.outcome === 'failed' || step.outcome === 'warning')
      expect([step.id, step.cure]).toEqual([step.id, expect.any(String)]);
  }
  expect(JSON.stringify(steps)).not.toContain(server.password);
  return Object.fromEntries(ended.map((step) => [step.id, step]));
}

const outcomes = (steps: Record<string, DiagnosisStep>): string[] =>
  ORDER.map((id) => steps[id]?.outcome ?? 'missing');
const upTo = (id: string, last: string): string[] =>
  ORDER.map((step) => (ORDER.indexOf(step) < ORDER.indexOf(id) ? 'ok' : step === id ? last : 'skipped'));

describe('diagnose', () => {
  it('goes through all steps of a healthy connection', async () => {
    const steps = await examine(urlOf(server, 'postgres'));
    expect(outcomes(steps)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'warning']);
    expect(steps['version']?.detail).toMatch(/^PostgreSQL 15\./);
    expect(steps['extensions']?.cure).toBe('CREATE EXTENSION pg_stat_statements;');
    expect(Object.values(steps).every((step) => step.durationMs !== null && step.durationMs >= 0)).toBe(true);
    await query(urlOf(server, 'postgres'), 'CREATE EXTENSION pg_stat_statements');
    expect((await examine(urlOf(server, 'postgres')))['extensions']).toMatchObject({
      outcome: 'ok',
      cure: null,
    });
  });
  it('gives the GRANT that a role lacks', async () => {
    const steps = await examine(urlOf(server, 'postgres', { user: 'plain', password: 'pw' }));
    expect(steps['rights']).toMatchObject({ outcome: 'warning', cure: 'GRANT pg_monitor TO "plain";' });
  });
  it('stops where it fails', async () => {
    const url = urlOf(server, 'postgres');
    expect(outcomes(await examine('http://example'))).toEqual(upTo('parse', 'failed'));
    expect(outcomes(await examine('postgres://u@no-such-host.invalid/d'))).toEqual(upTo('dns', 'failed'));
    expect(outcomes(await examine(`postgres://u@127.0.0.1:${await freePort()}/d`))).toEqual(
      upTo('tcp', 'failed'),
    );
    expect(outcomes(await examine(`${url}?sslmode=require`))).toEqual(upTo('tls', 'failed'));
    expect(outcomes(await examine(url.replace(encodeURIComponent(server.password), 'wrong')))).toEqual(
      upTo('auth', 'failed'),
    );
    expect(outcomes(await examine(urlOf(server, 'no_such_db')))).toEqual(upTo('database', 'failed'));
    expect(outcomes(await examine(urlOf(server, 'closed', { user: 'plain', password: 'pw' })))).toEqual(
      upTo('database', 'failed'),
    );
  });
  it('knows what is not PostgreSQL', async () => {
    const fake = await startFakeServer(HOSTILE_SERVERS[0]?.answer ?? (() => undefined));
    const steps = await examine(`postgres://u@127.0.0.1:${fake.port}/d`);
    await fake.close();
    expect(outcomes(steps)).toEqual(upTo('tls', 'failed'));
    expect(steps['tls']?.detail).toContain('SSH');
  });
  it('leaves no connection behind, also when its reader stops early', async () => {
    for await (const step of diagnose(parseConnectionInput(urlOf(server, 'postgres'))))
      if (step.id === 'rights') break;
    const left = () =>
      query(
        urlOf(server, 'postgres'),
        `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/%'`,
      );
    await expect.poll(left).toEqual([]);
  });
  it('ends as cancelled when aborted', async () => {
    const fake = await startFakeServer(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const target = parseConnectionInput(`postgres://u@127.0.0.1:${fake.port}/d`);
    const reading = (async () => {
      for await (const _ of diagnose(target, { signal: controller.signal }));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    await fake.close();
  });
});
