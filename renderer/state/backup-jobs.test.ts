import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { BackupJob, BackupJobEvent } from '#shared/model/backup.ts';
import { backupsKey } from '../api/backups.ts';
import type { Client } from '../api/client.ts';
import { followBackupJob, useBackupJobs } from './backup-jobs.ts';

const RUNNING: BackupJob = {
  id: 'a',
  kind: 'create',
  title: 'Back up shop',
  startedAt: '2026-11-27T12:00:00Z',
  endedAt: null,
  outcome: 'running',
  steps: [],
  progress: null,
  error: null,
  backupId: null,
  database: null,
  notes: [],
  question: null,
};

it('is over when the list has what it made', async () => {
  const queries = new QueryClient();
  let backups = 0;
  const list = new QueryObserver(queries, {
    queryKey: backupsKey('c'),
    queryFn: async () => {
      const found = backups;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return found;
    },
  });
  const stop = list.subscribe(() => undefined);
  await list.refetch();
  async function* watch(): AsyncGenerator<BackupJobEvent, void> {
    yield { type: 'state', job: RUNNING };
    backups = 1;
    const job: BackupJob = { ...RUNNING, outcome: 'done' };
    yield { type: 'state', job };
    yield { type: 'done', job };
  }
  const seen: unknown[] = [];
  const unsubscribe = useBackupJobs.subscribe(({ jobs }) =>
    seen.push([jobs['c']?.outcome, queries.getQueryData(backupsKey('c'))]),
  );
  // Of the client, a job is watched and nothing else.
  await followBackupJob({ backups: { watch } } as unknown as Client, queries, 'c', 'a');
  unsubscribe();
  stop();
  expect(seen).toEqual([
    ['running', 0],
    ['done', 1],
    ['done', 1],
  ]);
});
