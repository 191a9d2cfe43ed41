import { describe, expect, it } from 'vitest';
import type { SettingRow } from '#shared/model/settings.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

interface Bounds {
  readonly name: string;
  readonly type: string;
  readonly context: string;
  /** In bytes or milliseconds where the setting has a unit, by a table of this test's own. */
  readonly least: number | null;
  readonly most: number | null;
  readonly now: number | null;
  readonly hasUnit: boolean;
  readonly choices: string[] | null;
}

const BOUNDS_SQL = `
  SELECT name, vartype AS type, context, unit IS NOT NULL AS "hasUnit", enumvals AS choices,
    CASE WHEN min_val::float8 > 0 THEN min_val::float8 * scale ELSE min_val::float8 END AS least,
    max_val::float8 * scale AS most,
    CASE WHEN vartype IN ('integer', 'real') THEN setting::float8 * scale END AS now
  FROM pg_settings LEFT JOIN (VALUES ('B', 1::float8), ('kB', 1024), ('8kB', 8192), ('16kB', 16384), ('32kB', 32768),
      ('MB', 1048576), ('us', 0.001), ('ms', 1), ('s', 1000), ('min', 60000), ('h', 3600000), ('d', 86400000))
    AS units (unit, factor) USING (unit), LATERAL (SELECT coalesce(factor, 1) AS scale) AS s
  WHERE name !~ '^transaction_(isolation|read_only|deferrable)$'`;

/** Bytes and milliseconds of every word that the page uses for them. */
const WORDS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
  PB: 1024 ** 5,
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  years: 365.25 * 86_400_000,
};

/** "3 min 20 s" is 200,000; NaN where a word is unknown. */
function amountOf(text: string): number {
  const parts = [...text.replaceAll('\u202f', '').matchAll(/(-?[\d.]+(?:e[+-]?\d+)?)(?: ([A-Za-z]+))?/g)];
  return parts.reduce((sum, [, digits, word]) => {
    const scale = word === undefined ? 1 : (WORDS[word] ?? Number.NaN);
    return sum + Number(digits) * scale;
  }, 0);
}

/** Both ends as they are written, and as what they are about. */
function endsOf(range: string): { readonly exact: string; readonly about: string | null }[] {
  return range.split(' to ').map((end) => {
    const [, exact = '', about] = /^(.*?)(?: \(about (.*)\))?$/.exec(end) ?? [];
    return { exact, about: about ?? null };
  });
}

const settingsOf = async (url: string): Promise<ReadonlyMap<string, SettingRow>> => {
  const { data } = await engine.insight.settings.overview({ connectionId: await open(url), maxAgeMs: 0 }, {});
  return new Map(data.settings.map((row) => [row.name, row]));
};

async function compare(url: string): Promise<{ rows: ReadonlyMap<string, SettingRow>; truth: Bounds[] }> {
  const rows = await settingsOf(url);
  const truth = await query<Bounds>(url, BOUNDS_SQL);
  const compared: Record<string, number> = {};
  for (const { name, type, least, most, choices, now, hasUnit } of truth) {
    const row = rows.get(name);
    compared[type] = (compared[type] ?? 0) + 1;
    if (type === 'string') expect([name, row?.range]).toEqual([name, null]);
    else if (type === 'bool') expect([name, row?.range]).toEqual([name, 'on, off']);
    else if (choices) expect([name, row?.range?.split(', ')]).toEqual([name, choices]);
    else {
      const ends = endsOf(row?.range ?? '');
      expect([name, ...ends.map(({ exact }) => amountOf(exact))]).toEqual([name, least, most]);
      for (const [at, { about }] of ends.entries()) {
        const end = at === 0 ? least : most;
        if (about !== null && end !== null) expect([name, amountOf(about) / end]).toEqual([name, near(1)]);
      }
    }
    // The value itself, in its words: no digit is lost that matters.
    if (hasUnit && now !== null && now > 0 && row?.value !== null && !OURS.has(name))
      expect([name, amountOf(row?.value ?? '') / now]).toEqual([name, near(1)]);
  }
  for (const type of ['bool', 'enum', 'integer', 'real', 'string'])
    expect([type, compared[type] ?? 0]).not.toEqual([type, 0]);
  return { rows, truth };
}

/** Rounded to two digits at least. */
const near = (value: number): unknown => expect.closeTo(value, 1.3);
/** The test's client sets these for itself. */
const OURS = new Set(['application_name', 'client_encoding']);

it('the demo: what each setting may be, and its value in words', async () => {
  await compare((await demo.get()).url);
});

describe.each([14, 16, 18] as const)('what a setting may be on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { work_mem: '5MB', checkpoint_timeout: '7min' } });

  it('is what pg_settings says, in words, and exactly that is taken and one more refused', async () => {
    const database = await createDatabase(await server.get());
    const { rows, truth } = await compare(database.url);
    expect(rows.get('work_mem')).toMatchObject({
      value: '5 MB',
      range: '64 kB to 2147483647 kB (about 2 TB)',
    });
    const written: string[] = [];
    for (const { name, type, context, choices } of truth) {
      if (context === 'internal' || !['integer', 'real'].includes(type) || choices) continue;
      for (const { exact } of endsOf(rows.get(name)?.range ?? '')) {
        const error = await database.query(`ALTER SYSTEM SET ${name} = '${exact}'`).then(
          () => null,
          (problem: Error) => problem.message,
        );
        // The server itself rounds such bounds to six digits in pg_settings.
        if (/e\+\d+$/.test(exact)) continue;
        // Other rules of a setting may refuse it, and name the number; unreadable text is named in quotes.
        expect([name, exact, error ?? '']).toEqual([
          name,
          exact,
          expect.not.stringMatching(
            /outside the valid range|requires a numeric value|invalid value for parameter [^:]*: "/,
          ),
        ]);
        if (error === null) written.push(name);
      }
    }
    expect(written.length).toBeGreaterThan(200);
    for (const [name, beyond] of [
      ['work_mem', '2147483648 kB'],
      ['work_mem', '63 kB'],
      ['checkpoint_timeout', '86401 s'],
      ['shared_buffers', '120 kB'],
    ] as const) {
      const [exact] = endsOf(rows.get(name)?.range ?? '');
      expect(exact).toBeDefined();
      await expect(database.query(`ALTER SYSTEM SET ${name} = '${beyond}'`)).rejects.toThrow(
        /outside the valid range|invalid value/,
      );
    }
    await database.query('ALTER SYSTEM RESET ALL');
  });
});
