#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a handle, an object id, a kid stands for: from connect to close, where numbers are given out again,
records are lost or come in another order, and processes end. What is not known must stay unknown."""
import os
import struct

import plugin_support as support
from plugin_support import (CTR, CTR_COMMAND, ENTER, EXIT, HANDLES, HIPC, HORIZON, IPMI, KERNEL, MESSAGE,
                            NOTE, OBJECT_NAME, ORBIS, PROCESS_NAME, SERVER, SERVICE, SNAPSHOT, SYNTHETIC,
                            cmif_reply, cmif_request, kernel_call, record, section)

HELLO, EXIT_PROCESS, CONNECT, CLOSE, CREATE_SESSION_PAIR, CREATE_PORT, ACCEPT, CONNECT_TO = range(1, 9)
WAIT, CREATE_EVENT, DUPLICATE = 10, 11, 20
CREATE_MEMORY, GET_PROCESS_ID = 14, 19
PSEUDO_PROCESS = 0xFFFF8001
CONTROL = 5
CONVERT, COPY, CLONE = 0, 1, 2


NAMES = ("hipc.service", "cmif.object_path", "cmif.command")
CTR_NAMES = ("ctripc.service", "ctripc.command", "ctripc.session_opened_in")


class Scenario:
    """Records in order, with what is expected of some; calls get ids of their own. Each scenario is an
    interface of one capture, so knows nothing of the others."""
    all = []

    def __init__(self, platform=HORIZON, pid=81, source=7):
        self.fixed = {"platform": platform, "pid": pid, "source": source}
        self.records = []
        self.expected = []
        self.call_id = 0
        Scenario.all.append(self)

    def expect(self, what, expected, fields=None, back=1):
        """Of the last record so far, or of one before it. Frames count from the scenario's first."""
        default = {HORIZON: NAMES, CTR: CTR_NAMES, ORBIS: ORBIS_NAMES}[self.fixed["platform"]]
        self.expected.append((what, len(self.records) - back, fields or default, expected))

    def add(self, *sections, **fields):
        self.records.append(record(*sections, **{**self.fixed, **fields}))

    def call(self, request, reply, **fields):
        """A client's call; without a reply if that is None."""
        self.call_id += 1
        fields = {"kind": HIPC if self.fixed["platform"] == HORIZON else CTR_COMMAND,
                  "call_id": self.call_id, **fields}
        self.add(request, phase=ENTER, **fields)
        if reply is not None:
            self.add(reply, phase=EXIT, **fields)

    def sides(self, handles, request, reply, order="CSsc", server_request=None, server_reply=None):
        """A call as client (C, c) and server (S, s) see it; what `order` leaves out is lost."""
        self.call_id += 1
        client = {"handle": handles[0], "peer_pid": 9}
        server = {"handle": handles[1], "pid": 9, "peer_pid": 81, "flags": SYNTHETIC | SERVER}
        parts = {"C": (client, ENTER, request), "S": (server, ENTER, server_request or request),
                 "s": (server, EXIT, server_reply or reply), "c": (client, EXIT, reply)}
        for letter in order:
            fields, phase, message = parts[letter]
            kind = HIPC if self.fixed["platform"] == HORIZON else CTR_COMMAND
            self.add(message, kind=kind, phase=phase, call_id=self.call_id, **fields)

    def kernel(self, number, name=None, results=None, waits=(), result=0, **arguments):
        """A system call, and its exit unless its results are False."""
        self.call_id += 1
        pid = arguments.pop("pid", self.fixed["pid"])
        fields = {"kind": KERNEL, "call_id": self.call_id, "pid": pid}
        sections = [section(OBJECT_NAME, name)] if name else []
        if waits:
            sections.append(section(HANDLES, struct.pack("<%dI" % len(waits), *waits)))
        self.add(kernel_call(number, **arguments), *sections, phase=ENTER, **fields)
        if results is not False:
            self.add(kernel_call(number, **(results or {})), phase=EXIT, result=result, **fields)

    def connect(self, name=None, handle=1):
        self.kernel(CONNECT, name or ("sm:" if self.fixed["platform"] == HORIZON else "srv:"),
                    {"handle": handle})

    def note(self, service, handle=5):
        self.add(section(SERVICE, service), kind=NOTE, phase=SNAPSHOT, handle=handle)

    def get_service(self, name, handle):
        self.call(cmif_request(1, name.encode().ljust(8, b"\0")), cmif_reply(move=handle), handle=1)

    def control(self, command, reply, handle, data=b""):
        self.call(cmif_request(command, data, message_type=CONTROL), reply, handle=handle)

    def convert(self, handle, root):
        self.control(CONVERT, cmif_reply(data=struct.pack("<I", root)), handle)

    def domain(self, handle, target, command, opens=(), result=0):
        """A request to an object, and its reply; `opens` None: the reply is lost."""
        reply = None if opens is None else cmif_reply(result, objects=opens)
        self.call(cmif_request(command, object_id=target), reply, handle=handle)

    def close_object(self, handle, target):
        self.call(cmif_request(0, object_id=target, kind=2), cmif_reply(objects=[]), handle=handle)


def domain_scenario(handle=5, root=1):
    scenario = Scenario()
    scenario.connect()
    scenario.get_service("fsp-srv", handle)
    scenario.convert(handle, root)
    scenario.domain(handle, root, 18, [2])
    return scenario


