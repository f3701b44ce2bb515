import type { Json } from "../../core/api/json.ts";
import type { Route } from "../../rpc/server.ts";
import type { Api } from "../api.ts";
import { readBody } from "../requests.ts";

/** The daemon itself, its operations, the images and kernels. */
export function systemRoutes(api: Api): readonly Route[] {
  const { library, operations } = api;
  const pull = (
    path: string,
    kind: string,
    work: (name: string, force: boolean, run: Parameters<Parameters<typeof operations.run>[3]>[0]) => Promise<Json>,
  ): Route => ({
    kind: "events",
    method: "POST",
    path,
    async handle(call, send) {
      const { force = false } = readBody("pull", await call.json());
      const name = call.params["name"]!;
      await operations.run(kind, name, send, (operation) => work(name, force, operation), call.operation);
    },
  });
  return [
    { kind: "json", method: "GET", path: "/v1/status", anyVersion: true, handle: async () => api.status() },
    { kind: "json", method: "POST", path: "/v1/stop", anyVersion: true, handle: async (call) => api.stop(call.gone) },
    { kind: "json", method: "GET", path: "/v1/operations", anyVersion: true, handle: async () => operations.list() },
    {
      kind: "json",
      method: "POST",
      path: "/v1/operations/:id/cancel",
      handle: async (call) => operations.cancel(call.params["id"]!, "cancelled"),
    },
    { kind: "json", method: "GET", path: "/v1/defaults", handle: async () => api.defaults },
    { kind: "json", method: "GET", path: "/v1/images", handle: () => library.images() },
    {
      kind: "json",
      method: "GET",
      path: "/v1/images/:name",
      handle: (call) => library.imageInfo(call.params["name"]!),
    },
    {
      kind: "json",
      method: "DELETE",
      path: "/v1/images/:name",
      handle: (call) => library.removeImage(call.params["name"]!),
    },
    pull(
      "/v1/images/:name/pull",
      "image pull",
      async (name, force, run) => (await library.pullImage(name, force, run)) as unknown as Json,
    ),
    { kind: "json", method: "GET", path: "/v1/kernels", handle: () => library.kernels() },
    {
      kind: "json",
      method: "GET",
      path: "/v1/kernels/:name",
      handle: (call) => library.kernelInfo(call.params["name"]!),
    },
    {
      kind: "json",
      method: "DELETE",
      path: "/v1/kernels/:name",
      handle: (call) => library.removeKernel(call.params["name"]!),
    },
    pull(
      "/v1/kernels/:name/pull",
      "kernel pull",
      async (name, force, run) => (await library.pullKernel(name, force, run)) as unknown as Json,
    ),
  ];
}
