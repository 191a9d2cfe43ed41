import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([14, 18] as const)('a plan as a file on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('is what the server gave; the page of it names no constant and no role', async () => {
    const role = `Carla Held ${major}`;
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE visit (id int PRIMARY KEY, owner text, seen date, score numeric);
       INSERT INTO visit SELECT g, 'o' || g % 5, '2026-01-01'::date + g % 90, g / 7.0 FROM generate_series(1, 4000) g; ANALYZE visit`,
    );
    await query(urlOf(database.server, 'postgres'), `DROP ROLE IF EXISTS "${role}"; CREATE ROLE "${role}"`);
    const connectionId = await open(database.url);
    const text = `SELECT "${role}".owner, (SELECT max(score) FROM visit x WHERE x.id = "${role}".id + 4711) /* for Carla */
      FROM visit AS "${role}" WHERE seen > '2026-02-03' AND owner IN ('o1', 'secret''s') AND score < 123.25
        AND pg_has_role('${role}', 'USAGE') ORDER BY 1`;
    const plan = await engine.insight.queries.plan(
      { connectionId, text, values: [], analyze: true, confirmed: true },
      {},
    );
    const file = (format: 'json' | 'txt' | 'html') =>
      engine.insight.queries.renderPlan({ connectionId, plan: plan.id, format }, {});
    const json = await file('json');
    expect(json).toMatchObject({ mediaType: 'application/json', text: `${plan.json}\n` });
    expect(json.fileName).toMatch(/^plan-test_[0-9a-f]+-\d{4}-\d\d-\d\d-\d{4}\.json$/);
    expect((await file('txt')).text).toBe(`${plan.text}\n`);
    for (const secret of ['4711', '2026-02-03', 'secret', '123.25', role])
      expect([secret, plan.json.includes(secret)]).toEqual([secret, true]);

    const { text: html } = await file('html');
    for (const secret of ['4711', '2026-02-03', 'secret', '123.25', '123', 'Carla', 'Held'])
      expect([secret, html.includes(secret)]).toEqual([secret, false]);
    expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'");
    expect(html).not.toMatch(/<script|<link|<img|\son\w+=|https?:/i);
    expect(html).toMatch(/visit/);
    expect(html).toMatch(/seen &#62; &#39;|seen &#62; \?/);
    expect(html).toMatch(/\?/);
    expect(html).toContain('Seq Scan on visit');
    await query(urlOf(database.server, 'postgres'), `DROP ROLE "${role}"`);
    await expect(
      engine.insight.queries.renderPlan({ connectionId, plan: 'none', format: 'html' }, {}),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
