#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Configures (the first time) and builds a preset; prints the log only if something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
log=build/$preset/build.log

mkdir -p "build/$preset"
run() {
    if ! "$@" >>"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "dev: $1 failed; the whole log is in $log" >&2
        exit 1
    fi
}

: >"$log"
[ -t 2 ] && echo "Building ($preset)…" >&2
run cmake --preset "$preset"
run cmake --build --preset "$preset"
