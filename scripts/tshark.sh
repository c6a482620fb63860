#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
root=$(readlink -f "$(dirname "$0")/..")
# Beside Wireshark's own plugins: see plugin/CMakeLists.txt.
IPCSHARK_PLUGINS=$root/build/release/all-plugins exec "$root/plugin/with-plugin.sh" tshark "$@"
