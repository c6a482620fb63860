#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the libraries into a folder of its own, moves it (both kinds of package files say they are
# relocatable) and builds and runs the examples with CMake and with pkg-config.
set -euo pipefail
cmake=$1 compiler=$2 generator=$3 flags=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
examples=(decode_buffer open_file_request app_messaging_send emulator_hook ctr_recorder orbis_hook)

"$cmake" --install "$IPCSHARK_BUILD" --component development --prefix "$work/first" >"$work/log"
mv "$work/first" "$work/prefix"
prefix=$work/prefix
cp -r "$IPCSHARK_SOURCE/samples/examples" "$work/source"

run_examples() {
    local folder=$1
    "$folder/example_decode_buffer" | grep -q "that is QueryPointerBufferSize"
    # Half a byte at the end is none, and what stands behind the argument is not read.
    { env -i 05000000=0 "$folder/example_decode_buffer" 050 || true; } | grep -q "Only 1 of the 8 bytes"
    "$folder/example_open_file_request" | grep -q "^04 00 01 00 "
    "$folder/example_app_messaging_send" | grep -q "0x80C50003"
    "$folder/example_emulator_hook" "file:$work/emulator.pcapng"
    "$folder/example_ctr_recorder" "file:$work/recorder.pcapng"
    "$folder/example_orbis_hook" "file:$work/orbis.pcapng"
    # Every capture has the producer's note and the records behind it.
    grep -qa "example emulator 1.0" "$work/emulator.pcapng"
    grep -qa "GetServiceHandle" "$work/recorder.pcapng"
    grep -qa "door opens" "$work/orbis.pcapng"
    # The filter reaches the hook, which asks before it does anything.
    "$folder/example_emulator_hook" "file:$work/filtered.pcapng" service=sm:
    test "$(stat -c %s "$work/filtered.pcapng")" -lt "$(stat -c %s "$work/emulator.pcapng")"
    echo "# six examples built and run with $2"
}

with_cmake() {
    "$cmake" -G "$generator" -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$flags" >>"$work/log"
    "$cmake" --build "$work/build" >>"$work/log"
    run_examples "$work/build" "find_package(ipcshark)"
}

with_pkg_config() {
    local example package
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name ipcshark.pc)")
    export PKG_CONFIG_PATH
    mkdir "$work/bin"
    for example in "${examples[@]}"; do
        package=ipcshark
        case $example in *hook | ctr_recorder) package=ipctap ;; esac
        # shellcheck disable=SC2046,SC2086 # both are lists of words
        "$compiler" $flags -std=c11 -o "$work/bin/example_$example" "$work/source/$example.c" \
            $(pkg-config --cflags --libs "$package")
    done
    run_examples "$work/bin" pkg-config
}

with_cmake || { cat "$work/log" >&2; exit 1; }
with_pkg_config
