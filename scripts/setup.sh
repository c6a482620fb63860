#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages of the named groups that are missing. Says nothing if none is.
set -euo pipefail

declare -A groups=(
    [build]="gcc libc6-dev cmake ninja-build pkg-config python3 libglib2.0-dev libjson-glib-dev
             libpcap-dev libzstd-dev zlib1g-dev wireshark-dev tshark wireshark-common"
    [fuzz]="clang llvm"
    [lint]="clang-format cppcheck shellcheck"
    [tidy]="clang-tidy-19"
    [coverage]="gcovr"
    [portability]="clang gcc-i686-linux-gnu libc6-dev-i386-cross gcc-s390x-linux-gnu
                   libc6-dev-s390x-cross qemu-user valgrind libc6-dbg"
    [matrix]="debootstrap"
    [package]="dpkg-dev lintian gzip file"
    [screenshots]="wireshark xvfb xdotool imagemagick fonts-dejavu-core"
)

missing=()
for group in "$@"; do
    for package in ${groups[$group]}; do
        if ! dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii'; then
            missing+=("$package")
        fi
    done
done
# libFuzzer and the sanitizers of clang come in a package that is named after its version.
if [[ " $* " == *" fuzz "* ]] && ! ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-* \
    /usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer* >/dev/null 2>&1; then
    missing+=(clang-runtime)
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=(sudo)
else
    echo "These Debian packages are missing, and installing them needs root:" >&2
    echo "    apt-get install ${missing[*]}" >&2
    echo "Run that as root (or install sudo), then call this again." >&2
    exit 1
fi

install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$@" >&2
}

echo "Installing from Debian's packages: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -q >&2
for index in "${!missing[@]}"; do
    [ "${missing[$index]}" != clang-runtime ] || unset "missing[$index]"
done
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
if [[ " $* " == *" fuzz "* ]]; then
    version=$(clang -dumpversion | cut -d. -f1)
    apt-cache show "libclang-rt-$version-dev" >/dev/null 2>&1 && install "libclang-rt-$version-dev"
fi
exit 0