def check_object_ids():
    """"Requests to a domain object never get the wrong interface.\""""
    scenario = domain_scenario()
    scenario.domain(5, 2, 8, [3])
    scenario.domain(5, 3, 0)
    scenario.expect("an opened object", ["fsp-srv", "IFile#3", "Read"])
    scenario.close_object(5, 3)
    scenario.expect("its end", ["fsp-srv", "IFile#3", "CloseObject"])
    scenario.domain(5, 3, 0)
    scenario.expect("after its end", ["fsp-srv", "object#3", "command 0"])
    scenario.domain(5, 2, 9, [3])
    scenario.domain(5, 3, 0)
    scenario.expect("an id that is given out again", ["fsp-srv", "IDirectory#3", "Read", "18"],
                    (*NAMES, "cmif.object_opened_in"))
    scenario.domain(5, 2, 8, [3])
    scenario.domain(5, 3, 0)
    scenario.expect("an id that is given out again, its end unseen", ["fsp-srv", "IFile#3", "Read"])
    scenario.domain(5, 2, 8, [4], result=514)
    scenario.domain(5, 4, 0)
    scenario.expect("failed open", ["fsp-srv", "object#4", "command 0"])
    scenario.domain(5, 2, 8, None)
    scenario.domain(5, 5, 0)
    scenario.expect("lost reply", ["fsp-srv", "object#5", "command 0"])


def check_roots():
    """Which object of a domain is the service's own."""
    scenario = domain_scenario(root=7)
    scenario.expect("the object that the session's became", ["fsp-srv", "IFileSystemProxy#7", "OpenSdCardFileSystem"])
    scenario.domain(5, 1, 18)
    scenario.expect("another object, whatever its number", ["fsp-srv", "object#1", "command 18"])
    older = Scenario()
    older.note("fsp-srv")
    older.domain(5, 1, 18, [2])
    older.expect("first object of a domain that is older than the capture", ["fsp-srv", "IFileSystemProxy#1", "OpenSdCardFileSystem"])
    older.domain(5, 9, 18)
    older.expect("another of its", ["fsp-srv", "object#9", "command 18"])
    older.add(cmif_reply(objects=[]), phase=EXIT, handle=5, call_id=99)
    older.expect("reply without its request", ["fsp-srv", "", ""])
    older.call(cmif_request(18), None, handle=5)
    older.expect("plain message in a domain", ["fsp-srv", "", ""])
    lost = Scenario()
    lost.connect()
    lost.get_service("fsp-srv", 5)
    lost.control(CONVERT, None, 5)
    lost.domain(5, 1, 18, [2])
    lost.domain(5, 2, 8)
    lost.expect("a conversion whose reply was lost", ["fsp-srv", "IFileSystem#2", "OpenFile"])


def check_clones():
    """A clone has the same domain, whoever opens and closes; a copy is the object alone."""
    scenario = domain_scenario()
    scenario.control(CLONE, cmif_reply(move=6), 5)
    scenario.domain(6, 2, 8, [3])
    scenario.domain(5, 3, 0)
    scenario.expect("opened by the clone", ["fsp-srv", "IFile#3", "Read"])
    scenario.close_object(6, 3)
    scenario.domain(5, 3, 0)
    scenario.expect("closed by the clone", ["fsp-srv", "object#3", "command 0"])
    scenario.control(COPY, cmif_reply(move=7), 5, struct.pack("<I", 2))
    scenario.call(cmif_request(8), cmif_reply(), handle=7)
    scenario.expect("a copy", ["fsp-srv", "IFileSystem", "OpenFile"])


def check_reused_handles():
    """The same number, another session."""
    scenario = domain_scenario()
    scenario.kernel(CLOSE, handle=5)
    scenario.domain(5, 2, 8)
    scenario.expect("after CloseHandle", ["", "object#2", "command 8"])
    scenario.get_service("set:sys", 5)
    scenario.call(cmif_request(3), cmif_reply(), handle=5)
    scenario.expect("given out again", ["set:sys", "ISystemSettingsServer", "GetFirmwareVersion"])
    unseen = domain_scenario()
    unseen.call(cmif_request(18), cmif_reply(), handle=5)
    unseen.domain(5, 2, 8)
    unseen.expect("what answers plain messages is not the domain any more", ["", "object#2", "command 8"])
    named = domain_scenario()
    named.call(cmif_request(3), None, handle=5)
    named.records[-1] = record(cmif_request(3), section(SERVICE, "set:sys"), handle=5, call_id=50)
    named.expect("a producer that names another service", ["set:sys", "ISystemSettingsServer", "GetFirmwareVersion"])


