import type { Finding } from "../../core/api/capability.ts";
import type { Facts, Presence } from "../deps.ts";

/** The image that `vm run` takes by default, and the kernel that it starts with (null when the image is unknown). */
export interface Shelf {
  readonly image: { readonly name: string; readonly presence: Presence };
  readonly kernel: { readonly name: string; readonly presence: Presence } | null;
}

export async function findShelf({ config, image, kernel }: Pick<Facts, "config" | "image" | "kernel">): Promise<Shelf> {
  const name = config.defaultImage;
  const presence = await image(name);
  const kernelName = presence.kind === "unknown" ? undefined : presence.kernel;
  return {
    image: { name, presence },
    kernel: kernelName === undefined ? null : { name: kernelName, presence: await kernel(kernelName) },
  };
}

/** Whether the next `vm run` has to make one of them. */
export function mustBuild({ image, kernel }: Shelf): boolean {
  return image.presence.kind === "catalog" || kernel?.presence.kind === "catalog";
}

export function library({ image, kernel }: Shelf): Finding[] {
  const first = finding("default image", "image", image.name, image.presence);
  return kernel === null ? [first] : [first, finding("kernel", "kernel", kernel.name, kernel.presence)];
}

function finding(row: string, what: "image" | "kernel", name: string, presence: Presence): Finding {
  if (presence.kind === "local") return { row, status: "pass", message: `${name}, ${presence.note}` };
  if (presence.kind === "catalog") {
    const message = `${name}, not here yet: vm run makes it, or banger ${what} pull ${name} now`;
    return { row, status: "pass", message };
  }
  if (presence.kind === "broken") {
    const fix = ["banger", what, "pull", "--force", name];
    return { row, status: "fail", message: `${name} is damaged`, detail: presence.problems, fix };
  }
  const known = presence.known.length === 0 ? "there are none" : `there is ${presence.known.join(", ")}`;
  const detail = what === "image" ? [known, "default_image in config.toml names it"] : [known];
  return { row, status: "fail", message: `no ${what} is called ${name}`, detail };
}
