import toml from "@iarna/toml";
import { z } from "zod";
import { BangerError } from "../api/errors.ts";
import { layOut, type Paths } from "./paths.ts";
import { servicePlaces } from "./service-places.ts";

/** What `/etc/banger/install.toml` says: banger runs as a service for one owner. */
export interface Service {
  readonly version: string;
  readonly owner: string;
  readonly uid: number;
  readonly gid: number;
  /** The owner's home directory: config.toml and ssh material stay there. */
  readonly home: string;
  readonly binary: string;
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly runtimeDir: string;
  readonly helperSocket: string;
  /** Directories in the owner's home that the install made, outermost first. */
  readonly made: readonly string[];
}

/** Absolute, without `.`, `..`, empty parts or control characters. */
const path = z
  .string()
  .max(4096)
  // oxlint-disable-next-line no-control-regex
  .regex(/^(?!.*\/\.{1,2}(?:\/|$))(?:\/[^/\u0000-\u001F\u007F]+)+$/, "must be an absolute path");
const id = z.int().min(1).max(4_294_967_293);

const schema = z
  .strictObject({
    version: z.string().min(1).max(100),
    owner: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,255}$/, "must be a user's name"),
    uid: id,
    gid: id,
    home: path,
    binary: path,
    state_dir: path,
    cache_dir: path,
    runtime_dir: path,
    helper: path,
    made: z.array(path).max(10),
  })
  .transform(
    ({
      state_dir: stateDir,
      cache_dir: cacheDir,
      runtime_dir: runtimeDir,
      helper: helperSocket,
      ...rest
    }): Service => ({
      ...rest,
      stateDir,
      cacheDir,
      runtimeDir,
      helperSocket,
    }),
  );

/** The text of the record. Pure. @throws BangerError INSTALL_RECORD */
export function parseService(text: string): Service {
  let table: unknown;
  try {
    table = toml.parse(text);
  } catch (cause) {
    throw damaged("it is not TOML", cause);
  }
  const { data, error } = schema.safeParse(table);
  if (data !== undefined) return data;
  const [{ path: at, message }] = error.issues as [z.core.$ZodIssue];
  throw damaged(`${at.join(".") || "it"}: ${message}`);
}

/** What parseService reads. Pure. @throws BangerError INSTALL_RECORD for what it would not */
export function formatService(service: Service): string {
  const { version, owner, uid, gid, home, binary, stateDir, cacheDir, runtimeDir, helperSocket, made } = service;
  const entries = { version, owner, uid, gid, home, binary, made };
  const places = { state_dir: stateDir, cache_dir: cacheDir, runtime_dir: runtimeDir, helper: helperSocket };
  const lines = Object.entries({ ...entries, ...places }).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  const text = `# Written by banger system install.\n${lines.join("")}`;
  parseService(text);
  return text;
}

/** Where everything is for the installed service: configuration and keys in the owner's home, all else the host's. Pure. */
export function servicePaths(service: Service): Paths {
  const { home, stateDir, cacheDir, runtimeDir } = service;
  const configDir = `${home}/.config/banger`;
  const sshDir = `${home}/.local/state/banger/ssh`;
  return layOut({ home, configDir, stateDir, cacheDir, runtimeDir, sshDir, service });
}

function damaged(why: string, cause?: unknown): BangerError {
  return new BangerError("INSTALL_RECORD", `${servicePlaces.record} cannot be used: ${why}`, {
    hint: "sudo banger system install writes it anew",
    cause,
  });
}
