/**
 * `banger vm run --secrets TOKEN,OTHER` (or `all`) gives the guest what programs of this host print, in files of its memory below
 * /run/secrets that are root's alone, and as variables to the commands that are chosen:
 *
 *     [capabilities.secrets]
 *     commands = ["npm", "make"]
 *     [capabilities.secrets.from]
 *     TOKEN = ["pass", "show", "work/token"]
 *     OTHER = ["op", "read", "op://dev/other/password"]
 */
import { basename } from "node:path";
import { BangerError, defineCapability, z, type Ctx } from "banger/plugin";

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be a name that a variable can have");
const command = z.tuple([z.string().min(1)]).rest(z.string());

const config = z
  .strictObject({
    enabled: z.boolean().optional().describe("whether every VM gets them"),
    from: z.record(name, command).default({}).describe("the program of this host that prints the secret of that name"),
    give: z.string().default("all").describe("which of them the VM gets"),
    commands: z.array(z.string()).default([]).describe("programs that have them as variables when a user runs them"),
  })
  .superRefine(({ from, give }, { addIssue }) => {
    const known = Object.keys(from);
    for (const one of give.split(",").filter((one) => one !== "all" && !known.includes(one)))
      addIssue({
        code: "custom",
        path: ["give"],
        message: `there is no secret called ${one}; there is ${known.join(", ")}`,
      });
  });
type Config = z.output<typeof config>;

/** By VM, while it runs. In this process's memory and in no file: whoever comes after asks anew. */
const known = new Map<string, Promise<Readonly<Record<string, string>>>>();

function secretsOf(ctx: Ctx<Config>): Promise<Readonly<Record<string, string>>> {
  const before = known.get(ctx.vm.id);
  if (before !== undefined) return before;
  const asked = askAll(ctx);
  known.set(ctx.vm.id, asked);
  asked.catch(() => known.delete(ctx.vm.id));
  return asked;
}

async function askAll(ctx: Ctx<Config>): Promise<Readonly<Record<string, string>>> {
  const { from } = ctx.config;
  const give = ctx.config.give.split(",");
  const wanted = Object.keys(from).filter((one) => give.includes("all") || give.includes(one));
  return Object.fromEntries(await Promise.all(wanted.map(async (one) => [one, await ask(ctx, one)] as const)));
}

async function ask({ host, signal, config: { from } }: Ctx<Config>, one: string): Promise<string> {
  try {
    const { stdout } = await host.run(from[one]!, { signal, timeoutMs: 45_000 });
    return stdout.replace(/\r?\n$/, "");
  } catch (thrown) {
    // Its details may be what the program printed.
    throw new BangerError("COMMAND_FAILED", `there is no secret ${one}: ${(thrown as Error).message}`, {
      hint: "run it yourself to see why: it is in [capabilities.secrets.from] of config.toml",
    });
  }
}

export default defineCapability({
  config,
  stages: {
    async guestConfig(ctx) {
      const secrets = Object.entries(await secretsOf(ctx));
      return {
        files: secrets.map(([one, content]) => ({ path: `/run/secrets/${one}`, mode: 0o400, content, secret: true })),
      };
    },
  },
  undo: {},
  async commandEnv(ctx, { argv }) {
    return ctx.config.commands.includes(basename(argv[0] ?? "")) ? secretsOf(ctx) : {};
  },
  /** What commands have follows at once, the files at the next start. */
  async onConfigChange({ vm }) {
    known.delete(vm.id);
  },
  async cleanup({ vm }) {
    known.delete(vm.id);
  },
});
