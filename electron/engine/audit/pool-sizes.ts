/** Sizes of one pool: connections kept open, and how many more it may open under load. */
export interface PoolSize {
  readonly environment: 'production' | 'staging' | 'development';
  readonly size: number;
  readonly overflow: number;
}

/** Upper bounds that serve a web application of ordinary load; more rarely helps. */
const USUAL: readonly PoolSize[] = [
  { environment: 'production', size: 20, overflow: 40 },
  { environment: 'staging', size: 15, overflow: 30 },
  { environment: 'development', size: 10, overflow: 20 },
];

/**
 * Pool sizes per environment for each of `pools` pools that share a server, such that size + overflow of all of them
 * stay within `budget` connections.
 */
export function poolSizes(pools: number, budget: number): PoolSize[] {
  const share = Math.floor(budget / Math.max(1, pools));
  return USUAL.map(({ environment, size, overflow }) => {
    if (size + overflow <= share) return { environment, size, overflow };
    const fitting = Math.max(1, Math.floor(share / 3));
    return {
      environment,
      size: Math.min(size, fitting),
      overflow: Math.max(0, Math.min(overflow, share - fitting)),
    };
  });
}

/** What to set, in sentences. `applications` as counted now, `active` sessions among them. */
export function poolAdvice(
  applications: readonly (readonly [string, number])[],
  active: number,
  budget: number,
  usable: number,
): string[] {
  const pools = Math.max(1, applications.length);
  const sizes = poolSizes(pools, budget).map(
    ({ environment, size, overflow }) => `${environment} ${size} + ${overflow}`,
  );
  return [
    `Budget: all pools of all processes together at most ${budget} of ${usable} connections. Count every worker process, and a rolling deployment twice.`,
    `For ${pools} ${pools === 1 ? 'application' : 'applications'} with one process each (pool size + overflow): ${sizes.join(', ')}. Divide by the number of processes.`,
    `${active} connections were active when this was read: a pool much larger than that only waits.`,
    'Recycle connections after an hour (pool_recycle 3600), test them before use (pool_pre_ping), and close idle ones after 5 minutes.',
    `Where the budget does not do, put PgBouncer in transaction mode in front instead of raising max_connections.`,
  ];
}
