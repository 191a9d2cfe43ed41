import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Facts } from '#shared/model/facts.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';
import { SCHEMA_SQL } from './collect-database.ts';
import { collectFrom, pick } from './collect-support.ts';

describe('a part of the facts, or all of them piece by piece', () => {
  const server = useServer(15);
  let database: TestDatabase;
  let facts: Facts;

  beforeAll(async () => {
    database = await createDatabase(await server.get(), SCHEMA_SQL);
    facts = (await collectFrom(database.url)).facts as Facts;
  });
  afterAll(() => database?.drop());

  it('each fact can be read alone, with what it is derived from', async () => {
    for (const fact of ['types', 'columnStatistics', 'publicGrants', 'policies'] as const) {
      const alone = await collectFrom(database.url, { only: [fact] });
      expect(alone.unread, fact).toEqual([]);
      expect(alone.facts[fact], fact).toEqual(facts[fact]);
    }
    const { indexes = [], tables } = (await collectFrom(database.url, { only: ['indexes'] })).facts;
    const lasting = ['oid', 'name', 'definition', 'opclassNames', 'collationNames', 'constraintOid'] as const;
    expect(pick(indexes, lasting)).toEqual(pick(facts.indexes, lasting));
    expect(tables).toBeUndefined();
  });

  it('hands out each fact once it is final', async () => {
    const handed: Record<string, string[]> = {};
    const steps: string[] = [];
    const { facts: all } = await collectFrom(database.url, {
      onProgress: (label, done, total) => steps.push(`${label} ${done}/${total}`),
      onFacts: (some) => {
        for (const [name, value] of Object.entries(some)) (handed[name] ??= []).push(JSON.stringify(value));
      },
    });
    for (const [name, value] of Object.entries(all)) {
      if (name !== 'server') expect(handed[name], name).toEqual([JSON.stringify(value)]);
    }
    expect(steps[0]).toMatch(/^constraints 0\/\d\d$/);
    expect(new Set(steps).size).toBe(steps.length);
  });
});
