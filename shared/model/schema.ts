export interface SchemaOverview {
  readonly database: string;
}
