#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Export Objects, slow calls and the tap on records made by hand: files read in pieces, offsets that
no file has, calls that only the server recorded, several records in one packet."""
import os
import re
import struct

import plugin_support as support
from plugin_support import (CTR, CTR_COMMAND, EXIT, IPMI, KERNEL, MESSAGE, POINTER, RECEIVE, SEND,
                            SERVER, SERVICE, SESSION, SYNTHETIC, cmif_reply, record, section)

FILE = 0x1234
MAPPED = 0x21


class Calls:
    """Records of one client, a microsecond apart by their own clock."""

    def __init__(self):
        self.records = []
        self.call_id = 0
        self.time = 1000

    def call(self, request, reply, duration=1000, **fields):
        self.call_id += 1
        fields = {"handle": FILE, "call_id": self.call_id, **fields}
        self.records.append(record(*request, time=self.time, **fields))
        self.time += duration
        self.records.append(record(*reply, time=self.time, phase=EXIT, **fields))
        self.time += 1000


def hipc(method, data, sends=0, receives=0, pointers=0):
    """A plain CMIF request with descriptors of one size and address."""
    header = struct.pack("<II", 4 | pointers << 16 | sends << 20 | receives << 24, 16)
    descriptors = struct.pack("<II", 0, 0) * pointers
    descriptors += struct.pack("<III", 64, 0x1000, 0) * (sends + receives)
    offset = len(header) + len(descriptors)
    padding = -offset % 16
    body = struct.pack("<IIII", 0x49434653, 0, method, 0) + data
    message = header + descriptors + bytes(padding) + body
    return section(MESSAGE, message + bytes(offset + 64 - len(message)))


def read_at(calls, offset, data, room=64, result=0):
    arguments = struct.pack("<IIQQ", 0, 0, offset, len(data))
    calls.call((hipc(0, arguments, receives=1), section(SERVICE, "fsp-srv"),
                section(0x101, "nn::fssrv::sf::IFile"),
                section(RECEIVE, address=0x1000, declared=room)),
               (cmif_reply(result, struct.pack("<Q", len(data))),
                section(RECEIVE, data + bytes(room - len(data)), address=0x1000)))


def write_at(calls, offset, data):
    arguments = struct.pack("<IIQQ", 0, 0, offset, len(data))
    calls.call((hipc(1, arguments, sends=1), section(SERVICE, "fsp-srv"),
                section(0x101, "nn::fssrv::sf::IFile"), section(SEND, data, address=0x1000)),
               (cmif_reply(),))


def export(records, folder, *arguments):
    capture = os.path.join(folder, "files.pcap")
    target = os.path.join(folder, "objects-%d" % len(os.listdir(folder)))
    os.mkdir(target)
    os.chmod(target, 0o777)
    support.write_records(capture, records)
    support.tshark("-q", "-r", capture, "--export-objects", "ipctap," + target, *arguments)
    objects = {}
    for name in os.listdir(target):
        with open(os.path.join(target, name), "rb") as file:
            objects[name] = file.read()
    return objects


def check_pieces(folder):
    """In any order, overlapping; the rest of a buffer that was not filled is no part of the file."""
    calls = Calls()
    read_at(calls, 8, b"89abcdef")
    read_at(calls, 0, b"01234567")
    write_at(calls, 14, b"WRITE")
    read_at(calls, 4, b"failed", result=0x202)
    objects = export(calls.records, folder)
    support.check_equal(objects, {"IFile-2.bin": b"0123456789abcdWRITE"}, "a file in pieces")


def check_distant(folder):
    """An offset costs no memory that captured bytes do not pay for."""
    calls = Calls()
    write_at(calls, 1 << 60, b"far")
    write_at(calls, (1 << 64) - 1, b"end")
    write_at(calls, 0, b"near")
    write_at(calls, 1 << 16, b"gap")
    objects = export(calls.records, folder)
    sizes = sorted((name, len(data)) for name, data in objects.items())
    support.check_equal(sizes, [("IFile-1.bin", (1 << 16) + 3),
                                ("IFile-1.bin-at-0x1000000000000000", 3),
                                ("IFile-3.bin-at-0xffffffffffffffff", 3)], "distant parts")
    support.check_equal(objects["IFile-1.bin"][:8], b"near" + bytes(4), "the gap")


def check_ranges(folder):
    """A reply that brings only what changed of a buffer: by its address."""
    calls = Calls()
    arguments = struct.pack("<IIQQ", 0, 0, 100, 64)
    calls.call((hipc(0, arguments, receives=1), section(SERVICE, "fsp-srv"),
                section(0x101, "nn::fssrv::sf::IFile"),
                section(RECEIVE, address=0x1000, declared=64)),
               (cmif_reply(0, struct.pack("<Q", 20)), section(RECEIVE, b"AAAA", address=0x1000),
                section(RECEIVE, b"BBBBBBBB", address=0x1010)))
    objects = export(calls.records, folder)
    support.check_equal(objects["IFile-2.bin"], bytes(100) + b"AAAA" + bytes(12) + b"BBBB",
                        "ranges of a buffer")


def check_server_only(folder):
    """Without a client's records the server's count; with them they do not."""
    calls = Calls()
    arguments = struct.pack("<IIQQ", 0, 0, 0, 4)
    request = (hipc(1, arguments, sends=1), section(SERVICE, "fsp-srv"), section(SESSION, b"\5" * 8),
               section(0x101, "nn::fssrv::sf::IFile"), section(SEND, b"data", address=0x1000))
    calls.call(request, (cmif_reply(),), flags=SYNTHETIC | SERVER, pid=1, peer_pid=81)
    support.check_equal(export(calls.records, folder), {"IFile-1.bin": b"data"}, "a server's record")
    server = calls.records
    client = Calls()
    client.call(request, (cmif_reply(),), pid=81, peer_pid=1)
    both = [client.records[0], *server, client.records[1]]
    support.check_equal(export(both, folder), {"IFile-1.bin": b"data"}, "client and server")
    capture = os.path.join(folder, "files.pcap")
    output = support.tshark("-q", "-r", capture, "-z", "hipc,srt")
    support.check(re.search(r"Write +1 ", output), "one call of both: " + output)


def ctr_file(calls, name, encoding, handle):
    """fs:USER OpenFile, then File Read."""
    path = (name + "\0").encode(encoding)
    words = [0x080201C2, 0, 1, 0, 4 if encoding != "ascii" else 3, len(path), 1, 0,
             len(path) << 14 | 2, 0x1000]
    calls.call((section(MESSAGE, struct.pack("<10I", *words)), section(SERVICE, "fs:USER"),
                section(0x20, path, index=8)),
               (section(MESSAGE, struct.pack("<4I", 0x08020042, 0, 0x10, handle)),),
               platform=CTR, kind=CTR_COMMAND, handle=0x77)
    read = [0x080200C2, 0, 0, 32, 32 << 4 | 12, 0x2000]
    calls.call((section(MESSAGE, struct.pack("<6I", *read)),
                section(MAPPED, index=4, address=0x2000, declared=32)),
               (section(MESSAGE, struct.pack("<5I", 0x08020082, 0, 5, 32 << 4 | 12, 0x2000)),
                section(MAPPED, name[-5:].encode() + bytes(27), index=3, address=0x2000)),
               platform=CTR, kind=CTR_COMMAND, handle=handle)


def check_ctr_names(folder):
    calls = Calls()
    ctr_file(calls, "/a/ascii.bin", "ascii", 0x90)
    ctr_file(calls, "/wide.bin", "utf-16-le", 0x91)
    ctr_file(calls, "/../../escape", "ascii", 0x92)
    ctr_file(calls, "///..", "ascii", 0x93)
    objects = export(calls.records, folder)
    files = {name: data for name, data in objects.items() if not name.startswith("fs_USER")}
    support.check_equal(files, {"a_ascii.bin": b"i.bin", "wide.bin": b"e.bin",
                                ".._.._escape": b"scape", "_..": b"///.."},
                        "files of a 3DS")


def check_buffers(folder):
    """What is no file: one object a buffer, by what it holds; kernel calls repeat others."""
    calls = Calls()
    png = b"\x89PNG\r\n\x1a\n"
    calls.call((hipc(7, b"", sends=1, pointers=1), section(SERVICE, "a/b:c"),
                section(SEND, png, address=0x1000), section(POINTER, b'{"a": 1}\0\0', address=0x2000)),
               (cmif_reply(),))
    calls.call((support.kernel_call(9), section(SEND, b"again")), (), kind=KERNEL)
    support.check_equal(export(calls.records, folder),
                        {"a_b_c-command_7-1-send0.png": png,
                         "a_b_c-command_7-1-pointer0.json": b'{"a": 1}'}, "buffers")


def check_slow(folder):
    """By the records' clock, from the preference's milliseconds on."""
    calls = Calls()
    for duration in (4999999, 5000000, 200000000):
        calls.call((hipc(0, b""),), (cmif_reply(),), duration=duration)
    calls.call((support.kernel_call(10),), (), duration=300000000, kind=KERNEL)
    wait = struct.pack("<IIQQIIQII", 0x201, 1, 0, 0, 0, 0, 0, 0, 0)
    calls.call((section(0x30, wait),), (section(0x30, wait),), duration=300000000, kind=IPMI,
               platform=support.ORBIS)
    capture = os.path.join(folder, "slow.pcap")
    support.write_records(capture, calls.records)
    for limit, frames in ((None, [6]), (5, [4, 6]), (1000, []), (0, [])):
        option = () if limit is None else ("-o", "ipctap.slow_ms:%d" % limit)
        support.check_equal(support.frames(capture, "ipctap.slow", *option), frames,
                            "slow from %s ms" % limit)
        support.check_equal(support.frames(capture, "ipctap.slow", "-2", *option), frames,
                            "slow from %s ms, two passes" % limit)


def check_stream(folder):
    """Several records in one segment are several calls."""
    calls = Calls()
    for _ in range(3):
        read_at(calls, 0, b"in one segment")
    stream = support.TcpStream(40000, 18252)
    stream.send(b"".join(calls.records))
    capture = os.path.join(folder, "stream.pcap")
    stream.write(capture)
    output = support.tshark("-q", "-r", capture, "-z", "hipc,srt")
    support.check(re.search(r"Read +3 +0\.000001", output), "calls of a segment: " + output)
    target = os.path.join(folder, "stream")
    os.mkdir(target)
    os.chmod(target, 0o777)
    support.tshark("-q", "-r", capture, "--export-objects", "ipctap," + target)
    support.check_equal(os.listdir(target), ["IFile-1.bin"], "objects of a segment")


def check_nothing(folder):
    """Captures without a call of one system, or with none at all."""
    capture = os.path.join(folder, "nothing.pcap")
    for records in ([], [record(kind=KERNEL)], [record(section(MESSAGE, b"x"), kind=CTR_COMMAND)]):
        support.write_records(capture, records)
        for name in ("hipc,srt", "ctripc,srt", "sceipmi,srt", "appmsg,srt", "ipctap,tree",
                     "conv,ipctap", "endpoints,ipctap", "follow,ipctap,ascii,0"):
            support.tshark("-q", "-r", capture, "-z", name)


def check_bad_static_buffer(folder):
    """A path whose contents the record says to have, and has not."""
    words = struct.pack("<10I", 0x080201C2, 0, 1, 0, 4, 6, 1, 0, 6 << 14 | 2, 0x1000)
    capture = os.path.join(folder, "static.pcap")
    for sections in ((section(0x20, b"/\0a\0", index=9),), (section(0x20, b"", index=8),), ()):
        support.write_records(capture, [record(section(MESSAGE, words), section(SERVICE, "fs:USER"),
                                               *sections, kind=CTR_COMMAND, platform=CTR,
                                               handle=1, call_id=1)])
        support.tshark("-r", capture, "-V")


def check_directories(folder):
    """The same command of another interface reads no file; a read of nothing makes none. A buffer may come
    back in parts, of its first and of its last page."""
    calls = Calls()
    calls.call((hipc(0, bytes(24), receives=1), section(SERVICE, "fsp-srv"),
                section(0x101, "nn::fssrv::sf::IDirectory"),
                section(RECEIVE, address=0x1000, declared=8)),
               (cmif_reply(0, struct.pack("<Q", 1)), section(RECEIVE, b"entries!", address=0x1FF8),
                section(RECEIVE, b"end", address=0x3000)))
    read_at(calls, 0, b"", room=0)
    support.check_equal(export(calls.records, folder),
                        {"IDirectory-Read-2-receive0.txt": b"entries!",
                         "IDirectory-Read-2-receive0-at-0x1008.txt": b"end"}, "a directory")


def main():
    with support.scratch("instruments") as folder:
        os.chmod(folder, 0o755)
        for check in (check_pieces, check_distant, check_ranges, check_server_only,
                      check_ctr_names, check_buffers, check_slow, check_stream, check_directories, check_nothing,
                      check_bad_static_buffer):
            check(folder)


if __name__ == "__main__":
    main()
