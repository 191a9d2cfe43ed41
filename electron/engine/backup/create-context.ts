import type { BackupLocation, ToolInstall } from '#shared/model/backup.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { Patience } from './dump-watch.ts';
import type { Places } from './places.ts';

export interface CreateContext {
  readonly target: ConnectionTarget;
  readonly identity: DatabaseIdentity;
  readonly tools: ToolInstall;
  readonly location: BackupLocation;
  readonly places: Pick<Places, 'key' | 'instanceId'>;
  readonly appVersion: string;
  readonly nextSeq: () => number;
  readonly patience: Patience;
  /** Kept whatever the rules say. Default false. */
  readonly isPinned?: boolean;
}
