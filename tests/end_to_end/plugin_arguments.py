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
        'cmif.argument == "buffer=[{name=\\"data.bin\\", attributes=0, type=1, size=56}]" && '
        'ipctap.phase == 2',
        'cmif.argument contains "out={major="',
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
        'ctripc.argument.name == "[2]" && ctripc.argument == "size=50" && ipctap.phase == 2',
        # Of a command that nobody described: by its header.
        'ctripc.service == "demo:u" && ctripc.argument.name == "word1" && ctripc.argument.type == "u32"',
        'ctripc.session_closed_in && ctripc.command == "GetSize"',
    ],
}
LIMITED = 'cmif.argument.type == "nn::fs::DirectoryEntry"'


def check_filters():
    for path, filters in FOUND.items():
        for text, found in support.frames_by_filter(path, filters).items():
            support.check(found, "nothing found by " + text)


def check_written():
    """What was written does not come back with the reply, although its buffer does."""
    shown = support.column(CTR, "_ws.col.Info", "-Y", 'ctripc.command == "Write" && ipctap.phase == 2')
    support.check_equal(shown, ["\u2192 Write: ok, bytes_written=50"] * 2, "replies to Write")


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


def check_lists(folder):
    """What a 3DS command lists in a buffer, in its reply and in its line; a success that is not 0."""
    path = os.path.join(folder, "lists.pcap")
    ids = (0x0004001000021000, 0x0004013000008002, 0x000400000F800100)
    descriptor = (len(ids) + 2) * 8 << 4 | 0xC
    ctr = {"platform": support.CTR, "kind": support.CTR_COMMAND, "handle": 5}
    service = support.section(support.SERVICE, "am:net")
    listed = struct.pack("<5Q", *ids, 0, 0)
    event = struct.pack("<5I", 0x00130042, 1, 0, 9, 0)
    support.write_records(path, [
        support.record(support.section(support.MESSAGE, struct.pack("<5I", 0x00020082, 5, 1, descriptor, 0x100)),
                       service, call_id=1, **ctr),
        support.record(support.section(support.MESSAGE, struct.pack("<5I", 0x00020082, 0, 3, descriptor, 0x100)),
                       support.section(0x21, listed, index=3), call_id=1, phase=support.EXIT, **ctr),
        support.record(support.section(support.MESSAGE, event[:16]),
                       support.section(support.SERVICE, "gsp::Gpu"), call_id=2, **ctr),
        support.record(support.section(support.MESSAGE, struct.pack("<5I", 0x00130082, 0x2A07, 0, 0, 7)),
                       call_id=2, phase=support.EXIT, **ctr),
    ])
    found = support.column(path, "_ws.col.Info")
    support.check_equal(found, [
        "am:net GetProgramList(count=5, media_type=SD, title_ids=out 40)",
        support.ARROW + " GetProgramList: ok, read=3, title_ids=[%s]" % ", ".join("0x%016x" % n for n in ids),
        "gsp::Gpu RegisterInterruptRelayQueue(flags=1, event=0x9)",
        support.ARROW + " RegisterInterruptRelayQueue: 0x00002A07 FirstInitialization (Success, Success, GX), "
        "index=0, shared_memory=0x7 (shared memory of gsp::Gpu RegisterInterruptRelayQueue)"], "lists")
    support.check_equal(support.frames(path, 'ctripc.argument.value == 0x4013000008002'), [2], "elements")


def named_request(interface, command, data, service="own"):
    return [support.cmif_request(command, data), support.section(support.SERVICE, service),
            support.section(support.INTERFACE, interface)]


