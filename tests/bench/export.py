#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark export with as many calls as asked for: rows a second and how much memory it takes.

    export.py PROGRAM CAPTURE [CALLS [FORMAT [OUTPUT]]]

The capture's client calls are sent again and again over a pipe, with new times and call numbers.
"""
import os
import resource
import struct
import subprocess
import sys
import time

TAGS = bytes.fromhex("000c00086970637461700000 00000000")
ENHANCED_PACKET = 6
TIME, CALL_ID = 16, 24
SERVER = 8
CALLS = (1, 2, 3, 4, 5)


def packets(path):
    with open(path, "rb") as file:
        data = file.read()
    offset = 0
    while offset + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, offset)
        if kind == ENHANCED_PACKET:
            captured = struct.unpack_from("<I", data, offset + 20)[0]
            yield data[offset + 28:offset + 28 + captured]
        offset += size


def client_records(path):
    """The records of answered client calls, back to back, and where each begins."""
    records = [packet[len(TAGS):] for packet in packets(path) if packet.startswith(TAGS)]
    records = [record for record in records if record[6] in CALLS and record[7] and
               not struct.unpack_from("<H", record, 10)[0] & SERVER]
    answered = {record[24:36] for record in records if record[7] == 2}
    records = [record for record in records if record[24:36] in answered]
    offsets = [sum(map(len, records[:n])) for n in range(len(records))]
    return bytearray(b"".join(records)), offsets, len(answered)


def send(pipe, block, offsets, rounds):
    first = [struct.unpack_from("<QQ", block, offset + TIME) for offset in offsets]
    for number in range(rounds):
        for offset, (moment, call_id) in zip(offsets, first):
            struct.pack_into("<QQ", block, offset + TIME, moment + number * 1000000,
                             call_id + number * 4096)
        pipe.write(block)


def main():
    program, capture = sys.argv[1:3]
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 1000000
    form = sys.argv[4] if len(sys.argv) > 4 else "jsonl"
    output = sys.argv[5] if len(sys.argv) > 5 else os.devnull
    block, offsets, calls = client_records(capture)
    rounds = -(-wanted // calls)
    started = time.monotonic()
    with subprocess.Popen([program, "export", "--format", form, "-w", output, "-"],
                          stdin=subprocess.PIPE) as export:
        send(export.stdin, block, offsets, rounds)
        export.stdin.close()
        status = export.wait()
    seconds = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("%s: %d calls, %.1f s, %.0f calls/s (%.0f a second of processor time), %.1f MiB at most" %
          (form, rounds * calls, seconds, rounds * calls / seconds,
           rounds * calls / (used.ru_utime + used.ru_stime), used.ru_maxrss / 1024))
    return status


sys.exit(main())
