# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/transport-examples.md, every system call byte by byte, and the examples in docs/transport.md.

Without arguments: sends each request of those pages to a real server and compares the answer with the
page's, byte by byte. With --write FILE: makes the first page anew, from example_calls.py."""
import pathlib
import re
import socket
import sys

import server_support
import transport_records as records

PAGES = [server_support.SOURCE / "docs" / name
         for name in ("transport-examples.md", "transport.md")]
BLOCK = re.compile(r"^```text (enter|exit)\n(.*?)^```$", re.M | re.S)


class Connection:
    """A process of the console; exits are kept until somebody asks for them."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(address.removeprefix("unix:"))
        self.exits = {}

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            assert part, "the server closed the connection"
            data += part
        return data

    def read_record(self):
        header = self.read(records.HEADER.size)
        size = records.HEADER.unpack(header)[7]
        return header + self.read(size - len(header))

    def exit(self, call_id):
        while call_id not in self.exits:
            data = self.read_record()
            fields = records.HEADER.unpack_from(data)
            if fields[3] == 6:
                raise AssertionError(f"the server says: {data[64 + 24:]!r}")
            self.exits[fields[9]] = data
        return self.exits.pop(call_id)


def differences(expected, actual):
    if len(expected) != len(actual):
        yield f"{len(actual)} bytes, the page has {len(expected)}"
    for at, (page, real) in enumerate(zip(expected, actual)):
        if page is not None and page != real:
            yield f"byte 0x{at:04x} is {real:02x}, the page has {page:02x}"


def check_part(part):
    """The examples below one heading: one process on a fresh server."""
    count = 0
    with server_support.server() as (address, _):
        connection = Connection(address)
        for kind, text in BLOCK.findall(part):
            data = records.from_text(text.splitlines())
            call_id = int.from_bytes(bytes(data[0x18:0x20]), "little")
            if kind == "enter":
                connection.send(bytes(data))
                continue
            actual = connection.exit(call_id)
            wrong = list(differences(data, actual))
            assert not wrong, (f"call {call_id} of the page: {'; '.join(wrong[:5])}\n"
                               + "\n".join(records.to_text(actual)))
            count += 1
        connection.socket.close()
    return count


def check_page(page):
    count = 0
    for part in re.split(r"^## ", page.read_text(), flags=re.M)[1:]:
        if BLOCK.search(part):
            count += check_part(part)
    print(f"{page.name}: {count} answers as the page has them")
    assert count, "no examples"


def write(path):
    import example_calls
    text = example_calls.INTRODUCTION
    for platform in example_calls.PLATFORMS:
        with server_support.server() as (address, _):
            connection = Connection(address)
            text += platform(connection)
            connection.socket.close()
    pathlib.Path(path).write_text(text)


if len(sys.argv) == 3 and sys.argv[1] == "--write":
    write(sys.argv[2])
else:
    for example_page in PAGES:
        check_page(example_page)
