import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export interface Scenario {
  readonly name: string;
  /** undefined: root */
  readonly user?: string;
}

const bundle = "/srv/ca.crt";
const checkout = "/srv/banger";

/**
 * A throw-away machine: an overlay over the base root with a clean clone of `repository` at HEAD in it.
 * `run` resolves to the exit status; `dispose` unmounts and deletes.
 */
export function machine(folder: string, base: string, repository: string, { name, user }: Scenario) {
  const place = join(folder, name);
  const root = join(place, "root");
  dispose();
  for (const part of ["upper", "work", "root"]) mkdirSync(join(place, part), { recursive: true });
  const layers = `lowerdir=${base},upperdir=${join(place, "upper")},workdir=${join(place, "work")}`;
  must(["mount", "-t", "overlay", "overlay", "-o", layers, root]);
  for (const path of ["/etc/resolv.conf", "/etc/hosts"]) cpSync(path, join(root, path));
  must(["git", "clone", "--quiet", "--no-local", repository, join(root, checkout)]);
  const authority = process.env["NODE_EXTRA_CA_CERTS"];
  if (authority) cpSync(authority, join(root, bundle));
  if (user) {
    must(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", user]);
    appendFileSync(join(root, "etc/sudoers.d/90-scenario"), `${user} ALL=(ALL) NOPASSWD: ALL\n`, { mode: 0o440 });
    must(["chroot", root, "chown", "-R", `${user}:${user}`, checkout]);
  }
  const home = user ? `/home/${user}` : "/root";
  const settings = join(homedir(), ".npmrc");
  if (existsSync(settings)) cpSync(settings, join(root, home, ".npmrc"));
  if (existsSync(settings) && user) must(["chroot", root, "chown", `${user}:`, `${home}/.npmrc`]);

  async function run(argv: readonly string[]): Promise<{ status: number; output: string }> {
    const identity = user ? ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--"] : [];
    const enter = ["sh", join(import.meta.dir, "enter.sh"), root, ...identity];
    const path = user ? "/usr/local/bin:/usr/bin:/bin" : "/usr/sbin:/usr/bin:/sbin:/bin";
    const env = { ...passedOn(authority), HOME: home, USER: user ?? "root", PATH: path };
    const clean = ["env", "-i", "-C", checkout, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    const child = Bun.spawn([...enter, ...clean, ...argv], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const output = await new Response(child.stdout).text();
    process.stdout.write(output);
    return { status: await child.exited, output };
  }

  function dispose(): void {
    Bun.spawnSync(["umount", "-l", root]);
    rmSync(place, { recursive: true, force: true });
  }

  return { run, dispose };
}

/** Registry and proxy settings of this environment; its certificate bundle under the name it has inside. */
function passedOn(authority: string | undefined): Record<string, string> {
  const wanted = /^(npm_config_(registry|.*_proxy|strict_ssl)|NPM_CONFIG_REGISTRY|(https?|no)_proxy)$/i;
  const kept = Object.entries(process.env).filter(([name]) => wanted.test(name));
  const certificates = authority ? { NODE_EXTRA_CA_CERTS: bundle, npm_config_cafile: bundle } : {};
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...certificates };
}

function must(argv: string[]): void {
  const done = Bun.spawnSync(argv, { stdout: "inherit", stderr: "inherit" });
  if (!done.success) throw new Error(`${argv.join(" ")} exited ${done.exitCode} in ${dirname(import.meta.path)}`);
}