def check_processes():
    """A pid that is given out again, and the same numbers in another source."""
    scenario = domain_scenario()
    scenario.add(kernel_call(EXIT_PROCESS), section(PROCESS_NAME, "first"), kind=KERNEL,
                 call_id=77)
    scenario.add(kernel_call(EXIT_PROCESS), kind=KERNEL, phase=EXIT, call_id=77)
    scenario.kernel(HELLO, "second", {"value": 81})
    scenario.call(cmif_request(3), cmif_reply(), handle=5)
    scenario.expect("another process of the same pid",
                    ["unknown session", "second (pid 81)", "", "", "command 3"],
                    ("_ws.col.Source", "_ws.col.Destination", *NAMES))
    scenario.expect("the last record of a process", ["first (pid 81)"], ["_ws.col.Destination"], 5)
    unseen = domain_scenario()
    unseen.kernel(HELLO, "second", {"value": 81})
    unseen.domain(5, 2, 8)
    unseen.expect("an exit that was lost", ["", "object#2", "command 8"])
    two = domain_scenario()
    two.fixed["source"] = 9
    two.domain(5, 2, 8)
    two.expect("another source", ["", "object#2", "command 8"])
    two.fixed["source"] = 7
    two.domain(5, 2, 8)
    two.expect("the first one", ["fsp-srv", "IFileSystem#2", "OpenFile"])


def opening_sides(order):
    scenario = Scenario()
    scenario.connect()
    scenario.get_service("fsp-srv", 5)
    scenario.sides((5, 0x77), cmif_request(CONVERT, message_type=CONTROL),
                   cmif_reply(data=struct.pack("<I", 1)))
    for target, command, opens in ((1, 18, [2]), (2, 8, [3])):
        scenario.sides((5, 0x77), cmif_request(command, object_id=target), cmif_reply(objects=opens),
                       order)
    scenario.sides((5, 0x77), cmif_request(0, object_id=3, kind=2), cmif_reply(objects=[]), order)
    return scenario


def check_sides():
    """Client and server in any order; what one side's records lost is unknown there."""
    for order in ("CSsc", "SsCc", "SCcs", "CScs"):
        scenario = opening_sides(order)
        for back in range(1, 5):
            scenario.expect("order " + order, ["fsp-srv", "IFile#3", "CloseObject"], back=back)
    scenario = opening_sides("CSs")
    fields = ("ipctap.pid", *NAMES, "hipc.session_opened_in")
    scenario.expect("lost replies", ["9", "fsp-srv", "IFile#3", "CloseObject", "4"], fields)
    scenario.expect("lost replies", ["9", "fsp-srv", "IFile#3", "CloseObject", "4"], fields, 2)
    scenario.expect("lost replies", ["81", "fsp-srv", "object#3", "CloseObject", "4"], fields, 3)
    reused = Scenario()
    reused.connect()
    reused.get_service("fsp-srv", 5)
    reused.get_service("set:sys", 6)
    reused.sides((5, 0x77), cmif_request(18), cmif_reply())
    reused.sides((6, 0x77), cmif_request(3), cmif_reply())
    for back in range(1, 5):
        reused.expect("a server that gives a handle to its next session",
                      ["set:sys", "ISystemSettingsServer", "GetFirmwareVersion"], back=back)


def check_sm():
    """sm: names services in its arguments, sm:m does not."""
    scenario = Scenario()
    scenario.connect("sm:m")
    scenario.call(cmif_request(1, struct.pack("<Q", 0x51)), cmif_reply(), handle=1)
    scenario.expect("sm:m", ["sm:m IManagerInterface.UnregisterProcess(process_id=81)"],
                    ["_ws.col.Info"], 2)
    scenario.connect()
    scenario.call(cmif_request(4, bytes(8)), cmif_reply(), handle=1)
    scenario.expect("DetachClient", ["sm: IUserInterface.DetachClient()"], ["_ws.col.Info"], 2)


OPEN_FILE = (0x080201C2, 0, 0, 0, 3, 2, 1, 0, 2 << 14 | 2, 0x1000)


def words(*values):
    return section(MESSAGE, struct.pack("<%dI" % len(values), *values))


def ctr_scenario(*services):
    scenario = Scenario(CTR)
    scenario.connect()
    for n, service in enumerate(services):
        name = struct.unpack("<II", service.encode().ljust(8, b"\0"))
        scenario.call(words(0x00050100, *name, len(service), 0),
                      words(0x00050042, 0, 0x10, 7 + n), handle=1)
    return scenario


def check_ctr():
    scenario = ctr_scenario("fs:USER")
    scenario.call(words(*OPEN_FILE), words(0x08020042, 0, 0x10, 9), handle=7)
    scenario.call(words(0x080C0000), words(0x080C0040, 0), handle=9)
    scenario.expect("a file", ["File", "OpenLinkFile", "6"])
    scenario.call(words(0x08080000), words(0x00000040, 0xD900182F), handle=9)
    scenario.expect("a reply is to its request, whatever its header says", ["File", "Close", "6"])
    scenario.kernel(CLOSE, handle=9)
    scenario.call(words(0x08080000), words(0x08080040, 0), handle=9)
    scenario.expect("after CloseHandle", ["", "0x0808", ""])
    scenario.call(words(*OPEN_FILE), words(0x08020042, 0xC8804478, 0x10, 9), handle=7)
    scenario.call(words(0x08080000), words(0x08080040, 0), handle=9)
    scenario.expect("failed open", ["", "0x0808", ""])
    scenario.add(words(*OPEN_FILE), kind=CTR_COMMAND, handle=7, call_id=90)
    scenario.add(kind=CTR_COMMAND, phase=EXIT, handle=7, call_id=90, result=0xD8E007F7)
    scenario.expect("a call that the kernel refused", ["fs:USER", "OpenFile", "4", "fs:USER"],
                    (*CTR_NAMES, "_ws.col.Source"))
    sides = ctr_scenario("fs:USER", "cfg:u")
    sides.sides((7, 0x77), words(*OPEN_FILE), words(0x08020040, 1))
    sides.sides((8, 0x77), words(0x00020000), words(0x00020080, 0, 1))
    for back in (6, 7):
        sides.expect("the server's side", ["fs:USER", "OpenFile", "4"], back=back)
    for back in (2, 3):
        sides.expect("its next session", ["cfg:u", "GetRegion", "6"], back=back)


