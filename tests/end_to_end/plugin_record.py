#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The record itself: which records are joined and which are not, what ends state, every section,
records that are cut, unknown or wrong. Each case is a capture of its own, or a section of one; the
sentences quoted are docs/capture-format.md's."""
import os
import struct

import plugin_support as support
from plugin_support import (ENTER, EXIT, HIPC, KERNEL, NOTE, SERVER, SNAPSHOT, SYNTHETIC, UNKNOWN,
                            cmif_reply, cmif_request, kernel_call, record, section)

FOLDER = support.scratch("record")
os.chmod(FOLDER.name, 0o755)
CASES = 0


def capture(records):
    global CASES
    CASES += 1
    path = os.path.join(FOLDER.name, "case-%d.pcap" % CASES)
    support.write_records(path, records)
    return path


class Sections:
    """Small cases, each a section of one file, which one run of tshark reads: that takes longer to start
    than to read them."""
    FIELDS = ("_ws.col.Info", "hipc.service", "ipctap.phase", "ipctap.time")
    FRAMES = ("ipctap.response_to", "ipctap.response_in", "ipctap.same_call")

    def __init__(self):
        self.cases = []

    def add(self, what, records, check, expected, interfaces=None):
        """check() makes of the rows of a case, in one pass and in two, what is expected."""
        interfaces = interfaces or [0] * len(records)
        packets = [(n, support.TAGS + data) for n, data in zip(interfaces, records)]
        self.cases.append((what, packets, check, expected))

    def rows(self, path, *arguments):
        """Of each frame: field -> value; frames count from the section's first."""
        fields = (*self.FIELDS, *self.FRAMES)
        rows = iter([dict(zip(fields, row)) for row in support.rows(path, fields, *arguments)])
        first = 0
        for _, packets, _, _ in self.cases:
            section_rows = [next(rows) for _ in packets]
            for row in section_rows:
                row.update({name: str(int(row[name]) - first) for name in self.FRAMES if row[name]})
            yield section_rows
            first += len(packets)

    def check(self):
        global CASES
        CASES += len(self.cases)
        path = os.path.join(FOLDER.name, "sections.pcapng")
        support.pcapng(path, *(packets for _, packets, _, _ in self.cases))
        found = zip(list(self.rows(path)), list(self.rows(path, "-2")))
        for (what, _, check, expected), passes in zip(self.cases, found):
            support.check_equal(check(*passes), expected, what)
        self.cases = []


SECTIONS = Sections()


def joined(once, twice):
    """For every exit the frame that it answers, 0 for none; two passes know the way back."""
    for number, row in enumerate(once, 1):
        if row["ipctap.response_to"]:
            request = twice[int(row["ipctap.response_to"]) - 1]
            support.check_equal(request["ipctap.response_in"], str(number), "the way back")
    return [int(row["ipctap.response_to"] or 0) for row in once if row["ipctap.phase"] == str(EXIT)]


def answers(records, expected, what, interfaces=None):
    SECTIONS.add(what, records, joined, expected, interfaces)


def enter(**fields):
    return record(cmif_request(1), phase=ENTER, **fields)


def leave(**fields):
    return record(cmif_reply(), phase=EXIT, **fields)


