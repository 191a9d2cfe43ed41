export interface SecurityOverview {
  readonly database: string;
}
