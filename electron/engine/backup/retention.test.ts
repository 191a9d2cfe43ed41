import { describe, expect, it } from 'vitest';
import { BACKUP_TRUSTS, type BackupScope, DEFAULT_BACKUP_RETENTION } from '#shared/model/backup.ts';
import { planDeletion, planRetention, type RetentionEntry } from './retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-26T20:00:00Z');
const WEEK = DEFAULT_BACKUP_RETENTION;

/** Made `daysAgo`; the older the lower its number, unless said otherwise. */
function backup(id: string, daysAgo: number, change: Partial<RetentionEntry> = {}): RetentionEntry {
  return {
    id,
    seq: 100_000 - Math.round(daysAgo * 10),
    database: 'shop',
    scope: { kind: 'database' },
    trust: 'intact',
    startedAt: new Date(NOW_MS - daysAgo * DAY_MS).toISOString(),
    sizeBytes: 1_000,
    isPinned: false,
    busy: null,
    trashedAt: null,
    ...change,
  };
}

const goes = (entries: readonly RetentionEntry[], policy = WEEK, nowMs = NOW_MS): readonly string[] =>
  planRetention(entries, policy, nowMs).removes.map(({ id }) => id);
const reasonFor = (entries: readonly RetentionEntry[], id: string): string | undefined =>
  planRetention(entries, WEEK, NOW_MS).keeps.find((kept) => kept.id === id)?.reason;

const DAILY = [0, 1, 2, 3, 4, 5, 6, 7].map((day) => backup(`d${day}`, day));
const OLD = [backup('old', 30, { trust: 'verified' }), backup('older', 40)];
const TABLES: BackupScope = { kind: 'tables', tables: [{ schema: 'public', name: 'orders' }] };