def check_joining():
    """"Enter and exit join if source, pid, SERVER and call_id agree.\""""
    join = [
        ([enter(call_id=5), leave(call_id=5)], [1]),
        ([enter(call_id=5), leave(call_id=6)], [0]),
        ([enter(call_id=5, pid=1), leave(call_id=5, pid=2)], [0]),
        ([enter(call_id=5, source=1), leave(call_id=5, source=2)], [0]),
        ([enter(call_id=5), leave(call_id=5, flags=SERVER)], [0]),
        ([enter(call_id=5), leave(call_id=5, tid=9)], [1]),
        # Calls overlap and end in any order; a reply is taken once.
        ([enter(call_id=1), enter(call_id=2), leave(call_id=1), leave(call_id=2)], [1, 2]),
        ([enter(call_id=1), leave(call_id=1), leave(call_id=1)], [1, 0]),
        ([enter(call_id=1), leave(call_id=1), enter(call_id=1), leave(call_id=1)], [1, 3]),
        # "With call_id 0: the last open enter of that (source, pid, tid, kind)."
        ([enter(), leave()], [1]),
        ([enter(tid=1), enter(tid=2), leave(tid=1), leave(tid=2)], [1, 2]),
        ([enter(), leave(kind=KERNEL)], [0]),
        ([enter(), enter(), leave()], [2]),
        # "With tid unknown too, nothing is joined."
        ([enter(tid=UNKNOWN), leave(tid=UNKNOWN)], [0]),
        # A snapshot is never paired.
        ([record(cmif_request(1), phase=SNAPSHOT, call_id=5), leave(call_id=5)], [0]),
        # Source 0 is whatever kernel the other records name.
        ([enter(call_id=5, source=0), leave(call_id=5, source=3)], [1]),
    ]
    for n, (records, expected) in enumerate(join):
        answers(records, expected, "joining, case %d" % n)
    answers([enter(call_id=5), leave(call_id=5)], [0], "joining across interfaces", [0, 1])
    answers([enter(call_id=5), enter(call_id=5), leave(call_id=5), leave(call_id=5)], [2, 1],
            "equal ids on two interfaces", [0, 1, 1, 0])


def check_order():
    """A reply that stands before its request belongs to it if its time says so."""
    early = [leave(call_id=5, time=4000), enter(call_id=5, time=1000)]
    path = capture(early)
    support.check_equal(support.rows(path, ["ipctap.response_to", "ipctap.response_in", "ipctap.time"],
                                     "-2"), [["2", "", "0.000003000"], ["", "1", ""]],
                        "a reply before its request")
    support.check_equal(support.frames(path, "ipctap.out_of_order"), [2], "that it is told")
    support.check_equal(support.frames(path, "ipctap.unanswered", "-2"), [], "an early answer")
    for what, records in (
            ("an id that is given out again", [leave(call_id=5, time=1000), enter(call_id=5, time=4000)]),
            ("no times", [leave(call_id=5), enter(call_id=5)]),
            ("two clocks", [leave(call_id=5, time=4000, clock=1), enter(call_id=5, time=1000)]),
            ("other kinds", [record(kind=KERNEL, phase=EXIT, call_id=5, time=4000),
                             enter(call_id=5, time=1000)])):
        SECTIONS.add(what, records, lambda once, twice: [row["ipctap.response_to"] for row in twice],
                     ["", ""])
    exit_call = record(kernel_call(2), kind=KERNEL, phase=SNAPSHOT)
    answers([leave(call_id=5, time=4000), exit_call, enter(call_id=5, time=1000)], [0],
            "a process that ended in between")
    answers([enter(call_id=5), record(kind=KERNEL, phase=EXIT, call_id=5), leave(call_id=5)], [0, 1],
            "an exit of another kind in between")
    answers([leave(call_id=5, time=4000), enter(call_id=5, time=1000), leave(call_id=5, time=5000)],
            [0, 0], "a reply too many")
    answers([leave(call_id=5, time=1000), enter(call_id=5, time=2000), leave(call_id=5, time=5000)],
            [0, 2], "a reply without request")


def same_calls(records, expected, what):
    SECTIONS.add(what, records, lambda once, twice: [row["ipctap.same_call"] for row in twice],
                 expected)


def check_sides():
    """"Client's and server's records join if source and call_id agree and pid and peer_pid do not
    contradict.\""""
    server = {"flags": SERVER, "pid": 9}
    same_calls([enter(call_id=5), enter(call_id=5, **server), leave(call_id=5, **server),
                leave(call_id=5)], ["2", "1", "4", "3"], "both sides")
    same_calls([enter(call_id=5, **server), enter(call_id=5), leave(call_id=5),
                leave(call_id=5, **server)], ["2", "1", "4", "3"], "both sides in any order")
    same_calls([enter(call_id=5, peer_pid=9), enter(call_id=5, **server)], ["2", "1"],
               "peer that agrees")
    same_calls([enter(call_id=5, peer_pid=8), enter(call_id=5, **server)], ["", ""],
               "peer that contradicts")
    same_calls([enter(call_id=5), enter(call_id=5, peer_pid=80, **server)], ["", ""],
               "client that contradicts")
    same_calls([enter(call_id=5, peer_pid=support.NO_PEER), enter(call_id=5, **server)], ["", ""],
               "no peer")
    same_calls([record(kernel_call(3), kind=KERNEL, call_id=5),
                record(kernel_call(3), kind=KERNEL, call_id=5, **server)], ["", ""],
               "kernel calls have one side")


