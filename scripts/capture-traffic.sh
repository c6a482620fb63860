#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# capture-traffic.sh FILE [SCENARIO…]: a recorder, a reference server that taps its kernels into it,
# and clients that run the scenarios (all); what the recorder wrote is FILE.
set -euo pipefail
cd "$(dirname "$0")/.."
ipcshark=${IPCSHARK_BUILD:-build/release}/bin/ipcshark
file=$1
shift
[ $# -gt 0 ] || set -- all
work=$(mktemp -d)
children=()

stop() {
    for child in "${children[@]}"; do
        kill -TERM "$child" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop EXIT

# Starts a command in the background and waits until it has said where it listens.
start() {
    local name=$1
    shift
    : >"$work/$name" # The command's own process may be late to make it.
    "$ipcshark" "$name" "$@" >"$work/$name" 2>&1 &
    children+=($!)
    for _ in $(seq 100); do
        address=$(sed -n 's/.*listening on \([a-z]*:[^ ]*\).*/\1/p' "$work/$name" | head -n 1)
        [ -z "$address" ] || return 0
        kill -0 "${children[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "ipcshark $name did not start:" >&2
    cat "$work/$name" >&2
    exit 1
}

finish() {
    kill "-$1" "$2"
    wait "$2" || true
}

start record --listen tcp:127.0.0.1:0 -w "$file"
recorder=$address
start server --listen tcp:127.0.0.1:0 --tap "$recorder"
server=$address
echo "Recorder on $recorder, reference server on $server"
scenarios=()
for scenario in "$@"; do
    scenarios+=(--scenario "$scenario")
done
"$ipcshark" traffic --to "$server" "${scenarios[@]}"
finish TERM "${children[1]}"
finish INT "${children[0]}"
sed '/listening on/d' "$work/record"
children=()
