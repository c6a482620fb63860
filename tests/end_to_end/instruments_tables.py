#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Wireshark's own instruments on the traffic of the reference server and clients: response times,
the calls tree, conversations, endpoints, Follow and Export Objects say what the fields say.

Usage: instruments_tables.py IPCSHARK
"""
import functools
import os
import re
from collections import Counter, defaultdict

import plugin_program
import plugin_support as support

KINDS = {"hipc": support.HIPC, "ctripc": support.CTR_COMMAND, "sceipmi": support.IPMI,
         "appmsg": support.APPMSG}


@functools.lru_cache(maxsize=None)
def statistics(capture, name, *arguments):
    return support.tshark("-q", "-r", capture, "-z", name, *arguments)


class Frame:
    """What the fields say about one record."""

    FIELDS = ("frame.number", "ipctap.kind", "ipctap.phase", "ipctap.process", "ipctap.peer",
              "ipctap.src", "ipctap.dst", "ipctap.time", "ipctap.same_call", "ipctap.stream",
              "ipctap.record_size", "ipctap.flags.server", "ipctap.response_to")

    def __init__(self, row):
        (self.number, self.kind, self.phase, self.process, self.peer, self.source,
         self.destination, self.time, self.same, self.stream, self.size, self.server,
         self.request) = row
        self.kind, self.phase, self.size = int(self.kind), int(self.phase), int(self.size)
        self.is_server = self.server in ("1", "True")
        self.repeated = False


def read_frames(capture):
    """All records; a server's record repeats its client's if the call has one anywhere."""
    frames = {row[0]: Frame(row) for row in support.rows(capture, Frame.FIELDS, "-2")}
    for frame in frames.values():
        request = frames.get(frame.request)
        known = frame.same or (request and request.same)
        frame.repeated = frame.is_server and bool(known)
    return list(frames.values())


def counted(frames):
    return [frame for frame in frames if not frame.repeated and frame.kind != support.NOTE]


# ---- Response times ----

def table_rows(output):
    """(table, command) -> (calls, sum of times)."""
    found, table = {}, None
    for line in output.split("\n"):
        head = re.match(r"Index +(.*?) +Calls +Min", line)
        row = re.match(r" *\d+ +(.*?) +(\d+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$", line)
        if head:
            table = head.group(1)
        elif row:
            found[table, row.group(1)] = (int(row.group(2)), float(row.group(6)))
    return found


def check_summary(found, summary):
    """The first table has a row for each of the others."""
    calls = Counter()
    for (table, _), row in found.items():
        calls[table] += row[0]
    support.check_equal({name: row[0] for (_, name), row in summary.items()}, dict(calls),
                        "the table of all")


def check_response_times(capture, frames):
    for protocol, kind in KINDS.items():
        rows = table_rows(statistics(capture, protocol + ",srt"))
        found = {key: row for key, row in rows.items() if not key[0].startswith("All ")}
        check_summary(found, {key: row for key, row in rows.items() if key not in found})
        times = [float(frame.time) for frame in counted(frames)
                 if frame.kind == kind and frame.time]
        support.check_equal(sum(row[0] for row in found.values()), len(times),
                            "calls in the tables of " + protocol)
        difference = abs(sum(row[1] for row in found.values()) - sum(times))
        support.check(difference < 1e-5, "%s: the sums of times differ by %f" % (
            protocol, difference))


def check_rows(capture):
    horizon = table_rows(statistics(capture, "hipc,srt"))
    for row in (("IFileSystem", "OpenFile"), ("IFile", "Read"), ("IUserInterface",
                                                                 "GetServiceHandle")):
        support.check(row in horizon, "no row %s in %s" % (row, sorted(horizon)))
    ctr = table_rows(statistics(capture, "ctripc,srt"))
    support.check(ctr["File", "Read"][0] >= 1, "no File Read: %s" % ctr)
    orbis = table_rows(statistics(capture, "sceipmi,srt"))
    support.check(orbis["SceAppMessaging", "SendMsg"][0] >= 1, "no SendMsg: %s" % orbis)


# ---- Tree ----

def tree_rows(output):
    """Path of names -> count; depth is the indentation."""
    found, path = {}, []
    for line in output.split("\n"):
        row = re.match(r"( *)(\S.*?) +(\d+) +[\d.]+ +[\d.]+%", line)
        if row:
            path = path[:len(row.group(1))] + [row.group(2)]
            found[tuple(path)] = int(row.group(3))
    return found


def check_tree(capture, frames):
    found = tree_rows(statistics(capture, "ipctap,tree"))
    expected = Counter(frame.process for frame in counted(frames) if frame.phase != support.EXIT)
    calls = {path[1]: count for path, count in found.items()
             if path[0] == "Calls by process" and len(path) == 2}
    support.check_equal(calls, dict(expected), "calls by process")
    for name in expected:
        children = [count for path, count in found.items()
                    if len(path) == 3 and path[1] == name and path[0] == "Calls by process"]
        support.check_equal(sum(children), expected[name], "calls of " + name)
    errors = [path for path in found if path[0] == "Errors by result" and len(path) == 3]
    support.check(("Errors by result", "fs PathNotFound (2002-0001)",
                   "fsp-srv IFileSystem OpenFile") in errors, "errors: %s" % errors)
    failed = support.frames(capture, "ctripc.result >= 0x80000000 && ipctap.kind == 2 && "
                            "ipctap.flags.server == 0")
    support.check(failed, "the traffic has no 3DS error")


# ---- Conversations and endpoints ----

def check_conversations(capture, frames):
    output = statistics(capture, "conv,ipctap")
    found = {}
    for line in output.split("\n"):
        row = re.match(r"(.*?) +<-> (.*?)  +\d+ .* (\d+) +[\d.,]+ ?\S* +[\d.,]+ +[\d.]+ *$", line)
        if row:
            found[frozenset((row.group(1), row.group(2)))] = int(row.group(3))
    expected = Counter(frozenset((frame.process, frame.peer)) for frame in counted(frames))
    support.check_equal(found, dict(expected), "frames of conversations")


def check_endpoints(capture, frames):
    output = statistics(capture, "endpoints,ipctap")
    found, expected = {}, defaultdict(int)
    for line in output.split("\n"):
        row = re.match(r"(\S.*?)  +(\d+) ", line)
        if row and "|" not in line:
            found[row.group(1)] = int(row.group(2))
    for frame in counted(frames):
        expected[frame.process] += 1
        expected[frame.peer] += 1
    support.check_equal(found, dict(expected), "frames of endpoints")


def check_filters(capture, frames):
    """What the tables' context menus filter by."""
    name = next(frame.process for frame in frames if frame.process.startswith("horizon-files "))
    expected = {
        'ipctap.src == "%s"' % name: [frame for frame in frames if frame.source == name],
        'ipctap.dst == "%s"' % name: [frame for frame in frames if frame.destination == name],
        'ipctap.endpoint == "fsp-srv"': [frame for frame in frames
                                         if "fsp-srv" in (frame.process, frame.peer)],
    }
    for text, found in support.frames_by_filter(capture, expected).items():
        support.check(expected[text], "no frames for " + text)
        support.check_equal(found, [int(frame.number) for frame in expected[text]], text)


