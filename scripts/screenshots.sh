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

Xvfb "$display" -screen 0 1400x860x24 >/dev/null 2>&1 &
xvfb=$!
trap 'kill $xvfb 2>/dev/null || true; rm -rf "$work"' EXIT

# A configuration folder that fills the screen and asks no questions. Without a window manager the
# main window takes the geometry of the `recent` file.
configure() {
    mkdir -p "$work/config" "$work/run"
    chmod -R 777 "$work"
    chmod 700 "$work/run"
    cat >"$work/config/recent" <<'TEXT'
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: 1400
gui.geometry_main_height: 860
gui.geometry_main_upper_pane: 330
gui.geometry_main_lower_pane: 820
column.width: "%m", 65, "%t", 100, "%s", 180, "%d", 180, "%p", 80, "%i", 690
TEXT
    cat >"$work/config/preferences" <<'TEXT'
gui.update.enabled: FALSE
gui.window_title:
gui.column.format: "No.", "%m", "Time", "%t", "Source", "%s", "Destination", "%d", "Protocol", "%p", "Info", "%i"
TEXT
}

# show ARGUMENT…: Wireshark with the capture, when its window stands.
show() {
    rm -rf "$work/config"
    configure
    # The plugin is not loaded for root, and then the folders must belong to whom it runs as.
    DISPLAY=$display QT_QPA_PLATFORM=xcb XDG_RUNTIME_DIR=$work/run WIRESHARK_CONFIG_DIR=$work/config \
        scripts/wireshark.sh -r "$capture" "$@" >"$work/log" 2>&1 &
    shown=$!
    sleep "${IPCSHARK_SHOW_SECONDS:-8}"
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

# picture NAME FILTER FRAME ROW: the frame is selected, the ROW-th protocol of its tree all open.
picture() {
    local name=$1 filter=$2 frame=$3 row=$4

    show -Y "$filter" -g "$frame"
    # The keys work on the tree once it was clicked; the mouse is out of the way then.
    do_x mousemove 300 460 click 1 key Home
    do_x key --repeat $((row - 1)) Down key shift+Right
    do_x mousemove 1399 859 sleep 1
    keep "$name"
}

# dialog NAME TITLE WIDTH HEIGHT: the window with that title.
dialog() {
    local name=$1 title=$2 window

    window=$(do_x search --sync --name "$title" | tail -n 1)
    do_x windowsize "$window" "$3" "$4" sleep 1
    keep "$name" "$window"
}

first_frame() {
    scripts/tshark.sh -n -r "$capture" -Y "$1" -T fields -e frame.number 2>/dev/null | head -n 1
}

# The selected call stands near the top, with what led to it above.
around() {
    echo "$1 && frame.number >= $(($2 - 24))"
}

client='ipctap.flags.server == 0'
calls="(hipc || cmif || htipc) && $client"
frame=$(first_frame "cmif.command == \"OpenFile\" && $client")
picture horizon "$(around "$calls" "$frame")" "$frame" 5

calls="ctripc && $client"
frame=$(first_frame "ctripc.command == \"OpenFile\" && $client")
picture ctr "$(around "$calls" "$frame")" "$frame" 4

calls="(sceipmi || appmsg) && $client"
frame=$(first_frame "appmsg.payload && $client")
picture orbis "$(around "$calls" "$frame")" "$frame" 5

show -z hipc,srt
dialog response-times "Service Response Time" 760 560

show
# File, the third entry from below, the fifth entry of its menu.
do_x mousemove 20 10 click 1 sleep 1 key --repeat 3 --delay 200 Up key Right sleep 1
do_x key --repeat 4 --delay 200 Down key Return sleep 3
dialog export-objects "Export .* object list" 900 480
ls -l docs/images
