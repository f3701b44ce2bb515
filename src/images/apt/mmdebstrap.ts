/** What a run of mmdebstrap is to make; see its manual for the variants. */
export interface Bootstrap {
  readonly mmdebstrap: string;
  /** `minbase` for a system, `custom` with no packages for nothing but apt's lists. */
  readonly variant: "minbase" | "custom";
  readonly suite: string;
  readonly target: string;
  readonly packages: readonly string[];
  /** File of the sources (its name decides the format), or null for mmdebstrap's own default for the suite. */
  readonly sources: string | null;
  /** File of apt settings that hold during the build. */
  readonly settings: string;
  /** Leave the lists in place, for more work with apt. */
  readonly keepLists: boolean;
}

/** Documentation and translations are most of the small files of a Debian; packages installed later leave them out too. */
const excluded = [
  "/usr/share/doc/*",
  "/usr/share/man/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/lintian/*",
];
const included = ["/usr/share/doc/*/copyright", "/usr/share/locale/locale.alias"];

/** The argv of a build as root (of the host or of a namespace) into a directory. Pure. */
export function bootstrapArgv(what: Bootstrap): readonly string[] {
  const systemOnly = [
    ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...included.map((path) => `--dpkgopt=path-include=${path}`),
    `--include=${what.packages.join(",")}`,
  ];
  return [
    what.mmdebstrap,
    "--mode=root",
    "--format=directory",
    "--architectures=amd64",
    `--variant=${what.variant}`,
    "--verbose",
    `--aptopt=${what.settings}`,
    ...(what.variant === "minbase" ? systemOnly : []),
    ...(what.keepLists ? ["--skip=cleanup"] : []),
    what.suite,
    what.target,
    ...(what.sources === null ? [] : [what.sources]),
  ];
}
