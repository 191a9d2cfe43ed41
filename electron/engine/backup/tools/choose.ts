import type { ToolChoice, ToolInstall } from '#shared/model/backup.ts';
import { RELEASES, releaseOf } from '#engine/audit/releases.ts';
import { holesOf } from './fixed-minors.ts';
import { installHint, type System } from './install-hint.ts';
import { CHOSEN, HOW_TO_CHOOSE } from './places.ts';
import type { Probed, ToolProblem } from './probe.ts';
import { isPreRelease, majorOf } from './versions.ts';

export interface Server {
  readonly versionNum: number;
  /** ISO 8601 day. */
  readonly today: string;
  readonly system: System;
}

/**
 * Picks the client for a server: the user's own where it fits, else the smallest major that is not older than the server,
 * and of that the newest minor. pg_dump refuses servers that are newer than itself, and what a newer one writes may not be
 * restorable into this server. https://www.postgresql.org/docs/current/app-pgdump.html
 */
export function chooseAmong({ found, problems }: Probed, server: Server): ToolChoice {
  const { versionNum, today, system } = server;
  const major = majorOf(versionNum);
  const fitting = found
    .filter((install) => install.restorePath !== null && majorOf(install.versionNum) >= major)
    .toSorted(byFit);
  const own = fitting.find(({ origin }) => origin === CHOSEN);
  const chosen = own ?? fitting[0] ?? null;
  const hint = installHint(majorToInstall(major, today), system);
  const ownTrouble = own ? [] : troubleWithOwn(found, problems, major, chosen !== null);
  return {
    found,
    chosen,
    refusal: chosen === null ? refusalOf(found, problems, major, hint) : null,
    warnings: chosen === null ? [] : [...ownTrouble, ...warningsOf(chosen, major, today)],
    installHint: hint,
  };
}

function byFit(a: ToolInstall, b: ToolInstall): number {
  return (
    majorOf(a.versionNum) - majorOf(b.versionNum) ||
    b.versionNum - a.versionNum ||
    Number(isPreRelease(a.version)) - Number(isPreRelease(b.version))
  );
}

/** The server's own major, or the oldest that is still maintained. */
function majorToInstall(serverMajor: number, today: string): number {
  const maintained = RELEASES.filter(({ endOfLifeOn }) => endOfLifeOn === null || endOfLifeOn >= today);
  return Math.max(serverMajor, Math.min(...maintained.map(({ major }) => major)));
}

function refusalOf(
  found: readonly ToolInstall[],
  problems: readonly ToolProblem[],
  major: number,
  hint: string,
): { message: string; nextStep: string } {
  const nextStep = `Install the right client (${hint}), or ${HOW_TO_CHOOSE}.`;
  const broken = problems.map(({ text }) => ` ${text}`).join('');
  const alone = found.filter(({ versionNum }) => majorOf(versionNum) >= major);
  if (alone.length > 0)
    return {
      message: `There is no pg_restore of the same version beside ${list(alone)}: a backup could not be checked.${broken}`,
      nextStep,
    };
  if (found.length > 0)
    return {
      message: `The server is PostgreSQL ${major}, and pg_dump refuses servers that are newer than itself. Found: ${list(found)}.${broken}`,
      nextStep,
    };
  return {
    message:
      broken === ''
        ? 'There is no pg_dump on this machine.'
        : `No pg_dump on this machine can be used.${broken}`,
    nextStep,
  };
}

function list(installs: readonly ToolInstall[]): string {
  return installs.map(({ dumpPath, version }) => `pg_dump ${version} (${dumpPath})`).join(', ');
}

/** What the user chose must not be passed over silently. */
function troubleWithOwn(
  found: readonly ToolInstall[],
  problems: readonly ToolProblem[],
  major: number,
  isReplaced: boolean,
): string[] {
  const sentences = [
    ...problems.filter(({ origin }) => origin === CHOSEN).map(({ text }) => text),
    ...found
      .filter(({ origin }) => origin === CHOSEN)
      .map((install) =>
        majorOf(install.versionNum) < major
          ? `pg_dump ${install.version} in the chosen folder is older than the server, PostgreSQL ${major}.`
          : `There is no pg_restore of version ${install.version} in the chosen folder.`,
      ),
  ];
  return isReplaced ? sentences.map((sentence) => `${sentence} Another client is used.`) : sentences;
}

function warningsOf(chosen: ToolInstall, serverMajor: number, today: string): string[] {
  const { version, versionNum } = chosen;
  const major = majorOf(versionNum);
  const warnings: string[] = [];
  if (isPreRelease(version)) warnings.push(`pg_dump ${version} is a pre-release.`);
  const holes = holesOf(versionNum);
  if (holes.length > 0) {
    const fixed = Math.max(...holes.map((hole) => hole.fixedIn[major] ?? -1));
    const cure = fixed < 0 ? `of a newer major` : `${major}.${fixed} or newer`;
    const effects = holes.map(({ effect, id }) => `${effect} (${id})`).join('; ');
    warnings.push(`The client ${version} ${effects}. Update it to one ${cure}.`);
  }
  const endOfLifeOn = releaseOf(major)?.endOfLifeOn ?? null;
  if (endOfLifeOn !== null && endOfLifeOn < today)
    warnings.push(
      `PostgreSQL ${major} gets no more fixes since ${endOfLifeOn}, its client ${version} neither.`,
    );
  // pg_restore 17 sets transaction_timeout, which came with 17, before all else.
  if (major >= 17 && serverMajor < 17)
    warnings.push(
      `What pg_dump ${version} writes begins with a setting that PostgreSQL ${serverMajor} does not know: a restore into this server stops there. Install the client of PostgreSQL ${serverMajor}.`,
    );
  return warnings;
}
