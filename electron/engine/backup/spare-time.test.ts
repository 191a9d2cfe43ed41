import { describe, expect, it } from 'vitest';
import { SpareTime } from './spare-time.ts';

interface Machine {
  /** How many of two cores the others want, all the time. */
  readonly wanted: number;
  /** Whether what they could not do remains to be done; else they are as idle as before when they are held up. */
  readonly catchesUp: boolean;
  /** Used by other work of the same process, of a core. */
  readonly besides?: number;
}

/** How much of a core pieces of work of 2 ms come to in 20 s. */
function share({ wanted, catchesUp, besides = 0 }: Machine): number {
  const clock = { now: 0, idle: 0, own: 0 };
  const spare = new SpareTime({ now: () => clock.now, idle: () => clock.idle, own: () => clock.own });
  let waiting = 0;
  let done = 0;
  const pass = (ms: number, work: number): void => {
    const free = ms * (2 - besides) - work;
    waiting += ms * wanted;
    const used = Math.min(waiting, free);
    waiting = catchesUp ? waiting - used : 0;
    clock.now += ms;
    clock.own += work + ms * besides;
    clock.idle += catchesUp ? free - used : Math.max(0, ms * (2 - wanted - besides));
    done += work;
  };
  while (clock.now < 20_000) {
    if (spare.has()) pass(2, 2);
    else pass(5, 0);
  }
  return done / clock.now;
}

describe('spare time', () => {
  it('is a part of what others leave idle', () => {
    expect(share({ wanted: 1.7, catchesUp: true })).toBeCloseTo(0.067, 2);
    expect(share({ wanted: 1.4, catchesUp: true })).toBeCloseTo(0.267, 2);
  });

  it('does not grow without end where others are idle because they are held up', () => {
    expect(share({ wanted: 1.8, catchesUp: false })).toBeLessThan(0.35);
  });

  it('is nothing where the cores are full', () => {
    expect(share({ wanted: 2, catchesUp: true })).toBe(0);
    expect(share({ wanted: 1.91, catchesUp: true })).toBe(0);
  });

  it('is a whole core where more than one is idle', () => {
    expect(share({ wanted: 0.4, catchesUp: true })).toBeGreaterThan(0.9);
  });

  it('is less by what the same process does besides', () => {
    const alone = share({ wanted: 1.4, catchesUp: true });
    expect(share({ wanted: 1.4, catchesUp: true, besides: 0.2 })).toBeLessThan(alone - 0.15);
  });
});