STANDS_FOR = ("ipctap.handle.stands_for", "ipctap.handle.opened_in")


def passing(command, copy=(), move=()):
    """A request with handles."""
    payload = struct.pack("<IIII", 0x49434653, 0, command, 0)
    handles = struct.pack("<%dI" % len(copy + move), *copy, *move)
    header = struct.pack("<III", 4, (len(payload) + 16) // 4 | 1 << 31,
                         len(copy) << 1 | len(move) << 5) + handles
    padding = -len(header) % 16
    return section(MESSAGE, header + bytes(padding) + payload + bytes(16 - padding))


def check_named_handles():
    """Handles in messages say what they stand for."""
    scenario = domain_scenario()
    scenario.expect("a handle that a reply moves", ["session to fsp-srv", "4"], STANDS_FOR, 5)
    scenario.kernel(CONNECT, "sm:", {"handle": 2})
    scenario.expect("a connection", ["session to sm:", "10"], STANDS_FOR)
    scenario.call(cmif_request(18), cmif_reply(move=6), handle=9)
    scenario.expect("a handle of an unknown session", ["session", "12"], STANDS_FOR)
    scenario.control(COPY, cmif_reply(move=7), 5, struct.pack("<I", 2))
    scenario.expect("a copied object", ["session to fsp-srv IFileSystem", "14"], STANDS_FOR)
    scenario.call(cmif_request(2, b"mine\0\0\0\0"), cmif_reply(move=8), handle=1)
    scenario.expect("a port", ["port mine", "16"], STANDS_FOR)
    scenario.kernel(ACCEPT, results={"handle": 10}, handle=8)
    scenario.expect("its argument", ["port mine", "16"], STANDS_FOR, 2)
    scenario.expect("what it gives", ["session to mine", "18"], STANDS_FOR)
    scenario.kernel(WAIT, waits=[0x55, 5, 10])
    scenario.expect("what is waited for", ["session to fsp-srv,session to mine", "4,18"], STANDS_FOR, 2)
    scenario.expect("Info of a wait", ["WaitSynchronization(handle 0x55, handle 0x5 (fsp-srv), "
                                       "handle 0xa (mine))"], ["_ws.col.Info"], 2)
    scenario.kernel(CLOSE, handle=7)
    scenario.expect("Info of a close", ["CloseHandle(handle 0x7 (fsp-srv IFileSystem))"],
                    ["_ws.col.Info"], 2)
    scenario.kernel(CLOSE, handle=7)
    scenario.expect("a handle that is closed", ["", ""], STANDS_FOR, 2)
    scenario.kernel(CREATE_EVENT, results={"handle": 5, "handle_2": 11})
    scenario.expect("another object behind a number", ["writable event,readable event", "26,26"],
                    STANDS_FOR)
    scenario.kernel(WAIT, waits=[11])
    scenario.expect("an event that is waited for", ["readable event", "26"], STANDS_FOR, 2)
    scenario.kernel(WAIT, waits=[PSEUDO_PROCESS])
    scenario.expect("a pseudo handle", ["WaitSynchronization(handle 0xffff8001 (this process))"],
                    ["_ws.col.Info"], 2)


def check_other_handles():
    """Events, shared memory and the like: what made them, or what brought them."""
    scenario = Scenario()
    scenario.connect()
    scenario.get_service("set:sys", 6)
    scenario.kernel(CREATE_EVENT, results={"handle": 10, "handle_2": 11})
    scenario.sides((6, 0x77), passing(3, (11,)), cmif_reply(), server_request=passing(3, (0x98,)))
    scenario.expect("an event that is sent", ["readable event", "6"], STANDS_FOR, 4)
    scenario.expect("received", ["readable event", "8"], STANDS_FOR, 3)
    scenario.expect("where it was made", ["6"], ["ipctap.handle.made_in"], 3)
    scenario.kernel(WAIT, waits=[0x98], pid=9)
    scenario.expect("waited for", ["WaitSynchronization(handle 0x98 (readable event))"],
                    ["_ws.col.Info"], 2)
    scenario.kernel(CLOSE, handle=11)
    scenario.kernel(WAIT, waits=[0x98], pid=9)
    scenario.expect("closed by its maker alone", ["readable event", "8"], STANDS_FOR, 2)
    scenario.kernel(GET_PROCESS_ID, results={"value": 9}, handle=0x20)
    scenario.kernel(CLOSE, handle=0x20)
    scenario.expect("a process", ["process pid 9"], STANDS_FOR[:1], 2)
    scenario.kernel(CREATE_MEMORY, results={"handle": 0x21, "size": 4096}, size=4096)
    scenario.expect("memory", [support.ARROW + " CreateMemoryBlock: ok, handle 0x21 (shared memory), size 0x1000"],
                    ["_ws.col.Info"])
    scenario.call(passing(3, (0x21,)), None, handle=6)
    scenario.call(cmif_request(3), cmif_reply(), handle=0x21)
    scenario.expect("no session", ["", "", "command 3"], back=2)
    moved = Scenario()
    moved.connect()
    moved.kernel(CREATE_EVENT, results={"handle": 0x98, "handle_2": 0x99}, pid=9)
    moved.sides((1, 0x77), cmif_request(2, b"mine\0\0\0\0"), cmif_reply(move=6), "CSsc",
                server_reply=cmif_reply(move=0x99))
    moved.expect("a port by a number that was an event's", ["port mine", "8"], STANDS_FOR)
    moved.kernel(WAIT, waits=[0x99, 0x98], pid=9)
    moved.expect("what is left of it", ["writable event", "4"], STANDS_FOR, 2)
    unknown = Scenario(pid=9)
    unknown.call(passing(3, (0x55,)), None, handle=0x77, flags=SYNTHETIC | SERVER)
    unknown.expect("from nobody knows where", ["handle of unknown session command 3", "1"], STANDS_FOR)
    pad = ctr_scenario("hid:USER")
    pad.call(words(0x000A0000), words(0x000A0047, 0, 0x14000000, 1, 2, 3, 4, 5, 6), handle=7)
    pad.expect("by its argument's name", [
        "shared memory of hid:USER GetIPCHandles" + ",event of hid:USER GetIPCHandles" * 5,
        ",".join("6" * 6)], STANDS_FOR)
    pad.kernel(15, handle=1)
    pad.expect("mapped", ["MapMemoryBlock(handle 0x1 (shared memory of hid:USER GetIPCHandles))"],
               ["_ws.col.Info"], 2)


