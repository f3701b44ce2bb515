/** Where an installed banger keeps its things; the same on every host. */
export const servicePlaces = {
  /** The record of the install: see Service. */
  record: "/etc/banger/install.toml",
  binary: "/usr/local/lib/banger/banger",
  /** A link to the binary, made where nothing stands. */
  command: "/usr/local/bin/banger",
  stateDir: "/var/lib/banger",
  cacheDir: "/var/cache/banger",
  runtimeDir: "/run/banger",
  helperSocket: "/run/banger-root/helper.sock",
  /** The root helper's own files: jails. */
  rootDir: "/var/lib/banger-root",
  /** The record of a service that was uninstalled and left its VMs and images. */
  lastRecord: "/var/lib/banger-root/install.toml",
  units: "/etc/systemd/system",
} as const;

export const daemonUnit = "bangerd.service";
export const helperUnit = "bangerd-root.service";