def says(records, expected, what):
    """In the column Info. Since 4.4 tshark doubles backslashes in fields."""
    SECTIONS.add(what, records, lambda once, _: [row["_ws.col.Info"].replace("\\\\", "\\")
                                                 for row in once], expected)


def services(records, expected, what, last=False):
    """Of all frames, or of the last one."""
    def found(once, _):
        names = [row["hipc.service"] for row in once]
        return names[-1] if last else names

    SECTIONS.add(what, records, found, expected)


def named(handle=5, **fields):
    return record(section(support.SERVICE, "fsp-srv"), kind=NOTE, phase=SNAPSHOT, handle=handle,
                  **fields)


def check_state():
    """What names a session, and what ends it."""
    use = enter(handle=5)
    services([named(), use], ["", "fsp-srv"], "snapshot note")
    services([use, named(), use], ["", "", "fsp-srv"], "late snapshot")
    services([named(), enter(handle=5, pid=82)], ["", ""], "other process")
    services([named(), enter(handle=5, source=8)], ["", ""], "other source")
    close = [record(kernel_call(4, handle=5), kind=KERNEL, phase=ENTER, call_id=3),
             record(kernel_call(4), kind=KERNEL, phase=EXIT, call_id=3)]
    services([named(), *close, use], "", "closed handle", last=True)
    failed = [close[0], record(kind=KERNEL, phase=EXIT, call_id=3, result=0xE401)]
    services([named(), *failed, use], "fsp-srv", "close that failed", last=True)
    exit_call = record(kernel_call(2), kind=KERNEL, phase=SNAPSHOT)
    services([named(), exit_call, use], "", "process that ended", last=True)
    producer = record(section(support.PRODUCER, "test"), kind=NOTE, phase=SNAPSHOT)
    services([named(), producer, use], "", "producer that begins anew", last=True)
    other = record(section(support.PRODUCER, "test"), kind=NOTE, phase=SNAPSHOT, source=8)
    services([named(), other, use], "fsp-srv", "another producer", last=True)
    first, second = (record(cmif_request(1), section(support.SERVICE, name), handle=5)
                     for name in "ab")
    services([first, use, second, use], ["a", "a", "b", "b"], "SERVICE holds until replaced")
    number = section(support.SESSION, struct.pack("<Q", 77))
    services([record(cmif_request(1), number, section(support.SERVICE, "a"), handle=5),
              record(cmif_request(1), number, handle=9, pid=9, flags=SERVER)], ["a", "a"],
             "one session number, two processes")
    ended = [enter(call_id=5), exit_call, leave(call_id=5)]
    answers(ended, [0], "call of a process that ended")


def check_names():
    """INTERFACE and FUNCTION override what is known otherwise."""
    path = capture([record(cmif_request(8), section(support.SERVICE, "my:srv"),
                           section(support.INTERFACE, "IMine"),
                           section(support.FUNCTION, "DoIt"), handle=5),
                    record(cmif_request(9), handle=5),
                    record(section(support.SERVICE, "fsp-srv"), section(support.FUNCTION, "Go"))])
    support.check_equal(support.rows(path, ["_ws.col.Info", "cmif.interface", "cmif.command"]),
                        [["my:srv IMine.DoIt()", "IMine", "DoIt"],
                         ["my:srv IMine.command 9()", "IMine", "command 9"],
                         ["fsp-srv IFileSystemProxy.Go()", "", ""]], "names given by sections")
    evil = capture([record(cmif_request(1), section(support.SERVICE, b"a\x01\xff\n\x1b[31m"),
                           handle=5)])
    text = support.tshark("-r", evil)
    support.check("\x1b" not in text and "\x01" not in text,
                  "control characters in Info: %r" % text)


