#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lets clang-format rewrite all sources; --check only names the files that it would change.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh lint
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run --Werror)
git ls-files -z '*.c' '*.h' | xargs -0 clang-format --style=file "${mode[@]}"
