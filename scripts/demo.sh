#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole line once: recorder, reference server that taps its kernels into it, clients of all three
# systems, and what the plugin makes of the capture.
set -euo pipefail
cd "$(dirname "$0")/.."
ipcshark=build/release/bin/ipcshark
out=build/demo
capture=$out/demo.pcapng
rows=${IPCSHARK_DEMO_ROWS:-24}
children=()

mkdir -p "$out"
rm -f "$capture" "$out"/*.log
cleanup() {
    for child in "${children[@]}"; do
        kill -TERM "$child" 2>/dev/null || true
    done
}
trap cleanup EXIT

# Starts a command in the background and waits until it has said where it listens.
start() {
    local name=$1
    shift
    "$ipcshark" "$@" 2>"$out/$name.log" >"$out/$name.out" &
    children+=($!)
    for _ in $(seq 100); do
        address=$(sed -n 's/.*listening on \([a-z]*:[^ ]*\).*/\1/p' "$out/$name.log" "$out/$name.out" |
            head -n 1)
        [ -z "$address" ] || return 0
        kill -0 "${children[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "demo: ipcshark $name did not start:" >&2
    cat "$out/$name.log" >&2
    exit 1
}

show() {
    local title=$1 filter=$2 total
    total=$(scripts/tshark.sh -n -r "$capture" -Y "$filter" 2>/dev/null | wc -l)
    printf '\n\033[1m%s\033[0m  (%s)\n' "$title" "$filter"
    scripts/tshark.sh -n -r "$capture" -Y "$filter" \
        -o 'gui.column.format:"No.","%m","Time","%t","Source","%s","Destination","%d","Info","%i"' \
        2>/dev/null | sed -n "1,${rows}p"
    [ "$total" -le "$rows" ] || echo "        … $((total - rows)) more"
}

start record record --listen tcp:127.0.0.1:0 -w "$capture"
recorder=$address
start server server --listen tcp:127.0.0.1:0 --tap "$recorder"
server=$address

echo "Recorder on $recorder, reference server on $server"
"$ipcshark" traffic --to "$server" --scenario all

kill -TERM "${children[1]}"
wait "${children[1]}" || true
kill -INT "${children[0]}"
wait "${children[0]}" || true
children=()
cat "$out/record.log"

client='ipctap.flags.server == 0'
show "Nintendo Switch: HIPC and CMIF" "(hipc || cmif || htipc) && $client"
show "Nintendo 3DS: command buffers" "ctripc && $client"
show "PlayStation 4: App Messaging on IPMI" "(appmsg || sceipmi.op == 0x320) && $client"

cat <<TEXT

The capture is $capture. Open it with

    ./dev wireshark $capture
    ./dev tshark -r $capture -Y 'cmif.result != 0' -V
TEXT
