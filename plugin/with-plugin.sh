#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a Wireshark program with the plugin of a build tree:
#
#     plugin/with-plugin.sh tshark -r capture.pcapng -V
#     IPCSHARK_BUILD=build/asan plugin/with-plugin.sh wireshark capture.pcapng
#
# A normal user needs WIRESHARK_PLUGIN_DIR and no more. Wireshark's programs load no plugin from
# there, and say nothing about it, when the user or the group is root. So root becomes somebody
# else:
#
#   1. in a user namespace that calls root 1000, where root's files are still one's own; or
#   2. where containers forbid that, and to capture, which needs root's capabilities: as nobody,
#      with the plugin and whatever nobody may not read copied to a temporary directory, and what
#      -w and --export-objects write copied back.
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "Usage: ${0##*/} PROGRAM [ARGUMENT…]" >&2
    exit 2
fi

root=$(readlink -f "$(dirname "$0")/..")
plugins=${IPCSHARK_PLUGINS:-${IPCSHARK_BUILD:-$root/build/release}/plugins}
plugins=$(readlink -m "$plugins")
if ! compgen -G "$plugins/*/epan/ipcshark.so" >/dev/null; then
    echo "${0##*/}: no plugin under $plugins; build it (./dev build) or set IPCSHARK_BUILD" >&2
    exit 1
fi
export WIRESHARK_PLUGIN_DIR=$plugins

# A plugin that was built with sanitizers needs their libraries loaded before a program that was not.
# Wireshark frees little when it ends: leaks are looked for in programs of our own.
sanitizers=$(ldd "$plugins"/*/epan/ipcshark.so | awk '/lib(a|ub)san\.so/ { print $3 }' | paste -sd:)
if [ -n "$sanitizers" ]; then
    set -- env LD_PRELOAD="$sanitizers" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
        "$@"
fi

captures() {
    local argument
    for argument in "$@"; do
        case $argument in
            -i* | -k* | --interface* | -D) return 0 ;;
        esac
    done
    return 1
}

if [ "$(id -u)" -ne 0 ] && [ "$(id -g)" -ne 0 ]; then
    exec "$@"
fi

if [ "${IPCSHARK_AS_NOBODY:-0}" = 0 ] && ! captures "$@" &&
    unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
    exec unshare --user --map-user=1000 --map-group=1000 "$@"
fi

stage=$(mktemp -d "${TMPDIR:-/tmp}/ipcshark.XXXXXX")
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
mkdir "$stage/home" "$stage/out" "$stage/in"
cp -RL "$plugins" "$stage/plugins"
chmod -R a+rX "$stage/plugins"
xauthority=${XAUTHORITY:-${HOME:-/root}/.Xauthority}
if [ -f "$xauthority" ]; then
    cp "$xauthority" "$stage/home/.Xauthority"
    export XAUTHORITY=$stage/home/.Xauthority
fi
export WIRESHARK_PLUGIN_DIR=$stage/plugins HOME=$stage/home
unset XDG_RUNTIME_DIR

as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

as_nobody test -r "${XDG_CONFIG_HOME:-}" || unset XDG_CONFIG_HOME

# Capabilities that dumpcap inherits, if there are any to give away.
as_capturing_nobody() {
    if as_nobody --inh-caps=+net_raw,+net_admin --ambient-caps=+net_raw,+net_admin true 2>/dev/null
    then
        as_nobody --inh-caps=+net_raw,+net_admin --ambient-caps=+net_raw,+net_admin "$@"
    else
        as_nobody "$@"
    fi
}

# The file's or folder's full name in `found`, or of a copy if nobody may not read it.
number=0
find_readable() {
    found=$(readlink -f "$1")
    if as_nobody test -r "$found"; then
        return
    fi
    number=$((number + 1))
    mkdir "$stage/in/$number"
    cp -R "$found" "$stage/in/$number/"
    chmod -R a+rX "$stage/in/$number"
    found=$stage/in/$number/$(basename "$found")
}

arguments=()
written=
exported=
takes_output=no
for argument in "$@"; do
    if [ "$takes_output" = yes ] && [ "$argument" != - ]; then
        written=$(readlink -m "$argument")
        argument=$stage/out/$(basename "$argument")
    elif [ "$takes_output" = objects ]; then
        exported=$(readlink -m "${argument#*,}")
        mkdir "$stage/objects"
        argument=${argument%%,*},$stage/objects
    elif [ ${#arguments[@]} -gt 0 ] && [ -f "$argument" ]; then
        find_readable "$argument"
        argument=$found
    elif [[ $argument =~ ^(lua_script|ipctap\.names):(.+)$ ]] && [ -e "${BASH_REMATCH[2]}" ]; then
        find_readable "${BASH_REMATCH[2]}"
        argument=${argument%%:*}:$found
    fi
    takes_output=no
    [ "$argument" != -w ] || takes_output=yes
    [ "$argument" != --export-objects ] || takes_output=objects
    arguments+=("$argument")
done
chown -R 65534:65534 "$stage/home" "$stage/out"
[ -z "$exported" ] || chown 65534:65534 "$stage/objects"

cd /
status=0
if captures "$@"; then
    as_capturing_nobody "${arguments[@]}" || status=$?
else
    as_nobody "${arguments[@]}" || status=$?
fi
if [ -n "$written" ]; then
    for file in "$stage"/out/*; do
        [ ! -f "$file" ] || cat "$file" >"$(dirname "$written")/$(basename "$file")"
    done
fi
if [ -n "$exported" ]; then
    mkdir -p "$exported"
    cp -R "$stage/objects/." "$exported/"
fi
exit "$status"
