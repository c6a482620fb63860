#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the benchmarks with gcc and, if it is there, clang, and runs them all. The tables of
# docs/performance.md are this output. Quiet machine: nothing else should run.
#
# `./dev bench server` runs only the server's, `./dev bench plugin` tshark with and without the plugin,
# `./dev bench export [CALLS [jsonl|ek|csv [FILE]]]` exports so many calls.
# `--libnx FOLDER` measures libnx's own parser and builder too, from the headers of a checkout.
set -euo pipefail
cd "$(dirname "$0")/.."
only=
if [ "${1:-}" = plugin ]; then
    shift
    scripts/setup.sh build
    scripts/build.sh release
    cmake -S . -B build/release -DIPCSHARK_BENCHES=ON >>build/release/build.log
    cmake --build build/release --target repeat_capture >>build/release/build.log
    exec tests/bench/plugin/bench_plugin.py build/release "$@"
fi
if [ "${1:-}" = export ]; then
    scripts/setup.sh build
    scripts/build.sh release
    exec python3 tests/bench/export.py build/release/bin/ipcshark samples/captures/horizon.pcapng \
        "${@:2}"
fi
if [ "${1:-}" = server ]; then
    only=server
    shift
fi
libnx=
if [ "${1:-}" = --libnx ]; then
    libnx=$(realpath "${2:?--libnx needs a folder}")
    shift 2
fi
scripts/setup.sh build
folder=${IPCSHARK_BENCH_FOLDER:-/dev/shm}
[ -d "$folder" ] || folder=${TMPDIR:-/tmp}
compilers=(gcc)
if [ -z "$only" ] && command -v clang >/dev/null; then
    compilers+=(clang)
fi

build() {
    local compiler=$1 log=build/bench-$1/build.log
    mkdir -p "build/bench-$compiler"
    if ! { cmake --preset bench -B "build/bench-$compiler" -DCMAKE_C_COMPILER="$compiler" \
        -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" -DIPCSHARK_PLUGIN=OFF -DIPCSHARK_LIBNX="$libnx" &&
        cmake --build "build/bench-$compiler" --target bench_codecs bench_ipctap bench_proxy bench_server \
            ipcshark_program; } \
        >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        exit 1
    fi
}

for compiler in "${compilers[@]}"; do
    build "$compiler"
done
bench_server() {
    printf '\n==== the server, on one CPU, %s ====\n' "${compilers[0]}"
    taskset -c 0 "build/bench-${compilers[0]}/bin/bench_server" \
        "build/bench-${compilers[0]}/bin/ipcshark" "$folder" "$@"
}

sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c
if [ "$only" = server ]; then
    bench_server "$@"
    exit
fi
for compiler in "${compilers[@]}"; do
    printf '\n==== %s -O2: codecs, every 17th vector ====\n' "$("$compiler" --version | head -n 1)"
    "build/bench-$compiler/bin/bench_codecs" "$@"
done
printf '\n==== libipctap, %s ====\n' "${compilers[0]}"
"build/bench-${compilers[0]}/bin/bench_ipctap" --folder "$folder"
printf '\n==== the proxy, on one CPU ====\n'
taskset -c 0 "build/bench-${compilers[0]}/bin/bench_proxy" "build/bench-${compilers[0]}/bin/ipcshark" \
    "$folder"
bench_server
