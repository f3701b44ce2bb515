import { describe, expect, test } from "bun:test";
import type { Guest } from "../core/api/guest.ts";
import { Rehearsal } from "../core/engine/rehearsal.ts";
import { fakePlace } from "../../test/helpers/places.ts";
import { capabilityContract } from "./contract.ts";
import { createBuiltins } from "./index.ts";
import { vsock } from "./vsock/index.ts";
import { workdisk } from "./workdisk/index.ts";

for (const capability of createBuiltins({ uid: 0, service: false }))
  capabilityContract(capability, "a fake host", fakePlace);

describe("vsock", () => {
  const guest = {
    health: async () => ({ uptimeMs: 1, init: "running" }),
    ports: async () => [{ protocol: "tcp", address: "0.0.0.0", port: 22 }],
  } as unknown as Guest;

  test("asks the agent", async () => {
    const { host, vm } = await fakePlace();
    const ctx = { ...new Rehearsal(vsock, vm, host, {}).ctx(), guest };
    expect(await vsock.queries!["health"]!(ctx)).toEqual({ uptimeMs: 1, init: "running" });
    expect(await vsock.queries!["ports"]!(ctx)).toEqual([{ protocol: "tcp", address: "0.0.0.0", port: 22 }]);
  });

  test("a VM without an answering guest is not running", async () => {
    const { host, vm } = await fakePlace();
    const ctx = new Rehearsal(vsock, vm, host, {}).ctx();
    expect(vsock.queries!["health"]!(ctx)).rejects.toThrow("otter is not running");
  });
});

describe("workdisk", () => {
  const contributions = async (config: object) => {
    const { host, vm } = await fakePlace();
    const given = await new Rehearsal(workdisk, vm, host, { authorized_keys: [], ...config }).perform();
    return Object.assign({}, ...given) as (typeof given)[number];
  };

  test("a disk at /root, filled from the image and as large as the disk is", async () => {
    const { drives, mounts } = await contributions({});
    expect(drives).toMatchObject([{ id: "work", readonly: false }]);
    expect(mounts).toEqual([{ drive: "work", target: "/root", type: "ext4", seed: true, grow: true }]);
  });

  test("banger's own key and those of the configuration make an authorized_keys file that sshd accepts", async () => {
    const { files } = await contributions({ authorized_keys: ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two"] });
    expect(files?.at(-1)).toEqual({
      path: "/root/.ssh/authorized_keys",
      mode: 0o600,
      content: "ssh-ed25519 AAAA own\nssh-ed25519 AAAA one\nssh-ed25519 BBBB two\n",
    });
  });

  test("a key of two lines is refused", async () => {
    const result = await workdisk.config["~standard"].validate({ authorized_keys: ["a\nb"] });
    expect(result.issues).toMatchObject([{ message: "must be one line", path: ["authorized_keys", 0] }]);
  });
});
