export interface QueriesOverview {
  readonly database: string;
}
