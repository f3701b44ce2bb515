import { expect, test } from "bun:test";
import fc from "fast-check";
import { loadOrder, moduleName } from "./modules.ts";

const dep = `kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/net/core/failover.ko:
kernel/fs/my-fs.ko.xz:
`;

test("dependencies come first, nothing comes twice, what is built in is left out", () => {
  const { files, missing } = loadOrder(dep, "kernel/fs/ext4/ext4.ko\n", [
    "virtio",
    "ext4",
    "virtio_net",
    "my_fs",
    "sound",
  ]);
  expect(files.map(moduleName)).toEqual(["virtio_ring", "virtio", "failover", "net_failover", "virtio_net", "my_fs"]);
  expect(missing).toEqual(["sound"]);
});

test("in any order of wishes, each module comes after all it depends on", () => {
  const lines = dep
    .trim()
    .split("\n")
    .map((line) => line.split(":") as [string, string]);
  const names = lines.map(([path]) => moduleName(path));
  fc.assert(
    fc.property(fc.shuffledSubarray(names), (wanted) => {
      const { files } = loadOrder(dep, "", wanted);
      expect(new Set(files).size).toBe(files.length);
      for (const [path, needs] of lines) {
        if (!files.includes(path)) continue;
        for (const need of needs.split(" ").filter(Boolean))
          expect(files.slice(0, files.indexOf(path))).toContain(need);
      }
    }),
  );
});
