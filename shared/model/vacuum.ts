export interface VacuumOverview {
  readonly database: string;
}
