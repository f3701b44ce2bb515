/** One place that apt takes packages from: a stanza of the deb822 form, or a line of the old one. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Everything else, under its deb822 name (`Signed-By`, `Architectures`, `Trusted` …). */
  readonly options: Readonly<Record<string, string>>;
}

/** Names of one-line options that deb822 spells in its own way; the others only differ in capitals. */
const optionNames: Readonly<Record<string, string>> = {
  arch: "Architectures",
  lang: "Languages",
  target: "Targets",
  pdiffs: "PDiffs",
  "signed-by": "Signed-By",
  "by-hash": "By-Hash",
  "allow-insecure": "Allow-Insecure",
  "check-valid-until": "Check-Valid-Until",
  "valid-until-min": "Valid-Until-Min",
  "valid-until-max": "Valid-Until-Max",
  "check-date": "Check-Date",
  trusted: "Trusted",
};

/** Reads a `.sources` file (deb822). Disabled stanzas, and those for source packages only, are left out. */
export function parseDeb822(text: string): AptSource[] {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const fields = parseStanza(stanza);
      const words = (name: string): string[] => (fields.get(name)?.value ?? "").split(/\s+/).filter(Boolean);
      if (!words("types").includes("deb") || /^(no|false|0)$/i.test(fields.get("enabled")?.value ?? "")) return [];
      const own = new Set(["types", "uris", "suites", "components", "enabled"]);
      const options = [...fields].filter(([key]) => !own.has(key)).map(([, { name, value }]) => [name, value]);
      const source = { uris: words("uris"), suites: words("suites"), components: words("components") };
      return source.uris.length === 0
        ? []
        : [{ ...source, options: Object.fromEntries(options) as Record<string, string> }];
    });
}

function parseStanza(stanza: string): Map<string, { name: string; value: string }> {
  const fields = new Map<string, { name: string; value: string }>();
  let last: { name: string; value: string } | undefined;
  for (const line of stanza.split("\n")) {
    const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      last = { name, value: value!.trimEnd() };
      fields.set(name.toLowerCase(), last);
    } else if (last !== undefined && /^\s/.test(line)) {
      last.value += `\n${line}`; // as it is: a key may be written out here
    }
  }
  return fields;
}

/** Reads a `.list` file: `deb [option=value…] uri suite component…` a line. */
export function parseOneLine(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = "", uri, suite, components] = match;
    const named = options
      .split(/\s+/)
      .filter((option) => option.includes("="))
      .map((option) => option.split(/[+-]?=/, 2) as [string, string])
      .map(([name, value]) => [optionNames[name.toLowerCase()] ?? name, value.replaceAll(",", " ")]);
    return [
      {
        uris: [uri!],
        suites: [suite!],
        components: components!.split(/\s+/).filter(Boolean),
        options: Object.fromEntries(named) as Record<string, string>,
      },
    ];
  });
}

/** Components of the distribution's own archive; other people's repositories mostly have other names for theirs. */
const archiveComponents = new Set([
  "main",
  "contrib",
  "non-free",
  "non-free-firmware",
  "restricted",
  "universe",
  "multiverse",
]);

/**
 * The sources that carry a release: its main archive, updates and security. Other people's repositories for that release are
 * told apart by the key that signs them. Empty when the main archive is not among them.
 */
export function sourcesOf(sources: readonly AptSource[], suite: string): readonly AptSource[] {
  const pockets = [suite, `${suite}-updates`, `${suite}-security`, `${suite}/updates`];
  const candidates = sources.flatMap((source) => {
    const suites = source.suites.filter((name) => pockets.includes(name));
    const components = source.components.filter((name) => archiveComponents.has(name));
    return suites.length > 0 && components.includes("main") ? [{ ...source, suites, components }] : [];
  });
  const carriesMain = (some: readonly AptSource[]): boolean => some.some(({ suites }) => suites.includes(suite));
  const archive = candidates.filter(({ options }) => /^$|(debian|ubuntu)-archive/.test(signedBy(options)));
  if (carriesMain(archive)) return archive;
  return carriesMain(candidates) ? candidates : [];
}

function signedBy(options: AptSource["options"]): string {
  return Object.entries(options).find(([name]) => name.toLowerCase() === "signed-by")?.[1] ?? "";
}

/** Files that the sources' signatures are checked with. Keys written out in a source are not files. */
export function keyFiles(sources: readonly AptSource[]): readonly string[] {
  const files = sources.flatMap(({ options }) => signedBy(options).split(/\s+/)).filter((word) => word.startsWith("/"));
  return [...new Set(files)];
}

/** The deb822 form of the sources. */
export function renderDeb822(sources: readonly AptSource[]): string {
  return sources
    .map(({ uris, suites, components, options }) =>
      [
        "Types: deb",
        `URIs: ${uris.join(" ")}`,
        `Suites: ${suites.join(" ")}`,
        `Components: ${components.join(" ")}`,
        ...Object.entries(options).map(([name, value]) => `${name}: ${value}`),
        "",
      ].join("\n"),
    )
    .join("\n");
}
