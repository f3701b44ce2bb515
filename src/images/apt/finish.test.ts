import { expect, test } from "bun:test";
import { debianFinish } from "./finish.ts";

const key = { path: "/etc/apt/keyrings/ours.gpg", content: Uint8Array.of(1) };
const written = (path: string, sources: string | null): string | Uint8Array | undefined =>
  debianFinish({ sources, keys: [key], settings: 'Acquire::Retries "3";\n' }).flatMap((edit) =>
    edit.kind === "write" && edit.path === path ? [edit.content] : [],
  )[0];
const removed = debianFinish({ sources: null, keys: [], settings: "" }).flatMap((edit) =>
  edit.kind === "remove" ? [edit.path] : [],
);

test("nothing that two machines must not share, nothing of the build", () => {
  expect(removed).toContain("etc/ssh/ssh_host_*");
  expect(removed).toContain("etc/apt/apt.conf.d/99mmdebstrap");
  expect(removed).toContain("etc/resolv.conf");
  expect(written("etc/machine-id", null)).toBe("");
});

test("the guest's apt has the host's sources, their keys and what it needs to read them", () => {
  expect(written("etc/apt/sources.list.d/debian.sources", "Types: deb\n")).toBe("Types: deb\n");
  expect(written("etc/apt/keyrings/ours.gpg", "Types: deb\n")).toEqual(key.content);
  expect(written("etc/apt/apt.conf.d/50banger", "")).toBe('Acquire::Languages "none";\nAcquire::Retries "3";\n');
});

test("sources that the build chose itself stay", () => {
  expect(written("etc/apt/sources.list.d/debian.sources", null)).toBeUndefined();
  expect(removed.filter((path) => path.includes("sources"))).toEqual([]);
});
