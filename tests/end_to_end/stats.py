#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark stats: what it counts as a call, an error, a time; and captures that are not whole."""
import os
import struct
import subprocess

import plugin_support as support
from plugin_support import CTR, ENTER, EXIT, KERNEL, MESSAGE, ORBIS, SERVER, SYNTHETIC
from plugin_support import check, check_equal, record, section

PROGRAM = os.path.join(support.BUILD, "bin", "ipcshark")
OK, OPEN_FILE = 0, 8


def stats(path, *arguments, status=0):
    done = subprocess.run([PROGRAM, "stats", *arguments, path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    check_equal(done.returncode, status, "status of stats: " + done.stderr)
    return done.stdout, done.stderr


def rows(path, *arguments):
    """{(service, command): [calls, errors, answered, total, longest]}"""
    lines = stats(path, "--tsv", *arguments)[0].splitlines()[1:]
    return {tuple(line.split("\t")[1:3]): [int(n) for n in line.split("\t")[3:]] for line in lines}


def horizon_call(number, result, start, end, service="fsp-srv", command=OPEN_FILE, **values):
    names = [section(support.SERVICE, service)] if service else []
    return [record(support.cmif_request(command), *names, call_id=number, time=start, **values),
            record(support.cmif_reply(result), call_id=number, time=end, phase=EXIT, **values)]


def ctr_call(number, result):
    reply = struct.pack("<II", 0x00010040, result)
    return [record(section(MESSAGE, struct.pack("<I", 0x00010000)), section(support.SERVICE, "File"),
                   platform=CTR, kind=support.CTR_COMMAND, call_id=number, time=1),
            record(section(MESSAGE, reply), platform=CTR, kind=support.CTR_COMMAND, phase=EXIT,
                   call_id=number, time=2)]


def ipmi_call(number, out):
    def call(valid):
        return section(0x30, struct.pack("<IIQQQQQIIQ", 0x320, 7, 0, 0, 0, 0, 0, out, valid,
                                         0))

    return [record(call(0), platform=ORBIS, kind=support.IPMI, call_id=number),
            record(call(5), platform=ORBIS, kind=support.IPMI, phase=EXIT, call_id=number)]


def test_counts(path):
    support.write_records(path, horizon_call(1, 0, 100, 400) + horizon_call(2, 0x202, 500, 600) +
                          horizon_call(3, 0, 0, 900) + horizon_call(4, 0, 900, 800))
    found = rows(path)
    check_equal(len(found), 1, "rows: %s" % found)
    (service, command), values = next(iter(found.items()))
    check_equal((service, values), ("fsp-srv", [4, 1, 2, 400, 300]), command)
    text = stats(path)[0]
    check("8 records, 4 calls, 1 errors, 0 unanswered" in text, text)


def test_own_names(path):
    """Names of the user's own, over those that are built in."""
    support.write_records(path, horizon_call(1, 0, 10, 20))
    own = os.path.join(os.path.dirname(path), "own.tsv")
    with open(own, "w", encoding="utf-8") as stream:
        stream.write("[nn::fssrv::sf::IFileSystemProxy]\n%d\tOwnName\n" % OPEN_FILE)
    check("OwnName" in stats(path, "--names", own)[0], "own name")
    check("OwnName" not in stats(path)[0], "own name unasked")
    with open(own, "w", encoding="utf-8") as stream:
        stream.write("0\tx\n")
    check("own.tsv:1:1: " in stats(path, "--names", own, status=1)[1], "a bad file")


def test_interleaved(path):
    """Two processes use the same call numbers at the same time."""
    one = horizon_call(1, 0x202, 10, 20, pid=81)
    other = horizon_call(1, 0, 10, 50, pid=82, service="sm:", command=1)
    support.write_records(path, [one[0], other[0], one[1], other[1]])
    found = {service: values for (service, _), values in rows(path).items()}
    check_equal(found, {"fsp-srv": [1, 1, 1, 10, 10], "sm:": [1, 0, 1, 40, 40]}, "rows")


def test_systems(path):
    kernel = [record(support.kernel_call(1), kind=KERNEL, call_id=1, phase=phase, result=result)
              for phase, result in ((ENTER, 0), (EXIT, 0xE401))]
    support.write_records(path, ctr_call(1, 0xC8804478) + ctr_call(2, OK) +
                          ipmi_call(3, 0x80020001) + ipmi_call(4, 0x100) + kernel)
    found = {service: values[:2] for (service, _), values in rows(path).items()}
    check_equal(found, {"File": [2, 1], "(unknown)": [2, 1], "kernel": [1, 1]}, "calls and errors")


def test_sides(path):
    support.write_records(path, horizon_call(1, 0, 1, 2) +
                          horizon_call(1, 0x202, 1, 2, flags=SERVER | SYNTHETIC))
    check_equal([v[:2] for v in rows(path).values()], [[1, 0]], "client's side")
    check_equal([v[:2] for v in rows(path, "--server").values()], [[1, 1]], "server's side")
    support.write_records(path, horizon_call(1, 0, 1, 2, flags=SERVER | SYNTHETIC))
    check("try --server" in stats(path)[0], "no hint at the other side")


def test_unanswered(path):
    call = horizon_call(1, 0, 1, 2)
    no_exit = record(support.cmif_request(1), call_id=9, flags=support.NO_EXIT)
    support.write_records(path, [call[1], call[0], call[0], no_exit])
    check("4 records, 3 calls, 0 errors, 2 unanswered" in stats(path)[0], stats(path)[0])


def test_hostile(path):
    """Names that would move a terminal's cursor; messages that are cut everywhere."""
    call = horizon_call(1, 0x202, 1, 2, service="a\x1b[2J\tb\u0085\n")
    support.write_records(path, call)
    check("\x1b" not in stats(path)[0] and "\u0085" not in stats(path)[0], "control characters")
    check_equal([len(line.split("\t")) for line in stats(path, "--tsv")[0].splitlines()], [8, 8],
                "columns")
    packets = [support.TAGS + data[:size] for data in call for size in range(0, len(data), 3)]
    support.pcap(path, support.UPPER_PDU, packets)
    check("packets are no records" in stats(path)[0], "cut records are not counted")


def test_broken_files(path):
    support.write_records(path, horizon_call(1, 0, 1, 2))
    with open(path, "rb+") as file:
        file.truncate(os.path.getsize(path) - 5)
    output, errors = stats(path, status=1)
    check("1 records" in output and "breaks off" in errors, output + errors)
    check("cannot read" in stats("/nowhere/file", status=1)[1], "a file that is not there")
    check("2 files" in stats(path, path, status=2)[1], "two files")


def test_like_tshark(path):
    """Live calls of all systems: as many calls and errors as the plugin finds."""
    fifo = os.path.join(os.path.dirname(path), "fifo")
    os.mkfifo(fifo)
    capture = subprocess.Popen([PROGRAM, "--capture", "--extcap-interface", "ipcshark-demo",
                                "--fifo", fifo, "--pause", "0", "--rounds", "14"])
    with open(fifo, "rb") as source, open(path, "wb") as target:
        target.write(source.read())
    check_equal(capture.wait(), 0, "status of the capture")
    client = "ipctap.flags.server == 0 && ipctap.phase == "
    errors = (" && (hipc.result != 0 || ctripc.result >= 0x80000000 || sceipmi.error || "
              "(ipctap.kind == 5 && ipctap.result != 0))")
    expected = "%d calls, %d errors" % (len(support.frames(path, client + "1")),
                                        len(support.frames(path, client + "2" + errors)))
    text = stats(path)[0]
    check(expected in text, "\"%s\" is not in: %s" % (expected, text))


def main():
    with support.scratch("stats") as directory:
        support.run_tests(globals(), os.path.join(directory, "calls.pcapng"))


main()
