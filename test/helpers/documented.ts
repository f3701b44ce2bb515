import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "bun:test";
import { matches, type Step } from "./readme-blocks.ts";
import { root } from "./source-files.ts";
import { banger, type World } from "./world.ts";

/** Puts banger on the PATH of the commands that a page shows. */
export function placeProgram(world: World): void {
  mkdirSync(join(world.root, "home/bin"));
  symlinkSync(banger, join(world.root, "home/bin/banger"));
}

/** Does what a page says, as a reader would, and expects that what it shows is printed. */
export async function follow(world: World, step: Step): Promise<void> {
  const printed = step.typed.length > 0 ? await converse(world, step) : await run(world, step.command);
  if (!matches(step.output, printed)) expect(printed).toBe(step.output.join("\n"));
}

function surroundings(world: World, command: string): { env: Record<string, string | undefined>; cwd: string } {
  const PATH = `${join(world.root, "home/bin")}:${process.env["PATH"]}`;
  // A dumb terminal gets plain lines, nothing that moves; npm is kept from advertising itself.
  return {
    env: { ...world.env, PATH, TERM: "dumb", npm_config_update_notifier: "false" },
    cwd: command.startsWith("npm ") ? root : join(world.root, "home"),
  };
}

/** What a shell prints, stdout and stderr as they come. */
async function run(world: World, command: string): Promise<string> {
  const child = Bun.spawn(["sh", "-c", `exec 2>&1\n${command}`], {
    ...surroundings(world, command),
    stdin: "ignore",
    stdout: "pipe",
  });
  const printed = await new Response(child.stdout).text();
  await child.exited;
  return printed;
}

/** The same in a terminal, each line typed when a guest's prompt asks for one. Prompts are left out of what is returned. */
async function converse(world: World, { command, typed }: Step): Promise<string> {
  const lines = [...typed];
  const prompt = /root@[a-z0-9-]+:\S+# ([^\n]*)$/;
  let printed = "";
  const child = Bun.spawn(["sh", "-c", command], {
    ...surroundings(world, command),
    terminal: {
      cols: 120,
      rows: 24,
      data(terminal, data) {
        printed += new TextDecoder().decode(data).replaceAll("\r", "");
        if (prompt.exec(printed)?.[1] !== "") return;
        const line = lines.shift();
        if (line !== undefined) terminal.write(`${line}\r`);
      },
    },
  });
  await child.exited;
  expect(lines).toEqual([]);
  return printed
    .split("\n")
    .filter((line) => !/^root@[a-z0-9-]+:\S+# /.test(line))
    .join("\n");
}