describe('what goes by rule', () => {
  const cases: readonly [string, readonly RetentionEntry[], readonly string[]][] = [
    ['nothing of nothing', [], []],
    ['not the only one, however old', [backup('a', 900)], []],
    ['not the newest two, however old', [backup('a', 900), backup('b', 800)], []],
    [
      'what is more than a week older than the newest, oldest first',
      [...DAILY, backup('x', 9), backup('y', 8)],
      ['x', 'y'],
    ],
    ['what is as old as the policy says stays', [...DAILY], []],
    ['not the last verified one', [...DAILY, ...OLD], ['older']],
    [
      'the older of two verified ones',
      [...DAILY, backup('v1', 50, { trust: 'verified' }), backup('v2', 30, { trust: 'verified' })],
      ['v1'],
    ],
    ['not a pinned one', [...DAILY, backup('p', 30, { isPinned: true })], []],
    ['not one in use', [...DAILY, backup('p', 30, { busy: 'being restored' })], []],
    ['not a damaged one', [...DAILY, backup('p', 30, { trust: 'damaged' })], []],
    ['not one that is not ours', [...DAILY, backup('p', 30, { trust: 'foreign' })], []],
    ['not one whose place is not there', [...DAILY, backup('p', 30, { trust: 'missing' })], []],
    ['nothing of the trash a second time', [...DAILY, backup('p', 30, { trashedAt: iso(1) })], []],
    [
      'nothing where the newer ones are damaged, not ours or gone',
      [
        backup('a', 0, { trust: 'damaged' }),
        backup('b', 1, { trust: 'foreign' }),
        backup('c', 2, { trust: 'missing' }),
        backup('d', 3, { trashedAt: iso(1) }),
        backup('e', 40),
        backup('f', 60),
      ],
      [],
    ],
    [
      'nothing of one database for backups of another',
      [...DAILY, backup('a', 30, { database: 'crm' }), backup('b', 40, { database: 'crm' })],
      [],
    ],
    [
      'no whole database for backups of one table',
      [
        ...DAILY.map((entry) => ({ ...entry, scope: TABLES })),
        backup('whole', 30),
        backup('whole2', 31),
        backup('whole3', 41),
      ],
      ['whole3'],
    ],
    ['one table for backups of the whole database', [...DAILY, backup('t', 30, { scope: TABLES })], ['t']],
    [
      'one table for backups of its schema, but not of another schema',
      [
        ...DAILY.map((entry) => ({ ...entry, scope: { kind: 'schemas', schemas: ['public'] } as const })),
        backup('t', 30, { scope: TABLES }),
        backup('s', 30, { scope: { kind: 'schemas', schemas: ['app'] } }),
      ],
      ['t'],
    ],
    [
      'nothing for one that is in use: it may be on its way out',
      [backup('a', 0, { busy: 'being verified' }), backup('b', 30), backup('c', 31)],
      [],
    ],
    ['nothing whose date cannot be read', [...DAILY, backup('p', 30, { startedAt: 'yesterday' })], []],
  ];
  for (const [name, entries, expected] of cases)
    it(name, () => {
      expect(goes(entries)).toEqual(expected);
      // Order in which they are handed in, and names, mean nothing.
      expect(goes([...entries].toReversed())).toEqual(expected);
    });

  it('says why, for each', () => {
    const entries = [
      ...DAILY,
      ...OLD,
      backup('pinned', 31, { isPinned: true }),
      backup('busy', 32, { busy: 'being verified' }),
      backup('damaged', 33, { trust: 'damaged' }),
    ];
    const plan = planRetention(entries, { days: 5, keepAtLeast: 3 }, NOW_MS);
    expect(plan.removes.map(({ id, title, reason }) => [id, title, reason])).toEqual([
      ['older', 'shop, 2026-10-17 20:00 UTC', '40 days older than the newest; 10 newer ones'],
      ['d7', 'shop, 2026-11-19 20:00 UTC', '7 days older than the newest; 7 newer ones'],
      ['d6', 'shop, 2026-11-20 20:00 UTC', '6 days older than the newest; 6 newer ones'],
    ]);
    expect(plan.keeps.map(({ id, reason }) => [id, reason])).toEqual([
      ['d0', 'the newest one'],
      ['d1', 'one of the newest 3'],
      ['d2', 'one of the newest 3'],
      ['d3', 'within 5 days of the newest one'],
      ['d4', 'within 5 days of the newest one'],
      ['d5', 'within 5 days of the newest one'],
      ['old', 'the last one that a test restore proved'],
      ['pinned', 'pinned'],
      ['busy', 'being verified'],
      ['damaged', 'damaged: it counts for nothing, and only you can delete it'],
    ]);
  });

  it('keeps two where a policy from elsewhere asks for fewer', () => {
    const entries = [backup('a', 0), backup('b', 30), backup('c', 60)];
    expect(goes(entries, { days: 1, keepAtLeast: 0 })).toEqual(['c']);
    expect(goes(entries, { days: 1, keepAtLeast: 3 })).toEqual([]);
  });

  it('keeps the last good one although newer ones failed or were damaged (F54)', () => {
    const entries = [
      backup('newest', 0, { trust: 'damaged' }),
      backup('newer', 1, { trust: 'damaged' }),
      backup('proven', 300, { trust: 'verified' }),
      backup('before', 310),
      backup('first', 320),
    ];
    expect(goes(entries)).toEqual(['first']);
    expect(reasonFor(entries, 'proven')).toBe('the newest one');
    expect(reasonFor(entries, 'before')).toBe('one of the newest 2');
  });
});

