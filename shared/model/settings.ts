export interface SettingsOverview {
  readonly database: string;
}
