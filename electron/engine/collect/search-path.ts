/**
 * The schemas that some session finds things in without naming them. `paths` are search_path values as the server
 * keeps them; `"$user"` stands for a schema called like any of the login roles.
 */
export function namesInSearchPath(
  paths: readonly string[],
  loginRoles: readonly string[],
): ReadonlySet<string> {
  const named = new Set(paths.flatMap(splitIdentifiers));
  if (named.delete('$user')) for (const role of loginRoles) named.add(role);
  return named;
}

/** The schemas of one search_path in order, as a session of `role` looks them up. */
export function schemasInSearchPath(path: string, role: string): readonly string[] {
  return splitIdentifiers(path).map((schema) => (schema === '$user' ? role : schema));
}

/** SplitIdentifierString: comma-separated, folded to lower case unless quoted. */
function splitIdentifiers(path: string): string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([word, quoted]) =>
    quoted === undefined ? word.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}
