import type { RenderedReport } from '#shared/contract/reports.ts';
import { formatAgo, formatBytes, formatDuration, formatInstant, UNKNOWN } from '#shared/model/format.ts';
import type { Block } from '#engine/reports/document.ts';
import { renderHtml } from '#engine/reports/html.ts';
import { describeHop } from '#engine/postgres/tunnel/hop.ts';
import { renderMarkdown } from '#engine/reports/markdown.ts';
import { figures, heading, list, type RecoveryInput, text } from './recovery-blocks.ts';
import { dataDestroyed, serverGone, tableDropped } from './recovery-cases.ts';
import type { RecoverySource } from './recovery-commands.ts';
import { notInside, settingsToCompare, whatThereIs } from './recovery-contents.ts';

/**
 * The disaster-recovery plan of one database: what is lost and how long it takes, and the commands with this server's own
 * values for three disasters. They need psql and pg_restore alone. Pure; holds no password.
 */
export function renderRecoveryPlan(input: RecoveryInput, format: 'md' | 'html'): RenderedReport {
  const { name } = input.overview.database;
  const slug = name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40) || 'database';
  const blocks = recoveryDocument(input);
  return {
    fileName: `pgvitals-recovery-${slug}-${input.now.toISOString().slice(0, 10)}.${format}`,
    mediaType: format === 'md' ? 'text/markdown' : 'text/html',
    text: format === 'md' ? renderMarkdown(blocks) : renderHtml(blocks, titleOf(input)),
  };
}

export function recoveryDocument(input: RecoveryInput): readonly Block[] {
  const { best, server } = input;
  const source: RecoverySource | null = best && { ...best, ...server };
  return [
    { type: 'heading', level: 1, text: titleOf(input) },
    text(
      `Written ${instant(input.now)} by PgVitals ${input.toolVersion}. Print it or keep it where it can be read when this server and this computer cannot. It holds no password: keep those where they belong, and note below where that is.`,
    ),
    ...state(input),
    ...whoAndWhere(input),
    ...whatThereIs(input),
    ...(source === null
      ? [heading('How to restore'), text(NOTHING_TO_RESTORE)]
      : [...serverGone(source), ...dataDestroyed(source), ...tableDropped(source)]),
    ...notInside(input),
    ...settingsToCompare(input),
    ...checklist(input),
  ];
}

const TEST_EVERY_DAYS = 30;
const DAY_MS = 86_400_000;
const NOTHING_TO_RESTORE =
  'There is no intact backup of the whole database, so there is nothing to restore from. Make one, then write this plan anew.';

function titleOf({ overview }: RecoveryInput): string {
  return `Disaster recovery of ${overview.database.name}`;
}

function state({ overview, best, now }: RecoveryInput): Block[] {
  const { pointAgeMs, timeMs, provenAt } = overview.recovery;
  const nextTest =
    provenAt === null
      ? 'now: no backup was ever restored to prove it'
      : instant(new Date(Date.parse(provenAt) + TEST_EVERY_DAYS * DAY_MS));
  return [
    heading('If it happened now'),
    figures([
      [
        'What would be lost',
        pointAgeMs === null
          ? 'everything: there is no intact backup'
          : `what was written in the last ${formatDuration(pointAgeMs)}`,
      ],
      [
        'Restored from',
        best === null ? 'nothing' : `the backup of ${formatInstant(best.manifest.startedAt)}`,
      ],
      [
        'How long it takes',
        timeMs === null
          ? `${UNKNOWN}: it was never measured by a test restore`
          : `${formatDuration(timeMs)} for the data, measured; finding and preparing a server comes on top`,
      ],
      [
        'Last proven',
        provenAt === null
          ? 'never'
          : `${formatInstant(provenAt)} (${formatAgo(now.getTime() - Date.parse(provenAt))})`,
      ],
      ['Next test restore', nextTest],
    ]),
  ];
}

function whoAndWhere({ overview, server, best, now }: RecoveryInput): Block[] {
  const { database } = overview;
  const made = best?.manifest.server;
  return [
    heading('Who and where'),
    figures([
      [
        'Server',
        `${server.host}, port ${server.port}${server.ssh ? `, through the SSH server ${describeHop(server.ssh)}` : ''}${server.usesTls === true ? ', TLS' : ''}`,
      ],
      ['PostgreSQL', server.version],
      [
        'Database',
        `${database.name}${database.sizeBytes === null ? '' : `, ${formatBytes(database.sizeBytes)}`}`,
      ],
      ...(made === undefined
        ? []
        : ([
            ['Encoding and locale', `${made.encoding}, LC_COLLATE ${made.collate}, LC_CTYPE ${made.ctype}`],
            ['System identifier', made.systemIdentifier ?? UNKNOWN],
          ] as const)),
      ['Role used here', server.user],
      ['Responsible, and who stands in', BLANK],
      ['Where the passwords are', BLANK],
      ['Where a new server comes from', BLANK],
      ['Who has to be told', BLANK],
      ['Checked by, on', `${BLANK} (written ${now.toISOString().slice(0, 10)})`],
    ]),
  ];
}

/** To be filled in by hand. */
const BLANK = '…………………………';

function checklist({ best, overview }: RecoveryInput): Block[] {
  return [
    heading('Checklist'),
    list(
      [
        'Stop what still writes; say who leads and when it began.',
        'Decide which of the three cases this is. Keep what is left of the old database.',
        ...(best === null ? [] : [`Is ${best.folder} within reach?`]),
        'Restore, compare the rows, look at the application with a reading user.',
        'Set the settings above, pg_hba.conf, certificates, standbys, schedules (cron, pg_cron) and the backups of the new server.',
        'Change passwords if an intruder caused it.',
        `Back up the restored ${overview.database.name}, and prove that backup.`,
        'Write down what happened, what was lost and how long it took; write this plan anew.',
      ].map((item) => `☐ ${item}`),
    ),
  ];
}

function instant(at: Date): string {
  return formatInstant(at.toISOString());
}
