import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Client, useBackend } from '#renderer/api/client.ts';
import { followBackupJob } from '#renderer/state/backup-jobs.ts';

/** Starts a job of the backups and follows it. */
export function useBackupJob<Input>(
  connectionId: string,
  start: (client: Client, input: Input) => Promise<{ readonly jobId: string }>,
  onStarted: () => void = () => undefined,
) {
  const { client } = useBackend();
  const follow = useFollowBackupJob(connectionId);
  return useMutation({
    mutationFn: (input: Input) => start(client, input),
    onSuccess: ({ jobId }) => {
      follow(jobId);
      onStarted();
    },
  });
}

export function useFollowBackupJob(connectionId: string): (jobId: string) => void {
  const { client } = useBackend();
  const queries = useQueryClient();
  return (jobId) => void followBackupJob(client, queries, connectionId, jobId);
}