def check_objects():
    """Object ids as values say what they stand for."""
    scenario = domain_scenario()
    scenario.domain(5, 2, 8, [3])
    scenario.expect("an object of its own", ["", "IFile#3"], ("ipctap.handle.stands_for", "cmif.outcome"))
    scenario.domain(5, 2, 8, [4, 7])
    scenario.expect("several", ["IFile#4 of fsp-srv,object#7 of fsp-srv", "12,12"], STANDS_FOR)
    scenario.control(COPY, cmif_reply(move=9), 5, struct.pack("<I", 3))
    scenario.expect("that is copied", ["IFile#3 of fsp-srv", "10"], STANDS_FOR, 2)
    scenario.control(COPY, cmif_reply(), 5, struct.pack("<I", 99))
    scenario.expect("that nobody knows", ["", ""], STANDS_FOR, 2)


def check_kernel_handles():
    """What system calls give out."""
    scenario = Scenario()
    scenario.kernel(CREATE_PORT, "mine", {"handle": 8, "handle_2": 9})
    scenario.expect("both ends of a port", ["port mine,port mine", "2,2"], STANDS_FOR)
    scenario.kernel(CONNECT_TO, results={"handle": 10}, handle=9)
    scenario.expect("a session to it", ["session to mine", "4"], STANDS_FOR)
    scenario.kernel(CREATE_SESSION_PAIR, results={"handle": 12, "handle_2": 13})
    scenario.expect("both ends of a session", ["session,session", "6,6"], STANDS_FOR)
    scenario.kernel(DUPLICATE, results={"handle": 14}, handle=10)
    scenario.expect("a second handle of it", ["session to mine", "4"], STANDS_FOR)
    scenario.kernel(CLOSE, handle=10)
    scenario.kernel(WAIT, waits=[14])
    scenario.expect("the second one, when the first is closed", ["session to mine", "4"], STANDS_FOR, 2)
    scenario.kernel(DUPLICATE, results={"handle": 15}, handle=10)
    scenario.expect("a second handle of a closed one", ["", ""], STANDS_FOR)
    scenario.add(kernel_call(CLOSE, handle=14), kind=KERNEL, phase=SNAPSHOT)
    scenario.kernel(WAIT, waits=[14])
    scenario.expect("a close of which only the end is known", ["", ""], STANDS_FOR, 2)
    scenario.kernel(WAIT, waits=range(0x20, 0x40))
    scenario.expect("more handles than there is room for", [
        "WaitSynchronization(%s, %d more)" % (", ".join("handle 0x%x" % n for n in range(0x20, 0x24)),
                                              28)], ["_ws.col.Info"], 2)
    scenario.kernel(WAIT, results={"value": 0xFFFFFFFF}, result=0xEA01, waits=[14, 15], value=1)
    scenario.expect("for all", ["WaitSynchronization(handle 0xe, handle 0xf, all)"], ["_ws.col.Info"], 2)
    scenario.expect("no index", [support.ARROW + " WaitSynchronization: svc TimedOut (2001-0117)"],
                    ["_ws.col.Info"])
    scenario.kernel(WAIT, results={"value": 1}, waits=[14, 15])
    scenario.expect("an index", [support.ARROW + " WaitSynchronization: ok, index 1 (handle 0xf)"],
                    ["_ws.col.Info"])