describe('clocks (F55)', () => {
  const entries = [...DAILY, backup('x', 9), backup('y', 8), backup('t', 12, { trashedAt: iso(8) })];

  it('lets nothing grow old when the clock jumps ahead, and asks before it empties the trash', () => {
    for (const years of [1, 10, 100]) {
      const plan = planRetention(entries, WEEK, NOW_MS + years * 365 * DAY_MS);
      expect(plan.removes.map(({ id }) => id)).toEqual(['x', 'y']);
      expect([plan.empties.length, plan.phrase]).toEqual([1, 'delete 1 backup']);
    }
    expect(planRetention(entries, WEEK, NOW_MS)).toMatchObject({ phrase: null, empties: [{ id: 't' }] });
  });

  it('does nothing while a backup or a deletion lies in the future', () => {
    for (const years of [1, 10]) {
      const plan = planRetention(entries, WEEK, NOW_MS - years * 365 * DAY_MS);
      expect(plan).toMatchObject({ removes: [], empties: [], freedBytes: 0, phrase: null });
      expect(plan.keeps).toHaveLength(10);
      expect(plan.refusal?.message).toMatch(/^It is 20\d\d-11-2\d .* the clock is wrong, or was\.$/);
      expect(plan.refusal?.nextStep).toMatch(/^Set the clock right/);
    }
    const deletedLater = [...DAILY, backup('t', 12, { trashedAt: iso(-1) })];
    expect(planRetention(deletedLater, WEEK, NOW_MS).refusal?.message).toContain(
      'shop, 2026-11-14 20:00 UTC',
    );
    // A few minutes are no jump; what somebody else's manifest says means nothing.
    expect(planRetention(DAILY, WEEK, NOW_MS - 4 * 60_000).refusal).toBeNull();
    expect(
      planRetention([...DAILY, backup('f', -900, { trust: 'foreign' })], WEEK, NOW_MS).refusal,
    ).toBeNull();
  });

  it('takes a typed phrase where the jump was before the newest backup: more than half would go', () => {
    const jumpedMs = NOW_MS + 3_650 * DAY_MS;
    const made = backup('new', 0, { seq: 200_000, startedAt: new Date(jumpedMs).toISOString() });
    const plan = planRetention([...DAILY, made], WEEK, jumpedMs);
    expect(plan.removes).toHaveLength(7);
    expect(plan.phrase).toBe('delete 7 backups');
    // Half is not more than half, and damaged ones do not thin the share.
    const four = [backup('a', 0), backup('b', 1), backup('c', 30), backup('d', 31)];
    const damaged = [32, 33, 34].map((day) => backup(`x${day}`, day, { trust: 'damaged' }));
    expect(planRetention(four, WEEK, NOW_MS).phrase).toBeNull();
    expect(planRetention([...four, backup('e', 32), ...damaged], WEEK, NOW_MS).phrase).toBe(
      'delete 3 backups',
    );
  });

  it('does not take one for old whose clock stood at 1970 when it was made', () => {
    const flat = backup('flat', 0, { seq: 99_985, startedAt: '1970-01-01T00:00:10.000Z' });
    expect(goes([...DAILY, flat])).toEqual([]);
  });
});

describe('the trash', () => {
  it('is emptied after a week, and what is in use, pinned or not there stays', () => {
    const trashed = (id: string, change: Partial<RetentionEntry>): RetentionEntry =>
      backup(id, 30, { trashedAt: iso(8), ...change });
    const plan = planRetention(
      [
        ...DAILY,
        trashed('gone', {}),
        trashed('damaged', { trust: 'damaged', sizeBytes: 5 }),
        trashed('young', { trashedAt: iso(6.9) }),
        trashed('busy', { busy: 'being verified' }),
        trashed('pinned', { isPinned: true }),
        trashed('missing', { trust: 'missing' }),
        trashed('foreign', { trust: 'foreign' }),
      ],
      WEEK,
      NOW_MS,
    );
    expect(plan.empties.map(({ id, reason }) => [id, reason])).toEqual([
      ['gone', 'in the trash since 2026-11-18 20:00 UTC'],
      ['damaged', 'in the trash since 2026-11-18 20:00 UTC'],
    ]);
    expect(plan.freedBytes).toBe(1_005);
    expect(plan.removes).toEqual([]);
  });
});

describe('what goes by hand', () => {
  const entries = [
    backup('a', 0),
    backup('b', 1, { trust: 'verified' }),
    backup('c', 2, { trust: 'damaged' }),
    backup('d', 3, { isPinned: true }),
    backup('e', 4, { busy: 'being restored' }),
    backup('f', 5, { trust: 'foreign' }),
    backup('g', 6, { scope: TABLES, trust: 'verified' }),
    backup('h', 7),
    backup('i', 8),
  ];
  it('is what was chosen, but for what must stay', () => {
    const plan = planDeletion(
      entries,
      entries.map(({ id }) => id),
    );
    expect(plan.removes.map(({ id }) => id)).toEqual(['i', 'h', 'g', 'c', 'a']);
    expect(plan.keeps.map(({ id, reason }) => [id, reason])).toEqual([
      ['b', 'the last one that a test restore proved'],
      ['d', 'pinned'],
      ['e', 'being restored'],
      ['f', 'not made here, or its manifest was changed: it is left alone'],
    ]);
    expect(planDeletion(entries, ['i', 'c'])).toMatchObject({
      removes: [{ id: 'i' }, { id: 'c' }],
      phrase: null,
    });
    expect(planDeletion(entries, ['b']).keeps).toMatchObject([
      { id: 'b', reason: 'the last one that a test restore proved' },
    ]);
    expect(planDeletion(entries, ['a', 'g', 'h', 'i']).phrase).toBe('delete 4 backups');
  });
});

