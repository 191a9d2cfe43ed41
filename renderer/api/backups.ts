import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { BackupDetails, BackupParts, BackupsOverview, TestPlace } from '#shared/model/backup.ts';
import { type Client, useBackend } from './client.ts';
import { keys } from './queries.ts';

/** Everything that is read of the backups of a connection; F5 reads it again with all that pages show. */
export function backupsKey(connectionId: string): readonly unknown[] {
  return [...keys.insight(connectionId), 'backups'];
}

export function useBackups(connectionId: string): UseQueryResult<BackupsOverview> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...backupsKey(connectionId), 'overview'],
    queryFn: ({ signal }) => client.backups.overview({ connectionId }, { signal }),
    // The command line makes backups too, and a drive comes and goes.
    refetchOnMount: 'always',
    refetchOnWindowFocus: true,
  });
}

export function useBackupDetails(connectionId: string, backupId: string): UseQueryResult<BackupDetails> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...backupsKey(connectionId), 'detail', backupId],
    queryFn: ({ signal }) => client.backups.detail({ connectionId, backupId }, { signal }),
    refetchOnMount: 'always',
  });
}

/** Schemas or tables with these letters; what was found before stays until the next are there. */
export function useBackupParts(
  connectionId: string,
  of: 'schemas' | 'tables',
  text: string,
): UseQueryResult<BackupParts> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...backupsKey(connectionId), 'parts', of, text],
    queryFn: ({ signal }) => client.backups.parts({ connectionId, of, text }, { signal }),
    placeholderData: (before, query) => (query?.queryKey.includes(of) ? before : undefined),
  });
}

/** The other connections that are open, for a test restore; asked anew each time, for they come and go. */
export function useTestPlaces(connectionId: string, backupId: string): UseQueryResult<readonly TestPlace[]> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...backupsKey(connectionId), 'test-places', backupId],
    queryFn: ({ signal }) => client.backups.testPlaces({ connectionId, backupId }, { signal }),
    refetchOnMount: 'always',
  });
}

/** A small change that is done at once: a pin, a note, a place. The lists are read anew before it counts as done. */
export function useBackupChange<Input>(
  connectionId: string,
  run: (client: Client, input: Input) => Promise<unknown>,
) {
  const { client } = useBackend();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => run(client, input),
    onSuccess: () => queries.invalidateQueries({ queryKey: backupsKey(connectionId) }),
  });
}
