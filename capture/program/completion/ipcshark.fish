# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for fish. What there is to complete is asked of the program's own --help.

function __ipcshark_commands
    ipcshark --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)$' '$1\t$2'
end

function __ipcshark_options
    set -l words (commandline -opc)
    set -l option '^  (?:-[a-zA-Z], )?(--[a-z-]+)(=?)\S*(?: +(.*))?$'
    ipcshark $words[2] --help-all 2>/dev/null | string replace -rf $option '$1$2\t$3'
end

function __ipcshark_scenarios
    echo all
    ipcshark traffic --list 2>/dev/null | string replace -r ' .*' ''
end

complete -c ipcshark -n __fish_is_first_token -f -a '(__ipcshark_commands)'
complete -c ipcshark -n 'not __fish_is_first_token; and string match -q -- "-*" (commandline -ct)' \
    -a '(__ipcshark_options)'
complete -c ipcshark -n '__fish_seen_subcommand_from traffic server' -s s -l scenario -x \
    -a '(__ipcshark_scenarios)'
