#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A Switch program's calls: names, sessions, objects, joined records, times, findings.

Usage: plugin_horizon.py GENERATOR
"""
import hashlib
import os
import struct
import sys

import plugin_support as support

A = support.ARROW + " "

# Frame by frame what horizon_calls.c does, up to the messages that it cuts off.
INFO = [
    "Note: from horizon_calls",
    "ConnectToPort(\"sm:\")",
    A + "ConnectToPort: ok, handle 0x83ff (sm:)",
    "sm: IUserInterface.RegisterClient()",
    A + "RegisterClient: ok",
    "sm: IUserInterface.GetServiceHandle(\"fsp-srv\")",
    A + "GetServiceHandle: ok, fsp-srv handle 0x103fe",
    "sm: IUserInterface.GetServiceHandle(\"set:sys\")",
    A + "GetServiceHandle: ok, set:sys handle 0x183fd",
    "fsp-srv QueryPointerBufferSize()",
    A + "QueryPointerBufferSize: ok, 4096 bytes",
    "fsp-srv ConvertCurrentObjectToDomain()",
    A + "ConvertCurrentObjectToDomain: ok, IFileSystemProxy#1",
    "fsp-srv IFileSystemProxy.OpenSdCardFileSystem()",
    A + "OpenSdCardFileSystem: ok, IFileSystem#2",
    "fsp-srv IFileSystem.OpenFile(path=\"/x\", mode=1)",
    A + "OpenFile: ok, IFile#3",
    "fsp-srv IFileSystem.OpenFile(path=\"/missing\", mode=1)",
    A + "OpenFile: fs PathNotFound (2002-0001)",
    "fsp-srv IFile.Read(offset=0, size=5, option=0, buffer=out 5)",
    "fsp-srv IFile.Read(offset=0, size=5, option=0, buffer=out 5)",
    A + "Read: ok, bytes_read=5, buffer=\"hello\"",
    A + "Read: ok, bytes_read=5, buffer=\"hello\"",
    "fsp-srv IFile.CloseObject()",
    A + "CloseObject: ok",
    "fsp-srv CloneCurrentObject()",
    A + "CloneCurrentObject: ok, session handle 0x203fc",
    "fsp-srv IFileSystem.GetFreeSpaceSize()",
    A + "GetFreeSpaceSize: ok, size=0",
    "fsp-srv CopyFromCurrentDomain(IFileSystem#2)",
    A + "CopyFromCurrentDomain: ok, IFileSystem handle 0x203fb",
    "fsp-srv IFileSystem.Commit()",
    A + "Commit: ok",
    "unknown session command 0()",
    A + "command 0: ok",
    "unknown session command 0()",
    A + "Read: ok",
    "unknown session IFile.Read()",
    A + "Read: ok, bytes_read=0",
    "set:sys ISystemSettingsServer.Close()",
    A + "Close: svc SessionClosed (2001-0123)",
    "CloseHandle(handle 0x103fe (fsp-srv))",
    A + "CloseHandle: ok",
    "Note, 0x283fa is fsp-srv",
    "fsp-srv IFileSystemProxy.OpenSdCardFileSystem()",
    A + "OpenSdCardFileSystem: ok, IFileSystem handle 0x283fb",
    "fsp-srv IFileSystem.Commit()",
    A + "Commit: ok",
    "set:sys ISystemSettingsServer.SetLanguageCode()",
    A + "SetLanguageCode: svc InvalidCombination (2001-0116)",
]
CUT_FROM = len(INFO) + 1

# What a display filter must find: field by field of the layouts, and what the tracking adds.
FILTERS = {
    'hipc.service == "sm:"': [4, 5, 6, 7, 8, 9],
    'hipc.service == "fsp-srv" && hipc.result != 0': [19],
    'hipc.result == 0xf601': [41],
    'cmif.command == "Close"': [40, 41],
    'cmif.result == 0x202': [19],
    'hipc.result_text contains "PathNotFound"': [19],
    'cmif.outcome == "IFile#3"': [17],
    'cmif.result.module == 2 && cmif.result.description == 1': [19],
    'cmif.interface == "IFile" && cmif.command == "Read"': [20, 21, 22, 23, 37, 38, 39],
    'cmif.object_path == "IFile#3"': [20, 21, 22, 23, 24, 25],
    'cmif.control == "CloneCurrentObject"': [26, 27],
    'cmif.control.pointer_buffer_size == 4096': [11],
    'cmif.control.object_id == 2': [30],
    'cmif.domain.object_id == 2 && frame.number < 51': [16, 18, 28],
    'cmif.domain.kind == 2': [24],
    'cmif.domain.object == 3': [17],
    'cmif.domain.out_object_count == 1': [15, 17],
    'cmif.argument.name == "mode" && cmif.argument.value == 1': [16, 18],
    'cmif.argument.name == "path" && cmif.argument.text == "\\"/x\\""': [16],
    'cmif.argument.size == 0x301': [16, 18],
    'cmif.argument_pointer_count && frame.number < 51': [28],
    'htipc.command_id == 1 && htipc.command == "GetServiceHandle"': [8, 9],
    'hipc.pid == 0x51': [4],
    'hipc.move_handle == 0x103fe': [7],
    'ipctap.handle.service == "fsp-srv" && hipc.move_handle': [7, 27, 31, 46],
    'ipctap.handle.stands_for == "session to fsp-srv IFileSystem"': [31, 46],
    'hipc.pointer.data contains "/x"': [16],
    'hipc.receive.data contains "hello"': [22, 23],
    'hipc.receive.size == 5 && frame.number < 51': [20, 21],
    'hipc.session_opened_in == 7 && cmif.method_id == 8': [16, 18],
    'hipc.session_closed_in == 40 && hipc': [40, 41, 49, 50],
    'cmif.object_closed_in == 24 && cmif.method_id == 0 && frame.number < 51': [20, 21],
    'hipc.move_handles_in_request': [49],
    'ipctap.kernel.call == 3': [2, 3],
    'ipctap.object_name == "sm:"': [2],
    'ipctap.flags.server == 1': [21, 22],
    'ipctap.same_call == 21': [20],
    'ipctap.same_call == 22': [23],
    'ipctap.response_to == 16 && ipctap.time == 0.000001': [17],
    'ipctap.response_to == 20': [23],
}

STABLE = ["frame.number", "_ws.col.Protocol", "_ws.col.Info", "_ws.col.Source",
          "_ws.col.Destination", "hipc.service", "hipc.result", "cmif.interface", "cmif.command",
          "cmif.object_path", "htipc.command", "ipctap.response_to", "ipctap.time"]


def check_endpoints(path):
    found = support.rows(path, ["_ws.col.Source", "_ws.col.Destination"], "-Y",
                         "frame.number in {2,3,16,17,21,22,34}")
    support.check_equal(found, [["pid 81", "kernel"], ["kernel", "pid 81"], ["pid 81", "fsp-srv"],
                                ["fsp-srv", "pid 81"], ["pid 81", "fs (pid 9)"],
                                ["fs (pid 9)", "pid 81"], ["pid 81", "unknown session"]],
                        "endpoints")


def check_passes(path):
    """One pass, two passes, a filter and a tree that nobody asked for give the same."""
    one = support.rows(path, STABLE)
    support.check_equal(support.rows(path, STABLE, "-2"), one, "two passes")
    support.check_equal(support.rows(path, STABLE, "-Y", "ipctap"), one, "with a filter")
    listing = support.tshark("-r", path, "-o", 'gui.column.format:"I","%i"')
    columns = [line.strip() for line in listing.split("\n")[:-1]]
    support.check_equal(columns, [row[2] for row in one], "without a tree")


def check_unanswered(path):
    support.check_equal(support.frames(path, "ipctap.unanswered"), [], "unanswered in one pass")
    unanswered = support.frames(path, "ipctap.unanswered", "-2")
    support.check_equal(unanswered[0], CUT_FROM, "first unanswered call")
    answered = [n for n in unanswered if n < CUT_FROM]
    support.check_equal(answered, [], "calls without a reply")


def check_cut(path, frames):
    """Every prefix of a message is marked as cut, the whole one is not."""
    truncated = support.frames(path, "hipc.truncated || hipc.raw_cut || _ws.expert")
    support.check(set(range(CUT_FROM, frames)) <= set(truncated), "cut messages without a mark")
    whole = support.column(path, "hipc.truncated", "-Y", "frame.number == %d" % frames)
    support.check_equal(whole, [""], "truncation of the whole message")


DESCRIPTIONS = """
interface nn::fssrv::sf::IFileSystem {
    [8] OpenAFile(buffer<text<0x301>, 0x19, 0x301> where, u32 how) -> object<X> file;
    @undocumented [10] Keep();
}
"""


def check_descriptions(path, folder):
    """The user's own .id files come before what is built in; a bad one is told with its place."""
    with open(os.path.join(folder, "own.id"), "w", encoding="utf-8") as stream:
        stream.write(DESCRIPTIONS)
    with open(os.path.join(folder, "wrong.id"), "w", encoding="utf-8") as stream:
        stream.write("interface I {\n  [0] F(u8;\n}\n")
    preference = "ipctap.names:" + folder
    info = support.column(path, "_ws.col.Info", "-o", preference, "-Y",
                          "frame.number in {16, 17, 32}")
    support.check_equal(info, ['fsp-srv IFileSystem.OpenAFile(where="/x", how=1)',
                               A + "OpenAFile: ok, X#3", "fsp-srv IFileSystem.Keep()"],
                        "Info by own descriptions")


def main():
    interface_id = struct.unpack("<I", hashlib.sha256(b"nn::fssrv::sf::IFile").digest()[:4])[0]
    with support.scratch("horizon") as folder:
        path = os.path.join(folder, "calls.pcap")
        os.chmod(folder, 0o755)
        if os.spawnl(os.P_WAIT, sys.argv[1], sys.argv[1], path, str(interface_id)) != 0:
            support.fail("the generator failed")
        info = support.column(path, "_ws.col.Info")
        support.check_equal(info[:len(INFO)], INFO, "Info")
        found = support.frames_by_filter(path, FILTERS)
        for text, expected in FILTERS.items():
            support.check_equal(found[text], sorted(expected), text)
        check_endpoints(path)
        check_passes(path)
        check_unanswered(path)
        check_cut(path, len(info))
        support.tshark("-r", path, "-V", "-2")
        check_descriptions(path, folder)
    print("%d frames, %d filters" % (len(info), len(FILTERS)))


main()
