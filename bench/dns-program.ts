/** banger's DNS server alone in a process, as the daemon has it: prints its port, and serves until its stdin ends. */
import { serveDns } from "../src/capabilities/dns/server.ts";
import { Zone } from "../src/capabilities/dns/zone.ts";

const zone = new Zone();
zone.set("0123456789abcdef", "web", "172.16.0.2");
const { port } = await serveDns(zone, "127.0.0.1", 0);
console.log(port);
await Bun.stdin.text();
process.exit(0);
