import { BangerError } from "../../core/api/errors.ts";

/** A USAGE error whose hint ends with the way to the help of the command; "" is banger itself. */
export function usage(command: string, message: string, hint?: string): BangerError {
  const help = command === "" ? "banger --help" : `banger ${command} --help`;
  return new BangerError("USAGE", message, { hint: hint === undefined ? help : `${hint}  (${help})` });
}
