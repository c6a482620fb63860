#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds a preset and runs its suite; ctest's summary comes last.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}

scripts/build.sh "$preset"
exec ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)"
