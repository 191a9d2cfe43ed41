export interface MatviewsOverview {
  readonly database: string;
}