def buffer_request(command, kind, contents, data=b""):
    """A request with one pointer (X) or send (A) descriptor, and what it points to."""
    payload = struct.pack("<IIII", 0x49434653, 0, command, 0) + data
    payload += bytes(-len(payload) % 4)
    if kind == support.POINTER:
        head, shift = struct.pack("<II", len(contents) << 16, 0x1000), 16
    else:
        head, shift = struct.pack("<III", len(contents), 0x1000, 0), 20
    head = struct.pack("<II", 4 | 1 << shift, (len(payload) + 16) // 4) + head
    padding = -len(head) % 16
    message = head + bytes(padding) + payload + bytes(16 - padding)
    return [support.section(support.MESSAGE, message),
            support.section(kind, contents, address=0x1000)]


TITLE, SYSTEM = 0x0100ABCD12340000, 0x0100000000001000
LOCATION = "nn::lr::ILocationResolver"
ADD_ON = "nn::lr::IAddOnContentLocationResolver"


def ctr_request(service, *words):
    return [support.section(support.MESSAGE, struct.pack("<%dI" % len(words), *words)),
            support.section(support.SERVICE, service)]


def readable_calls():
    """Title ids and results as arguments; a struct; arrays; paths that are not plain."""
    path = "/ゲーム/".encode() + b"x" * 300
    return [
        (named_request(LOCATION, 0, struct.pack("<Q", SYSTEM)), "id=0x0100000000001000 (qlaunch)"),
        (named_request("nn::fatalsrv::IService", 0, struct.pack("<IIQ", 0x202, 0, 0)),
         "error=fs PathNotFound (2002-0001)"),
        (named_request("nn::ncm::IContentMetaDatabase", 2,
                       struct.pack("<QIBBH", TITLE, 65536, 0x80, 0, 0)),
         "key={id=0x0100abcd12340000, version=65536, type=Application, install_type=0}"),
        (buffer_request(3, support.SEND, struct.pack("<QQ", SYSTEM, TITLE)) +
         [support.section(support.INTERFACE, ADD_ON)], "ids=[0x0100000000001000 (qlaunch), 0x0100abcd12340000]"),
        (buffer_request(3, support.SEND, struct.pack("<70Q", *range(70))) +
         [support.section(support.INTERFACE, ADD_ON)], "0x0000000000000003, 66 more])"),
        (buffer_request(1, support.POINTER, path + bytes(0x300 - len(path)),
                        struct.pack("<Q", TITLE)) + [support.section(support.INTERFACE, LOCATION)],
         'path="/ゲーム/' + "x" * 300 + '", id=0x0100abcd12340000'),
        # What stood in the buffer before is no part of the path.
        (buffer_request(1, support.POINTER, b"/new\0old path\xff\xff" + bytes(0x2F0),
                        struct.pack("<Q", TITLE)) + [support.section(support.INTERFACE, LOCATION)],
         'path="/new", id=0x0100abcd12340000'),
        # 64 bits of the 3DS: the low word first.
        (ctr_request("ns:s", 0x000200C0, 0x00001B02, 0x00040130, 1),
         "titleid=0x0004013000001b02, launch_flags=1"),
        (ctr_request("am:net", 0x000400C0, 1, 0x00020D00, 0x00040000),
         "titleID=0x0004000000020d00"),
    ]


# Frame, filter.
READABLE = [
    (1, "cmif.argument.value == 0x0100000000001000"),
    (2, "cmif.argument.value == 0x202"),
    (3, 'cmif.argument.type == "nn::ncm::ContentMetaKey" && '
        "cmif.argument.value == 0x0100abcd12340000"),
    (4, 'cmif.argument == "[1]=0x0100abcd12340000"'),
    (4, 'cmif.argument.text contains "(qlaunch)" && cmif.argument.name == "[0]"'),
    (5, 'cmif.argument == "[63]=0x000000000000003f" && !(cmif.argument.name == "[64]")'),
    (6, 'cmif.argument.text contains "/ゲーム/x"'),
    (8, "ctripc.argument.value == 0x0004013000001b02"),
    (9, "ctripc.argument.value == 0x0004000000020d00"),
]


def check_readable(folder):
    path = os.path.join(folder, "readable.pcap")
    calls = readable_calls()
    records = []
    for n, (sections, _) in enumerate(calls):
        is_ctr = n >= 7
        records.append(support.record(
            *sections, handle=n + 1, call_id=n + 1,
            platform=support.CTR if is_ctr else support.HORIZON,
            kind=support.CTR_COMMAND if is_ctr else support.HIPC))
    support.write_records(path, records)
    for info, (_, expected) in zip(support.column(path, "_ws.col.Info"), calls):
        support.check(expected in info, "%s is not in %s" % (expected, info))
    found = support.frames_by_filter(path, [text for _, text in READABLE])
    for frame, text in READABLE:
        support.check(frame in found[text], "frame %d: %s" % (frame, text))
    shown = support.tshark("-r", path, "-Y", "frame.number == 5", "-O", "cmif")
    support.check("66 more], the first 64 of 70 elements" in shown, "how many there are: " + shown)


EVERY = """
type Mode = enum<i8> { Read = 1; Nothing = 0xFF; };
type nn::own::TitleId = struct { u64 value; };
type Nested = struct { Mode mode; Mode[3] modes; f32 ratio; i16 delta; nn::Result result; bool flag; };
interface nn::own::IAll is all {
    [1] All(Nested nested, nn::own::TitleId title, i64 below, f64 real, text<16> name, bytes<5> raw,
        u128 big, unknown<4> what);
}
tipc "all:t" { [1] T(u8 a, u64 title_id, nn::Result r); }
ctr "all:c" { [0x0001] C(u8 a, u64 title_id, text<8> t, static<unknown, 0> s, mapped<Nested, r> n,
    handle<copy> h, pid); }
"""

# Frame, filter: a value of every type, in both directions of reading it.
TYPED = [
    (1, 'cmif.argument == "mode=Nothing" && cmif.argument.signed == -1'),
    (1, 'cmif.argument == "[2]=9" && cmif.argument.value == 9'),
    (1, 'cmif.argument.real == 0.5 && cmif.argument == "ratio=0.5"'),
    (1, 'cmif.argument.real == -2.5 && cmif.argument.name == "real"'),
    (1, 'cmif.argument.signed == -3 && cmif.argument == "delta=-3"'),
    (1, 'cmif.argument.signed < -4 && cmif.argument == "below=-5"'),
    (1, 'cmif.argument == "result=fs PathNotFound (2002-0001)"'),
    (1, 'cmif.argument == "flag=true" && cmif.argument == "name=\\"hello\\""'),
    (1, 'cmif.argument == "title=0x0100000000001000 (qlaunch)"'),
    (1, 'cmif.argument == "raw=0102030405" && cmif.argument == "what=aabbccdd"'),
    (2, 'cmif.argument == "name=\\"hello\\"" && cmif.argument == "below=" && '
        "cmif.argument_raw_too_small"),
    (3, 'cmif.argument == "title_id=0x0100000000001000 (qlaunch)" && cmif.argument.value == 514'),
    (4, 'ctripc.argument == "title_id=0x0100000000001000" && ctripc.argument == "t=\\"hello\\""'),
    (4, 'ctripc.argument.real == 0.5 && ctripc.argument == "h=0x33" && ctripc.argument == "pid=81"'),
]


def check_types(folder):
    path, names = os.path.join(folder, "every.pcap"), os.path.join(folder, "every.id")
    with open(names, "w", encoding="utf-8") as file:
        file.write(EVERY)
    os.chmod(names, 0o644)
    nested = struct.pack("<4B f h 2x I B 3x", 255, 1, 255, 9, 0.5, -3, 0x202, 1)
    data = (struct.pack("<16s5B", b"hello", 1, 2, 3, 4, 5) + bytes.fromhex("aabbccdd") + bytes(3) +
            nested + struct.pack("<QqdQQ", SYSTEM, -5, -2.5, 1, 2))
    words = struct.pack("<4I8s8I", 0x00010148, 7, 0x1000, 0x01000000, b"hello", 8 << 14 | 2, 0x1000,
                        len(nested) << 4 | 0xA, 0x2000, 0, 0x33, 0x20, 81)
    tipc = struct.pack("<II B7x QI4x", 16 + 1, 6, 1, SYSTEM, 0x202)
    support.write_records(path, [
        support.record(support.cmif_request(1, data), support.section(support.SERVICE, "all"),
                       handle=1),
        support.record(support.cmif_request(1, data[:30]), support.section(support.SERVICE, "all"),
                       handle=2),
        support.record(support.section(support.MESSAGE, tipc),
                       support.section(support.SERVICE, "all:t"), handle=3),
        support.record(support.section(support.MESSAGE, words),
                       support.section(support.SERVICE, "all:c"),
                       support.section(0x21, nested, index=8, address=0x2000),
                       platform=support.CTR, kind=support.CTR_COMMAND, handle=4),
    ])
    for frame, text in TYPED:
        found = support.frames(path, text, "-o", "ipctap.names:" + names)
        support.check(frame in found, "frame %d: %s" % (frame, text))


BOXES = """type Row = u32[64]; type Box = Row[64]; type Boxes = Box[4];
interface nn::own::IBoxes is boxes { [1] Take(buffer<Boxes, 0x5> boxes); }
"""


def check_many(folder):
    """Arrays of arrays: a tree of a size that Wireshark takes, whatever the limit of bytes is."""
    path, names = os.path.join(folder, "boxes.pcap"), os.path.join(folder, "boxes.id")
    with open(names, "w", encoding="utf-8") as file:
        file.write(BOXES)
    os.chmod(names, 0o644)
    record = support.record(*buffer_request(1, support.SEND, bytes(65536)),
                            support.section(support.SERVICE, "boxes"), handle=1)
    support.write_records(path, [record])
    values = support.column(path, "cmif.argument", "-o", "ipctap.names:" + names, "-o",
                            "ipctap.buffer_limit:0")[0].split(",")
    support.check_equal(len(values), 4096 + 1, "arguments and what is inside them")


def main():
    check_filters()
    check_written()
    check_limit()
    with support.scratch("arguments") as folder:
        os.chmod(folder, 0o755)
        check_wide(folder)
        check_lists(folder)
        check_readable(folder)
        check_many(folder)
        check_types(folder)


if __name__ == "__main__":
    main()
