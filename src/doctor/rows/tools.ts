import type { Finding } from "../../core/api/capability.ts";
import { installHint, programPackages, type ProgramPackages } from "../../host/packages.ts";
import type { Facts } from "../deps.ts";

/** Programs that every VM needs; the VMM's own are the vmm row's. */
const always = ["mke2fs"];
/** Programs that make images and kernels. */
const build = ["mmdebstrap", "apt-get", "dpkg-deb", "depmod", "unshare"];
const buildUnprivileged = ["newuidmap", "newgidmap"];

const managers = [
  { program: "apt-get", install: ["apt-get", "install", "-y"], family: "debian" },
  { program: "dnf", install: ["dnf", "install", "-y"], family: "fedora" },
  { program: "pacman", install: ["pacman", "-S", "--noconfirm"], family: "arch" },
] as const satisfies readonly { program: string; install: readonly string[]; family: keyof ProgramPackages }[];

/** The programs that banger runs. `building` is whether the next `vm run` has to make an image or a kernel. */
export async function tools(
  facts: Pick<Facts, "host" | "user" | "config" | "buildObstacle">,
  building: boolean,
): Promise<Finding> {
  const { host, user } = facts;
  const row = "host tools";
  const builders = user.uid === 0 ? build : [...build, ...buildUnprivileged];
  const [vital, wanted] = await Promise.all([missing(host, always), missing(host, builders)]);
  const absent = [...vital, ...wanted];
  const status = vital.length > 0 || building ? "fail" : "warn";
  if (absent.length === 0) {
    const detail = await facts.buildObstacle(facts.config.defaultImage);
    if (detail !== null) return { row, status, message: "all there, but this user cannot build images", detail };
    return { row, status: "pass", message: [...always, ...builders].join(", ") };
  }
  return {
    row,
    status,
    message: `${absent.join(", ")} not found${vital.length > 0 ? "" : ", without which no image can be built"}`,
    detail: absent.map((program) => `${program}: ${installHint(program) ?? "put it on PATH"}`),
    ...(await installFix(host, absent)),
  };
}

async function missing(host: Facts["host"], programs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(programs.map((program) => host.which(program)));
  return programs.filter((_, index) => found[index] === null);
}

/** The command of this host's own package manager; nothing where it has none that we know. */
export async function installFix(host: Facts["host"], programs: readonly string[]): Promise<Pick<Finding, "fix">> {
  for (const { program, install, family } of managers) {
    if ((await host.which(program)) === null) continue;
    const packages = programs.flatMap((name) => programPackages[name]?.[family] ?? []);
    return { fix: ["sudo", ...install, ...new Set(packages)] };
  }
  return {};
}
