const STORAGE_KEY = 'pgvitals.token';

/**
 * The one-time token of the loopback host. It arrives in the fragment, which browsers never send to a server, and is
 * taken out of the address bar at once; this tab's session storage keeps it so that a reload works.
 */
export function takeToken(location: Location, history: History, storage: Storage): string | null {
  const match = /^#\/?token=([A-Za-z0-9_-]+)(?:&(.*))?$/.exec(location.hash);
  const token = match?.[1];
  if (!token) return storage.getItem(STORAGE_KEY);
  storage.setItem(STORAGE_KEY, token);
  history.replaceState(null, '', `${location.pathname}#${match?.[2] ?? '/'}`);
  return token;
}
