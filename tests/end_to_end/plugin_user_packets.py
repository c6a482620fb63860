#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of DLT_USER0 to 15: ilia's captures of both forms and records by their contents, bare
messages by the table of the preferences; all others stay what a user says that they are."""
import os
import struct

import plugin_support as support
from plugin_support import MESSAGE, SERVICE, cmif_request, record, section

USER = 147
A = support.ARROW + " "
IN, OUT = 1, 2


# ---- ilia's packets ----

def chunk(kind, data):
    return struct.pack("<BQ", kind, len(data)) + data


def meta(bytes_in, bytes_out, attributes):
    data = struct.pack("<QQQIIIII", 0, bytes_in, bytes_out, len(attributes), 0, 0, 0, 0)
    data += b"".join(struct.pack("<I", attribute) for attribute in attributes)
    return data.ljust(0xB0, b"\0")


def ilia_chunks(command, arguments=b"", buffers=(), result=0, reply=b""):
    """`buffers` are (attribute, bytes). As ilia writes them since 2019."""
    request = struct.pack("<IIII", 0x49434653, 0, command, 0) + arguments
    response = struct.pack("<IIII", 0x4F434653, 0, result, 0) + reply
    contents = b"".join(struct.pack("<Q", len(data)) + data for _, data in buffers)
    packet = chunk(5, struct.pack("<I", result)) + chunk(0, bytes(16))
    packet += chunk(1, request + bytes(8))
    packet += chunk(2, meta(len(request), len(response), [kind for kind, _ in buffers]))
    packet += chunk(3, bytes(16))
    if result == 0:
        packet += chunk(4, response + bytes(8))
    return packet + (chunk(6, contents) if buffers else b"")


def ilia_messages(path, mode):
    """OpenFile as ilia wrote it before: message, path, message."""
    text = path.encode().ljust(0x301, b"\0")
    payload = struct.pack("<IIIII", 0x49434653, 0, 8, 0, mode)
    request = struct.pack("<IIII", 4 | 1 << 16, 13, len(text) << 16, 0x1000) + payload
    reply = struct.pack("<IIII", 0, 9 | 1 << 31, 1 << 5, 0x55) + struct.pack(
        "<IIII", 0x4F434653, 0, 0, 0)
    return request.ljust(0x100, b"\0") + text + reply.ljust(0x100, b"\0")


def pcapng(path, packets):
    """`packets` are (link type, interface name, bytes); ilia's times are all 0."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    def interface(link_type, name):
        text = name.encode() + b"\0"  # ilia counts the NUL, too.
        option = struct.pack("<HH", 2, len(text)) + text + bytes(-len(text) % 4)
        return block(1, struct.pack("<HHI", link_type, 0, 0) + option + bytes(4))

    interfaces = sorted({(link_type, name) for link_type, name, _ in packets})
    with open(path, "wb") as file:
        file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for link_type, name in interfaces:
            file.write(interface(link_type, name))
        for link_type, name, data in packets:
            number = interfaces.index((link_type, name))
            file.write(block(6, struct.pack("<IIIII", number, 0, 0, len(data), len(data)) + data))


def infos(path, *arguments):
    return support.column(path, "_ws.col.Info", *arguments)


def check_ilia(folder):
    path = os.path.join(folder, "ilia.pcapng")
    file_name = "nn::fssrv::sf::IFile"
    pcapng(path, [
        (USER + 1, file_name, ilia_chunks(0, struct.pack("<QQQ", 0, 5, 0)[:24], [(OUT, b"hello")],
                                          reply=struct.pack("<Q", 5))),
        (USER + 1, file_name, ilia_chunks(4, result=0x202)),
        (USER + 1, "nn::fssrv::sf::IFileSystem", ilia_messages("/x", 1)),
    ])
    found = infos(path)
    support.check(found[0].startswith("unknown session IFile.Read(") and
                  found[0].endswith("| " + A + "Read: ok, bytes_read=5, buffer=\"hello\""), found[0])
    support.check_equal(found[1], "unknown session IFile.GetSize() | " + A +
                        "GetSize: fs PathNotFound (2002-0001)", "a refused call")
    support.check(found[2].startswith('unknown session IFileSystem.OpenFile(path="/x", mode=1) | ' +
                                      A + "OpenFile: ok, "), found[2])
    support.check_equal(support.frames(path, 'hipc.buffer.data contains "hello"'), [1], "contents")
    support.check_equal(support.frames(path, 'cmif.argument.contents contains "hello"'), [1],
                        "contents below their argument")
    support.check_equal(infos(path, "-2"), found, "two passes")
    support.check_equal(support.frames(path, "ipctap", "-o", "ipctap.recognise_users:FALSE"), [],
                        "packets recognised without leave")


def check_table(folder):
    path = os.path.join(folder, "users.pcapng")
    request = cmif_request(0)[24:]
    command = struct.pack("<4I", 0x08010002, 0x20, 0, 0)
    whole = record(cmif_request(0), section(SERVICE, "fsp-srv"), handle=1)
    pcapng(path, [(USER, "a", request), (USER + 15, "b", command), (USER + 3, "c", whole),
                  (USER + 4, "d", b"something else"), (USER + 1, "e", request)])
    plain = infos(path)
    support.check_equal(support.frames(path, "ipctap"), [3], "what is recognised")
    option = ("-o", 'uat:ipctap_users:"DLT_USER0","hipc"', "-o",
              'uat:ipctap_users:"DLT_USER15","ctr"', "-o", 'uat:ipctap_users:"DLT_USER3","other"')
    found = infos(path, *option)
    support.check_equal(found[0], "unknown session command 0()", "a bare HIPC message")
    support.check_equal(found[1], "0x0801(pid)", "a bare command buffer")
    support.check_equal(support.frames(path, "ipctap", *option), [1, 2], "what the table says")
    support.check_equal(found[3], plain[3], "what is nobody's")


def check_own_mapping(folder):
    """What somebody else's dissector is for goes there."""
    path = os.path.join(folder, "own.pcapng")
    pcapng(path, [(USER + 5, "a", b'{"a": 1}'),
                  (USER + 5, "a", record(cmif_request(0), handle=1))])
    option = ("-o", 'uat:user_dlts:"User 5 (DLT=152)","json","0","","0",""')
    support.check_equal(support.frames(path, "json", *option), [1], "the user's own mapping")
    support.check_equal(support.frames(path, "ipctap", *option), [2], "a record in it")


def check_hostile(folder):
    """Every prefix of ilia's packets, and lengths that are none."""
    path = os.path.join(folder, "hostile.pcapng")
    whole = [ilia_chunks(0, bytes(24), [(OUT, b"hello"), (IN, b"x" * 20)]), ilia_messages("/x", 1)]
    packets = [data[:n] for data in whole for n in range(0, len(data), 7)]
    packets += [chunk(1, b"") * 2, struct.pack("<BQ", 1, 2 ** 64 - 1) + bytes(40),
                struct.pack("<BQ", 6, 2 ** 63) + bytes(40)]
    pcapng(path, [(USER + 1, "i", data) for data in packets])
    support.tshark("-r", path, "-V", "-2")
    for form in ("ilia", "hipc", "ctr", "record"):
        support.tshark("-r", path, "-V", "-o", 'uat:ipctap_users:"DLT_USER1","%s"' % form)


def main():
    with support.scratch("users") as folder:
        os.chmod(folder, 0o755)
        check_ilia(folder)
        check_table(folder)
        check_own_mapping(folder)
        check_hostile(folder)


if __name__ == "__main__":
    main()
