#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of fuzz_sceipmi and fuzz_appmsg: one well-formed input of every shape.

Usage: orbis_seeds.py [tests/fuzz/corpus]
"""
import os
import struct
import sys

COOKIE = 0xDEADBADECAFEBEAF


def call(op, kid, block):
    arguments = struct.pack("<IIQQQQ", op, kid, 0x7EFFC000, 0x7EFFC010, len(block), COOKIE)
    return b"\x00" + arguments + bytes(24) + block


def packet(kind, body):
    """The fuzz target takes the packet type from the first byte modulo 6."""
    return bytes([next(byte for byte in range(0x40, 0x80) if byte % 6 == kind)]) + body


def sceipmi_seeds():
    text = b"Hello World."
    request = struct.pack("<IIQII", 0x60000001, 0, len(text), 0, 0)
    sync = struct.pack("<QIIII", 0x1000, 81, 0, 2, 1)
    sync += struct.pack("<I", 24) + request + struct.pack("<I", 12) + text + struct.pack("<I", 64)
    asynchronous = struct.pack("<QIII", 0x1000, 5, 1, 1) + struct.pack("<I", 12) + text
    connect = bytes(0x150) + struct.pack("<I", 2) + b"hi".ljust(16, b"\0")
    return {
        "invoke_sync": call(0x320, 2, struct.pack("<IIIIQQQII", 0, 2, 0, 0, 0x10, 0, 0x20, 0, 0)),
        "connect_call": call(0x400, 2, struct.pack("<QQQQ", 0, 0, 0x20, 0)),
        "wait_event_flag": call(0x490, 2, struct.pack("<IIQIIQQ", 3, 0, 1, 0x21, 0, 0x20, 0)),
        "connect_packet": packet(0, connect),
        "sync_packet": packet(1, sync),
        "async_packet": packet(2, asynchronous),
        "client_config": b"\x82" + struct.pack("<Q", 0x150) + bytes(0x148),
        "name": b"\xa1SceAppMessaging\0",
        "descriptors": b"\xc0" + struct.pack("<QQQQQQ", 0x1000, 24, 0, 0x2000, 12, 12),
    }


def appmsg_seeds():
    text = b"Hello World."
    message = struct.pack("<II", 0x60000001, 0) + text.ljust(0x2000, b"\0")
    message += struct.pack("<IIQ", len(text), 0, 1764485182000000)
    return {
        "request": struct.pack("<IIQII", 0x60000001, 0x1000002, 12, 1, 0),
        "message": message,
        "message_cut": message[:20],
        "call": struct.pack("<IiIIIIQQQQII", 8, 0, 0x60000001, 0, 0, 1, 0, 1 << 63, 0, 0, 3, 0),
    }


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "tests/fuzz/corpus"

    for target, seeds in (("fuzz_sceipmi", sceipmi_seeds()), ("fuzz_appmsg", appmsg_seeds())):
        os.makedirs(os.path.join(root, target), exist_ok=True)
        for name, seed in seeds.items():
            with open(os.path.join(root, target, name), "wb") as file:
                file.write(seed)


main()
