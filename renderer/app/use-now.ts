import { useEffect, useState } from 'react';

/** The clock, for ages that grow while the page stands. */
export function useNow(tickMs: number): number {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), tickMs);
    return () => window.clearInterval(timer);
  }, [tickMs]);
  return nowMs;
}