def check_transfers():
    """Handles that go from process to process stand for the same there."""
    scenario = Scenario()
    scenario.connect()
    scenario.get_service("fsp-srv", 5)
    scenario.get_service("set:sys", 6)
    scenario.sides((6, 0x77), passing(3, (0x33, 5)), cmif_reply(),
                   server_request=passing(3, (0x98, 0x99)))
    scenario.expect("a copied handle, sent", ["session to fsp-srv", "4"], STANDS_FOR, 4)
    scenario.expect("received", ["handle of ISystemSettingsServer GetFirmwareVersion,session to fsp-srv",
                                 "8,8"], STANDS_FOR, 3)
    scenario.call(cmif_request(18), cmif_reply(), handle=0x99, pid=9)
    scenario.expect("used by its receiver", ["fsp-srv", "IFileSystemProxy", "OpenSdCardFileSystem"])
    scenario.call(cmif_request(18), cmif_reply(), handle=5)
    scenario.expect("and by its sender", ["fsp-srv", "IFileSystemProxy", "OpenSdCardFileSystem"])
    scenario.sides((6, 0x77), passing(3, (0x33,)), cmif_reply(), server_request=passing(3, (0x99,)))
    scenario.call(cmif_request(18), None, handle=0x99, pid=9)
    scenario.expect("a number that a new handle has", ["", "", "command 18"])
    back = Scenario()
    back.add(section(SERVICE, "fsp-srv"), kind=NOTE, phase=SNAPSHOT, handle=0x99, pid=9)
    back.sides((6, 0x77), cmif_request(3), cmif_reply(move=0x12), server_reply=cmif_reply(move=0x99))
    back.expect("moved by the reply", ["session to fsp-srv", "5"], STANDS_FOR)
    back.call(cmif_request(18), None, handle=0x12)
    back.expect("what came", ["fsp-srv", "IFileSystemProxy", "OpenSdCardFileSystem"])
    back.call(cmif_request(18), None, handle=0x99, pid=9)
    back.expect("what went", ["", "", "command 18"])


def check_ctr_transfers():
    scenario = ctr_scenario("fs:USER", "cfg:u")
    scenario.expect("a reply's handle", ["session to cfg:u", "6"], STANDS_FOR)
    scenario.sides((8, 0x77), words(0x0FFF0004, 0, 0x33, 0x10, 7), words(0x00010040, 0),
                   server_request=words(0x0FFF0004, 0, 0x98, 0x10, 0x99))
    scenario.expect("moved by a request", ["session to fs:USER", "4"], STANDS_FOR, 4)
    scenario.expect("Info", ["cfg:u 0x0FFF(handle 0x33, handle 0x7 (fs:USER))"], ["_ws.col.Info"],
                    4)
    scenario.expect("received", ["session to fs:USER", "8"], STANDS_FOR, 3)
    scenario.call(words(*OPEN_FILE), words(0x08020042, 0, 0x10, 9), handle=0x99, pid=9)
    scenario.expect("used by its receiver", ["fs:USER", "OpenFile", "8"])
    scenario.call(words(*OPEN_FILE), None, handle=7)
    scenario.expect("gone from its sender", ["", "0x0802", ""])
    scenario.sides((8, 0x77), words(0x00010000), words(0x00010042, 0, 0x10, 0x21),
                   server_reply=words(0x00010042, 0, 0x10, 0x99))
    scenario.expect("moved by a reply", ["session to fs:USER", "17"], STANDS_FOR)
    scenario.call(words(*OPEN_FILE), None, handle=0x21)
    scenario.expect("what came", ["fs:USER", "OpenFile", "17"])
    scenario.call(words(*OPEN_FILE), None, handle=0x99, pid=9)
    scenario.expect("what went", ["", "0x0802", ""])


IPMI_CALL, IPMI_BLOCK, IPMI_NAME = 0x30, 0x31, 0x3B
CREATE_SERVER, DESTROY_SERVER, CREATE_CLIENT, DESTROY_CLIENT, CREATE_SESSION = range(5)
RECEIVE_PACKET, INVOKE = 0x201, 0x320
OUT_VALID = 4
ORBIS_NAMES = ("sceipmi.service", "sceipmi.kid.kind", "sceipmi.kid.made_in")
CLIENT, SESSION_KIND = "2", "4"


def manager_call(scenario, number, kid=0, out=0, name=None, **fields):
    """A manager call and its return; `out` is its result or the new kid."""
    scenario.call_id += 1
    fields = {"kind": IPMI, "call_id": scenario.call_id, **fields}
    names = [section(IPMI_NAME, name + "\0")] if name else []
    for phase, valid in ((ENTER, 0), (EXIT, OUT_VALID)):
        scenario.add(section(IPMI_CALL, struct.pack("<IIQQQQQIIQ", number, kid, 0, 0, 0, 0, 0, out,
                                                    valid, 0)), *names, phase=phase, **fields)


