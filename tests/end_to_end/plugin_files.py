#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same packets in every form that a capture file has say the same: pcapng and pcap of either byte
order, times in micro- and nanoseconds, compressed, from a pipe, cut into files as a ring of them is. The
program that counts calls reads them all as well."""
import gzip
import os
import struct
import subprocess

import plugin_support as support

SAMPLES = ("horizon-day", "ctr-day", "orbis-day")
PROTOCOLS = "ipctap hipc cmif htipc ctripc sceipmi appmsg".split()
PROGRAM = os.path.join(support.BUILD, "bin", "ipcshark")
SECTION, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
NANOSECONDS, MICROSECONDS = 0xA1B23C4D, 0xA1B2C3D4
# A time's digits are the file's, not the packet's.
FIELDS = ["frame.number", "_ws.col.Source", "_ws.col.Destination", "_ws.col.Protocol", "_ws.col.Info"]


def read(path):
    with open(path, "rb") as file:
        return file.read()


# ---- Forms ----

def options(data, order):
    """Options with their heads in another byte order; none of those that are used here is a number."""
    found, offset = b"", 0
    while offset + 4 <= len(data):
        code, size = struct.unpack_from("<HH", data, offset)
        end = offset + 4 + size + -size % 4
        value = data[offset + 4:end]
        found += struct.pack(order + "HH", code, size) + value
        offset = end
    return found


def big_endian_pcapng(data):
    """Without statistics."""
    found, offset = b"", 0
    while offset < len(data):
        kind, size = struct.unpack_from("<II", data, offset)
        body = data[offset + 8:offset + size - 4]
        offset += size
        if kind == SECTION:
            body = struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1) + options(body[16:], ">")
        elif kind == INTERFACE:
            body = struct.pack(">HHI", *struct.unpack_from("<HHI", body)) + options(body[8:], ">")
        elif kind == ENHANCED_PACKET:
            head = struct.unpack_from("<5I", body)
            end = 20 + head[3] + -head[3] % 4
            body = struct.pack(">5I", *head) + body[20:end] + options(body[end:], ">")
        else:
            continue
        found += struct.pack(">II", kind, len(body) + 12) + body + struct.pack(">I", len(body) + 12)
    return found


def packets_of(data):
    """Nanoseconds and bytes."""
    offset = 0
    while offset < len(data):
        kind, size = struct.unpack_from("<II", data, offset)
        if kind == ENHANCED_PACKET:
            _, high, low, captured, _ = struct.unpack_from("<5I", data, offset + 8)
            yield high << 32 | low, data[offset + 28:offset + 28 + captured]
        offset += size


def pcap(data, order, magic):
    found = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, support.UPPER_PDU)
    for time, packet in packets_of(data):
        fraction = time % 10**9 // (1 if magic == NANOSECONDS else 1000)
        found += struct.pack(order + "IIII", time // 10**9, fraction, len(packet), len(packet)) + packet
    return found


FORMS = {
    "big-endian.pcapng": big_endian_pcapng,
    "nanoseconds.pcap": lambda data: pcap(data, "<", NANOSECONDS),
    "big-endian-nanoseconds.pcap": lambda data: pcap(data, ">", NANOSECONDS),
    "microseconds.pcap": lambda data: pcap(data, "<", MICROSECONDS),
    "big-endian-microseconds.pcap": lambda data: pcap(data, ">", MICROSECONDS),
    "compressed.pcapng.gz": gzip.compress,
}


def layers(path):
    frames = support.json_frames(path, "-2", "-J", " ".join(PROTOCOLS), "--no-duplicate-keys")
    return [{name: layer for name, layer in frame["_source"]["layers"].items()
             if name.split(".")[0] in PROTOCOLS} for frame in frames]


def counted(path):
    done = subprocess.run([PROGRAM, "stats", path], check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def check_forms(folder, path):
    expected, calls = layers(path), counted(path)
    for name, form in FORMS.items():
        other = os.path.join(folder, name)
        with open(other, "wb") as file:
            file.write(form(read(path)))
        support.check_equal(layers(other), expected, name)
        support.check_equal(counted(other), calls, "stats of " + name)


def check_pipe(path):
    """Also what is compressed: tshark reads a pipe once, from its beginning to its end."""
    expected = support.rows(path, FIELDS)
    wanted = [part for field in FIELDS for part in ("-e", field)]
    for data in (read(path), gzip.compress(read(path))):
        done = subprocess.run([support.WITH_PLUGIN, "tshark", "-n", "-r", "-", "-T", "fields", *wanted],
                              input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        found = [line.split("\t") for line in done.stdout.decode().split("\n")[:-1]]
        support.check_equal(found, expected, "a pipe")


def check_ring(folder, path):
    """Files of a ring: each is read on its own, and all of them together are the capture again."""
    ring = os.path.join(folder, "ring.pcapng")
    subprocess.run(["editcap", "-c", "150", path, ring], check=True)
    files = sorted(os.path.join(folder, name) for name in os.listdir(folder)
                   if name.startswith("ring_"))
    support.check(len(files) > 4, "files: %s" % files)
    for file in files:
        support.tshark("-2", "-V", "-r", file)
    again = os.path.join(folder, "again.pcapng")
    subprocess.run(["mergecap", "-a", "-w", again, *files], check=True)
    support.check_equal(layers(again), layers(path), "the files of a ring")


def main():
    with support.scratch("files") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "all.pcapng")
        subprocess.run(["mergecap", "-a", "-I", "none", "-w", path] + [
            os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")
            for name in SAMPLES], check=True)
        check_forms(folder, path)
        check_pipe(path)
        check_ring(folder, path)
    print("%d forms" % len(FORMS))


if __name__ == "__main__":
    main()
