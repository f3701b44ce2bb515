import { BangerError } from "../../core/api/errors.ts";
import type { PluginEffects } from "../../rpc/protocol.ts";
import type { Route } from "../../rpc/server.ts";
import type { Api } from "../api.ts";

/** What of plugins is the daemon's: which ones it runs, and what they have set up. */
export function pluginRoutes({ plugins, vms, journal, followConfig }: Api): readonly Route[] {
  const effectsOf = (name: string): readonly PluginEffects[] =>
    journal.vmIds().flatMap((id) => {
      const effects = journal.entries(id).filter(({ participant }) => participant === `capability/${name}`).length;
      const vm = vms.list().find((one) => one.id === id)?.name ?? id;
      return effects === 0 ? [] : [{ id, vm, effects }];
    });
  return [
    {
      kind: "json",
      method: "POST",
      path: "/v1/plugins/follow",
      async handle() {
        await followConfig();
        return {};
      },
    },
    {
      kind: "json",
      method: "GET",
      path: "/v1/plugins/:name/effects",
      handle: async ({ params }) => effectsOf(params["name"]!),
    },
    {
      kind: "json",
      method: "POST",
      path: "/v1/plugins/:name/forget",
      async handle({ params }) {
        const name = params["name"]!;
        if (plugins.find(name) !== null) {
          throw new BangerError(
            "PLUGIN_REFUSED",
            `the plugin ${name} is enabled, and undoes what it has set up itself`,
            {
              hint: `banger plugin disable ${name} comes first`,
            },
          );
        }
        const dropped = effectsOf(name);
        for (const { id } of dropped) {
          await vms.locked(id, async () => {
            for (const { seq, participant } of journal.entries(id))
              if (participant === `capability/${name}`) journal.remove(seq);
          });
        }
        return dropped;
      },
    },
  ];
}
