import { version } from "../../../assets.ts";
import { BangerError } from "../../../core/api/errors.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";
import { outputFlags } from "../flags.ts";
import { managed } from "./managed.ts";

export default defineCommand({
  meta: {
    notes: [
      "Two services then look after the VMs of one user: bangerd as that user, and bangerd-root for what needs root: bridges, NAT, device-mapper, jails.",
      "Installing again brings both up to date; VMs run on.",
    ],
    examples: ["sudo banger system install --owner $USER"],
  },
  args: {
    owner: { type: "string", valueHint: "USER", description: "Whose VMs they are; default: who called sudo" },
    ...outputFlags,
  },
  async run(ctx) {
    const { args, io, reporter } = ctx;
    const { host, systemd, record, last } = await managed(
      ctx,
      "install",
      ...(args.owner === undefined ? [] : ["--owner", args.owner]),
    );
    const name = args.owner ?? sudoUser(io.env);
    if (name === null) throw usage(ctx.command, "whose VMs?", "name the user: --owner USER");
    if (io.self.length > 1) {
      throw new BangerError("INSTALL_FAILED", "banger runs from its source, only the built program can be installed", {
        hint: "npm run build, then sudo dist/banger system install",
      });
    }
    const [{ install }, { findOwner }] = await Promise.all([
      import("../../../system/install.ts"),
      import("../../../system/owner.ts"),
    ]);
    const before = await record().catch(() => null);
    const owner = await findOwner(host, name);
    if (before !== null && before.uid !== owner.uid) {
      throw new BangerError("NOT_OWNER", `banger is installed here for ${before.owner}`, {
        hint: `one host, one owner: sudo banger system uninstall, then install it for ${name}`,
      });
    }
    const kept = await last();
    if (before === null && kept !== null && kept.uid !== owner.uid) {
      throw new BangerError("NOT_OWNER", `${kept.stateDir} has VMs and images of ${kept.owner}'s`, {
        hint: "sudo banger system uninstall --purge deletes them",
      });
    }
    const deps = { host, systemd, version, program: "/proc/self/exe", emit: reporter.event.bind(reporter) };
    const { service, changed } = await install(deps, owner, before, (before ?? kept)?.made ?? []);
    return {
      json: { ...service, changed },
      text: () =>
        changed
          ? `banger ${version} is installed for ${service.owner}: banger vm run`
          : `banger ${version} is installed for ${service.owner} already, nothing has changed.`,
    };
  },
});

function sudoUser(env: Readonly<Record<string, string | undefined>>): string | null {
  const name = env["SUDO_USER"];
  return name === undefined || name === "" || name === "root" ? null : name;
}
