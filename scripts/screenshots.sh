#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Wireshark itself under Xvfb with the demo capture, into docs/images: a call of each system, response
# times, and what Export Objects finds.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build screenshots
scripts/build.sh release
mkdir -p build/demo
scripts/capture-traffic.sh build/demo/demo.pcapng >/dev/null
capture=build/demo/demo.pcapng
work=$(mktemp -d)
mkdir -p docs/images
display=:$((90 + RANDOM % 9))

Xvfb "$display" -screen 0 1280x860x24 >/dev/null 2>&1 &
xvfb=$!
trap 'kill $xvfb 2>/dev/null || true; rm -rf "$work"' EXIT

# A configuration folder with our profile, a window that fills the screen (without a window manager it
# takes the geometry of `recent_common`) and columns that fit it.
configure() {
    local profile="$work/config/profiles/Console IPC"

    mkdir -p "$profile" "$work/run"
    cp capture/install/profile/* "$profile"
    sed -i 's/"%m", 80/"%m", 68/; s/\("%[sd]"\), 210/\1, 182/; s/"%i", 600/"%i", 450/' "$profile/recent"
    cat >>"$profile/recent" <<'TEXT'
gui.geometry_main_upper_pane: 350
gui.geometry_main_lower_pane: 670
TEXT
    cat >"$work/config/recent_common" <<'TEXT'
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: 1280
gui.geometry_main_height: 860
TEXT
    printf 'gui.update.enabled: FALSE\ngui.window_title:\n' >>"$profile/preferences"
    chmod -R 777 "$work"
    chmod 700 "$work/run"
}

# show ARGUMENT…: Wireshark with the capture, when its window stands and the capture is read.
show() {
    rm -rf "$work/config"
    configure
    # The plugin is not loaded for root, and then the folders must belong to whom it runs as.
    DISPLAY=$display QT_QPA_PLATFORM=xcb XDG_RUNTIME_DIR=$work/run WIRESHARK_CONFIG_DIR=$work/config \
        scripts/wireshark.sh -C "Console IPC" -r "$capture" "$@" >"$work/log" 2>&1 &
    shown=$!
    do_x search --sync --onlyvisible --name "${capture##*/}" >/dev/null
    sleep "${IPCSHARK_SHOW_SECONDS:-4}"
}

do_x() {
    DISPLAY=$display xdotool "$@"
}

# keep NAME [WINDOW]: the picture of the screen, or of one window alone, and the end of Wireshark.
keep() {
    local name=$1 window=${2:-root}
    # Windows have few colours: half the bytes, and nobody sees it.
    DISPLAY=$display import -window "$window" png:- |
        convert - +dither -colors 128 "PNG8:docs/images/$name.png"
    kill "$shown" 2>/dev/null || true
    wait "$shown" 2>/dev/null || true
}

# keys NUMBER KEY: the key so many times.
keys() {
    for _ in $(seq "$1"); do
        echo "$2"
    done
}

# picture NAME FILTER FRAME KEY…: the frame is selected; the keys open its tree, from its first row on.
picture() {
    local name=$1

    show -Y "$2" -g "$3"
    shift 3
    # The keys work on the window once it was clicked. Some packets below the selected one are shown,
    # which was the last that one sees; then the tree's first row is selected.
    # shellcheck disable=SC2046 # keys are words
    do_x mousemove 300 500 click 1 key --delay 60 $(keys 6 ctrl+Down) $(keys 6 ctrl+Up)
    do_x click 1 key Home
    do_x key --delay 60 "$@"
    do_x mousemove 1279 859 sleep 1
    keep "$name"
}

# dialog NAME TITLE WIDTH HEIGHT: the window with that title.
dialog() {
    local name=$1 title=$2 window

    window=$(do_x search --sync --name "$title" | tail -n 1)
    do_x windowsize "$window" "$3" "$4" sleep 1
    keep "$name" "$window"
}

# value FIELD FILTER: of the first frame.
value() {
    scripts/tshark.sh -n -r "$capture" -Y "$2" -T fields -e "$1" 2>/dev/null | head -n 1
}

# A process's own view of its calls, with the one open that the filter finds.
client='ipctap.flags.server == 0 && ipctap.phase == 1'
open="cmif.argument contains \"data.bin\" && cmif.command == \"OpenFile\" && $client"
# shellcheck disable=SC2046 # keys are words
picture horizon "hipc && ipctap.pid == $(value ipctap.pid "$open")" "$(value frame.number "$open")" \
    $(keys 4 Down) Right $(keys 4 Down) Right

open="ctripc.argument contains \"ctr.txt\" && ctripc.command == \"OpenFile\" && $client"
# shellcheck disable=SC2046
picture ctr "ctripc && ipctap.pid == $(value ipctap.pid "$open")" "$(value frame.number "$open")" \
    $(keys 3 Down) Right $(keys 22 Down) Right $(keys 6 Down)

send="appmsg.text contains \"cheat\" && $client && sceipmi.op == 0x320"
# shellcheck disable=SC2046
picture orbis "sceipmi && ipctap.pid == $(value ipctap.pid "$send")" "$(value frame.number "$send")" \
    $(keys 4 Down) shift+Right

show -z hipc,srt
dialog response-times "Service Response Time" 760 550

show
# File, the third entry from below, the fifth entry of its menu.
do_x mousemove 20 10 click 1 sleep 1 key --repeat 3 --delay 200 Up key Right sleep 1
do_x key --repeat 4 --delay 200 Down key Return sleep 3
dialog export-objects "Export .* object list" 960 480
ls -l docs/images
