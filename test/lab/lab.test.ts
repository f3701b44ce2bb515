import { afterAll, beforeAll, expect } from "bun:test";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";
import { difference } from "./inventory.ts";

let lab: Lab | undefined;
beforeAll(async () => {
  lab = await Lab.up();
});
afterAll(() => lab?.down());

scenario(
  () => lab!,
  "the host is a Debian whose systemd is content, with the clock of now",
  async (lab) => {
    expect(await lab.ok(["systemctl", "is-system-running"])).toBe("running");
    expect(await lab.get("/etc/os-release")).toContain("ID=debian");
    expect(Math.abs(Number(await lab.ok(["date", "+%s"])) - Date.now() / 1000)).toBeLessThan(5);
  },
);

scenario(
  () => lab!,
  "arguments, input, output and ends of programs arrive as they are",
  async (lab) => {
    const words = ["", " ", "a b", "'", '"', "$HOME", "*", "\\", "é\n"];
    expect(await lab.ok(["printf", "%s|", ...words])).toBe(`${words.join("|")}|`);
    const result = await lab.run(["sh", "-c", "cat; echo $X >&2; pwd; exit 7"], {
      stdin: "in\n",
      env: { X: "a  'b'" },
      cwd: "/usr",
    });
    expect(result).toMatchObject({ code: 7, stdout: "in\n/usr\n", stderr: "a 'b'\n" });
    expect(await lab.run(["sh", "-c", "kill -9 $$"])).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(lab.run(["sleep", "5"], { timeout: 500 })).rejects.toThrow("did not end within 500 ms");
  },
);

scenario(
  () => lab!,
  "u is in group kvm and may become root, v may nothing",
  async (lab) => {
    expect(await lab.user("u").ok(["sh", "-c", "id -Gn; echo $XDG_RUNTIME_DIR"])).toBe("u kvm\n/run/user/1000");
    expect(await lab.user("u").ok(["sudo", "id", "-u"])).toBe("0");
    expect(await lab.user("v").ok(["id", "-Gn"])).toBe("v");
    expect((await lab.user("v").run(["test", "-w", "/dev/kvm"])).code).toBe(1);
  },
);

scenario(
  () => lab!,
  "Firecracker and jailer are the pinned ones",
  async (lab) => {
    for (const program of ["firecracker", "jailer"] as const) {
      expect(await lab.ok([program, "--version"])).toStartWith(
        `${program[0]!.toUpperCase()}${program.slice(1)} v1.12.1`,
      );
      await lab.assertProgram(`/usr/local/bin/${program}`, program);
    }
  },
);

scenario(
  () => lab!,
  "doctor finds KVM and says that vm run works, to an ordinary user",
  async (lab) => {
    const report = await lab.user("u").banger("doctor");
    expect(report).toMatch(/^ok +kvm +a vcpu runs on \/dev\/kvm$/m);
    expect(report).toContain("vm run works here");
  },
);

scenario(
  () => lab!,
  "vm run by an ordinary user boots QEMU on KVM, and leaves nothing behind",
  async (lab) => {
    const u = lab.user("u");
    // A first VM leaves what is made once: the state, the key, the kernel's initramfs.
    const first = await u.run(["banger", "vm", "run", "--rm", "-q", "--vmm", "qemu", "--", "sh", "-c", "exit 42"]);
    expect(first.code).toBe(42);
    const before = await lab.inventory();
    await u.banger("vm", "run", "--name", "kvm", "--vmm", "qemu", "-d");
    const pid = Number(await lab.ok(["pgrep", "--uid", "u", "qemu"]));
    await lab.assertKvm(pid);
    expect(await u.banger("vm", "exec", "kvm", "--", "systemd-detect-virt")).toBe("kvm");
    await u.banger("vm", "delete", "--force", "kvm");
    expect(difference(before, await lab.inventory())).toEqual([]);
  },
);

scenario(
  () => lab!,
  "after a reboot it is another boot of the same host",
  async (lab) => {
    await lab.put("/root/kept", "kept");
    await lab.reboot();
    expect(await lab.get("/root/kept")).toBe("kept");
    expect(await lab.ok(["systemctl", "is-system-running"])).toBe("running");
    expect(await lab.banger("version")).toContain("banger");
  },
);
