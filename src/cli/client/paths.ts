import { BangerError } from "../../core/api/errors.ts";

/** `/v1/vms/REF…`; throws USAGE for an empty reference. */
export function vmPath(reference: string, rest = ""): string {
  return `/v1/vms/${part(reference, "VM")}${rest}`;
}

export function imagePath(name: string, rest = ""): string {
  return `/v1/images/${part(name, "image")}${rest}`;
}

export function kernelPath(name: string, rest = ""): string {
  return `/v1/kernels/${part(name, "kernel")}${rest}`;
}

function part(text: string, what: string): string {
  if (text === "") throw new BangerError("USAGE", `the ${what}'s name is empty`);
  return encodeURIComponent(text);
}
