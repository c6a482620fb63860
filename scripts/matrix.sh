#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and tests the tree in fresh Debian roots with other Wireshark versions: Debian 13 (4.4) and
# sid (4.6). Needs root. A root is kept in build/matrix/SUITE and used again; `--fresh` makes it anew.
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=false
if [ "${1:-}" = --fresh ]; then
    fresh=true
    shift
fi
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)

if [ "$(id -u)" -ne 0 ]; then
    echo "matrix: debootstrap and chroot need root" >&2
    exit 1
fi
scripts/setup.sh matrix

make_root() {
    local suite=$1 root=$2

    mkdir -p "$root"
    debootstrap --variant=minbase "$suite" "$root" ${IPCSHARK_MIRROR:+"$IPCSHARK_MIRROR"} \
        >"$root.log"
    # A mirror that lags behind must not stop the test of a moving suite.
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90mirror"
    # Debian's package clients find the network as they do here.
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp -n /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
}

test_suite() {
    local suite=$1 root=build/matrix/$1
    if $fresh; then
        rm -rf --one-file-system "$root"
    fi
    [ -e "$root/etc/debian_version" ] || make_root "$suite" "$root"
    mkdir -p "$root/ipcshark"
    git ls-files -z | tar --null -T - -cf - | tar -C "$root/ipcshark" -xf -
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        /ipcshark/dev test >"build/matrix/$suite.log" 2>&1
}

status=0
for suite in "${suites[@]}"; do
    result=passed
    test_suite "$suite" || result="FAILED, see build/matrix/$suite.log"
    [ "$result" = passed ] || status=1
    version=$(chroot "build/matrix/$suite" tshark --version 2>/dev/null | sed -n '1s/.*) \([0-9.]*[0-9]\).*/Wireshark \1/p')
    echo "$suite: ${version:-no tshark}: $result" \
        "$(sed -n 's/^\([0-9]*% tests passed.*\)/(\1)/p' "build/matrix/$suite.log" | tail -n 1)"
done
exit $status
