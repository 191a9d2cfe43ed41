import type { ReactElement } from 'react';
import type { BackupsOverview } from '#shared/model/backup.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { useNow } from '#renderer/app/use-now.ts';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { savedInWords, savedPercent } from './backup-words.ts';
import { type Level, pointLevel, provenLevel, timeLevel } from './recovery-level.ts';

interface Props {
  readonly overview: BackupsOverview;
  /** When the overview came: ages go on from there. */
  readonly readAtMs: number;
}

/** The answer to the question of the page, in six figures. */
export function RecoveryTiles({ overview, readAtMs }: Props): ReactElement {
  const { recovery, backups, locations, database } = overview;
  const nowMs = useNow(30_000);
  const { pointAgeMs } = recovery;
  const kept = backups.filter(
    (backup) => backup.database === database.name && backup.trashedAt === null && backup.trust !== 'missing',
  );
  const keptBytes = kept.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const newest = kept
    .filter((backup) => savedPercent(backup) !== null && backup.trust !== 'damaged')
    .toSorted((a, b) => b.seq - a.seq)[0];
  const saved = newest && savedPercent(newest);
  const place = locations.find(({ isDefault }) => isDefault) ?? locations[0];
  const freeBytes = place?.freeBytes ?? null;
  return (
    <section aria-label="What would be lost">
      <StatStrip>
        <LevelTile
          label="Recovery point"
          level={pointLevel(pointAgeMs === null ? null : pointAgeMs + Math.max(0, nowMs - readAtMs))}
        />
        <LevelTile label="Recovery time" level={timeLevel(recovery)} />
        <LevelTile label="Last proven" level={provenLevel(recovery, nowMs)} />
        <StatTile
          label="Backups kept"
          value={formatCount(kept.length)}
          note={kept.length === 0 ? 'of this database' : `${formatBytes(keptBytes)} in all`}
        />
        <StatTile
          label="Compression"
          value={typeof saved === 'number' ? savedInWords(saved) : '–'}
          note={
            newest && newest.databaseBytes !== null
              ? `${formatBytes(newest.databaseBytes)} → ${formatBytes(newest.sizeBytes)}`
              : `database ${database.sizeBytes === null ? 'of unknown size' : formatBytes(database.sizeBytes)}`
          }
        />
        <StatTile
          label="Room for more"
          value={freeBytes === null ? '–' : formatBytes(freeBytes)}
          note={place ? (place.unavailable === null ? place.path : 'the place is not there') : 'no place yet'}
        />
      </StatStrip>
    </section>
  );
}

function LevelTile({ label, level }: { readonly label: string; readonly level: Level }): ReactElement {
  return (
    <StatTile label={label} value={<SeverityMark mark={level.mark} word={level.word} />} note={level.note} />
  );
}
