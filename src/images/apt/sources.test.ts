import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keyFiles, parseDeb822, parseOneLine, renderDeb822, sourcesOf } from "./sources.ts";

const debian = `Types: deb
# a remark in the middle
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example
Suites: bookworm
Components: main
`;

describe("deb822", () => {
  test("gives the enabled stanzas for binary packages", () => {
    const [main, security, ...others] = parseDeb822(debian);
    expect(others).toEqual([]);
    expect(main).toEqual({
      uris: ["http://mirror.example/debian"],
      suites: ["bookworm", "bookworm-updates", "bookworm-backports"],
      components: ["main", "contrib"],
      options: { "Signed-By": "/usr/share/keyrings/debian-archive-keyring.gpg" },
    });
    expect(security!.options["Signed-By"]).toContain("\n mDMEY\n");
  });

  test("what is rendered reads back the same", () => {
    expect(parseDeb822(renderDeb822(parseDeb822(debian)))).toEqual(parseDeb822(debian));
  });

  test("any text is read without a throw", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("Types", ": ", "deb", "\n", " ", "URIs", "#", "x") }),
        (text) => void parseDeb822(text),
      ),
    );
  });
});

describe("one-line sources", () => {
  test("give uri, suite, components and options under their deb822 names", () => {
    const text = `# deb http://off.example bookworm main
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64,i386 signed-by=/k.gpg] https://mirror.example/debian bookworm main contrib # remark
deb http://flat.example ./
`;
    expect(parseOneLine(text)).toEqual([
      {
        uris: ["https://mirror.example/debian"],
        suites: ["bookworm"],
        components: ["main", "contrib"],
        options: { Architectures: "amd64 i386", "Signed-By": "/k.gpg" },
      },
      { uris: ["http://flat.example"], suites: ["./"], components: [], options: {} },
    ]);
  });
});

describe("the sources of a release", () => {
  const line = (suite: string, signedBy?: string, component = "main") =>
    parseOneLine(`deb ${signedBy ? `[signed-by=${signedBy}] ` : ""}http://${suite}.example ${suite} ${component}`);
  const archive = "/usr/share/keyrings/debian-archive-keyring.gpg";

  test("are its main archive, updates and security, backports left out", () => {
    expect(
      sourcesOf(parseDeb822(debian.replace(/Signed-By:\n( .*\n)+/, "")), "bookworm").map(({ suites }) => suites),
    ).toEqual([["bookworm", "bookworm-updates"], ["bookworm-security"]]);
  });

  test("leave out other people's repositories, told by their key or their component", () => {
    const all = [
      ...line("bookworm", "/etc/apt/keyrings/theirs.gpg"),
      ...line("bookworm", archive),
      ...line("bookworm", undefined, "stable"),
    ];
    expect(sourcesOf(all, "bookworm")).toEqual(line("bookworm", archive));
  });

  test("are a mirror with its own key where that is all there is", () => {
    const own = [
      ...line("bookworm", "/etc/apt/keyrings/ours.gpg"),
      ...line("bookworm-security", "/etc/apt/keyrings/ours.gpg"),
    ];
    expect(sourcesOf(own, "bookworm")).toEqual(own);
    expect(keyFiles(own)).toEqual(["/etc/apt/keyrings/ours.gpg"]);
  });

  test("are none on a host of another release, or with updates only", () => {
    expect(sourcesOf([...line("trixie"), ...line("bookworm-updates")], "bookworm")).toEqual([]);
  });
});
