import { targetOf } from './connection-request.ts';
import type { Engine } from './engine.ts';
import type { Host } from './host.ts';
import { createNeighbours, type NeighboursContext } from './neighbours.ts';
import type { PasswordRotation } from './plans/password-rotation.ts';
import { diagnose } from './postgres/doctor.ts';
import { type RouteOptions, withRoute } from './postgres/tunnel/route.ts';
import { createProfiles } from './profiles/profiles.ts';
import { createSources } from './sources/sources.ts';

interface WaysContext extends NeighboursContext {
  readonly host: Host;
  readonly tunnel: RouteOptions | undefined;
  readonly passwords: Pick<PasswordRotation, 'connect'>;
}

type Ways = Pick<
  Engine,
  | 'open'
  | 'diagnose'
  | 'profiles'
  | 'openProfile'
  | 'diagnoseProfile'
  | 'sources'
  | 'openSource'
  | 'databases'
  | 'openDatabase'
>;

/** Every way to an open connection: an address, a saved one, one that is written down here, another database of a server. */
export function createWays(context: WaysContext): Ways {
  const { host, tunnel, passwords, find, all, lastAudit } = context;

  /** With a tunnel of its own where it goes through one, and with the password that works. */
  const openRouted: WaysContext['openTarget'] = async (target, options, renewPassword) => {
    const routed = withRoute(target, { ...tunnel, log: (line) => host.log('warning', line) });
    try {
      return await passwords.connect(routed, (reached) =>
        context.openTarget(reached, options, renewPassword),
      );
    } catch (error) {
      await routed.route?.close();
      throw error;
    }
  };

  const profiles = createProfiles({
    host,
    lastAudit,
    connectionOf: (profileId) =>
      all().find(({ summary }) => summary.profileId === profileId)?.summary.id ?? null,
  });
  const sources = createSources({ host });

  return {
    open: async (request, options) =>
      openRouted(
        'target' in request ? request.target : await targetOf(request, options.signal),
        options,
        null,
      ),
    diagnose: (request, options) => diagnose(() => targetOf(request, options.signal), options),
    profiles,
    openProfile: async (id, { keepPassword, signal, ...typed }) => {
      const { profile, target, renewPassword } = await profiles.resolve(id, { ...typed, signal });
      const summary = await openRouted(target, { name: profile.name, profile, signal }, renewPassword);
      const { key } = await find(summary.id).identity({ signal });
      await profiles.opened(id, key, keepPassword ? typed : {});
      return summary;
    },
    diagnoseProfile: (id, options) =>
      diagnose(async () => (await profiles.resolve(id, options)).target, options),
    sources,
    openSource: async (id, options) => openRouted(await sources.target(id, options), options, null),
    ...createNeighbours({ find, all, lastAudit, openTarget: openRouted }),
  };
}