def check_unimplemented():
    """What the emulator only pretends to do is seen in the list."""
    path = capture([record(cmif_request(8), section(support.SERVICE, "my:srv"), handle=5, flags=1 << 6)])
    support.check_equal(support.column(path, "_ws.col.Info"), ["my:srv command 8() [unimplemented]"],
                        "a function that the producer does not have")


def check_times():
    """The records' clock counts where both have the same one, else the packets' times."""
    def check(times, expected, what, clock=0):
        records = [enter(call_id=5, time=times[0]), leave(call_id=5, time=times[1], clock=clock)]
        SECTIONS.add(what, records, lambda once, twice: once[1]["ipctap.time"], expected)

    check((1000, 4000), "0.000003000", "records' times")
    check((5000, 2000), "-0.000003000", "a clock that was set back")
    check((0, 4000), "0.000001000", "packets' times")
    check((1000, 4000), "0.000001000", "two clocks", clock=1)


def check_firmware():
    """Names are those of the firmware that the source says it has."""
    note = record(section(support.FIRMWARE, "1.0.0"), kind=NOTE, phase=SNAPSHOT)
    new = record(cmif_request(36), section(support.SERVICE, "fsp-srv"), handle=5)
    names = support.column(capture([new, note, new]), "cmif.command")
    support.check(names[0] != names[2], "a command that 1.0.0 has not: %r" % names)


def check_fragment():
    payload = struct.pack("<IIII", 0x49434653, 0, 8, 0)
    domain = struct.pack("<BBHIII", 1, 0, 16, 3, 0, 0) + payload
    path = capture([record(section(support.FRAGMENT, payload), section(support.SERVICE, "fsp-srv")),
                    record(section(support.FRAGMENT, domain), section(support.SERVICE, "fsp-srv")),
                    record(section(support.FRAGMENT, struct.pack("<IIII", 0x4F434653, 0, 514, 0)),
                           phase=EXIT, tid=2)])
    support.check_equal(support.rows(path, ["cmif.method_id", "cmif.domain.object_id",
                                            "cmif.result"]),
                        [["8", "", ""], ["8", "3", ""], ["", "", "0x00000202"]], "fragments")


def check_sections():
    path = capture([
        record(section(support.CLOCK_PAIR, struct.pack("<QQ", 5, 6)),
               section(support.DROPPED, struct.pack("<QQ", 3, 400)),
               section(support.CAUSE, struct.pack("<Q", 12)),
               section(support.HANDLES, struct.pack("<III", 1, 2, 3)),
               section(support.COMMENT, "for people"), section(support.FIRMWARE, "17.0.1"),
               section(0x8001, b"private"), section(0x0777, b"future"), section(0x0777),
               kind=NOTE, phase=SNAPSHOT)])
    fields = ["ipctap.clock_pair.monotonic", "ipctap.clock_pair.unix", "ipctap.dropped.records",
              "ipctap.dropped.bytes", "ipctap.cause", "ipctap.handle", "ipctap.comment",
              "ipctap.firmware", "ipctap.section.type"]
    support.check_equal(support.rows(path, fields),
                        [["5", "6", "3", "400", "12", "0x00000001,0x00000002,0x00000003",
                          "for people", "17.0.1", "0x0060,0x0061,0x0062,0x0051,0x0108,0x0106,"
                          "0x8001,0x0777,0x0777"]], "sections")
    text = support.tshark("-r", path, "-V")
    support.check("3 records (400 bytes) dropped" in support.column(path, "_ws.col.Info")[0],
                  "dropped records in Info")
    support.check("Data: 667574757265" in text, "bytes of an unknown section")


