#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the packages in a root of each Debian, installs them in another that is clean, uses them,
# removes them, and looks for what stayed behind.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/roots.sh
. scripts/roots.sh

build_packages() {
    local suite=$1 root=build/matrix/$1

    make_root "$suite" "$root"
    copy_tree "$root"
    in_root "$root" /ipcshark/dev package
}

make_clean_root() {
    local suite=$1 root=$2

    rm -rf --one-file-system "$root"
    make_root "$suite" "$root"
    in_root "$root" apt-get update -q
    mkdir "$root/packages"
    cp "build/matrix/$suite/ipcshark/build/packages/"*.deb "$root/packages"
}

use_packages() {
    local root=$1

    in_root "$root" sh -c 'apt-get install -y -q --no-install-recommends tshark man-db /packages/*.deb'
    in_root "$root" ipcshark doctor
    in_root "$root" tshark -G protocols 2>"$root/said" | grep -P '\tcmif(\t|$)'
    # Wireshark says what it does not like about a plugin on standard error, and goes on.
    if grep -v "^Running as user" "$root/said"; then
        return 1
    fi
    in_root "$root" tshark -D | grep "Console IPC"
    in_root "$root" tshark -r /usr/share/doc/ipcshark/captures/horizon.pcapng -Y hipc.service \
        -T fields -e hipc.service | grep -c fsp-srv
    in_root "$root" ipcshark stats /usr/share/doc/ipcshark/captures/ctr.pcapng | grep srv:
    in_root "$root" man -w ipcshark-record
}

remove_packages() {
    local root=$1 left

    in_root "$root" sh -c 'apt-get purge -y -q "ipcshark*" libipcshark-dev'
    left=$(find "$root" -xdev -iname '*ipcshark*' -not -path "$root/packages/*")
    if [ -n "$left" ]; then
        printf 'left behind after purging:\n%s\n' "$left"
        return 1
    fi
}

try_suite() {
    local suite=$1 clean=build/matrix/$1-clean

    build_packages "$suite"
    make_clean_root "$suite" "$clean"
    use_packages "$clean"
    remove_packages "$clean"
}

if [ "${1:-}" = --one ]; then
    try_suite "$2"
    exit
fi

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
need_root package
status=0
mkdir -p build/matrix
for suite in "${suites[@]}"; do
    # In a shell of its own: one that stands in an `if` does not end at the first error.
    if scripts/package-roots.sh --one "$suite" >"build/matrix/$suite-packages.log" 2>&1; then
        echo "$suite: packages built, installed, used and removed without a trace"
    else
        echo "$suite: FAILED, see build/matrix/$suite-packages.log"
        status=1
    fi
done
exit $status
