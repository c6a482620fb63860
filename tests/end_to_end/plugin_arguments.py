#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments are fields of their own, in requests and replies, with what their buffers hold, and say
which descriptor carried them. Switch and 3DS, from the captures in samples/."""
import os
import struct

import plugin_support as support

HORIZON = os.path.join(support.SOURCE, "samples", "captures", "horizon.pcapng")
CTR = os.path.join(support.SOURCE, "samples", "captures", "ctr.pcapng")

# What a filter must find at least once in a capture, and what none may find.
FOUND = {
    HORIZON: [
        'cmif.argument == "mode=7" && cmif.command == "OpenFile"',
        'cmif.argument.name == "path" && cmif.argument.place == "pointer descriptor [0]"',
        'cmif.argument.place == "send descriptor [0]" && cmif.command == "Write"',
        'cmif.argument.place contains "auto-select"',
        'cmif.argument.contents contains "written through a map buffer"',
        # Elements of an out array, in the reply.
        'cmif.argument == "size=56" && cmif.argument.type == "nn::fs::DirectoryEntry" && '
        'ipctap.phase == 2',
        'cmif.argument == "name=\\"data.bin\\"" && cmif.argument.type == "text"',
        'cmif.argument == "bytes_read=56" && ipctap.phase == 2',
    ],
    CTR: [
        'ctripc.argument == "open_flags=7" && ctripc.command == "OpenFile"',
        'ctripc.argument == "path=\\"/ipcshark-ctr.txt\\"" && '
        'ctripc.argument.place == "translate parameter [0]"',
        'ctripc.argument == "path_type=ASCII" && ctripc.argument.value == 3',
        'ctripc.argument.name == "file" && ctripc.argument.text matches "[(]File[)]" && '
        'ipctap.phase == 2',
        'ctripc.argument == "bytes_read=50" && ipctap.phase == 2',
        'ctripc.argument.contents contains "mapped buffer" && ipctap.phase == 2',
        # Of a command that nobody described: by its header.
        'ctripc.service == "demo:u" && ctripc.argument.name == "word1" && ctripc.argument.type == "u32"',
        'ctripc.session_closed_in && ctripc.command == "GetSize"',
    ],
}
LIMITED = 'cmif.argument.type == "nn::fs::DirectoryEntry"'


def check_filters():
    for path, filters in FOUND.items():
        for text in filters:
            support.check(support.frames(path, text, "-2"), "nothing found by " + text)


def check_limit():
    """Structures are looked for in so many bytes of a buffer as the preference says."""
    support.check_equal(support.frames(HORIZON, LIMITED, "-o", "ipctap.buffer_limit:100"), [],
                        "structures behind the limit")


def wide_request():
    """A 3DS path in UTF-16."""
    text = "/\u30b2\u30fc\u30e0".encode("utf-16-le") + b"\0\0"
    words = struct.pack("<10I", 0x080201C2, 0, 1, 0, 4, len(text), 1, 0, len(text) << 14 | 2, 0)
    return support.record(support.section(support.MESSAGE, words),
                          support.section(support.SERVICE, "fs:USER"),
                          support.section(0x20, text, index=8), platform=support.CTR,
                          kind=support.CTR_COMMAND, handle=5)


def check_wide(folder):
    path = os.path.join(folder, "wide.pcap")
    support.write_records(path, [wide_request()])
    info = support.column(path, "_ws.col.Info")
    support.check(info[0].endswith('path="/\u30b2\u30fc\u30e0")'), "UTF-16 path in " + info[0])


def main():
    check_filters()
    check_limit()
    with support.scratch("arguments") as folder:
        os.chmod(folder, 0o755)
        check_wide(folder)


if __name__ == "__main__":
    main()
