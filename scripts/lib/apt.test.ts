import { describe, expect, test } from "bun:test";
import { missingPackages, planInstall } from "./apt.mjs";

describe("planInstall", () => {
  const commands = (plan: ReturnType<typeof planInstall>) =>
    plan.kind === "run" ? plan.commands.map((c) => c[0]) : plan.line;

  test("root needs no sudo", () => {
    expect(commands(planInstall(["zstd"], { uid: 0, terminal: false, sudo: "absent" }))).toEqual(["env", "env"]);
  });

  test("sudo that asks for nothing works without a terminal", () => {
    expect(commands(planInstall(["zstd"], { uid: 1000, terminal: false, sudo: "free" }))).toEqual(["sudo", "sudo"]);
  });

  test("sudo that asks for a password needs a terminal", () => {
    expect(commands(planInstall(["zstd"], { uid: 1000, terminal: true, sudo: "asks" }))).toEqual(["sudo", "sudo"]);
    expect(commands(planInstall(["zstd", "git"], { uid: 1000, terminal: false, sudo: "asks" }))).toBe(
      "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends zstd git'",
    );
  });

  test("without sudo the line to paste is for su", () => {
    expect(commands(planInstall(["zstd"], { uid: 1000, terminal: true, sudo: "absent" }))).toBe(
      "su -c 'apt-get update && apt-get install -y --no-install-recommends zstd'",
    );
  });
});

test("missingPackages takes the present state, not the wish, and ignores the architecture", () => {
  const table = "git ii \nzstd:amd64 hi \nuidmap rc \nclang un \n";
  expect(missingPackages(["git", "zstd", "uidmap", "clang", "gcc"], table)).toEqual(["uidmap", "clang", "gcc"]);
});
