#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes samples/captures anew: for each system what its traffic scenarios do, from both sides of the
# kernel. Times and the random source number differ from run to run.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
scripts/build.sh release
mkdir -p samples/captures
for system in horizon ctr orbis; do
    mapfile -t scenarios < <(scripts/ipcshark.sh traffic --list | sed -n "s/^\($system-[a-z-]*\) .*/\1/p")
    scripts/capture-traffic.sh "samples/captures/$system.pcapng" "${scenarios[@]}"
done