def check_cut_records():
    """"A record may also be cut by a snap length: a reader shows what is there.\""""
    whole = record(cmif_request(1, b"abcdefgh"), section(support.SERVICE, "fsp-srv"), handle=5)
    path = capture([whole[:length] for length in range(len(whole) + 1)])
    support.check_equal(support.column(path, "ipctap.record_size")[64:],
                        [str(len(whole))] * (len(whole) - 63), "records with a whole header")
    refused = support.frames(path, "ipctap.no_record")
    support.check_equal(refused, list(range(1, 65)), "records without a whole header")
    texts = support.column(path, "_ws.col.Info")
    for length, text in enumerate(texts[:-1]):
        expected = (" [truncated: %d of %d bytes]" % (length, len(whole)) if length >= 64 else
                    "Record cut off: %d of the 64 bytes of its header" % length)
        support.check(text.endswith(expected), "Info of %d bytes: %r" % (length, text))
    support.check("truncated" not in texts[-1], "Info of the whole record")
    # Half a name is another name.
    end = whole.index(b"fsp-srv") + len("fsp-srv")
    support.check_equal(support.column(path, "hipc.service"),
                        [""] * end + ["fsp-srv"] * (len(whole) + 1 - end), "service of a cut record")
    text = support.tshark("-r", path, "-V")
    support.check("100 of %d bytes" % len(whole) in text, "what is said of a cut record")
    half = section(support.SERVICE, "fsp-s", declared=7)
    services([record(cmif_request(1), half, handle=5)], [""],
             "a service of which a producer kept a part")
    comment = record(section(support.COMMENT, "for peo", declared=10), kind=NOTE, phase=SNAPSHOT)
    says([comment], ["Note: for peo…"], "a comment that was cut")
    clocks = record(section(support.CLOCK_PAIR, bytes(16)), kind=NOTE, phase=SNAPSHOT)
    says([clocks], ["Note, two clocks read together"], "a note of clocks")


def static_buffer(data, declared=None):
    """A 3DS command with a static buffer."""
    size = len(data) if declared is None else declared
    words = section(support.MESSAGE, struct.pack("<III", 0x00010002, size << 14 | 2, 0x1000))
    return record(words, section(0x20, data, index=1, declared=size), platform=support.CTR,
                  kind=support.CTR_COMMAND)


def check_contents():
    """Text is shown as far as there is room, whole characters of it, JSON as it is."""
    shown = {
        b"four": '"four"', b"four\0\0": '"four"', b'{"a": 1}': '{"a": 1}', b"\x01": "1 byte",
        b"": "0 bytes", b"\xff\xfe": "2 bytes", b"t" * 48 + b"\0": '"%s"' % ("t" * 48),
        b"t" * 50: '"%s\u2026"' % ("t" * 48), b"\x80" * 50: "50 bytes",
        ("t" * 47 + "\u00e9" * 9).encode(): '"%s\u2026"' % ("t" * 47),
        b"two\nlines": r'"two\nlines"',
    }
    expected = ["unknown session 0x0001(%s)" % text for text in shown.values()]
    says([static_buffer(data) for data in shown], expected, "contents")
    says([static_buffer(b"cut", declared=7)], ["unknown session 0x0001(7 bytes)"],
         "contents that were cut")


def check_strange():
    """Unknown numbers are shown; wrong ones end nothing but their own record."""
    strange = [
        record(kind=77, phase=9, platform=200),
        record(kind=HIPC, phase=ENTER),
        record(kind=HIPC, phase=EXIT, result=0xF601),
        record(kind=KERNEL, phase=ENTER), record(kind=KERNEL, phase=EXIT),
        record(section(support.KERNEL_CALL, b"short"), kind=KERNEL),
        record(kernel_call(999), kind=KERNEL), record(kind=NOTE, phase=SNAPSHOT),
        record(section(support.MESSAGE), kind=HIPC), record(section(support.MESSAGE, b"abc")),
        record(section(support.MESSAGE, b"\xff" * 256), phase=ENTER),
        record(section(support.MESSAGE, b"\xff" * 256), phase=EXIT),
        record(section(support.MESSAGE, b"\xff" * 256), phase=SNAPSHOT),
        record(section(support.POINTER, b"x", index=900), section(support.RECEIVE, b"", declared=5),
               cmif_request(1)),
        record(section(1, b"a"), section(1, b"b"), phase=SNAPSHOT),
        record(*[section(support.HANDLES, bytes(8192))] * 3, kind=KERNEL),
    ]
    for platform in range(6):
        for kind in range(8):
            strange += [record(cmif_request(1), platform=platform, kind=kind, phase=phase)
                        for phase in range(3)]
            strange.append(record(platform=platform, kind=kind, phase=EXIT))
    path = capture(strange)
    for arguments in (["-V"], ["-2", "-V"], []):
        support.tshark("-r", path, *arguments)
    texts = support.column(path, "_ws.col.Info")
    support.check_equal(len(texts), len(strange), "strange records")
    support.check("" not in texts, "a record without a word in Info")


