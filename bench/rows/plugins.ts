import { plainPlugin, writePlugin } from "../../test/helpers/plugins.ts";
import { World } from "../../test/helpers/world.ts";
import { ms, type Row } from "../table.ts";
import { paired, timed } from "../timing.ts";

const count = 10;

/** What enabled plugins cost where nothing uses them, against an account without any: the daemon's start, and a help that shows their flags. */
export async function pluginRows(rounds: number): Promise<Row[]> {
  const worlds = [await World.create({ images: false }), await World.create({ images: false })] as const;
  const [plain, full] = worlds;
  try {
    for (let number = 0; number < count; number++) {
      const name = `plugin-${number}`;
      const flags = { [`flag-${number}`]: { type: "string", help: "A word", key: "word" } };
      writePlugin(full, name, plainPlugin(), { default: "off", flags });
      await full.ok("plugin", "enable", name);
    }
    const start = (world: World) => async (): Promise<number> => {
      await world.ok("daemon", "stop");
      return timed(() => world.ok("daemon", "start"));
    };
    const help = (world: World) => () => timed(() => world.ok("vm", "run", "--help"));
    const row = async (what: string, of: (world: World) => () => Promise<number>): Promise<Row> => {
      const { a, b, ratio } = await paired(rounds * 3, of(full), of(plain));
      return {
        what: `${what}, ${count} plugins`,
        ours: ms(a.median),
        against: `no plugins ${ms(b.median)}`,
        ratio,
        figures: { ours: a.median, none: b.median },
      };
    };
    return [await row("daemon start", start), await row("vm run --help", help)];
  } finally {
    for (const world of worlds) await world.destroy();
  }
}
