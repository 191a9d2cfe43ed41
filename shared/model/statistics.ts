export interface StatisticsOverview {
  readonly database: string;
}
