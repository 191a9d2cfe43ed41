import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MOST_CONNECTIONS, MOST_OF_JOBS, type Seat } from './server-room.ts';
import { recognise, takeSeat, takeSeatNow, withSeats } from './server-seats.ts';
import type { ConnectionTarget } from './target.ts';
import { parseConnectionInput } from './url.ts';

let servers = 0;
/** A server that no other test has. */
const server = (): ConnectionTarget => parseConnectionInput(`postgresql://u@10.0.0.${(servers += 1)}/shop`);
const GONE = { isSeenOff: true } as const;
const read = (target: ConnectionTarget, who = 'reading', waitMs = 20): Promise<Seat> =>
  takeSeat(target, { who, waitMs });
const readAll = (target: ConnectionTarget, count: number, who?: string): Promise<Seat[]> =>
  Promise.all(Array.from({ length: count }, () => read(target, who)));
const job = (target: ConnectionTarget, count: number, jobId = 'job', waitMs = 20): Promise<Seat> =>
  takeSeat(target, { who: `“${jobId}”`, count, jobId, waitMs });
const isFull = { code: 'TOO_MANY_CONNECTIONS' };

describe('seats of a server', () => {
  it('are five, and the sentence says who has them and what to do', async () => {
    const target = server();
    await readAll(target, 3, 'reading shop');
    await job(target, 2, 'Back up shop');
    await expect(read(target, 'reading app')).rejects.toMatchObject({
      ...isFull,
      message: `PgVitals opens at most 5 connections to ${target.host}:5432, and there is none left for reading app: reading shop has 3, “Back up shop” has 2.`,
      nextStep: 'Wait until one of these is over, or cancel it, then try again.',
    });
    expect(takeSeatNow(target, 'a cancel')).toBeNull();
    expect(await read(server())).toBeDefined();
  });

  it('are given once, however often they are given back', async () => {
    const target = server();
    const [seat] = await readAll(target, MOST_CONNECTIONS);
    seat?.release(GONE);
    seat?.release(GONE);
    await read(target);
    await expect(read(target)).rejects.toMatchObject(isFull);
  });

  it('come back a moment later where the server did not say goodbye', async () => {
    const target = server();
    const [seat] = await readAll(target, MOST_CONNECTIONS);
    seat?.release({ isSeenOff: false });
    expect(takeSeatNow(target, 'at once')).toBeNull();
    await read(target, 'later', 5_000);
  });

  it('go to who came first; who leaves the queue holds nobody up', async () => {
    const target = server();
    const [first] = await readAll(target, MOST_CONNECTIONS);
    const stop = new AbortController();
    const order: string[] = [];
    const wait = (name: string, signal?: AbortSignal) =>
      takeSeat(target, { who: name, signal }).then((seat) => {
        order.push(name);
        return seat;
      });
    const leaving = wait('a', stop.signal);
    const [b, c] = [wait('b'), wait('c')];
    stop.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'CANCELLED' });
    first?.release(GONE);
    (await b).release(GONE);
    await c;
    expect(order).toEqual(['b', 'c']);
  });

  it('of sessions that rest are taken for others, the longest rest first, and not of those that work', async () => {
    const target = server();
    const seats = await readAll(target, MOST_CONNECTIONS);
    const closed: number[] = [];
    for (const at of [3, 1, 2])
      seats[at]?.rest(() => {
        closed.push(at);
        setTimeout(() => seats[at]?.release(GONE), 5);
      });
    expect(seats[3]?.wake()).toBe(true);
    await Promise.all([read(target), read(target)]);
    expect(closed).toEqual([1, 2]);
    expect(seats[1]?.wake()).toBe(false);
    await expect(read(target)).rejects.toMatchObject(isFull);
    // What rests from now on goes at once to who waits.
    const waiting = read(target, 'next', 5_000);
    seats[3]?.rest(() => seats[3]?.release(GONE));
    await waiting;
  });
});

describe('jobs', () => {
  it('leave one seat to reading, and get what they need at once, before readings that came later', async () => {
    const target = server();
    const readings = await readAll(target, 3);
    const four = job(target, MOST_OF_JOBS, 'four', 5_000);
    const other = job(target, 1, 'other', 5_000);
    const later = read(target, 'later', 5_000);
    let isLaterServed = false;
    void later.then(() => (isLaterServed = true));
    readings[0]?.release(GONE);
    await delay(0);
    expect(isLaterServed).toBe(false);
    readings[1]?.release(GONE);
    const whole = await four;
    readings[2]?.release(GONE);
    await later;
    whole.release(GONE);
    await other;
  });

  it('take their connections from what they reserved, all of it given back at the end, also of a failure', async () => {
    const target = server();
    const wish = { who: '“Restore”', jobId: 'restore', count: 2, waitMs: 20 };
    await expect(
      withSeats(target, wish, async () => {
        await readAll(target, 3);
        const [one] = [await job(target, 1, 'restore'), await job(target, 1, 'restore')];
        await expect(job(target, 1, 'restore')).rejects.toMatchObject(isFull);
        await expect(job(target, 1, 'stranger')).rejects.toMatchObject(isFull);
        one?.release(GONE);
        // A part of the job reserves nothing of its own.
        await withSeats(target, wish, async () => (await job(target, 1, 'restore')).release(GONE));
        throw new Error('it failed');
      }),
    ).rejects.toThrow('it failed');
    // One session of it has not been closed yet.
    await expect(read(target)).rejects.toMatchObject(isFull);
  });

  it('say once that they wait', async () => {
    const target = server();
    await job(target, MOST_OF_JOBS, 'first');
    const said: string[] = [];
    const onWait = (sentence: string) => said.push(sentence);
    await expect(
      takeSeat(target, { who: '“second”', jobId: 'second', waitMs: 1_100, onWait }),
    ).rejects.toMatchObject(isFull);
    expect(said).toEqual([expect.stringMatching(/none left for “second”: “first” has 4/)]);
  });
});

describe('a server that says which one it is', () => {
  it('has one count for all of its addresses', async () => {
    const [here, there, elsewhere] = [server(), server(), server()];
    await readAll(here, 3);
    expect(recognise(here, 'S1')).toBe(true);
    const seats = await readAll(there, MOST_CONNECTIONS);
    const waiting = read(there, 'waiting', 5_000);
    // Nobody could know before: the one that asked is to be closed again.
    expect(recognise(there, 'S1')).toBe(false);
    expect(recognise(elsewhere, 'S2')).toBe(true);
    for (const seat of seats.slice(0, 3)) seat.release(GONE);
    await expect(read(there)).rejects.toMatchObject(isFull);
    await expect(read(here)).rejects.toMatchObject(isFull);
    seats[3]?.release(GONE);
    await waiting;
    await expect(read(here)).rejects.toMatchObject(isFull);
    expect(await read(elsewhere)).toBeDefined();
  });

  it('keeps its count when it is started anew, and an address that leads to another one has the count of that', async () => {
    const [one, two] = [server(), server()];
    await readAll(one, MOST_CONNECTIONS);
    recognise(one, 'A1');
    expect(recognise(one, 'A2')).toBe(true);
    expect(takeSeatNow(one, 'full')).toBeNull();
    recognise(two, 'B');
    expect(recognise(one, 'B')).toBe(false);
    expect(takeSeatNow(one, 'of the other')).not.toBeNull();
  });
});