def serve(message, phase, value=0, handle=0, call_id=1, handles=(4, 5)):
    return record(kernel_call(9, handle=handle, value=value), message,
                  *([section(support.HANDLES, struct.pack("<II", *handles))] if phase == ENTER
                    else []), kind=KERNEL, phase=phase, call_id=call_id)


def check_serving():
    """ReplyAndReceive carries the reply to one call and the request of the next."""
    prepared = section(support.MESSAGE, struct.pack("<IIII", 0, 2 << 10, 0x1000, 0x5000000))
    path = capture([named(handle=5), serve(prepared, ENTER),
                    serve(cmif_request(18), EXIT, value=1),
                    serve(cmif_reply(514), ENTER, handle=5, call_id=2),
                    serve(cmif_request(3), EXIT, value=9, call_id=2)])
    expected = [
        ["ReplyAndReceive(); prepared to receive", "", ""],
        [support.ARROW + " ReplyAndReceive: ok, index 1 (handle 0x5); fsp-srv "
         "IFileSystemProxy.OpenSdCardFileSystem()", "18", ""],
        ["ReplyAndReceive(handle 0x5 (fsp-srv)); " + support.ARROW +
         " OpenSdCardFileSystem: fs PathNotFound (2002-0001)", "", "0x00000202"],
        [support.ARROW + " ReplyAndReceive: ok, index 9; unknown session command 3()", "3", ""]]
    fields = ["_ws.col.Info", "cmif.method_id", "cmif.result"]
    support.check_equal(support.rows(path, fields)[1:], expected, "a process that serves")
    support.check_equal(support.rows(path, fields, "-2")[1:], expected, "the same in two passes")
    support.check_equal(support.frames(path, "_ws.expert && !ipctap.unanswered", "-2"), [],
                        "findings about a process that serves")


MOST_WITHOUT_SIDE = 65536


def wait(phase, call_id, result=0, **fields):
    handles = [section(support.HANDLES, struct.pack("<I", 5))] if phase == ENTER else []
    return record(kernel_call(10, **fields), *handles, kind=KERNEL, phase=phase, call_id=call_id,
                  platform=support.CTR, result=result)


def check_waits():
    """How long, in which unit, and what was ready; 0xFFFFFFFF is no index."""
    path = capture([wait(ENTER, 1, value_2=2**64 - 1), wait(EXIT, 1, value=2),
                    wait(ENTER, 2, value=1, value_2=1000000),
                    wait(EXIT, 2, result=0x09401BFE, value=0xFFFFFFFF)])
    expected = ["WaitSynchronization(handle 0x5, no timeout)",
                support.ARROW + " WaitSynchronization: ok, index 2",
                "WaitSynchronization(handle 0x5, all, timeout 1000000 ns)",
                support.ARROW + " WaitSynchronization: 0x09401BFE Timeout (Info, StatusChanged, OS)"]
    support.check_equal(support.column(path, "_ws.col.Info"), expected, "waits")


def check_many():
    """Calls wait for what the other side says of them, but not for ever."""
    last = MOST_WITHOUT_SIDE + 1
    calls = [record(phase=phase, call_id=n) for n in range(1, last + 1) for phase in (ENTER, EXIT)]
    sides = [record(call_id=n, pid=9, flags=SERVER) for n in (1, 2, last)]
    path = capture(calls + sides)
    support.check_equal(support.rows(path, ["ipctap.call_id", "ipctap.same_call"], "-Y",
                                     "ipctap.flags.server == 1"),
                        [["1", ""], ["2", "3"], [str(last), str(2 * last - 1)]], "the other side")


def main():
    check_joining()
    check_order()
    check_sides()
    check_state()
    check_names()
    check_times()
    check_unimplemented()
    check_firmware()
    check_fragment()
    check_sections()
    check_cut_records()
    check_contents()
    check_strange()
    check_serving()
    check_waits()
    check_many()
    SECTIONS.check()
    print("%d captures" % CASES)


main()