def check_kids():
    """Kids are made, destroyed and given out again; sessions are of the thread's server."""
    scenario = Scenario(ORBIS)
    manager_call(scenario, CREATE_CLIENT, out=11, name="SceOne")
    scenario.expect("where a kid is made", ["SceOne", CLIENT, "2"], back=1)
    manager_call(scenario, INVOKE, 11)
    scenario.expect("a client's call", ["SceOne", CLIENT, "2"])
    manager_call(scenario, CREATE_CLIENT, out=0x80020016, name="SceTwo")
    manager_call(scenario, DESTROY_CLIENT, 11, out=0x80020016)
    manager_call(scenario, INVOKE, 11)
    scenario.expect("a destruction that failed", ["SceOne", CLIENT, "2"])
    manager_call(scenario, DESTROY_CLIENT, 11)
    manager_call(scenario, INVOKE, 11)
    scenario.expect("a kid that is destroyed", ["", CLIENT, ""])
    manager_call(scenario, CREATE_CLIENT, out=11, name="SceTwo")
    manager_call(scenario, INVOKE, 11)
    scenario.expect("a kid that is given out again", ["SceTwo", CLIENT, "16"])
    manager_call(scenario, INVOKE, 11, pid=82)
    scenario.expect("another process", ["", CLIENT, ""])
    scenario.kernel(EXIT_PROCESS)
    manager_call(scenario, INVOKE, 11)
    scenario.expect("after the process", ["", CLIENT, ""])
    servers = Scenario(ORBIS)
    manager_call(servers, CREATE_SERVER, out=20, name="SceOne")
    manager_call(servers, CREATE_SERVER, out=21, name="SceTwo")
    manager_call(servers, RECEIVE_PACKET, 20, tid=5)
    manager_call(servers, RECEIVE_PACKET, 21, tid=6)
    manager_call(servers, CREATE_SESSION, out=30, tid=5)
    servers.expect("a session of the thread's server", ["SceOne", SESSION_KIND, "10"])
    manager_call(servers, CREATE_SESSION, out=31, tid=6)
    servers.expect("of the other thread's", ["SceTwo", SESSION_KIND, "12"])
    manager_call(servers, CREATE_SESSION, out=32, tid=7)
    servers.expect("of the last one used", ["SceTwo", SESSION_KIND, "14"])
    manager_call(servers, DESTROY_SERVER, 20)
    manager_call(servers, CREATE_SESSION, out=33, tid=5)
    servers.expect("of one that is gone", ["", SESSION_KIND, "18"])


IPMI_PACKET, IPMI_PACKET_INFO = 0x37, 0x38
CONNECT_CLIENT, SEND_CONNECT_RESULT, RESPOND_SYNC, SET_EVENT_FLAG = 0x400, 0x212, 0x232, 0x493
PACKET_CONNECT, PACKET_SYNC = 1, 0x41
PACKET_METHOD = 9
ENDS = ("sceipmi.service", "ipctap.peer", "sceipmi.client", "sceipmi.server", "sceipmi.other_kid")
CONNECTION = ("sceipmi.invoked_in", "sceipmi.received_in")


def client_packet(packet_type, pid, kid):
    """What a server receives, and what the manager says of it."""
    body = struct.pack("<II328x20x", pid, kid) if packet_type == PACKET_CONNECT else \
        struct.pack("<QIIII", 0, pid, PACKET_METHOD, 0, 0)
    return (section(IPMI_PACKET, body),
            section(IPMI_PACKET_INFO, struct.pack("<QIIQ", len(body), packet_type, kid, 0)))


def receive(scenario, server, packet_type, client, kid, **fields):
    scenario.call_id += 1
    fields = {"kind": IPMI, "call_id": scenario.call_id, **fields}
    for phase, valid, packet in ((ENTER, 0, ()), (EXIT, OUT_VALID, client_packet(packet_type, client, kid))):
        scenario.add(section(IPMI_CALL, struct.pack("<IIQQQQQIIQ", RECEIVE_PACKET, server, 0, 0, 0, 0, 0, 0,
                                                    valid, 0)), *packet, phase=phase, **fields)


def check_kid_ends():
    """A client's kid and its session's: whose each is, and whom a server speaks to."""
    scenario = Scenario(ORBIS)
    server = {"pid": 9}
    manager_call(scenario, CREATE_CLIENT, out=11, name="SceOne")
    manager_call(scenario, CONNECT_CLIENT, 11)
    manager_call(scenario, CREATE_SERVER, out=20, name="SceOne", **server)
    receive(scenario, 20, PACKET_CONNECT, 81, 11, tid=5, **server)
    scenario.expect("a connection", ["SceOne", "IPMI manager", "pid 81", "", "0x0000000b"], ENDS)
    scenario.expect("where it was asked for", ["3", ""], CONNECTION)
    receive(scenario, 20, PACKET_CONNECT, 82, 11, tid=6, **server)
    scenario.expect("of an older client", ["SceOne", "IPMI manager", "pid 82", "", "0x0000000b"], ENDS)
    manager_call(scenario, CREATE_SESSION, out=30, tid=5, **server)
    scenario.expect("a session", ["SceOne", "IPMI manager", "pid 81", "", "0x0000000b"], ENDS)
    manager_call(scenario, CREATE_SESSION, out=31, tid=6, **server)
    scenario.expect("another thread's", ["SceOne", "IPMI manager", "pid 82", "", "0x0000000b"], ENDS)
    manager_call(scenario, SEND_CONNECT_RESULT, 30, tid=5, **server)
    scenario.expect("its result", ["SceOne", "pid 81", "pid 81", "", "0x0000000b"], ENDS)
    scenario.expect("answers", ["3", "8"], CONNECTION, 2)
    manager_call(scenario, SET_EVENT_FLAG, 31, tid=5, **server)
    scenario.expect("a flag", ["SceOne", "pid 82", "pid 82", "", "0x0000000b"], ENDS)
    manager_call(scenario, INVOKE, 11)
    scenario.expect("the client's end", ["SceOne", "SceOne", "", "pid 9", "0x0000001e"], ENDS)
    manager_call(scenario, SET_EVENT_FLAG, 33, tid=5, **server)
    scenario.expect("an unknown session", ["", "IPMI manager", "", "", ""], ENDS)
    middle = Scenario(ORBIS)
    manager_call(middle, CREATE_CLIENT, out=11, name="SceOne")
    receive(middle, 20, PACKET_SYNC, 81, 11, **server)
    middle.expect("a server that is older", ["SceOne", "IPMI manager", "pid 81", "", "0x0000000b"], ENDS)
    manager_call(middle, RESPOND_SYNC, 30, **server)
    middle.expect("its session", ["SceOne", "pid 81", "pid 81", "", "0x0000000b"], ENDS)


