import { EngineError, throwIfAborted } from '../errors.ts';

/** On one server at any moment, whatever is done in however many of its databases. */
export const MOST_CONNECTIONS = 5;
/** Jobs leave one to reading, so that pages live beside any job, and a job may wait for a reading. */
export const MOST_OF_JOBS = MOST_CONNECTIONS - 1;
/** How long one waits for a seat before it is said who has them. */
const WAIT_MS = 30_000;
/** Of a job: from when on it is told of. */
const TELL_AFTER_MS = 1_000;
/** A backend outlives a client that hung up without hearing its goodbye by about so long. */
const LINGER_MS = 100;

export interface SeatWish {
  /** What for, for the sentence that others get: "reading shop". */
  readonly who: string;
  /** Connections; all of them are given at once. Default 1. */
  readonly count?: number;
  /** Of work that lasts (a change, a backup): it takes from what it reserved, else from the share of jobs. */
  readonly jobId?: string | null;
  readonly signal?: AbortSignal | undefined;
  /** Default 30,000 ms. */
  readonly waitMs?: number;
  /** Told once, with who has the connections, where it takes more than a second. */
  readonly onWait?: (sentence: string) => void;
}

/** The right to some connections of a server. Everything but `release` is for a seat of one reading session. */
export interface Seat {
  /** Safe to call twice. `isSeenOff` = the server has closed its side too, so its backend is gone. */
  release(end: { readonly isSeenOff: boolean }): void;
  /** Nobody uses it now: `close` is called where others wait for it, and has to lead to `release`. */
  rest(close: () => void): void;
  /** It is used again; false where it was given away meanwhile. */
  wake(): boolean;
}

/**
 * The seats of one server, or those that a job has reserved of them. First come, first served; sessions that rest make
 * place for who waits.
 */
export class Room {
  /** What the server says it is; null = not known. */
  server: string | null = null;
  readonly reserved = new Map<string, Room>();
  readonly #most: number;
  readonly #mostOfJobs: number;
  /** In the order in which they were taken or laid to rest. */
  readonly #seats = new Set<HeldSeat>();
  readonly #queue: Waiter[] = [];
  #onEmpty: (() => void) | null = null;

  constructor(most: number = MOST_CONNECTIONS, mostOfJobs: number = MOST_OF_JOBS) {
    this.#most = most;
    this.#mostOfJobs = mostOfJobs;
  }

