#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and tests the tree in fresh Debian roots with other Wireshark versions: Debian 13 (4.4) and
# sid (4.6). Needs root. A root is kept in build/matrix/SUITE and used again; `--fresh` makes it anew.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/roots.sh
. scripts/roots.sh
fresh=false
if [ "${1:-}" = --fresh ]; then
    fresh=true
    shift
fi
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)

need_root matrix

test_suite() {
    local suite=$1 root=build/matrix/$1
    if $fresh; then
        rm -rf --one-file-system "$root"
    fi
    make_root "$suite" "$root" && copy_tree "$root" &&
        in_root "$root" /ipcshark/dev test >"build/matrix/$suite.log" 2>&1
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
