#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole line once: simulated consoles and their clients, the recorder, and what the plugin makes of
# the capture.
set -euo pipefail
cd "$(dirname "$0")/.."
capture=build/demo/demo.pcapng
rows=${IPCSHARK_DEMO_ROWS:-24}
columns='gui.column.format:"No.","%m","Time","%t","Source","%s","Destination","%d","Info","%i"'

mkdir -p "$(dirname "$capture")"

# show TITLE FILTER: the first rows, and how many more there are.
show() {
    local title=$1 filter=$2 lines
    lines=$(scripts/tshark.sh -n -r "$capture" -Y "$filter" -o "$columns" 2>/dev/null)
    printf '\n%s  (%s)\n' "$title" "$filter"
    sed -n "1,${rows}p" <<<"$lines"
    lines=$(wc -l <<<"$lines")
    [ "$lines" -le "$rows" ] || echo "        … $((lines - rows)) more"
}

scripts/capture-traffic.sh "$capture" all

# The kernel's other side of each call is in the capture too.
client='ipctap.flags.server == 0'
show "Nintendo Switch: HIPC and CMIF" "(hipc || cmif || htipc) && $client"
show "Nintendo 3DS: command buffers" "ctripc && $client"
show "PlayStation 4: App Messaging on IPMI" "(appmsg || sceipmi.op == 0x320) && $client"

cat <<TEXT

The capture is $capture. Open it with

    ./dev wireshark $capture
    ./dev tshark -r $capture -Y 'cmif.result != 0' -V
TEXT