# ---- Follow ----

def stream_of(capture, display_filter):
    streams = set(support.column(capture, "ipctap.stream", "-Y", display_filter))
    support.check_equal(len(streams), 1, "streams of " + display_filter)
    return streams.pop()


def check_follow(capture, frames):
    stream = stream_of(capture, 'hipc.service == "fsp-srv" && ipctap.flags.server == 0 && '
                       'ipctap.src matches "^horizon-files "')
    text = statistics(capture, "follow,ipctap,ascii," + stream)
    for part in ("Node 0: horizon-files (pid ", "Node 1: fsp-srv", "/scenario/data.bin",
                 "written through a map buffer"):
        support.check(part in text, "no \"%s\" in what was followed: %s" % (part, text[:400]))
    numbers = [frame for frame in frames if frame.stream == stream]
    chunks = re.findall(r"^(\t?)\d+$", text, re.MULTILINE)
    support.check(len(chunks) >= len(numbers), "%d pieces of %d frames" % (
        len(chunks), len(numbers)))
    replies = [chunk for chunk in chunks if chunk]
    support.check(len(numbers) // 2 <= len(replies) < len(chunks), "%d of %d pieces are replies" % (
        len(replies), len(chunks)))
    hexadecimal = statistics(capture, "follow,ipctap,hex," + stream)
    support.check("53 46 43 49" in hexadecimal, "no CMIF magic: " + hexadecimal[:400])


