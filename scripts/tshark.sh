#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
root=$(readlink -f "$(dirname "$0")/..")
IPCSHARK_BUILD=$root/build/release exec "$root/plugin/with-plugin.sh" tshark "$@"
