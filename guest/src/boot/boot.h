// The steps from the kernel's first process to a served machine, in the order in which boot.c calls them.
#pragma once
#include "config/config.h"
#include "serve/agent.h"

// early.c: what programs expect to find mounted.
void mount_kernel_views(void); // /proc /sys /dev in the initramfs
void mount_runtime(enum init_kind init); // the rest, in the image's tree, as its init would
// tmp.c: systemd-tmpfiles empties /tmp in the middle of the boot, which would take the files of an early command. It is
// emptied at once instead, and that line of tmpfiles' configuration overridden in /run.
void keep_tmp(void);
// modules.c
enum module_lane { MODULES_FOR_ROOT, MODULES_FOR_NETWORK }; // a module is in one lane by its name, in order within it
void load_modules(int initramfs, const struct text_item *modules, enum module_lane lane);
// kernel.c
void add_entropy(struct span bytes);
void set_clock(uint64_t ns);
// device.c: `/dev/NAME` or `serial:ID` → a path in /dev. Waits a little for one that is not there yet. False: none.
bool device_path(const char *device, char *path, size_t size);
// root.c: mounts the root and makes it the process's own.
void enter_root(const struct config *c);
// grow.c: makes the ext4 file system mounted at `path` as large as its device. True where nothing is left to grow.
bool grow_ext4(const char *device, const char *path);
// seed.c
bool seed_mount(const char *from, int to); // `to` is the root directory of a file system
bool seed_directory(const char *from, int parent, const char *name); // made in parent, whole or not at all
// mounts.c
void mount_all(const struct mount_item *mounts);
// network.c
void configure_network(const struct interface_item *interfaces);
// names.c: hostname, /etc/hosts, /etc/resolv.conf.
void write_names(const struct config *c);
// provide.c
void write_files(const struct file_item *files);
// init.c
const char *find_init(const char *wanted); // NULL: none
enum init_kind init_kind(const char *path);
// Forks; the child is in a cgroup of the agent's own, which init does not know.
int fork_into_cgroup(void);
