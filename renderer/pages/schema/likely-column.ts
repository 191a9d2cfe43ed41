/**
 * The column that probably refers to a key's column: `user_id` for `id` of `users`, else one of the same name that is
 * more than an id of its own; '' where nothing looks like it.
 */
export function likelyColumn(columns: readonly string[], keyColumn: string, parent: string): string {
  const singular = parent
    .replace(/ies$/, 'y')
    .replace(/(?<=ss|x|ch)es$/, '')
    .replace(/(?<!s)s$/, '');
  const wanted = [`${singular}_${keyColumn}`, `${parent}_${keyColumn}`, `${singular}${keyColumn}`];
  if (keyColumn !== 'id') wanted.unshift(keyColumn);
  const found = wanted.flatMap((name) =>
    columns.filter((column) => column.toLowerCase() === name.toLowerCase()),
  );
  return found[0] ?? '';
}