def check_other_streams(capture):
    orbis = stream_of(capture, 'sceipmi.kid == %s && ipctap.pid == %s' % tuple(support.rows(
        capture, ["sceipmi.kid", "ipctap.pid"], "-Y",
        "sceipmi.op == 0x320 && ipctap.phase == 1")[0]))
    text = statistics(capture, "follow,ipctap,ascii," + orbis)
    support.check("Node 1: SceAppMessaging" in text, "follow of a kid: " + text[:300])
    missing = statistics(capture, "follow,ipctap,ascii,999999")
    support.check(not re.search(r"^\t?\d+$", missing, re.MULTILINE), "stream 999999: " + missing)


# ---- Export Objects ----

def export(capture, folder, name, *arguments):
    target = os.path.join(folder, name)
    os.mkdir(target)
    os.chmod(target, 0o777)
    support.tshark("-q", "-r", capture, "--export-objects", "ipctap," + target, *arguments)
    objects = {}
    for entry in sorted(os.listdir(target)):
        with open(os.path.join(target, entry), "rb") as file:
            objects[entry] = file.read()
    return objects


def check_objects(capture, folder):
    objects = export(capture, folder, "once")
    support.check_equal(objects.get("scenario_data.bin"),
                        b"written through a map buffer, read back through another\0",
                        "the file of fsp-srv")
    support.check_equal(objects.get("ipcshark-ctr.txt"),
                        b"Written by a 3DS program through a mapped buffer.\0",
                        "the file of fs:USER")
    payloads = {data for name, data in objects.items()
                if re.match(r"SceAppMessaging-GetMsg-\d+-message0\.json$", name)}
    support.check(payloads and all(data[:1] in b"{[" for data in payloads),
                  "payloads of App Messaging: %s" % payloads)
    support.check_equal(export(capture, folder, "twice", "-2"), objects, "objects of two passes")


# ---- Protocols in frame: what Follow's menu and Enabled Protocols go by ----

def check_protocols(capture):
    listed = support.column(capture, "frame.protocols")
    pairs = (("cmif", "hipc"), ("htipc", "hipc"), ("appmsg", "sceipmi"))
    inside = {inner: 'frame.protocols contains "%s:%s"' % (outer, inner) for inner, outer in pairs}
    both = {inner: "%s && %s" % (outer, inner) for inner, outer in pairs}
    found = support.frames_by_filter(capture, [*inside, *inside.values(), *both.values()])
    for inner, outer in pairs:
        expected = [frame for frame in found[inner]
                    if "%s:%s" % (outer, inner) in listed[frame - 1]]
        support.check(expected, "no %s below %s" % (inner, outer))
        support.check_equal(found[inside[inner]], expected, "frames of " + inner)
        support.check_equal(found[both[inner]], expected, "frames of " + both[inner])
        support.check_equal(support.frames(capture, both[inner], "--disable-protocol", inner), [],
                            "%s, switched off" % inner)


def check_passes(capture):
    """All tables in one run, as they are in two passes and in one."""
    names = ("hipc,srt", "ctripc,srt", "sceipmi,srt", "appmsg,srt", "ipctap,tree", "conv,ipctap",
             "endpoints,ipctap", "follow,ipctap,hex,2")
    wanted = [part for name in names for part in ("-z", name)]
    found = support.tshark("-q", "-r", capture, *wanted)
    for name in names[:-1]:
        support.check(statistics(capture, name).strip() in found, name + " beside others")
    support.check_equal(support.tshark("-q", "-r", capture, "-2", *wanted), found, "two passes")


def main():
    with support.scratch("instruments") as folder:
        os.chmod(folder, 0o755)
        capture, _ = plugin_program.make_capture(folder)
        frames = read_frames(capture)
        check_response_times(capture, frames)
        check_rows(capture)
        check_tree(capture, frames)
        check_conversations(capture, frames)
        check_endpoints(capture, frames)
        check_filters(capture, frames)
        check_follow(capture, frames)
        check_other_streams(capture)
        check_objects(capture, folder)
        check_protocols(capture)
        check_passes(capture)
    print("%d frames, %d counted" % (len(frames), len(counted(frames))))


if __name__ == "__main__":
    main()
