# Runs a program of the image as production does: confined.sh ROOT SECRETS COMMAND…
#
# User 10001 without any right, the image's files read-only, /tmp in memory, secrets as files. It runs in a mount
# namespace of its own (`unshare --mount`), so that nothing of it is left behind.
set -eu
root=$1
secrets=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev,noexec tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind "$secrets" "$root/run"
mount -o remount,bind,ro "$root/run"
exec /usr/sbin/chroot "$root" /usr/bin/setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@"
