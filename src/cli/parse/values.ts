import { BangerError } from "../../core/api/errors.ts";
import { parseSize } from "../../core/model/size.ts";

/** A whole number of vcpus as written; throws BAD_SIZE. Whether a VM can have it is checked with the other sizes. */
export function parseVcpu(text: string): number {
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text);
  throw new BangerError("BAD_SIZE", `--vcpu ${JSON.stringify(text)} is not a whole number`, {
    hint: "write it like 2",
  });
}

/** MiB of `512M` or `2G`; a bare number is MiB. Throws BAD_SIZE. */
export function parseMemory(text: string): number {
  const mib = parseSize(text, "--memory", "m") / 2 ** 20;
  if (Number.isInteger(mib)) return mib;
  throw new BangerError("BAD_SIZE", `--memory ${JSON.stringify(text)} is not a whole number of MiB`, {
    hint: "write it like 512M or 2G",
  });
}

/** Bytes of `8G`; a bare number is GiB. Throws BAD_SIZE. */
export function parseDisk(text: string): number {
  return parseSize(text, "--disk-size", "g");
}

const seconds: Readonly<Record<string, number>> = { ms: 0.001, "": 1, s: 1, m: 60, h: 3600 };

/** Milliseconds of `10`, `10s`, `500ms`, `2m`; a bare number is seconds, at most a day. Throws USAGE. */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = match === null ? Number.NaN : Number(match[1]) * seconds[match[2] ?? ""]! * 1000;
  if (ms <= 86_400_000) return Math.round(ms);
  throw new BangerError("USAGE", `${flag} ${JSON.stringify(text)} is not a time`, {
    hint: "write it like 30s, 500ms or 2m, at most 24h",
  });
}

/** The variables of `K=V` flags; `K` alone takes the value from the environment and is left out where that has none. Throws USAGE. */
export function parseEnv(
  flags: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    const name = equals === -1 ? flag : flag.slice(0, equals);
    if (name === "" || flag.includes("\0")) {
      throw new BangerError("USAGE", `--env ${JSON.stringify(flag)} has no name`, {
        hint: "write it like NAME=value, or NAME to pass on your own",
      });
    }
    const value = equals === -1 ? environment[name] : flag.slice(equals + 1);
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** A directory of the guest; throws USAGE. */
export function parseWorkdir(text: string): string {
  if (text.startsWith("/") && !text.includes("\0")) return text;
  throw new BangerError("USAGE", `--workdir ${JSON.stringify(text)} is not an absolute path in the guest`);
}

/** A TCP port; throws USAGE. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new BangerError("USAGE", `${JSON.stringify(text)} is not a port`, {
    hint: "ports are numbers from 1 to 65535",
  });
}
