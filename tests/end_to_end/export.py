#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark export: the same calls as rows in each format, with the columns that docs/export.md names."""
import csv
import gzip
import io
import json
import os
import re
import subprocess

import plugin_support as support
from plugin_support import EXIT, SERVER, SYNTHETIC, check, check_equal, record, section

PROGRAM = os.path.join(support.BUILD, "bin", "ipcshark")
OPEN_FILE = 8


def export(path, *arguments, status=0, data=None):
    done = subprocess.run([PROGRAM, "export", *arguments, path], input=data, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    check_equal(done.returncode, status, "status of export: %s" % done.stderr.decode())
    return done.stdout.decode(), done.stderr.decode()


def rows(path, *arguments, **others):
    return [json.loads(line) for line in export(path, *arguments, **others)[0].splitlines()]


def calls():
    names = [section(support.SERVICE, "fsp-srv"), section(support.PROCESS_NAME, "game")]
    return [record(support.cmif_request(OPEN_FILE), *names, call_id=1, time=1795262034000000500),
            record(support.cmif_request(7), call_id=2, time=1795262034000001000, tid=2),
            record(support.cmif_reply(0x202), call_id=1, phase=EXIT, time=1795262034000002500)]


def test_columns(path):
    """docs/export.md lists every column in its order, and no other."""
    support.write_records(path, calls())
    found = rows(path)
    with open(os.path.join(support.SOURCE, "docs", "export.md"), encoding="utf-8") as file:
        listed = re.findall(r"^\| `(\w+)` \|", file.read(), re.MULTILINE)
    for row in found:
        check_equal(list(row), listed, "columns")
    check_equal(export(path, "--format", "csv")[0].splitlines()[0], ",".join(listed), "titles")


def test_joined(path):
    support.write_records(path, calls())
    answered, unanswered = rows(path)
    expected = {"number": 1, "status": "answered", "time": "2026-11-21T11:53:54.000000Z",
                "time_ns": 1795262034000000500, "duration_ns": 2000, "system": "Horizon",
                "service": "fsp-srv", "process": "game", "command_id": 8, "call_id": "1",
                "failed": True, "result": 0x202, "result_text": "fs PathNotFound (2002-0001)",
                "kernel_result": 0, "side": "client", "truncated": False}
    check_equal({name: answered[name] for name in expected}, expected, "answered call")
    check_equal((unanswered["status"], unanswered["failed"], unanswered["duration_ns"]),
                ("unanswered", None, None), "unanswered call")


def test_service_is_remembered(path):
    """"SERVICE holds for (source, pid, object) until replaced": the second call has no name."""
    first = [record(support.cmif_request(OPEN_FILE), section(support.SERVICE, "fsp-srv"), handle=5,
                    call_id=1), record(support.cmif_reply(), phase=EXIT, call_id=1, handle=5)]
    later = record(support.cmif_request(OPEN_FILE), call_id=2, handle=5)
    other = record(support.cmif_request(OPEN_FILE), call_id=3, handle=5, pid=82)
    support.write_records(path, first + [later, other])
    check_equal([row["service"] for row in rows(path)], ["fsp-srv", "fsp-srv", None], "services")


def test_events_and_lone_replies(path):
    snapshot = record(support.cmif_request(1), phase=support.SNAPSHOT)
    no_exit = record(support.cmif_request(1), flags=support.NO_EXIT, call_id=8)
    support.write_records(path, [snapshot, no_exit, calls()[2]])
    check_equal([row["status"] for row in rows(path)], ["event", "no_exit", "reply_only"], "status")


def test_same_in_every_format(path):
    support.write_records(path, calls())
    found = rows(path)
    table = list(csv.DictReader(io.StringIO(export(path, "-f", "csv")[0])))
    bulk = [json.loads(line) for line in
            export(path, "-f", "ek", "--index", "calls")[0].splitlines()]
    check_equal([row["time_ns"] for row in table], [str(row["time_ns"]) for row in found], "csv")
    check_equal(bulk[0::2], [{"create": {"_index": "calls"}}] * len(found), "actions")
    check_equal([row.pop("@timestamp") for row in bulk[1::2]], [row["time"] for row in found],
                "@timestamp")
    check_equal(bulk[1::2], found, "ek")


def test_samples(_):
    """Every sample: stdin as good as a file, all of the client's calls that stats counts."""
    for system in ("horizon", "ctr", "orbis"):
        sample = os.path.join(support.SOURCE, "samples", "captures", system + ".pcapng")
        with open(sample, "rb") as file:
            data = file.read()
        found = rows(sample, "--side", "client")
        check_equal(rows("-", "--side", "client", data=data), found, "standard input")
        stats = subprocess.run([PROGRAM, "stats", sample], stdout=subprocess.PIPE, check=True)
        calls = sum(row["status"] != "event" for row in found)
        check(", %d calls, %d errors" % (calls, sum(bool(row["failed"]) for row in found))
              in stats.stdout.decode(), stats.stdout.decode())
        for row in csv.reader(io.StringIO(export(sample, "-f", "csv")[0])):
            check_equal(len(row), len(found[0]), "fields of %s" % row)
    opened = [row for row in rows(os.path.join(support.SOURCE, "samples/captures/horizon.pcapng"))
              if row["command"] == "OpenFile" and row["side"] == "client"]
    check({"name": "path", "value": "/scenario/data.bin"} in opened[0]["arguments"], opened[0])
    check_equal(opened[0]["interface"], "nn::fssrv::sf::IFileSystem", "interface")


def test_hostile(path):
    """Names that would end a line or a field; records that are cut anywhere; a record stream."""
    evil = record(support.cmif_request(1), section(support.SERVICE, "a\",b\n\x1b[2J\u0085"),
                  section(support.FUNCTION, b"\xff\xfe\""), call_id=1)
    support.write_records(path, [evil])
    row, = rows(path)
    check_equal(row["service"], "a\",b??[2J??", "service")
    check_equal(len(list(csv.reader(io.StringIO(export(path, "-f", "csv")[0])))), 2, "lines")
    packets = [support.TAGS + data[:size] for data in calls() for size in range(0, len(data), 3)]
    support.pcap(path, support.UPPER_PDU, packets)
    check("packets are no records" in export(path)[1], "foreign packets")
    with open(path, "wb") as file:
        file.write(b"".join(calls()))
    check_equal(len(rows(path)), 2, "a record stream")
    check("breaks off" in export("-", data=b"".join(calls())[:-4], status=1)[1], "cut stream")


def test_compressed(path):
    """What the recorder compresses, and Wireshark, is read as it is, from a pipe too."""
    for data in (b"".join(calls()), file_of(path)):
        support.check_equal(len(rows("-", data=gzip.compress(data))), 2, "gzip")
    check("cannot read -: " in export("-", data=b"\x1f\x8b\x08", status=1)[1], "nothing in it")


def file_of(path):
    support.write_records(path, calls())
    with open(path, "rb") as file:
        return file.read()


def test_sides(path):
    flags = SERVER | SYNTHETIC
    support.write_records(path, calls() + [record(support.cmif_request(1), call_id=1, flags=flags)])
    check_equal(len(rows(path)), 3, "both sides")
    check_equal([row["side"] for row in rows(path, "--side", "server")], ["server"], "server")
    check("neither client nor server" in export(path, "--side", "x", status=2)[1], "usage")


def main():
    with support.scratch("export") as directory:
        support.run_tests(globals(), os.path.join(directory, "calls.pcapng"))


main()
