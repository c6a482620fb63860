#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs files of kernel cases (docs/kernel-cases.md) against the simulated kernels; without a file
# those of tests/cases. Exit status 1 if a case failed, 2 if a file could not be read.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
arguments=()
for argument in "$@"; do
    # ./dev has gone to the root of the tree; a path is meant from where it was called.
    if [ "${argument#/}" = "$argument" ] && [ -n "${OLDPWD:-}" ] && [ -e "$OLDPWD/$argument" ]; then
        argument=$OLDPWD/$argument
    fi
    arguments+=("$argument")
done
if [ ${#arguments[@]} -eq 0 ]; then
    arguments=("$here"/../tests/cases/*.jsonl)
fi
exec "$here/../build/release/bin/ipcshark-cases" "${arguments[@]}"
