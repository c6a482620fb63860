#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes pairs.tsv: which command was sent to which session, as a client library's wrappers do it.

    make_pairs.py horizon-requests.jsonl > pairs.tsv

A session is a service and the commands through which its object was got ("nifm:u/5/4"), or the
client library's own name of the session's type ("FsFile"), here translated to the interface.
"""
import json
import pathlib
import sys

SESSIONS = pathlib.Path(__file__).resolve().parents[3] / "codecs/names/hand/horizon" / \
    "libnx_sessions.tsv"
NO_SERVICE = {"a", "abcdefgh", "synth", "synth-tipc", "synth-hipc"}


def session_types():
    types = {}
    for line in SESSIONS.read_text(encoding="utf-8").splitlines():
        file, session, interface = (line.split("\t") + ["", ""])[:3]
        if file == "*":
            types[session] = interface
    return types


def main():
    types = session_types()
    pairs = {}
    with open(sys.argv[1], encoding="utf-8") as stream:
        for line in stream:
            message = json.loads(line)
            if message["kind"] not in ("cmif", "tipc") or message["service"] in NO_SERVICE:
                continue
            head, _, path = message["iface"].partition("/")
            head = types.get(head, head)
            layer = message["expect"].get("tipc") if message["proto"] == "tipc" else \
                message["expect"].get("cmif")
            if layer and "command_id" in layer:
                session = head + ("/" + path if path else "")
                pairs.setdefault((message["proto"], session, layer["command_id"]),
                                 message["wrapper"])
    print("#protocol\tsession\tcommand\twrapper")
    for pair, wrapper in sorted(pairs.items()):
        print(*pair, wrapper, sep="\t")


if __name__ == "__main__":
    main()
