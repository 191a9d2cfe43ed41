import { z } from 'zod';
import { base, output } from './base.ts';
import type { ConnectionSource, ConnectionSummary } from '../model/connection.ts';

export const sources = {
  /** Services of pg_service.conf, and what the environment of this process names. */
  list: base.output(output<readonly ConnectionSource[]>()),
  /** PostgreSQL servers of this machine that answer: its sockets, ports 5432 to 5439, published ports of containers. */
  local: base.output(output<readonly ConnectionSource[]>()),
  /** Addresses in the .env files of a folder that the host asks for; null = cancelled. */
  project: base.output(output<readonly ConnectionSource[] | null>()),
  open: base
    .input(z.strictObject({ id: z.string().max(64), password: z.string().max(1024).optional() }))
    .output(output<ConnectionSummary>()),
};
