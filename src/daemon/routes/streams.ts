import { BangerError } from "../../core/api/errors.ts";
import { splice } from "../../core/streams/splice.ts";
import type { Route } from "../../rpc/server.ts";
import type { Api } from "../api.ts";
import { serveExec, type ExecPlace } from "../exec.ts";
import { streamLog } from "../logs.ts";
import { commandEnv } from "../participation.ts";

/** Bytes to and from a guest, and its logs. */
export function streamRoutes(api: Api): readonly Route[] {
  const { vms } = api;
  return [
    {
      kind: "upgrade",
      protocol: "banger-exec",
      method: "POST",
      path: "/v1/vms/:ref/exec",
      async handle(call, accept) {
        const { vm, live, guest } = await vms.guest(call.params["ref"]!, call.gone);
        const env: ExecPlace["env"] = ({ argv, user }) =>
          commandEnv(api.contexts, live.cast, { argv, ...(user !== undefined && { user }) }, () =>
            vms.about(vm, live, guest, call.gone),
          );
        await serveExec(accept(), { vm, guest, env }, call.gone);
      },
    },
    {
      kind: "upgrade",
      protocol: "banger-dial",
      method: "POST",
      path: "/v1/vms/:ref/dial",
      async handle(call, accept) {
        const { guest } = await vms.guest(call.params["ref"]!, call.gone);
        const host = call.query.get("host") ?? "127.0.0.1";
        const connection = await guest.dial({ host, port: numberOf(call.query, "port", 1, 65_535) });
        await splice(accept(), connection);
      },
    },
    {
      kind: "bytes",
      method: "GET",
      path: "/v1/vms/:ref/files",
      async handle(call, start) {
        const { guest } = await vms.guest(call.params["ref"]!, call.gone);
        const { info, data } = await guest.readFile(pathOf(call.query));
        const answer = start({ "banger-file": JSON.stringify(info) });
        for await (const chunk of data) {
          if (call.gone.aborted) return;
          await answer.write(chunk);
        }
        answer.end();
      },
    },
    {
      kind: "json",
      method: "PUT",
      path: "/v1/vms/:ref/files",
      async handle(call) {
        const { guest } = await vms.guest(call.params["ref"]!, call.gone);
        await guest.writeFile(pathOf(call.query), call.bytes, {
          mode: numberOf(call.query, "mode", 0, 0o7777, 0o644),
          uid: numberOf(call.query, "uid", 0, 2 ** 32 - 2, 0),
          gid: numberOf(call.query, "gid", 0, 2 ** 32 - 2, 0),
        });
      },
    },
    {
      kind: "bytes",
      method: "GET",
      path: "/v1/vms/:ref/logs",
      async handle(call, start) {
        const vm = vms.find(call.params["ref"]!);
        const source = call.query.get("source") ?? "vmm";
        if (source !== "vmm" && source !== "console")
          throw new BangerError("BAD_REQUEST", `there is no log called ${source}`);
        await streamLog(
          `${api.placesOf(vm).stateDir}/${source}.log`,
          call.query.get("follow") === "1",
          start,
          call.gone,
        );
      },
    },
  ];
}

function pathOf(query: URLSearchParams): string {
  const path = query.get("path") ?? "";
  if (!path.startsWith("/") || path.includes("\0"))
    throw new BangerError("BAD_REQUEST", `${JSON.stringify(path)} is not an absolute path`);
  return path;
}

function numberOf(query: URLSearchParams, name: string, least: number, most: number, otherwise?: number): number {
  const text = query.get(name);
  if (text === null && otherwise !== undefined) return otherwise;
  const value = text !== null && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new BangerError("BAD_REQUEST", `${name} must be a number from ${least} to ${most}`);
}
