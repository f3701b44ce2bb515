import { expect, test } from "bun:test";
import { iptablesCommands, parseIptables } from "./iptables.ts";

const id = "0123456789abcdef";
const passage = { address: "172.16.0.2", bridge: "br-fc", uplink: "eth0", comment: `banger ${id}` };
const out = `-s 172.16.0.2/32 -i br-fc -m comment --comment "banger ${id}" -j ACCEPT`;
const back = `-d 172.16.0.2/32 -o br-fc -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "banger ${id}" -j ACCEPT`;
const commands = (...lines: string[]) => iptablesCommands(parseIptables(lines.join("\n")), [passage]);

const docker = [
  "-P FORWARD DROP",
  "-N DOCKER",
  "-N DOCKER-ISOLATION-STAGE-1",
  "-N DOCKER-ISOLATION-STAGE-2",
  "-N DOCKER-USER",
  "-A FORWARD -j DOCKER-USER",
  "-A FORWARD -j DOCKER-ISOLATION-STAGE-1",
  "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  "-A FORWARD -o docker0 -j DOCKER",
  "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
  "-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2",
  "-A DOCKER-ISOLATION-STAGE-1 -j RETURN",
  "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP",
  "-A DOCKER-ISOLATION-STAGE-2 -j RETURN",
];
const ufw = [
  "-P FORWARD DROP",
  "-N ufw-before-logging-forward",
  "-N ufw-before-forward",
  "-N ufw-user-forward",
  "-N ufw-reject-forward",
  "-A FORWARD -j ufw-before-logging-forward",
  "-A FORWARD -j ufw-before-forward",
  "-A FORWARD -j ufw-reject-forward",
  '-A ufw-before-logging-forward -m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "',
  "-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  "-A ufw-before-forward -j ufw-user-forward",
  "-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable",
];

test("where nothing drops, nothing is added", () => {
  expect(commands("-P FORWARD ACCEPT", "-A FORWARD -p tcp --dport 25 -j DROP")).toEqual([]);
  expect(commands("-P FORWARD ACCEPT", ...docker.slice(1), "-A DOCKER-USER -j RETURN")).toEqual([]);
  expect(commands("-P FORWARD DROP", "-A FORWARD -j LOG", "-A FORWARD -j ACCEPT")).toEqual([]);
  expect(commands("")).toEqual([]);
});

test("a policy: behind all that FORWARD says", () => {
  expect(commands("-P FORWARD DROP", "-A FORWARD -p tcp --dport 25 -j DROP")).toEqual([
    `-A FORWARD ${out}`,
    `-A FORWARD ${back}`,
  ]);
});

test("a rule that drops everything: just before it, for each direction that it means", () => {
  const before = "-A FORWARD -p tcp --dport 25 -j DROP";
  expect(commands("-P FORWARD ACCEPT", before, '-A FORWARD -m comment --comment "no more" -j REJECT')).toEqual([
    `-I FORWARD 2 ${out}`,
    `-I FORWARD 2 ${back}`,
  ]);
  expect(commands("-P FORWARD ACCEPT", "-A FORWARD -i eth+ -j DROP")).toEqual([`-I FORWARD 1 ${back}`]);
  expect(commands("-P FORWARD ACCEPT", "-A FORWARD -o eth0 -j DROP")).toEqual([`-I FORWARD 1 ${out}`]);
  expect(commands("-P FORWARD ACCEPT", "-A FORWARD ! -i docker0 -o docker0 -j DROP")).toEqual([]);
  expect(commands("-P FORWARD ACCEPT", "-A FORWARD -j X", "-A X -g Y", "-A Y -j DROP", "-A FORWARD -j ACCEPT")).toEqual(
    [`-I FORWARD 1 ${out}`, `-I FORWARD 1 ${back}`],
  );
});

test("Docker: its chain for users, before the end of it, behind what the user forbids there", () => {
  expect(commands(...docker, "-A DOCKER-USER -p tcp --dport 25 -j DROP", "-A DOCKER-USER -j RETURN")).toEqual([
    `-I DOCKER-USER 2 ${out}`,
    `-I DOCKER-USER 2 ${back}`,
  ]);
  expect(commands(...docker)).toEqual([`-A DOCKER-USER ${out}`, `-A DOCKER-USER ${back}`]);
  const unused = docker.filter((line) => line !== "-A FORWARD -j DOCKER-USER");
  expect(commands(...unused)[0]).toBe(`-A FORWARD ${out}`);
});

test("ufw: its chain for users; with Docker too, Docker's comes first", () => {
  expect(commands(...ufw)).toEqual([`-A ufw-user-forward ${out}`, `-A ufw-user-forward ${back}`]);
  expect(commands(...docker, ...ufw.slice(1))[0]).toBe(`-A DOCKER-USER ${out}`);
});

test("what is there of ours is replaced, and does not count", () => {
  const there = ["-P FORWARD DROP", `-A FORWARD ${out}`, `-A FORWARD ${back}`];
  const removed = [`-D FORWARD ${out}`, `-D FORWARD ${back}`];
  expect(commands(...there)).toEqual([...removed, `-A FORWARD ${out}`, `-A FORWARD ${back}`]);
  expect(iptablesCommands(parseIptables(there.join("\n")), [])).toEqual(removed);
  const others = '-A FORWARD -m comment --comment "banger, as it were" -j DROP';
  expect(iptablesCommands(parseIptables(others), [])).toEqual([]);
});

test("any text is read without a fault, and none of it is taken for ours", () => {
  const words = ["-A", "FORWARD", "-j", "-g", "!", "-i", '"', "x y", "\\", "--comment", "-P", ""];
  const lines = words.flatMap((one) => words.map((other) => `-A FORWARD ${one} ${other}`));
  expect(iptablesCommands(parseIptables(lines.join("\n")), [])).toEqual([]);
});
