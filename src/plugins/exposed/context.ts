import { z } from "zod";
import { BangerError } from "../../core/api/errors.ts";
import type { JsonObject } from "../../core/api/json.ts";
import type { CleanupCtx, Ctx, UndoCtx } from "../../core/api/participant.ts";
import type { Privileged } from "../../core/api/privileged.ts";
import { plainText } from "../../core/model/plain-text.ts";
import type { OperationName } from "../../core/privileged/index.ts";
import { args, expose, fn, json, jsonObject, text, whole } from "./checked.ts";
import { exposeGuest } from "./guest.ts";

/** What the plugin may ask for, and which undos it has. */
export interface Rights {
  readonly name: string;
  readonly privileged: readonly OperationName[];
  readonly undos: readonly string[];
}

const shown = z.string().max(1000).transform(plainText);
const scope = z.strictObject({ scope: z.enum(["run", "vm"]).optional() });

/** A context of one VM as it crosses to a plugin; the host went there before. */
export function exposeContext(ctx: Ctx, rights: Rights) {
  const { vm, config, vmm, nics, signal, guest } = ctx;
  const given: Pick<Ctx, "effect" | "emit" | "reserve" | "stop"> = {
    effect(undo, undoArgs, apply, options) {
      if (rights.undos.includes(undo))
        return ctx.effect(undo, undoArgs, async () => json.parse(await apply()) as never, options);
      throw new BangerError(
        "PLUGIN_FAILED",
        `the plugin ${rights.name} asks for the undo ${undo}, which it does not have`,
      );
    },
    emit: (progress) => ctx.emit(progress),
    reserve: (pool, size) => ctx.reserve(pool, size),
    stop: (reason) => ctx.stop(reason),
  };
  const members = expose<typeof given>("ctx", given, {
    effect: args(text.min(1), jsonObject, fn, scope.optional()),
    // Its shape is checked by ctx.emit itself.
    emit: args(jsonObject),
    reserve: args(text.min(1).max(64), whole.max(2 ** 32)),
    stop: args(shown),
  });
  return {
    vm,
    config,
    vmm,
    nics,
    signal,
    guest: guest === null ? null : exposeGuest(guest),
    ...exposePrivileged(ctx.privileged, rights),
    ...members,
  };
}

export function exposeUndo({ vm, privileged, result }: UndoCtx, rights: Rights) {
  return { vm: placesOf(vm), result, ...exposePrivileged(privileged, rights) };
}

export function exposeCleanup({ vm, config, privileged }: CleanupCtx, rights: Rights) {
  return { vm: placesOf(vm), config, ...exposePrivileged(privileged, rights) };
}

function placesOf({ id, name, stateDir, runtimeDir }: UndoCtx["vm"]): UndoCtx["vm"] {
  return { id, name, stateDir, runtimeDir };
}

/** Only what the manifest lists, which is what the user saw. The operation itself checks its arguments. */
function exposePrivileged(privileged: Privileged, { name, privileged: allowed }: Rights) {
  const given = {
    privileged(operation: string, operationArgs: JsonObject) {
      if (allowed.includes(operation as OperationName))
        return privileged(operation as OperationName, operationArgs as never);
      throw new BangerError(
        "PLUGIN_REFUSED",
        `the plugin ${name} asks for the privileged operation ${operation}, which its manifest does not list`,
      );
    },
  };
  return {
    ...expose<typeof given>("ctx", given, { privileged: args(text.min(1), jsonObject) }),
    privilegedAvailable: privileged.available && allowed.length > 0,
  };
}
