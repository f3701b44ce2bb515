#!/bin/sh
# enter.sh ROOT COMMAND…: runs COMMAND with ROOT as / in its own mount and pid namespaces.
# pivot_root, not chroot: inside a chroot the kernel refuses user namespaces, and with them an ordinary user's mmdebstrap.
set -eu
if [ "${1:-}" != "--inside" ]; then
  exec unshare --mount --pid --fork --kill-child --propagation private -- sh "$0" --inside "$@"
fi
shift
root=$1
shift
mount --bind "$root" "$root"
cd "$root"
mkdir -p .before
for part in dev sys; do mount --rbind "/$part" "$part"; done
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs run
pivot_root . .before
umount -l /.before
cd /
exec "$@"
