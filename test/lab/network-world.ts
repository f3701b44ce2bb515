/**
 * What is beyond the host: a network namespace with a server, which says who asked it, and two ways to it, `up0` with the default
 * route and `up1`.
 */
export const outside = `
cat > /root/outside.py <<'end'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((self.client_address[0] + "\\n").encode())
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
end
ip netns add outside
ip -n outside link set lo up
ip -n outside address add 198.51.100.1/32 dev lo
for n in 0 1; do
  ip link add up$n type veth peer name in$n netns outside
  ip link set up$n up
  ip -n outside link set in$n up
done
ip address add 192.0.2.2/24 dev up0
ip address add 203.0.113.2/24 dev up1
ip -n outside address add 192.0.2.1/24 dev in0
ip -n outside address add 203.0.113.1/24 dev in1
ip route add default via 192.0.2.1
(ip netns exec outside setsid python3 /root/outside.py > /dev/null 2>&1 < /dev/null &)
for i in $(seq 100); do curl -s -m 5 http://198.51.100.1/ && break; sleep 0.2; done
`;

/** A firewall that drops what is forwarded. */
export interface Firewall {
  readonly name: string;
  readonly load: string;
  readonly unload: string;
  /** How the accepts begin, one for each direction. */
  readonly place: RegExp;
}

/** Its chains as they are with no container, and a rule of the user's own. */
const docker = `*filter
:FORWARD DROP
:DOCKER -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -p tcp -m tcp --dport 25 -j DROP
-A DOCKER-USER -j RETURN
COMMIT`;

const nftables = `table inet mine {
  chain forward {
    type filter hook forward priority 0; policy drop;
    tcp dport 25 drop
  }
}`;

const restore = (program: string, text: string): string => `${program} <<'end'\n${text}\nend\n`;
const forget = "for family in ip ip6; do nft delete table $family filter 2> /dev/null || true; done";

export const firewalls: readonly Firewall[] = [
  {
    name: "iptables -P FORWARD DROP",
    load: "iptables -P FORWARD DROP",
    unload: forget,
    place: /^-A FORWARD -[sd] /,
  },
  {
    name: "Docker's chains",
    load: restore("iptables-restore", docker),
    unload: forget,
    place: /^-A DOCKER-USER -[sd] /,
  },
  {
    name: "the old iptables",
    load: "iptables-legacy -P FORWARD DROP",
    unload: "iptables-legacy -P FORWARD ACCEPT; rm -f /run/xtables.lock",
    place: /^-A FORWARD -[sd] /,
  },
  {
    name: "another table of nftables",
    load: restore("nft -f -", nftables),
    unload: "nft delete table inet mine",
    place: /^\t\tip [sd]addr 172\.16\.0\.3 [io]ifname "br-fc" /,
  },
  {
    name: "ufw",
    load: "ufw allow 22/tcp && ufw --force enable",
    unload: `ufw --force disable && ufw --force delete allow 22/tcp; ${forget}; rm -f /run/ufw.lock`,
    place: /^-A ufw-user-forward -[sd] /,
  },
];
