#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Payloads of App Messaging in Wireshark's own dissectors: JSON as a tree, text by lines, and what only
looks like either as what it is."""
import os
import struct

import plugin_support as support

CALL, PAYLOAD = 0x40, 0x41
DEEP = b"[" * 4000 + b"]" * 4000

# Payload, what the filter must find in its frame.
PAYLOADS = [
    (b'{"app":1,"list":[true,null,{"key":"value"}]}',
     'json.key == "key" && json.value.string == "value" && !data-text-lines'),
    (b"[1,2]", "json.array && !data-text-lines"),
    (b"{}", "json && !data-text-lines"),
    (b' {"a":1}\r\n', 'json.key == "a"'),
    # As C programs send it: the zero is no part of it.
    (b'{"a":1}\0', 'json.key == "a" && !data-text-lines'),
    (b'\xef\xbb\xbf{"a":1}', 'json.key == "a" && !data-text-lines'),
    ('{"name":"\u30b2\u30fc\u30e0"}'.encode(), 'json.value.string == "\u30b2\u30fc\u30e0"'),
    (b'{"a":"' + b"x" * 8000 + b'"}', 'json.key == "a"'),
    # No JSON: lines of text.
    (b'{"a": }', 'data-text-lines && !json.key && appmsg.text == "{\\"a\\": }"'),
    (b'{"a":1,}', "data-text-lines && !json.key"),
    (b'{"a":1', "data-text-lines && !json"),
    (b"{]", "data-text-lines && !json"),
    (b'{"a":"\\u00zz"}', "data-text-lines && !json.key"),
    (DEEP, "appmsg.text"),
    (b"hello\nworld\n", 'data-text-lines && appmsg.text == "hello\\\\nworld\\\\n"'),
    ("Gr\u00fc\u00dfe".encode(), 'data-text-lines && appmsg.text == "Gr\u00fc\u00dfe"'),
    # No text.
    (b"\x01\x02\x03\x04", "appmsg.payload && !appmsg.text && !data-text-lines"),
    (b'{"a":"\xff"}', "appmsg.payload && !appmsg.text && !json"),
    (b'{"a":"\0"}', "appmsg.payload && !appmsg.text && !json"),
    (b"\xc2\x9b31mred", "appmsg.payload && !appmsg.text"),
    (b"", "appmsg.payload && !appmsg.text"),
]


def send(payload, number):
    call = struct.pack("<IiIIIIQQQQII", 1, 0, 0x60000001, 0x10, 0, 0, len(payload), 0, 0, 0, 0, 0)
    return support.record(support.section(CALL, call), support.section(PAYLOAD, payload),
                          platform=support.ORBIS, kind=support.APPMSG, call_id=number)


def main():
    with support.scratch("payloads") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "payloads.pcap")
        support.write_records(path, [send(payload, n + 1)
                                     for n, (payload, _) in enumerate(PAYLOADS)])
        for n, (payload, text) in enumerate(PAYLOADS):
            support.check(n + 1 in support.frames(path, text), "%r: %s" % (payload[:40], text))
        info = support.column(path, "_ws.col.Info")
        support.check(all(text.startswith("SceAppMessaging SendMsg(") for text in info), str(info))


if __name__ == "__main__":
    main()
