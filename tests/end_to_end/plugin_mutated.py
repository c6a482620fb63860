#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sample captures with random errors, as Wireshark's own fuzz-test makes them with editcap -E, read in
one pass with all details, in one pass without and with all statistics, in two with all objects written to
files, and for single fields: no crash, no hang, no "dissector bug". Their records come in packets, on TCP
connections in segments of any length, and as ilia writes its captures.

    plugin_mutated.py [FILES] [FIRST_SEED]

Many mutated files are joined into one, since tshark takes longer to start than to read one of them. What
goes wrong is kept, and its seeds are told.
"""
import glob
import os
import random
import shutil
import struct
import subprocess
import sys

import plugin_user_packets as ilia
from plugin_support import (SOURCE, WITH_PLUGIN, TcpStream, fail, records_of, scratch)

SAMPLES = sorted(glob.glob(os.path.join(SOURCE, "samples/captures/*.pcapng")))
TABLES = ("hipc,srt", "ctripc,srt", "sceipmi,srt", "appmsg,srt", "ipctap,tree", "conv,ipctap",
          "endpoints,ipctap", "follow,ipctap,hex,0", "follow,ipctap,ascii,1", "io,phs", "expert")
FIELDS = ("ipctap.response_in", "hipc.service", "cmif.argument", "ctripc.argument", "sceipmi.service",
          "appmsg.text", "_ws.col.Source")
MODES = {
    "details": ["-V", "-x"],
    "tables": [part for table in TABLES for part in ("-z", table)],
    "objects": ["-2", "--export-objects", "ipctap,OBJECTS"],
    "fields": ["-Y", "ipctap", "-T", "fields", *(part for name in FIELDS for part in ("-e", name))],
}
BUGS = (b"Dissector bug", b"dissector bug", b"ERROR **", b"CRITICAL", b"assertion",
        b"AddressSanitizer", b"runtime error:")
ERROR_RATES = (0.0003, 0.001, 0.005, 0.02, 0.1, 0.3)
BATCH = 50
SECONDS = 600
PORT = 18252

# What is kept whole before a record: the tags are Wireshark's, whose dissector of them reports a bug of
# its own in bad ones, and in other headers errors only make packets that are nobody's.
TAGS_SIZE = 16
RECORD_HEADER_SIZE = 64


# ---- Forms ----

def as_records(sample, path, _chooser):
    """(path, bytes that stay as they are)."""
    return sample, TAGS_SIZE


def as_pcap(sample, path, _chooser):
    subprocess.run(["editcap", "-F", "nsecpcap", sample, path], check=True, stderr=subprocess.DEVNULL)
    return path, TAGS_SIZE


def as_tcp(sample, path, chooser):
    """Segments of a length of this file, of a record each, or of any length."""
    connection = TcpStream(chooser.randrange(30000, 60000), PORT, chooser.choice((4, 6)))
    records = records_of(sample)
    length = chooser.choice((None, 1448, 700, 65, 0))
    if length is None:
        segments = records
    else:
        segments = split(b"".join(records), length, chooser)
    for segment in segments:
        connection.send(segment)
    connection.write(path)
    return path, connection.headers_size


def split(data, length, chooser):
    start = 0
    while start < len(data):
        size = length or chooser.randrange(1, 3000)
        yield data[start:start + size]
        start += size


def as_ilia(sample, path, chooser):
    """A packet of ilia's for every message of the Switch, in either of its forms; and the records
    themselves, by the same link type."""
    packets = []
    for record in records_of(sample):
        contents = record[88:][:chooser.randrange(1, 2000)]
        command = struct.unpack_from("<I", contents.ljust(72, b"\0"), 64)[0]
        form = chooser.choice(("chunks", "messages", "record"))
        if form == "chunks":
            packet = ilia.ilia_chunks(command & 0xFF, contents[:64], [(ilia.OUT, contents)],
                                      reply=contents[:32])
        elif form == "messages":
            packet = ilia.ilia_messages("/x", command)
        else:
            packet = record
        packets.append((ilia.USER + 1, "nn::fssrv::sf::IFileSystem", packet))
    ilia.pcapng(path, packets)
    return path, 0


FORMS = (as_records, as_records, as_tcp, as_tcp, as_pcap, as_ilia)


def mutate(directory, seed):
    chooser = random.Random(seed)
    whole, kept = chooser.choice(FORMS)(chooser.choice(SAMPLES),
                                        os.path.join(directory, "%d-whole.pcapng" % seed), chooser)
    kept += chooser.choice((0, 0, RECORD_HEADER_SIZE))
    path = os.path.join(directory, "%d.pcapng" % seed)
    subprocess.run(["editcap", "-E", str(chooser.choice(ERROR_RATES)), "--seed", str(seed), "-o",
                    str(kept), whole, path], check=True, stderr=subprocess.DEVNULL)
    if os.path.dirname(whole) == directory:
        os.remove(whole)
    return path


def join(directory, seeds):
    path = os.path.join(directory, "joined.pcapng")
    parts = [mutate(directory, seed) for seed in seeds]
    subprocess.run(["mergecap", "-a", "-w", path, *parts], check=True)
    for part in parts:
        os.remove(part)
    return path


def problem_of(path, mode):
    """None, or a sentence."""
    objects = path + ".objects"
    arguments = [argument.replace("OBJECTS", objects) for argument in MODES[mode]]
    os.makedirs(objects)
    os.chmod(objects, 0o777)
    try:
        done = subprocess.run([WITH_PLUGIN, "tshark", "-n", *arguments, "-r", path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                              check=False)
    except subprocess.TimeoutExpired:
        return "took more than %d s" % SECONDS
    finally:
        shutil.rmtree(objects)
    if done.returncode != 0:
        return "ended with %d: %s" % (done.returncode, done.stdout[-2000:].decode(errors="replace"))
    for bug in BUGS:
        at = done.stdout.find(bug)
        if at >= 0:
            return done.stdout[max(0, at - 1000):at + 500].decode(errors="replace")
    return None


def check_batch(directory, seeds):
    path = join(directory, seeds)
    for mode in MODES:
        problem = problem_of(path, mode)
        if problem:
            kept = shutil.copy(path, "mutated-%d.pcapng" % seeds[0])
            fail("tshark for %s, seeds %d to %d, kept as %s: %s" % (
                mode, seeds[0], seeds[-1], os.path.abspath(kept), problem))


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else BATCH
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with scratch("mutated") as directory:
        os.chmod(directory, 0o755)
        for start in range(first, first + files, BATCH):
            check_batch(directory, range(start, min(start + BATCH, first + files)))
            if sys.stderr.isatty() or files > BATCH:
                print("# %d of %d files" % (start - first + BATCH, files), flush=True)


if __name__ == "__main__":
    main()
