/** A path with named parts: `/v1/vms/:ref/start`. */
export interface Pattern {
  readonly method: string;
  readonly path: string;
}

/** Finds the entry for a request, with the named parts decoded; null where none fits. Pure. */
export function match<T extends Pattern>(
  routes: readonly T[],
  method: string,
  path: string,
): { readonly route: T; readonly params: Readonly<Record<string, string>> } | null {
  const parts = path.split("/");
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = fit(route.path.split("/"), parts);
    if (params !== null) return { route, params };
  }
  return null;
}

function fit(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, name] of pattern.entries()) {
    const part = parts[index]!;
    if (!name.startsWith(":")) {
      if (name !== part) return null;
      continue;
    }
    try {
      params[name.slice(1)] = decodeURIComponent(part);
    } catch {
      return null;
    }
  }
  return params;
}
