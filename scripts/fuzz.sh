#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every fuzz target for so many seconds, two side by side, each from its corpus in
# tests/fuzz/corpus/NAME (grown in build/fuzz/corpus/NAME). A finding ends with its input's path.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
scripts/setup.sh build fuzz
scripts/build.sh fuzz

fuzz_one() {
    local target=$1 seconds=$2 name corpus
    name=$(basename "$target")
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus" "tests/fuzz/corpus/$name" "build/fuzz/findings"
    if ! "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/findings/$name-" "$corpus" "tests/fuzz/corpus/$name" \
        >"build/fuzz/$name.log" 2>&1; then
        tail -n 40 "build/fuzz/$name.log"
        echo "$name: FINDING, see build/fuzz/$name.log"
        return 1
    fi
    echo "$name: no finding in $(sed -n 's/^stat::number_of_executed_units: *//p' \
        "build/fuzz/$name.log") runs, ${seconds} s"
}
export -f fuzz_one

find build/fuzz/tests -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x -print0 | sort -z |
    xargs -0 -r -P "$(nproc)" -I{} bash -c 'fuzz_one "$@"' bash {} "$seconds"
