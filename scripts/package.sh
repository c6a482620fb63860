#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the Debian packages in build/packages and lets lintian look at them. With --roots also those
# of Debian 12 and 13, installed and removed again in clean roots (needs root).
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --roots ]; then
    shift
    exec scripts/package-roots.sh "$@"
fi
scripts/setup.sh build package
scripts/build.sh release
packages=$PWD/build/packages

rm -rf "$packages"
(cd build/release && cpack -G DEB -B "$packages") >build/release/package.log 2>&1 ||
    { cat build/release/package.log >&2; exit 1; }
rm -rf "$packages/_CPack_Packages"
# lintian warns that it is root's; that is so in a container.
lintian --fail-on error --tag-display-limit 0 --allow-root "$packages"/*.deb
for package in "$packages"/*.deb; do
    echo "${package#"$PWD"/} $(dpkg-deb -f "$package" Installed-Size) kB installed"
done
