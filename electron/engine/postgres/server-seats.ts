import { MOST_CONNECTIONS, Room, type Seat, type SeatWish } from './server-room.ts';
import { type ConnectionTarget, describeAddress } from './target.ts';

/**
 * Waits for a seat on the server that `target` leads to; every connection of this process has one (`connectTarget`, and
 * those of pg_dump and pg_restore). First come, first served; sessions that rest make place. Throws CANCELLED, and
 * TOO_MANY_CONNECTIONS with who has them when nothing was free for too long.
 *
 * It cannot come to a deadlock: a reading holds one seat and waits for none; what a job needs at once it reserves at once;
 * jobs never have the last seat, so that one always goes round among readings, for which a job may wait.
 *
 * The count is of this process: two PgVitals on one computer, as two people, use five each. A server behind an address
 * that nobody has connected to yet is known when it has answered: until then it counts by itself.
 */
export function takeSeat(target: ConnectionTarget, wish: SeatWish): Promise<Seat> {
  return roomOf(target).take(wish, describeAddress(target));
}

/** One that is free this moment, or null: for what must not wait, because it ends what others wait for. */
export function takeSeatNow(target: ConnectionTarget, who: string): Seat | null {
  return roomOf(target).takeNow(who);
}

/**
 * Runs a job, or a part of one, with `count` seats kept for connections that name its id. Inside of another reservation
 * of the same job it is that one. Throws what `takeSeat` throws.
 */
export async function withSeats<T>(
  target: ConnectionTarget,
  wish: SeatWish & { readonly jobId: string; readonly count: number },
  work: () => Promise<T>,
): Promise<T> {
  const { jobId, count } = wish;
  if (roomOf(target).reserved.has(jobId)) return work();
  const seat = await roomOf(target).take(wish, describeAddress(target));
  const own = new Room(count, count);
  seat.room.reserved.set(jobId, own);
  try {
    return await work();
  } finally {
    seat.room.reserved.delete(jobId);
    // What was just closed may still be on its way out.
    own.whenEmpty(() => seat.release({ isSeenOff: true }));
  }
}

/**
 * The server behind `target` has said which one it is: whatever address leads to it, its connections are counted together
 * from now on. False where a connection that was made before counts elsewhere, or turns out to be one too many.
 */
export function recognise(target: ConnectionTarget, server: string): boolean {
  const room = roomOf(target);
  if (room.server === server) return true;
  const known = servers.get(server);
  if (known === undefined) {
    // It was started anew, or is asked for the first time.
    if (room.server !== null) servers.delete(room.server);
    room.server = server;
    servers.set(server, room);
    return true;
  }
  rooms.set(addressOf(target), known);
  // Those of a server that had another name are still its own.
  if (room.server !== null) return false;
  room.moveInto(known);
  return known.used <= MOST_CONNECTIONS;
}

/** By address, until a server has said who it is; a few words each, kept for the life of the process. */
const rooms = new Map<string, Room>();
const servers = new Map<string, Room>();

function roomOf(target: ConnectionTarget): Room {
  const address = addressOf(target);
  const room = rooms.get(address) ?? new Room();
  rooms.set(address, room);
  return room;
}

function addressOf(target: ConnectionTarget): string {
  return `${describeAddress(target)} ${target.hostAddress ?? ''}`;
}
