# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for bash. What there is to complete is asked of the program's own --help.

_ipcshark_commands() {
    "$1" --help 2>/dev/null | sed -n 's/^  \([a-z]\+\)  *.*/\1/p'
}

_ipcshark_options() {
    "$1" "$2" --help-all 2>/dev/null | sed -n 's/^  \(-[a-zA-Z], \)\?\(--[a-z-]*=\?\).*/\2/p'
}

_ipcshark() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} words=
    local option=${COMP_WORDS[COMP_CWORD - 1]}

    # "--option=value" comes as three words, since "=" breaks words.
    [ "$current" != = ] || current=
    [ "$option" != = ] || option=${COMP_WORDS[COMP_CWORD - 2]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(_ipcshark_commands "$program")
    elif [ "$option" = --scenario ] || [ "${COMP_WORDS[1]} $option" = "traffic -s" ]; then
        words="all $("$program" traffic --list 2>/dev/null | sed 's/ .*//')"
    elif [[ $current == -* ]]; then
        words=$(_ipcshark_options "$program" "${COMP_WORDS[1]}")
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ ${COMPREPLY[0]:-} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

# Where nothing of ours fits, file names are completed.
complete -o default -F _ipcshark ipcshark