MOST_OPEN_CALLS = 64


def check_many_calls():
    """Of calls that nobody receives the last ones are kept."""
    scenario = Scenario(ORBIS)
    server = {"pid": 9}
    manager_call(scenario, CREATE_CLIENT, out=11, name="SceOne")
    for _ in range(MOST_OPEN_CALLS + 1):
        scenario.call_id += 1
        scenario.add(section(IPMI_CALL, struct.pack("<II56x", INVOKE, 11)),
                     section(IPMI_BLOCK, struct.pack("<I44x", PACKET_METHOD)), kind=IPMI, phase=ENTER,
                     call_id=scenario.call_id)
    receive(scenario, 20, PACKET_SYNC, 81, 11, **server)
    scenario.expect("the first of those that are kept", ["4", ""], CONNECTION)


CALL_NAMES = ("ipctap.call.service", "ipctap.call.interface", "ipctap.call.command",
              "ipctap.call.object", "ipctap.session_opened_in")


def check_call_names():
    """The same fields for all systems."""
    scenario = domain_scenario()
    scenario.expect("ConnectToPort", ["sm:", "", "ConnectToPort", "", "2"], CALL_NAMES, 7)
    scenario.expect("a service", ["sm:", "IUserInterface", "GetServiceHandle", "IUserInterface", "2"],
                    CALL_NAMES, 5)
    scenario.expect("a session", ["fsp-srv", "IHipcManager", "ConvertCurrentObjectToDomain",
                                  "IFileSystemProxy", "4"], CALL_NAMES, 3)
    scenario.domain(5, 2, 8, [3])
    scenario.expect("an object", ["fsp-srv", "IFileSystem", "OpenFile", "IFileSystem#2", "4"],
                    CALL_NAMES)
    scenario.kernel(CLOSE, handle=5)
    scenario.expect("CloseHandle", ["fsp-srv", "", "CloseHandle", "", "4"], CALL_NAMES, 2)
    scenario.expect("its end", ["fsp-srv", "", "CloseHandle", "", "4"], CALL_NAMES)
    files = ctr_scenario("fs:USER")
    files.expect("a 3DS service", ["srv:", "srv:", "GetServiceHandle", "srv:", "2"], CALL_NAMES)
    files.call(words(*OPEN_FILE), words(0x08020042, 0, 0x10, 9), handle=7)
    files.call(words(0x08080000), words(0x08080040, 0), handle=9)
    files.expect("a file's session", ["fs:USER", "File", "Close", "File", "6"], CALL_NAMES)
    files.kernel(CLOSE, handle=9)
    files.expect("its end", ["fs:USER", "", "CloseHandle", "", "6"], CALL_NAMES)
    kids = Scenario(ORBIS)
    manager_call(kids, CREATE_CLIENT, out=11, name="SceOne")
    manager_call(kids, INVOKE, 11)
    kids.expect("a manager call", ["SceOne", "SceOne", "InvokeSyncMethod", "client 0xb", "2"],
                CALL_NAMES)


FRAMES = (*CONNECTION, "sceipmi.kid.made_in", "ipctap.session_opened_in", "ipctap.handle.opened_in", "ipctap.handle.made_in", "hipc.session_opened_in", "ctripc.session_opened_in", "cmif.object_opened_in")


def check_row(row, first, fields, expected, what):
    """`row` has all fields of all scenarios; frames count from the scenario's first."""
    found = [",".join(str(int(number) - first) for number in row[field].split(","))
             if field in FRAMES and row[field] else row[field] for field in fields]
    support.check_equal(found, expected, what)


def check_all(path, *arguments):
    fields = sorted({field for scenario in Scenario.all for _, _, names, _ in scenario.expected
                     for field in names})
    rows = [dict(zip(fields, row)) for row in support.rows(path, fields, *arguments)]
    first = 0
    for scenario in Scenario.all:
        for what, index, names, expected in scenario.expected:
            check_row(rows[first + index], first, names, expected, what)
        first += len(scenario.records)
    support.check_equal(len(rows), first, "frames")


def main():
    check_object_ids()
    check_roots()
    check_clones()
    check_reused_handles()
    check_processes()
    check_sides()
    check_sm()
    check_ctr()
    check_named_handles()
    check_kernel_handles()
    check_other_handles()
    check_objects()
    check_transfers()
    check_ctr_transfers()
    check_kids()
    check_kid_ends()
    check_many_calls()
    check_call_names()
    with support.scratch("context") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "context.pcapng")
        support.pcapng(path, [(n, support.TAGS + data) for n, scenario in enumerate(Scenario.all)
                              for data in scenario.records])
        check_all(path)
        check_all(path, "-2")
    print("%d scenarios" % len(Scenario.all))


if __name__ == "__main__":
    main()