  get used(): number {
    return countOf(this.#seats);
  }

  async take(wish: SeatWish, address: string): Promise<HeldSeat> {
    const { who, count = 1, jobId = null, signal, waitMs = WAIT_MS, onWait } = wish;
    throwIfAborted(signal);
    const own = jobId === null ? undefined : this.reserved.get(jobId);
    if (own !== undefined) return own.take({ ...wish, jobId: null }, address);
    const isJob = jobId !== null;
    if (count > (isJob ? this.#mostOfJobs : this.#most))
      throw new TypeError(`Nobody may have ${count} seats.`);
    const { promise, resolve, reject } = Promise.withResolvers<HeldSeat>();
    const waiter: Waiter = { room: this, count, isJob, who, grant: resolve };
    this.#queue.push(waiter);
    this.#serve();
    const full = (): EngineError => waiter.room.#full(wish, address);
    const leave = (error: EngineError): void => {
      waiter.room.#dismiss(waiter);
      reject(error);
    };
    const onAbort = (): void => leave(new EngineError('CANCELLED', 'Cancelled.'));
    const giveUp = setTimeout(() => leave(full()), waitMs);
    const tell = setTimeout(() => onWait?.(full().message), TELL_AFTER_MS);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(giveUp);
      clearTimeout(tell);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  takeNow(who: string): HeldSeat | null {
    return this.used < this.#most ? this.#seat({ room: this, count: 1, isJob: false, who }) : null;
  }

  /** Takes over all that is there; what has to wait now goes on waiting there. */
  moveInto(other: Room): void {
    for (const seat of this.#seats) {
      seat.room = other;
      other.#seats.add(seat);
    }
    for (const waiter of this.#queue) {
      waiter.room = other;
      other.#queue.push(waiter);
    }
    for (const [jobId, own] of this.reserved) other.reserved.set(jobId, own);
    this.#seats.clear();
    this.#queue.length = 0;
    this.reserved.clear();
    other.#serve();
  }

  whenEmpty(tell: () => void): void {
    this.#onEmpty = tell;
    this.#serve();
  }

  free(seat: HeldSeat): void {
    if (this.#seats.delete(seat)) this.#serve();
  }

  rest(seat: HeldSeat): void {
    // Whoever has rested for longest is the first to go.
    this.#seats.delete(seat);
    this.#seats.add(seat);
    this.#serve();
  }

  #dismiss(waiter: Waiter): void {
    const at = this.#queue.indexOf(waiter);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    // Those behind may need less.
    this.#serve();
  }

  /** Gives out what is free, in order, and asks for what is missing. */
  #serve(): void {
    /** What the first job in the queue will get: nobody behind it takes from that. */
    let claimed = 0;
    let missing = 0;
    let isBehindJob = false;
    for (const waiter of this.#queue.slice()) {
      const { count, isJob } = waiter;
      if (isJob && (isBehindJob || this.#ofJobs + count > this.#mostOfJobs)) {
        isBehindJob = true;
        continue;
      }
      if (this.used + claimed + count <= this.#most) {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        waiter.grant(this.#seat(waiter));
        continue;
      }
      missing += count;
      if (!isJob) continue;
      isBehindJob = true;
      claimed = count;
    }
    const seats = [...this.#seats];
    const leaving = seats.filter(({ state }) => state === 'ending' || state === 'lingering');
    const resting = seats.filter(({ state }) => state === 'resting');
    const wanted = this.used + missing - this.#most - countOf(leaving);
    for (const seat of resting.slice(0, Math.max(0, wanted))) seat.end();
    if (this.#seats.size === 0) this.#onEmpty?.();
  }

  get #ofJobs(): number {
    return countOf([...this.#seats].filter(({ isJob }) => isJob));
  }

  #seat({ count, isJob, who }: Omit<Waiter, 'grant'>): HeldSeat {
    const seat = new HeldSeat(this, { count, isJob, who });
    this.#seats.add(seat);
    return seat;
  }

  #full({ who, count = 1 }: SeatWish, address: string): EngineError {
    const counts = new Map<string, number>();
    for (const seat of this.#seats) counts.set(seat.who, (counts.get(seat.who) ?? 0) + seat.count);
    const holders = [...counts].map(([holder, held]) => `${holder} has ${held}`).join(', ');
    const left = count === 1 ? 'there is none left' : `there are not ${count} left`;
    return new EngineError(
      'TOO_MANY_CONNECTIONS',
      `PgVitals opens at most ${this.#most} connections to ${address}, and ${left} for ${who}: ${holders}.`,
      'Wait until one of these is over, or cancel it, then try again.',
    );
  }
}

export class HeldSeat implements Seat {
  room: Room;
  readonly count: number;
  readonly isJob: boolean;
  readonly who: string;
  state: 'held' | 'resting' | 'ending' | 'lingering' | 'free' = 'held';
  #close: () => void = () => undefined;

  constructor(room: Room, { count, isJob, who }: { count: number; isJob: boolean; who: string }) {
    this.room = room;
    this.count = count;
    this.isJob = isJob;
    this.who = who;
  }

  release({ isSeenOff }: { readonly isSeenOff: boolean }): void {
    if (this.state === 'free' || this.state === 'lingering') return;
    this.state = isSeenOff ? 'free' : 'lingering';
    if (isSeenOff) this.room.free(this);
    else setTimeout(() => this.room.free(this), LINGER_MS).unref();
  }

  rest(close: () => void): void {
    if (this.state !== 'held') return;
    this.state = 'resting';
    this.#close = close;
    this.room.rest(this);
  }

  wake(): boolean {
    if (this.state === 'resting') this.state = 'held';
    return this.state === 'held';
  }

  end(): void {
    this.state = 'ending';
    this.#close();
  }
}

function countOf(seats: Iterable<HeldSeat>): number {
  let count = 0;
  for (const seat of seats) count += seat.count;
  return count;
}

interface Waiter {
  /** The address may turn out to lead to a server that is known already. */
  room: Room;
  readonly count: number;
  readonly isJob: boolean;
  readonly who: string;
  readonly grant: (seat: HeldSeat) => void;
}
