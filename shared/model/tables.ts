export interface TableSize {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'matview' | 'partitioned table';
  /** Null = never analysed. */
  readonly rows: number | null;
  readonly heapBytes: number;
  readonly indexBytes: number;
  readonly toastBytes: number;
  readonly totalBytes: number;
  readonly deadRows: number;
  readonly indexes: number;
}

export interface TableName {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}
