// npm run lab -- …: the lab host for a developer. See README.md beside this file.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { commandLine } from "./connection.ts";
import { Lab, type LabHandle } from "./lab.ts";

const usage = `usage: npm run lab -- COMMAND
  shell [NAME] [--user USER]           a shell on that lab host, on a fresh one without a name
  run [--user USER] [--] CMD…          one command on a fresh one; its exit status
  up NAME                              a fresh one that stays; one of that name is replaced
  exec NAME [--user USER] [--] CMD…    a command on one that stays
  put NAME FILE… FOLDER                files to one that stays
  inventory NAME                       what there is on it, as JSON
  list                                 which there are
  down NAME…                           away with them
  matrix [TEXT…]                       kill -9 at every step (of those whose line has all the texts), as a table`;

/** Where running labs are written down; private, since a handle leads to the key. */
const registry = `/tmp/banger-labs-${process.getuid!()}`;
const entry = (name: string): string => join(registry, `${basename(name)}.json`);

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case "shell":
    case "run":
    case "exec":
      return enter(command, rest);
    case "up": {
      const [name] = rest;
      if (name === undefined) break;
      await down(name);
      const lab = await Lab.up({ lasting: true });
      mkdirSync(registry, { recursive: true, mode: 0o700 });
      writeFileSync(entry(name), JSON.stringify(lab.handle), { mode: 0o600 });
      lab.disconnect();
      console.log(`${name}: up; npm run lab -- exec ${name} CMD…`);
      return 0;
    }
    case "put": {
      const [name, ...paths] = rest;
      if (name === undefined || paths.length < 2) break;
      const folder = paths.pop()!;
      const tar = Bun.spawn(["tar", "c", ...paths.flatMap((path) => ["-C", join(path, ".."), basename(path)])]);
      return await ssh(find(name), "root", commandLine(["tar", "x", "--no-same-owner", "-C", folder]), tar.stdout);
    }
    case "inventory": {
      if (rest[0] === undefined) break;
      const lab = Lab.attach(find(rest[0]));
      console.log(JSON.stringify(await lab.inventory(), null, 1));
      lab.disconnect();
      return 0;
    }
    case "matrix":
      return await (await import("./matrix/print.ts")).printMatrix(rest);
    case "list":
      for (const name of existsSync(registry) ? readdirSync(registry) : []) {
        const { pid, port } = find(basename(name, ".json"));
        console.log(`${basename(name, ".json")}\tpid ${pid}\tport ${port}`);
      }
      return 0;
    case "down":
      for (const name of rest) await down(name);
      return 0;
    default:
  }
  console.error(usage);
  return 2;
}

/** A shell, or a command, on a fresh lab or on one that runs. */
async function enter(command: "shell" | "run" | "exec", rest: readonly string[]): Promise<number> {
  const args = [...rest];
  const named = command === "exec" || (command === "shell" && args[0] !== undefined && !args[0].startsWith("-"));
  const name = named ? args.shift() : undefined;
  let user = "root";
  while (args[0]?.startsWith("-")) {
    const option = args.shift();
    if (option === "--") break;
    if (option !== "--user" || args[0] === undefined) {
      console.error(usage);
      return 2;
    }
    user = args.shift()!;
  }
  const line = command === "shell" ? "" : commandLine(args);
  if (name !== undefined) return ssh(find(name), user, line);
  const lab = await Lab.up();
  lab.disconnect();
  try {
    return await ssh(lab.handle, user, line);
  } finally {
    await lab.down();
  }
}

/** OpenSSH's client with our streams: it has a terminal's every need. */
async function ssh(handle: LabHandle, user: string, line: string, stdin?: ReadableStream): Promise<number> {
  const known = join(handle.dir, "known_hosts");
  writeFileSync(known, `[127.0.0.1]:${handle.port} ${handle.hostKey}\n`);
  const options = [`UserKnownHostsFile=${known}`, "LogLevel=ERROR", "IdentitiesOnly=yes"].flatMap((set) => ["-o", set]);
  const terminal = line === "" || (process.stdin.isTTY && process.stdout.isTTY) ? ["-t"] : [];
  const target = ["-i", handle.login, "-p", String(handle.port), `${user}@127.0.0.1`];
  const child = Bun.spawn(["ssh", ...terminal, ...options, ...target, ...(line === "" ? [] : [line])], {
    stdin: stdin ?? "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  return child.exited;
}

function find(name: string): LabHandle {
  if (!existsSync(entry(name))) throw new Error(`no lab is called ${name}: npm run lab -- up ${name}`);
  return JSON.parse(readFileSync(entry(name), "utf8")) as LabHandle;
}

async function down(name: string): Promise<void> {
  if (!existsSync(entry(name))) return;
  await Lab.attach(find(name)).down();
  rmSync(entry(name));
}