describe('500 random histories', () => {
  it('never lose what must stay', () => {
    let removed = 0;
    for (let seed = 1; seed <= 500; seed += 1) {
      const random = randomFrom(seed);
      const entries = Array.from({ length: Math.floor(random() * 40) }, (_, index) =>
        anyBackup(index, random),
      );
      const policy = { days: 1 + Math.floor(random() * 30), keepAtLeast: Math.floor(random() * 6) };
      const plan = planRetention(entries, policy, NOW_MS);
      const isGone = new Set([...plan.removes, ...plan.empties].map(({ id }) => id));
      removed += plan.removes.length;
      const present = entries.filter(({ trashedAt }) => trashedAt === null);
      // Each is told of once.
      expect([...plan.removes, ...plan.keeps].map(({ id }) => id).toSorted()).toEqual(
        present.map(({ id }) => id).toSorted(),
      );
      for (const own of Map.groupBy(present, ({ database }) => database).values()) {
        const good = own.filter(({ trust }) => trust === 'verified' || trust === 'intact');
        const whole = good.filter(({ scope }) => scope.kind === 'database').toSorted((a, b) => b.seq - a.seq);
        const left = whole.filter(({ id }) => !isGone.has(id));
        // The newest two stay, and the newest proven one of the whole database.
        expect(left.length).toBeGreaterThanOrEqual(Math.min(whole.length, Math.max(2, policy.keepAtLeast)));
        expect(left.at(0)).toBe(whole.at(0));
        const proven = whole.find(({ trust }) => trust === 'verified');
        if (proven) expect(isGone.has(proven.id)).toBe(false);
        // Every table of a backup that goes is in a newer good one that stays.
        for (const entry of good.filter(({ id }) => isGone.has(id)))
          expect(
            good.some(
              (one) =>
                one.seq > entry.seq &&
                !isGone.has(one.id) &&
                (one.scope.kind === 'database' || entry.scope.kind === 'tables'),
            ),
          ).toBe(true);
      }
      for (const entry of entries.filter(({ id }) => isGone.has(id))) {
        expect([entry.isPinned, entry.busy]).toEqual([false, null]);
        expect(['foreign', 'missing']).not.toContain(entry.trust);
        if (entry.trashedAt === null) expect(entry.trust).not.toBe('damaged');
        else expect(NOW_MS - Date.parse(entry.trashedAt)).toBeGreaterThan(7 * DAY_MS);
      }
      // Done once, there is nothing left to do.
      const after = entries.filter(({ id }) => !isGone.has(id));
      expect(planRetention(after, policy, NOW_MS).removes).toEqual([]);
    }
    expect(removed).toBeGreaterThan(400);
  });
});

function iso(daysAgo: number): string {
  return new Date(NOW_MS - daysAgo * DAY_MS).toISOString();
}

function anyBackup(index: number, random: () => number): RetentionEntry {
  const trust = random() < 0.6 ? 'intact' : (BACKUP_TRUSTS[Math.floor(random() * 5)] ?? 'verified');
  return backup(`b${index}`, random() < 0.1 ? random() * 90 : (40 - index) * 2, {
    // Order of making, whatever the clock of that day said.
    seq: index + 1,
    database: random() < 0.7 ? 'shop' : 'crm',
    trust,
    scope: random() < 0.8 ? { kind: 'database' } : TABLES,
    isPinned: random() < 0.1,
    busy: random() < 0.1 ? 'being verified' : null,
    trashedAt: random() < 0.15 ? iso(random() * 14) : null,
  });
}

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
