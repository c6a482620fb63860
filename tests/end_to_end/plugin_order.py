#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several sources in one file, and records in another order than they were made in: each source says what
it says alone; a reply finds its request wherever that stands; what reordercap has put in order again is
as if nothing had happened. A read filter changes numbers only."""
import collections
import functools
import json
import os
import random
import struct
import subprocess

import plugin_support as support

SAMPLES = ("horizon-day", "ctr-day", "orbis-day")
PROTOCOLS = "ipctap hipc cmif htipc ctripc sceipmi appmsg".split()
ENHANCED_PACKET = 6


def sample(name):
    return os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")


def layers(path, *arguments):
    frames = support.json_frames(path, "-2", "-J", " ".join(PROTOCOLS), "--no-duplicate-keys",
                                 *arguments)
    return [{name: layer for name, layer in frame["_source"]["layers"].items()
             if name.split(".")[0] in PROTOCOLS} for frame in frames]


@functools.lru_cache(maxsize=None)
def sample_layers(name):
    return layers(sample(name))


def numbering_fields():
    """Frame numbers, and what counts sessions and objects through the whole file."""
    done = subprocess.run([support.WITH_PLUGIN, "tshark", "-G", "fields"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    fields = [line.split("\t") for line in done.stdout.decode().split("\n") if line[:1] == "F"]
    found = {field[2] for field in fields if field[3] == "FT_FRAMENUM"}
    return found | {"ipctap.stream", "ipctap.handle.stream", "cmif.object_stream"}


def without(value, names):
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    if isinstance(value, list):
        return [without(inner, names) for inner in value]
    return value


def counted(frames, names):
    return collections.Counter(json.dumps(without(frame, names), sort_keys=True) for frame in frames)


def check_same(found, expected, names, what):
    missing = counted(expected, names) - counted(found, names)
    support.check_equal(len(found), len(expected), "frames of " + what)
    support.check(not missing, "%s: %d frames say something else, the first: %s" % (
        what, sum(missing.values()), next(iter(missing), "")))


# ---- Several sources ----

def check_merged(folder, names):
    """Times that run side by side, an interface of its own for each; two runs with equal numbers."""
    path = os.path.join(folder, "merged.pcapng")
    for samples in (SAMPLES, ("horizon-day", "horizon"), ("orbis-day", "orbis")):
        subprocess.run(["mergecap", "-I", "none", "-w", path, *map(sample, samples)], check=True)
        expected = [frame for name in samples for frame in sample_layers(name)]
        check_same(layers(path), expected, names, "merged " + " ".join(samples))


def times_of(path):
    return [struct.unpack_from("<II", data, 12) for kind, data in read_blocks(path)
            if kind == ENHANCED_PACKET]


def check_beside_connections(folder, names):
    """Each record in a packet and, at the same time, in a segment: with equal numbers of everything, the
    two know nothing of each other."""
    files = []
    for port, name in enumerate(SAMPLES, 51000):
        connection = support.TcpStream(port, 18252)
        for record in support.records_of(sample(name)):
            connection.send(record, side=1 if record[7] == support.EXIT else 0)
        files += [sample(name), os.path.join(folder, name + ".pcap")]
        connection.write(files[-1], [high << 32 | low for high, low in times_of(sample(name))])
    path = os.path.join(folder, "beside.pcapng")
    subprocess.run(["mergecap", "-I", "none", "-w", path, *files], check=True)
    expected = [frame for name in SAMPLES for frame in sample_layers(name) * 2]
    check_same(layers(path), expected, names, "beside connections")


def check_sections(folder, names):
    """Files behind each other: a pcapng file with several sections, each with its interface 0."""
    path = os.path.join(folder, "sections.pcapng")
    samples = ("horizon-day", "horizon", "orbis-day", "orbis")
    with open(path, "wb") as target:
        for name in samples:
            with open(sample(name), "rb") as file:
                target.write(file.read())
    expected = [frame for name in samples for frame in sample_layers(name)]
    check_same(layers(path), expected, names, "sections")


# ---- A read filter ----

def check_read_filter(names):
    """It leaves frames out and numbers the others anew; what was learned of the first ones stays."""
    for name in SAMPLES:
        kept = "ipctap.phase == %d" % support.EXIT
        check_same(layers(sample(name), "-R", kept), layers(sample(name), "-Y", kept), names,
                   "%s with a read filter" % name)


# ---- Order ----

def read_blocks(path):
    with open(path, "rb") as file:
        data = file.read()
    blocks, offset = [], 0
    while offset < len(data):
        kind, size = struct.unpack_from("<II", data, offset)
        blocks.append((kind, data[offset:offset + size]))
        offset += size
    return blocks


def write_packets(path, blocks, packets):
    kinds = [kind for kind, _ in blocks]
    first = kinds.index(ENHANCED_PACKET)
    others = [data for kind, data in blocks if kind != ENHANCED_PACKET]
    with open(path, "wb") as file:
        file.write(b"".join(others[:first] + packets + others[first:]))


def orders(packets, chooser):
    """What, the packets, how many of 100 replies find their requests at least."""
    near = sorted(range(len(packets)), key=lambda n: n + chooser.random() * 4)
    return (("reversed", packets[::-1], 90), ("near", [packets[n] for n in near], 90),
            ("shuffled", chooser.sample(packets, len(packets)), 50))


def joined(frames):
    return sum("ipctap.response_to" in frame["ipctap"] for frame in frames)


def all_samples(folder):
    """One behind the other, an hour later each and with an interface of its own."""
    path = os.path.join(folder, "all.pcapng")
    parts = [os.path.join(folder, name + ".pcapng") for name in SAMPLES]
    for hour, (name, part) in enumerate(zip(SAMPLES, parts)):
        subprocess.run(["editcap", "-t", str(hour * 3600), sample(name), part], check=True)
    subprocess.run(["mergecap", "-a", "-I", "none", "-w", path, *parts], check=True)
    return path


def check_reading(path, what):
    """No reading fails, and all passes agree."""
    support.tshark("-r", path, "-V")
    support.check_equal(support.column(path, "_ws.col.Info", "-2"),
                        support.column(path, "_ws.col.Info"), "two passes, " + what)


def check_orders(folder):
    """In any order replies find their requests unless a process ends or begins between them; put in
    order, everything is as it was."""
    source = all_samples(folder)
    expected, blocks = layers(source), read_blocks(source)
    packets = [data for kind, data in blocks if kind == ENHANCED_PACKET]
    path, again = (os.path.join(folder, part + ".pcapng") for part in ("order", "again"))
    for what, order, least in orders(packets, random.Random(1)):
        write_packets(path, blocks, order)
        check_reading(path, what)
        found = layers(path)
        support.check(joined(found) * 100 >= joined(expected) * least,
                      "%s: %d replies joined" % (what, joined(found)))
        subprocess.run(["reordercap", path, again], check=True, stdout=subprocess.DEVNULL)
        support.check_equal(layers(again), expected, what + ", put in order")


def check_server_first(folder, names):
    """What the server saw before what the client saw: both sides are the same call all the same."""
    path = os.path.join(folder, "server.pcapng")
    blocks = read_blocks(sample("horizon-day"))
    packets = [data for kind, data in blocks if kind == ENHANCED_PACKET]
    offset = 28 + len(support.TAGS)
    for n in range(len(packets) - 1):
        pair = [struct.unpack_from("<BBHHIQQ", packet, offset + 6) for packet in packets[n:n + 2]]
        is_server = [bool(head[3] & support.SERVER) for head in pair]
        if pair[0][0] == support.HIPC and pair[0][1] == support.ENTER and pair[0][6] == pair[1][6] and \
                is_server == [False, True]:
            packets[n:n + 2] = packets[n + 1], packets[n]
    write_packets(path, blocks, packets)
    found, expected = layers(path), sample_layers("horizon-day")
    support.check(found != expected, "nothing was exchanged")
    check_same(found, expected, names, "server first")


def check_twice(folder):
    """Every record twice: nothing fails, and editcap -d takes the second ones out."""
    source = all_samples(folder)
    blocks = read_blocks(source)
    packets = [data for kind, data in blocks if kind == ENHANCED_PACKET for _ in range(2)]
    path, again = (os.path.join(folder, part + ".pcapng") for part in ("twice", "once"))
    write_packets(path, blocks, packets)
    check_reading(path, "twice")
    subprocess.run(["editcap", "-d", path, again], check=True, stderr=subprocess.DEVNULL)
    support.check_equal(layers(again), layers(source), "without duplicates")


def main():
    names = numbering_fields()
    check_read_filter(names)
    with support.scratch("order") as folder:
        os.chmod(folder, 0o755)
        check_merged(folder, names)
        check_beside_connections(folder, names)
        check_sections(folder, names)
        check_server_first(folder, names)
        check_twice(folder)
        check_orders(folder)


if __name__ == "__main__":
    main()
