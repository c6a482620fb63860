#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sample-captures.sh FOLDER: a capture of each system in it, with the scenarios that show one thing each,
# and one capture of each other scenario, seen from both sides of the kernel. The same bytes in every run.
set -euo pipefail
cd "$(dirname "$0")/.."
ipcshark=${IPCSHARK_BUILD:-build/release}/bin/ipcshark
folder=$1
work=$(mktemp -d)
server=

stop() {
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

# capture NAME SCENARIO…: what the clients do, as FOLDER/NAME.pcapng.
capture() {
    local name=$1
    shift
    # The limit keeps an App Messaging message whole, but not a megabyte.
    "$ipcshark" server --fixed-time --listen "unix:$work/socket" --tap-limit 8448 \
        --tap "$work/capture.pcapng" >"$work/server" 2>&1 &
    server=$!
    until [ -S "$work/socket" ]; do
        kill -0 "$server" || {
            cat "$work/server" >&2
            exit 1
        }
        sleep 0.02
    done
    "$ipcshark" traffic --fixed-time --to "unix:$work/socket" "$@"
    kill -TERM "$server"
    wait "$server"
    server=
    mv "$work/capture.pcapng" "$folder/$name.pcapng"
    rm -f "$work/socket"
}

# In one capture, which other tests read; every other scenario has a file of its own.
together='files|settings|tipc|buffers|handles|service|errors|messages|event-flags|server'
for system in horizon ctr orbis; do
    mapfile -t scenarios < <("$ipcshark" traffic --list | sed -n "s/^\($system-[a-z-]*\) .*/\1/p")
    basics=()
    for scenario in "${scenarios[@]}"; do
        if [[ $scenario =~ ^$system-($together)$ ]]; then
            basics+=("$scenario")
        else
            capture "$scenario" "$scenario"
        fi
    done
    capture "$system" "${basics[@]}"
done
