#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every fuzz target for so many seconds, two side by side, each from its corpus in
# tests/fuzz/corpus/NAME (grown and minimised in build/fuzz/corpus/NAME). A finding ends with the path of
# its input.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
scripts/setup.sh build fuzz
scripts/build.sh fuzz

# What the run has grown, without inputs that reach nothing that another does not.
minimise() {
    local target=$1 corpus=$2 log=$3
    rm -rf "$corpus.minimal"
    mkdir -p "$corpus.minimal"
    if "$target" -merge=1 "$corpus.minimal" "$corpus" >>"$log" 2>&1; then
        rm -rf "$corpus"
        mv "$corpus.minimal" "$corpus"
    fi
}
export -f minimise

# Seeds are found by their target's name: each has some, and no folder belongs to none.
check_seeds() {
    local target folder status=0
    for target in "$@"; do
        folder=tests/fuzz/corpus/$(basename "$target")
        if [ ! -d "$folder" ] || [ -z "$(ls -A "$folder")" ]; then
            echo "fuzz: no seeds in $folder" >&2
            status=1
        fi
    done
    for folder in tests/fuzz/corpus/*/ tests/fuzz/dictionaries/*.dict; do
        if [ ! -x "build/fuzz/tests/$(basename "$folder" .dict)" ]; then
            echo "fuzz: $folder belongs to no target" >&2
            status=1
        fi
    done
    return $status
}

fuzz_one() {
    local target=$1 seconds=$2 name corpus
    local -a words=()
    name=$(basename "$target")
    # Targets that read text get its words; every target has a mutator of its own.
    if [ -f "tests/fuzz/dictionaries/$name.dict" ]; then
        words=(-dict="tests/fuzz/dictionaries/$name.dict")
    fi
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus" build/fuzz/findings
    if ! "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        "${words[@]}" -artifact_prefix="build/fuzz/findings/$name-" "$corpus" "tests/fuzz/corpus/$name" \
        >"build/fuzz/$name.log" 2>&1; then
        tail -n 40 "build/fuzz/$name.log"
        echo "$name: FINDING, see build/fuzz/$name.log"
        return 1
    fi
    minimise "$target" "$corpus" "build/fuzz/$name.log"
    echo "$name: no finding in $(sed -n 's/^stat::number_of_executed_units: *//p' \
        "build/fuzz/$name.log") runs, ${seconds} s"
}
export -f fuzz_one

mapfile -t targets < <(find build/fuzz/tests -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort)
check_seeds "${targets[@]}"
printf '%s\0' "${targets[@]}" |
    xargs -0 -r -P "$(nproc)" -I{} bash -c 'fuzz_one "$@"' bash {} "$seconds"
