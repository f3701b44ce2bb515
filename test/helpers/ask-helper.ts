/**
 * A client of the root helper that any user can run, whatever that user may read: Perl is on every Debian. Each line of its stdin goes
 * out on a connection of its own, as it is; a line of stdout is the answer, `closed` when there is none.
 */
export const askHelper = (socket: string): readonly [string, ...string[]] => ["perl", "-MSocket", "-e", script, socket];

const script = `
$| = 1; $SIG{PIPE} = "IGNORE";
while (my $line = <STDIN>) {
  socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
  if (!connect($s, sockaddr_un($ARGV[0]))) { print "connect: $!\\n"; next; }
  for (my $at = 0; $at < length $line;) {
    my $sent = syswrite($s, $line, 65536, $at);
    last unless defined $sent;
    $at += $sent;
  }
  my $answer = "";
  while (my $got = sysread($s, my $part, 65536)) { $answer .= $part; }
  print $answer eq "" ? "closed\\n" : $answer;
}`;

/** A request as a line. */
export function requestLine(name: string, args: unknown, operation = "pr-test"): string {
  return `${JSON.stringify({ operation, name, args })}\n`;
}
