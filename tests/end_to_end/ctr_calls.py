#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""3DS: sessions, translate parameters, results and odd messages (tests/generators/ctr_calls.c)."""
from dissector_checks import (check_all_passes, check_damage, check_fields, check_filters,
                              check_info, check_truncation, generate)
from plugin_support import ARROW, scratch

FIELDS = [
    "ctripc.service", "ctripc.command", "ctripc.command_id", "ctripc.normal", "ctripc.result",
    "ctripc.result.name", "ctripc.translate.kind", "ctripc.translate.descriptor", "ctripc.handle",
    "ctripc.handle.service", "ctripc.static.address", "ctripc.mapped.address", "ctripc.contents",
    "ctripc.text", "ctripc.slot",
]

INFO = {
    3: "srv: RegisterClient()",
    5: "srv: GetServiceHandle(\"fs:USER\")",
    6: ARROW + " GetServiceHandle: ok, session=0x20005 (fs:USER)",
    8: ARROW + " GetServiceHandle: 0xD8E06406 AccessDenied (Permanent, InvalidArgument, SRV)",
    11: "fs:USER OpenFile(transaction=0, archive=0x123400000567, path_type=ASCII, "
        "path_size=15, open_flags=1, attributes=0, path=\"/save/main.bin\")",
    12: ARROW + " OpenFile: ok, file=0x30007 (File)",
    13: "File Read(offset=0, size=20, buffer=out 20)",
    14: ARROW + " Read: ok, bytes_read=20, buffer=\"saved on a handheld\"",
    16: ARROW + " OpenFile: 0xC8804478 NotFound (Status, NotFound, FS)",
    # The handle was closed: what comes through it now is nobody's.
    19: "unknown session 0x0804()",
    26: ARROW + " RegisterService: ok, port=0x40009 (mine:u)",
    32: "unknown session 0x0007(1, 2, 3, cut off)",
    34: "unknown session (no message captured)",
    37: "unknown session unknown command(0x1, 0x2) without its header",
}


def check_trees(path):
    check_fields(path, 11, {
        "ctripc.command_id": "0x00000802", "ctripc.normal_count": "7",
        "ctripc.translate_words": "2", "ctripc.static.id": "0", "ctripc.static.size": "15",
        "ctripc.static.address": "0x08000100", "ctripc.text": "/save/main.bin",
        "ctripc.contents": b"/save/main.bin\0".hex(),
    })
    check_fields(path, 16, {
        "ctripc.service": "fs:USER", "ctripc.command": "OpenFile", "ctripc.result": "0xc8804478",
        "ctripc.result.level": "25", "ctripc.result.summary": "4", "ctripc.result.module": "17",
        "ctripc.result.description": "120",
    })
    check_fields(path, 21, {
        "ctripc.service": "test:u", "ctripc.translate.kind": "0,1,2,3,4,5,6,8,10",
        "ctripc.handle": "0xffff8000,0xffff8001,0x00000011,0x00000022",
        "ctripc.process_id": "0x98989898", "ctripc.static.id": "15", "ctripc.pxi.id": "1,2",
        "ctripc.pxi.address": "0x00002000,0x00003000",
        "ctripc.mapped.address": "0x00004000,0x00005000", "ctripc.text": "pxi,map",
    })
    check_fields(path, 29, {"ctripc.command_id": "0x0000ffff", "ctripc.slot": "0",
                            "ctripc.slot.address": "0x00100000"})


def check_display_filters(path):
    check_filters(path, {
        "ctripc.service == \"fs:USER\" && ctripc.result != 0": [16],
        "ctripc.service == \"File\"": [13, 14],
        "ctripc.handle.service": [6, 12, 26],
        # A session accepted at a port is the port's service's; HANDLES says which one it was.
        "ctripc.service == \"mine:u\" && ctripc.command_id == 1": [30, 31],
        "ctripc.result.module == 17": [16],
        "ctripc.session_opened_in == 12": [13, 14],
        "ctripc.text contains \"main\"": [11],
        "ipctap.response_to == 11": [12],
    })


def main():
    with scratch("ctr") as directory:
        path = generate("ctr_calls", directory)
        check_info(path, INFO)
        check_trees(path)
        check_display_filters(path)
        check_all_passes(path, "ctripc", FIELDS)
        check_truncation(path, directory)
        check_damage(path, directory)


if __name__ == "__main__":
    main()
