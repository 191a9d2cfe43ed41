import { z } from 'zod';
import { base, connectionId, output } from './base.ts';

export const REPORT_FORMATS = ['json', 'md', 'html', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface RenderedReport {
  readonly fileName: string;
  readonly mediaType: string;
  readonly text: string;
}

const request = z.strictObject({ connectionId, format: z.enum(REPORT_FORMATS), redact: z.boolean() });

export const reports = {
  /** The last audit of this connection as one file. */
  render: base.input(request).output(output<RenderedReport>()),
  /** Desktop only: asks where, writes, and returns the path; null when the user cancels. */
  save: base.input(request).output(output<{ path: string } | null>()),
};
