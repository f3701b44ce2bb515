import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import { call } from "./api.ts";
import { bootRequests, instanceInfo, type ApiRequest } from "./requests.ts";

const folder = scratchFolder();
const servers: { stop(force: boolean): unknown }[] = [];
afterAll(() => servers.forEach((server) => server.stop(true)));
let sockets = 0;

/** Listens in Firecracker's place and answers every request the same. */
function answering(answer: string, seen: string[] = []): string {
  const unix = join(folder, `${sockets++}`);
  const socket = {
    data(client: Bun.Socket, bytes: Uint8Array) {
      seen.push(Buffer.from(bytes).toString());
      client.write(answer);
      client.end();
    },
  };
  servers.push(Bun.listen({ unix, socket }));
  return unix;
}
const http = (status: string, body = ""): string =>
  `HTTP/1.1 ${status}\r\nServer: Firecracker API\r\nConnection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const soon = (): AbortSignal => AbortSignal.timeout(2000);
const [sizes] = bootRequests(
  { vcpu: 1, memoryMiB: 64, vmlinux: "", initrd: "", kernelArgs: [], drives: [], nics: [], channel: { name: "" } },
  { vsock: "" },
) as [ApiRequest];

test("a request as it is sent; no content, and JSON", async () => {
  const seen: string[] = [];
  expect(await call(answering(http("204 No Content"), seen), sizes, soon())).toBeNull();
  expect(seen.join("")).toMatch(/^PUT \/machine-config HTTP\/1\.1\r\n/);
  expect(seen.join("").split("\r\n\r\n")[1]).toBe('{"vcpu_count":1,"mem_size_mib":64}');
  expect(await call(answering(http("200 OK", '{"state": "Running"}')), instanceInfo, soon())).toEqual({
    state: "Running",
  });
});

test("a refusal carries Firecracker's words and what it was about", async () => {
  const body = '{"fault_message": "The vCPU number is invalid!"}';
  expect(call(answering(http("400 Bad Request", body)), sizes, soon())).rejects.toMatchObject({
    code: "VMM_FAILED",
    message: "Firecracker refused 1 vcpus and 64 MiB of memory: The vCPU number is invalid!",
    detail: ["request: PUT /machine-config"],
  });
  const hostile = JSON.stringify({ fault_message: `\u001b[31mno\n\u0007${"x".repeat(5000)}` });
  const failure = await call(answering(http("400 Bad Request", hostile)), sizes, soon()).catch(
    (thrown: Error) => thrown,
  );
  expect((failure as Error).message).toMatch(/^Firecracker refused 1 vcpus and 64 MiB of memory: no x{900,1000}$/);
  expect(call(answering(http("500 Oops", "[]")), sizes, soon())).rejects.toThrow("status 500");
});

test.each([
  [http("200 OK", "nonsense"), "not JSON"],
  [`${http("200 OK").slice(0, -5)}${2 << 20}\r\n\r\n${"x".repeat((1 << 20) + (1 << 18))}`, "cannot be used"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab", "cannot be used"],
  ["what?\r\n\r\n", "cannot be used"],
  [http("302 Found\r\nLocation: http://localhost/"), "cannot be used"],
])("an answer that makes no sense (%#)", async (answer, why) => {
  const failure = await call(answering(answer), instanceInfo, soon()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "VMM_FAILED", message: expect.stringContaining(why) as string });
});

test("nobody listens: whether there is a socket at all", async () => {
  expect(call(join(folder, "none"), instanceInfo, soon())).rejects.toMatchObject({ code: "ENOENT" });
  await Bun.write(join(folder, "deaf"), "");
  expect(call(join(folder, "deaf"), instanceInfo, soon())).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("one that never answers is waited for as long as the signal says", async () => {
  const silent = answering("");
  const failure = await call(silent, instanceInfo, AbortSignal.timeout(30)).catch((error: unknown) => error);
  expect(["TimeoutError", "BangerError"]).toContain((failure as Error).name);
});
