// oxlint-disable-next-line no-control-regex -- control characters are what is taken out
const controls = /\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x1f\x7f-\x9f]/g;

/** A line of somebody else's without what could steer a terminal. */
export function plainText(line: string): string {
  return line.replaceAll(controls, "").trim();
}
