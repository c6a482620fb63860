#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of Wireshark's packet list: a session's packets are one of Wireshark's conversations, from
the first to the last of them. Another plugin, conversation_field.c, says what the packet list is told.

    plugin_conversations.py FOLDER    (both plugins, in place of the build's own)
"""
import os
import sys

import plugin_support as support

FIELDS = ["frame.number", "ipctap.stream", "conversation_field.index", "conversation_field.first",
          "conversation_field.last"]


def conversations(capture):
    """By its number: streams, and frames as they are and as Wireshark knows them."""
    found = {}
    path = os.path.join(support.SOURCE, "samples", "captures", capture + ".pcapng")
    for frame, stream, index, first, last in support.rows(path, FIELDS, "-2"):
        support.check_equal(bool(index), bool(stream), "conversation of frame " + frame)
        if index:
            streams, frames, bounds = found.setdefault(int(index), (set(), [], set()))
            streams.add(stream)
            frames.append(int(frame))
            bounds.add((int(first), int(last)))
    return found


def main():
    os.environ["IPCSHARK_PLUGINS"] = sys.argv[1]
    for capture in ("horizon", "ctr", "orbis"):
        found = conversations(capture)
        support.check(len(found) > 10, "%d conversations in %s" % (len(found), capture))
        for index, (streams, frames, bounds) in found.items():
            # The packet list takes 0 for packets that are in none.
            support.check(index > 0, "conversation 0")
            support.check_equal(len(streams), 1, "sessions of a conversation")
            support.check_equal(bounds, {(frames[0], frames[-1])}, "first and last frame")
        streams = [tuple(streams) for streams, _, _ in found.values()]
        support.check_equal(len(set(streams)), len(streams), "conversations of a session")


if __name__ == "__main__":
    main()
