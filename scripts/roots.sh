# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian roots to build and to install in, for matrix.sh and package-roots.sh. Source it; needs root.

need_root() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "$1: debootstrap and chroot need root" >&2
        exit 1
    fi
    scripts/setup.sh matrix
}

# make_root SUITE FOLDER: a minimal Debian, unless it is there already.
make_root() {
    local suite=$1 root=$2

    [ ! -e "$root/etc/debian_version" ] || return 0
    mkdir -p "$root" || return
    debootstrap --variant=minbase "$suite" "$root" ${IPCSHARK_MIRROR:+"$IPCSHARK_MIRROR"} \
        >"$root.log" || return
    # A mirror that lags behind must not stop the test of a moving suite.
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90mirror"
    # Debian's package clients find the network as they do here.
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp -n /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
}

# copy_tree ROOT: what git knows of this tree, as it is now, to /ipcshark; what was built there stays.
copy_tree() {
    mkdir -p "$1/ipcshark"
    find "$1/ipcshark" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf --one-file-system {} +
    git ls-files -z | tar --null -T - -cf - | tar -C "$1/ipcshark" -xf -
}

# in_root ROOT COMMAND…: with /proc and terminals, which go away with the command.
in_root() {
    local root=$1

    shift
    ln -sfn /proc/self/fd "$root/dev/fd"
    # shellcheck disable=SC2016 # the inner shell's own variables
    unshare --mount sh -c 'mount -t proc proc "$1/proc" && mount -t devpts devpts "$1/dev/pts" &&
        exec chroot "$@"' sh "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
