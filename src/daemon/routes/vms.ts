import { BangerError } from "../../core/api/errors.ts";
import type { Json } from "../../core/api/json.ts";
import type { VmRecord } from "../../core/model/vm.ts";
import type { VmDetails, VmInfo } from "../../rpc/protocol.ts";
import type { Call, Route } from "../../rpc/server.ts";
import type { Api } from "../api.ts";
import { vmInfo } from "../info.ts";
import type { Operation } from "../operations.ts";
import { addressOf, askAll, askCapability } from "../participation.ts";
import { readBody } from "../requests.ts";
import { vmStats } from "../stats.ts";

/** VMs: their life, their state, the questions one can ask of them. */
export function vmRoutes(api: Api): readonly Route[] {
  const { vms } = api;
  const info = async (vm: VmRecord): Promise<VmInfo> => {
    const live = vms.live(vm.id);
    return vmInfo(vm, live, live === null ? null : await addressOf(vm.id, live));
  };
  const details = async (vm: VmRecord, signal: AbortSignal): Promise<VmDetails> => {
    const live = vm.state === "running" ? vms.live(vm.id) : null;
    if (live === null) return { ...(await info(vm)), capabilities: {}, problems: [] };
    const about = () => vms.about(vm, live, live.session, signal);
    return { ...(await info(vm)), ...(await askAll(api.contexts, live.cast, "show", about)) };
  };
  const json = (value: unknown): Json => value as Json;

  /** A route that does long work on one VM and ends with what it is then. */
  const acting = (
    method: string,
    path: string,
    kind: string,
    work: (vm: VmRecord, call: Call, operation: Operation) => Promise<Json>,
  ): Route => ({
    kind: "events",
    method,
    path,
    async handle(call, send) {
      const reference = call.params["ref"] ?? "";
      await api.operations.run(
        kind,
        reference,
        send,
        (operation) => work(vms.find(reference), call, operation),
        call.operation,
      );
    },
  });

  return [
    { kind: "json", method: "GET", path: "/v1/vms", handle: () => Promise.all(vms.list().map(info)) },
    {
      kind: "json",
      method: "GET",
      path: "/v1/vms/:ref",
      handle: async (call) => details(vms.find(call.params["ref"]!), call.gone),
    },
    acting("PATCH", "/v1/vms/:ref", "set", async (vm, call, operation) => {
      const request = readBody("set", await call.json());
      api.checkSize({ ...vm.spec, ...request });
      return json(await info(await vms.set(vm.id, request, operation)));
    }),
    {
      kind: "events",
      method: "POST",
      path: "/v1/vms/prune",
      handle: (call, send) =>
        api.operations.run("prune", "", send, async (operation) => json(await vms.prune(operation)), call.operation),
    },
    createRoute(api, info),
    acting("DELETE", "/v1/vms/:ref", "delete", async (vm, _, operation) => (await vms.remove(vm.id, operation), {})),
    acting("POST", "/v1/vms/:ref/start", "start", async (vm, call, operation) => {
      const request = readBody("start", await call.json());
      return json(await info(await vms.start(vm.id, request, operation)));
    }),
    acting("POST", "/v1/vms/:ref/stop", "stop", async (vm, call, operation) => {
      const request = readBody("stop", await call.json());
      return json(await info(await vms.stop(vm.id, request, operation)));
    }),
    acting("POST", "/v1/vms/:ref/restart", "restart", async (vm, call, operation) => {
      const request = readBody("stop", await call.json());
      return json(await info(await vms.restart(vm.id, request, operation)));
    }),
    acting("POST", "/v1/vms/:ref/kill", "kill", async (vm, call, operation) => {
      const request = readBody("kill", await call.json());
      return json(await info(await vms.kill(vm.id, request, operation)));
    }),
    {
      kind: "json",
      method: "GET",
      path: "/v1/vms/:ref/query/:name",
      async handle({ params, gone }) {
        const { vm, live, guest } = await vms.guest(params["ref"]!, gone);
        const about = await vms.about(vm, live, guest, gone);
        return askCapability(api.contexts, live.cast, params["name"]!, about);
      },
    },
    {
      kind: "json",
      method: "GET",
      path: "/v1/vms/:ref/stats",
      handle: async (call) => vmStats(api, call.params["ref"]!, call.gone),
    },
    {
      kind: "json",
      method: "POST",
      path: "/v1/vms/:ref/wait",
      handle: async (call) => {
        const request = readBody("wait", await call.json());
        const late = AbortSignal.timeout(request.timeoutMs ?? 120_000);
        try {
          await vms.wait(call.params["ref"]!, request.for, AbortSignal.any([call.gone, late]));
        } catch (thrown) {
          if (!late.aborted) throw thrown;
          throw new BangerError("BOOT_TIMEOUT", `${call.params["ref"]} did not get as far as ${request.for} in time`);
        }
      },
    },
  ];
}

/** Making a VM; with a lease it lives no longer than the request's connection. */
function createRoute(api: Api, info: (vm: VmRecord) => Promise<VmInfo>): Route {
  return {
    kind: "events",
    method: "POST",
    path: "/v1/vms",
    async handle(call, send) {
      const request = readBody("create", await call.json());
      const lease = request.lease === true;
      let made: VmRecord | null = null;
      const { vms, operations } = api;
      // A client that dies while its throw-away VM boots ends the boot.
      if (lease) call.gone.addEventListener("abort", () => operations.cancel(call.operation, "the client went away"));
      const work = async (operation: Operation): Promise<Json> => {
        const vm = await api.create(request, operation);
        made = vm;
        if (request.start === false) return (await info(vm)) as unknown as Json;
        try {
          return (await info(await vms.start(vm.id, request, operation))) as unknown as Json;
        } catch (thrown) {
          if (request.keepFailed !== true) {
            await vms.remove(vm.id, { signal: new AbortController().signal, emit: () => {} });
            made = null;
          }
          throw thrown;
        }
      };
      await operations.run("create", request.name ?? "", send, work, call.operation);
      if (lease && made !== null) await api.leases.hold(made, call.gone);
    },
  };
}
