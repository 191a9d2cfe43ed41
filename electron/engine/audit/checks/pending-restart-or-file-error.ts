import type { FileSettingError, Provider, SettingFact } from '#shared/model/facts.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { settingRef } from '#engine/audit/object-refs.ts';
import { isWaitingForRestart } from '#engine/audit/server-settings.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';

export const pendingRestartOrFileError = defineCheck({
  id: 'pending-restart-or-file-error',
  title: 'The configuration in the files is not the one that runs',
  category: 'configuration',
  topic: 'config',
  severity: 'medium',
  why: 'A change that waits for a restart comes into force at the next crash or failover, when nobody expects it. With an error in a file, reloads change nothing, and the server may not start again.',
  rule: 'Medium for each setting that waits for a restart, and for each error that PostgreSQL finds in its configuration files.',
  remedy: 'Mend the line and reload, or plan the restart.',
  docs: 'https://www.postgresql.org/docs/current/view-pg-file-settings.html',
  needs: ['settings'],
  wants: ['fileSettingErrors', 'restrictedSettings'],
  thresholds: {},
  evaluate({ server, settings, fileSettingErrors }, { catalog }) {
    const { provider } = server;
    const errors = fileSettingErrors ?? [];
    const places = new Map(errors.map((e) => [e.name, e]));
    const isInFile = (name: string): boolean => isWaitingForRestart(places.get(name)?.error ?? null);
    const pending = new Map(
      settings
        .filter((s) => s.pendingRestart)
        // The flag stays after a change was taken out of the file again, unless the running value came from the file.
        .filter((s) => !fileSettingErrors || isInFile(s.name) || s.source === 'configuration file')
        .map((s) => [s.name, s]),
    );
    // Before the reload only the file knows of the change: it lists the setting as one that could not be applied.
    for (const name of places.keys()) {
      const setting = catalog.setting(name ?? '');
      if (setting?.context === 'postmaster' && isInFile(setting.name)) pending.set(setting.name, setting);
    }
    return [
      ...[...pending.values()].map((s) =>
        waiting(s, places.get(s.name), { provider, isProven: fileSettingErrors !== undefined }),
      ),
      ...errors.filter((e) => e.name === null || !pending.has(e.name)).map((e) => broken(e, provider)),
    ];
  },
});

function waiting(
  setting: SettingFact,
  place: FileSettingError | undefined,
  { provider, isProven }: { provider: Provider; isProven: boolean },
): Draft {
  return {
    severity: 'medium',
    confidence: isProven ? 'certain' : 'likely',
    confidenceReason: isProven
      ? 'PostgreSQL itself reports it, and the files agree.'
      : 'PostgreSQL reports it, but the flag stays when a change is taken back, and the files are not readable.',
    object: settingRef(setting.name),
    message: `${setting.name} was changed but still runs as ${setting.setting}${setting.unit ? ` (${setting.unit})` : ''} until the server restarts.`,
    evidence: {
      runningValue: setting.setting,
      unit: setting.unit,
      file: place?.file ?? setting.sourceFile,
      line: place?.line ?? setting.sourceLine,
      isReloaded: setting.pendingRestart,
    },
    gain: { text: 'What runs is what the files say' },
    fix: guidedFix(`Restart the server to apply ${setting.name}`, [
      PROVIDER_WORDS[provider].restart,
      isManaged(provider)
        ? `If the change is not wanted, put the old value back in ${PROVIDER_WORDS[provider].settings}: then nothing is pending.`
        : 'If the change is not wanted, put the old value back and reload: then nothing is pending.',
      'On a standby some settings must be at least those of the primary, or it does not start: change the standbys first when raising them.',
    ]),
  };
}

function broken(error: FileSettingError, provider: Provider): Draft {
  const where = `${error.file}, line ${error.line}`;
  return {
    severity: 'medium',
    confidence: 'certain',
    confidenceReason: 'PostgreSQL itself reports it.',
    object: settingRef(error.name ?? error.file),
    message: `${error.name ? `${error.name} in ${where}` : where}: ${error.error}.`,
    evidence: { file: error.file, line: error.line, setting: error.name, error: error.error },
    gain: { text: 'Reloads take effect again, and the server can start' },
    fix: guidedFix('Mend the line in the configuration file', [
      isManaged(provider)
        ? `The files are written by ${PROVIDER_WORDS[provider].name}: change the value in ${PROVIDER_WORDS[provider].settings}.`
        : 'Keep a copy of the file: putting it back and reloading is the undo.',
      'Check with SELECT * FROM pg_file_settings WHERE error IS NOT NULL, then SELECT pg_reload_conf().',
      'While the error is there a reload applies nothing from the files, and a restart may fail.',
    ]),
  };
}
