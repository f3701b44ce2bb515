export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that would steer a program made with Bun, this one among them. */
const steering = /^BUN_(OPTIONS|BE_BUN|INSPECT.*)$/;

/** The environment of a child: ours, with the search path that we use, without what steers Bun, then the caller's changes. */
export function childEnvironment(
  ours: Environment,
  path: readonly string[],
  changes: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const merged = { ...ours, PATH: path.join(":"), ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && !steering.test(entry[0]),
    ),
  );
}
