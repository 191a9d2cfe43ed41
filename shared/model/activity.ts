export interface ActivityOverview {
  readonly database: string;
}
