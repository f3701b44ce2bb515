/** banger's DNS server alone in a process, as the daemon has it: prints its port, and serves until its stdin ends. */
import { Zone } from "../src/capabilities/dns/zone.ts";
import { serveAnywhere } from "../test/helpers/serve-dns.ts";

const zone = new Zone();
zone.set("0123456789abcdef", "web", "172.16.0.2");
const { port } = await serveAnywhere(zone);
console.log(port);
await Bun.stdin.text();
process.exit(0);
