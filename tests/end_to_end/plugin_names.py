#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's files with names, from each place that they may stand in; what is told of a bad one; and
the preference for the firmware."""
import json
import os
import re
import shutil
import struct
import subprocess

import plugin_support as support
from plugin_support import MESSAGE, SERVICE, cmif_request, record, section

A = support.ARROW + " "
IPMI_CALL = section(0x30, struct.pack("<IIQQIIQII", 0x320, 5, 0, 0, 0, 0, 0, 0, 0))
IPMI_BLOCK = section(0x31, struct.pack("<IIIIQQQII", 7, 0, 0, 0, 0, 0, 0, 0, 0))


def requests():
    """A command of each system that nobody has a name for, and two whose names changed."""
    return [
        record(cmif_request(4711), section(SERVICE, "own:s"), handle=1),
        record(section(MESSAGE, struct.pack("<I", 0x77770000)), section(SERVICE, "own:c"), handle=2,
               platform=support.CTR, kind=support.CTR_COMMAND),
        record(IPMI_CALL, IPMI_BLOCK, section(SERVICE, "SceOwn"), platform=support.ORBIS,
               kind=support.IPMI),
        record(cmif_request(1), section(SERVICE, "dated"), handle=3),
        record(cmif_request(1), section(SERVICE, "dated"), section(support.FIRMWARE, "2.0.0"),
               handle=3, source=8),
    ]


def write(folder, name, text):
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(os.path.join(folder, name), 0o644)


def infos(path, *arguments, environment=None):
    output = support.tshark("-r", path, "-T", "fields", "-e", "_ws.col.Info", *arguments,
                            environment=environment)
    return output.split("\n")[:-1]


TABLE = """[nn::own::IThing is own:s]
4711\tFromATable
[ctr own:c]
0x7777\tFromATableToo
[ipmi SceOwn]
7\tAlsoFromATable
[nn::own::IDated is dated]
1\tOldName\t1.0.0\t2.9.9
1\tNewName\t3.0.0
"""
JSON = '{"nn::own::IThing": {"4711": "FromJson"}}'
DESCRIPTION = "interface nn::own::IThing is own:s {\n  [4711] Described();\n}\n"


def check_forms(path, folder):
    place = os.path.join(folder, "forms")
    option = ("-o", "ipctap.names:" + place)
    write(place, "a.tsv", TABLE)
    found = infos(path, *option)
    support.check_equal(found[0], "own:s IThing.FromATable()", "name from a table")
    support.check_equal(found[1], "own:c FromATableToo()", "3DS name from a table")
    support.check("AlsoFromATable" in found[2], "IPMI name from a table: " + found[2])
    write(place, "b.json", JSON)
    support.check_equal(infos(path, *option)[0], "own:s IThing.FromJson()", "name from JSON")
    write(place, "c.id", DESCRIPTION)
    support.check_equal(infos(path, *option)[0], "own:s IThing.Described()", "described name")
    support.check_equal(infos(path, "-2", *option), infos(path, *option), "two passes")


def check_precedence(folder):
    """The user's name, the producer's, the built-in one; of descriptions the built-in one stays."""
    path, place = os.path.join(folder, "told.pcap"), os.path.join(folder, "precedence")
    function = section(support.FUNCTION, "Theirs")
    to_file = section(support.INTERFACE, "nn::fssrv::sf::IFile")
    data = struct.pack("<IxxxxQQ", 0, 16, 32)
    service = section(support.MESSAGE, struct.pack("<II", 16 + 1, 2) + bytes(8))
    support.write_records(path, [
        record(cmif_request(0, data), to_file, handle=1),
        record(cmif_request(0, data), to_file, function, handle=2),
        record(service, section(SERVICE, "sm:"), handle=3),
        record(service, section(SERVICE, "sm:"), function, handle=4),
    ])
    found = infos(path)
    for info, name in zip(found, ("Read(", "Theirs(", "GetServiceHandle(", "Theirs(")):
        support.check(name in info, "%s is not in %s" % (name, info))
    write(place, "own.tsv", "[nn::fssrv::sf::IFile]\n0\tMine\n[tipc sm:]\n1\tMine\n")
    for info in infos(path, "-o", "ipctap.names:" + place):
        support.check("Mine(" in info, "Mine is not in " + info)
    support.check(infos(path, "-o", "ipctap.names:" + place)[1].endswith(
        "Mine(offset=16, size=32, option=0)"), "the built-in description")


def check_function(folder):
    """What a producer calls a command of the 3DS or of the PlayStation; a system call nobody knows."""
    path = os.path.join(folder, "function.pcap")
    function = section(support.FUNCTION, "Theirs")
    message = section(MESSAGE, struct.pack("<I", 0x77770000))
    done = section(MESSAGE, struct.pack("<II", 0x77770040, 0))
    ctr = {"platform": support.CTR, "kind": support.CTR_COMMAND}
    ipmi = {"platform": support.ORBIS, "kind": support.IPMI}
    unknown = section(0x30, struct.pack("<IIQQIIQII", 0x261, 5, 0, 0, 0, 0, 0, 0, 0))
    support.write_records(path, [
        record(message, section(SERVICE, "own:c"), function, handle=2, call_id=1, **ctr),
        record(done, handle=2, call_id=1, phase=support.EXIT, **ctr),
        record(message, handle=2, call_id=2, **ctr),
        record(section(MESSAGE, struct.pack("<I", 0x00010000)), section(SERVICE, "fs:USER"), function,
               handle=3, **ctr),
        record(IPMI_CALL, IPMI_BLOCK, section(SERVICE, "SceOwn"), function, handle=5, **ipmi),
        record(unknown, section(SERVICE, "SceOwn"), function, handle=5, **ipmi),
        record(support.kernel_call(99), function, kind=support.KERNEL),
    ])
    support.check_equal(infos(path), [
        "own:c Theirs()", A + "Theirs: ok", "own:c 0x7777()", "fs:USER Theirs()",
        "SceOwn InvokeSyncMethod Theirs(0 in, 0 out)", "SceOwn Theirs()", "Theirs()"], "FUNCTION")


def check_firmware(path, folder):
    """By the capture, and by the preference, which goes before it."""
    option = ("-o", "ipctap.names:" + os.path.join(folder, "forms"))
    found = infos(path, *option)
    support.check_equal(found[3:], ["dated IDated.NewName()", "dated IDated.OldName()"],
                        "names by the capture's firmware")
    for version, name in (("1.0.0", "OldName"), ("2.9", "OldName"), ("18.1.0", "NewName")):
        found = infos(path, *option, "-o", "ipctap.firmware:" + version)
        support.check_equal(found[3:], ["dated IDated.%s()" % name] * 2, "names of " + version)


def check_places(path, folder):
    """Each place comes before those above it."""
    home = os.path.join(folder, "config")
    environment = {"WIRESHARK_CONFIG_DIR": home, "XDG_CONFIG_HOME": os.path.join(folder, "xdg")}
    places = [
        (os.path.join(folder, "xdg", "ipcshark", "names"), ()),
        (os.path.join(home, "ipcshark"), ()),
        (os.path.join(home, "profiles", "Mine", "ipcshark"), ("-C", "Mine")),
        (os.path.join(folder, "own"), ("-C", "Mine", "-o",
                                       "ipctap.names:" + os.path.join(folder, "own"))),
    ]
    for number, (place, arguments) in enumerate(places):
        write(place, "names.tsv", "[nn::own::IThing is own:s]\n4711\tPlace%d\n" % number)
        found = infos(path, *arguments, environment=environment)
        support.check_equal(found[0], "own:s IThing.Place%d()" % number, "name from " + place)


# What SwIPC's checkout looks like: types in one file, commands of others before and behind it.
SWIPC = {
    "account.id": """# A comment with [a link](#nn::own::IThing(0) "wikilink")
type nn::own::Kind = enum<u8> {
\tOne = 1;
\tTwo = 0x2;
};
type nn::own::Both = struct { nn::own::Kind kind; nn::own::Id id; };

interface nn::own::IThing is own:s, own:a {
\t# documentation
\t@version(3.0.0+)
\t@undocumented
\t[4711] Take(nn::own::Kind, nn::own::Both both, nn::ApplicationId tid, bytes<0x2> rest, pid,
\t\tbuffer<bytes<0x301>, 0x19, 0x301> path) -> object<nn::own::IOther> other;
\t@version(1.0.0-2.3.0)
\t[4711] Old();
}
interface nn::own::IEmpty {
}
""",
    "auto.id": "// --- shared ---\r\ntype nn::own::Id = u64;\r\ntype nn::ApplicationId = u64;\r\n",
}


def swipc_request():
    """Take(): sorted by alignment the arguments are kind, rest, both, tid."""
    data = struct.pack("<B2s5xB7xQQ", 2, b"ab", 1, 0x1234, 0x0100000000001009)
    return [record(cmif_request(4711, data), section(SERVICE, "own:s"), handle=1)]


def check_swipc(folder):
    path, place = os.path.join(folder, "swipc.pcap"), os.path.join(folder, "swipc")
    support.write_records(path, swipc_request())
    for name, text in SWIPC.items():
        write(place, name, text.replace("\t@undocumented\n", ""))
    option = ("-o", "ipctap.names:" + place)
    found = infos(path, *option)[0]
    support.check("IThing.Take(Two, both=" in found and "tid=0x0100000000001009" in found, found)
    for text in ('cmif.argument == "kind=One"', 'cmif.argument == "id=4660"',
                 'cmif.argument.type == "nn::own::Both"', 'cmif.argument == "rest=6162"'):
        support.check_equal(support.frames(path, text, *option), [1], text)
    found = infos(path, *option, "-o", "ipctap.firmware:2.0.0")[0]
    support.check(found.startswith("own:s IThing.Old()"), "of firmware 2.0.0: " + found)
    support.check_equal(support.frames(path, "ipctap.names_file || ipctap.names_type", *option), [],
                        "nothing to tell")


GHIDRA = """{
    "Services:": {
        "Own_services": {
            "own:s, own:a": {
                "nn::own::IThing": {
                    "_hash": "1d0a74ad4b163e4d",
                    "1": "First",
                    "4711": {
                        "name": "OpenOther",
                        "out": "nn::own::IOther"
                    }
                }
            },
            "IOther": {
                "nn::own::IOther": {
                    "0": "Use"
                }
            }
        }
    }
}
"""


def check_ghidra(path, folder):
    """The layout of ipc_database.json."""
    place = os.path.join(folder, "ghidra")
    write(place, "ipc_database.json", "\ufeff" + GHIDRA.replace("\n", "\r\n"))
    support.check_equal(infos(path, "-o", "ipctap.names:" + place)[0],
                        "own:s IThing.OpenOther()", "name from ipc_database.json")


# Content, and what is told of it; by the file's name.
BAD = {
    "empty.id": (b"", ":1:1: there are no names in this file"),
    "empty.json": (b"", ":1:1: '{' is expected here"),
    "empty.tsv": (b"", ":1:1: there are no names in this file"),
    "hashes.json": (b'{"IThing": {"_hash": "1d0a"}}', ":1:30: there are no names in this file"),
    "list.json": (b'["own:s"]', ":1:1: '{' is expected here"),
    "binary.tsv": (bytes(range(256)), ":1:1: a control character (0x00); this is no text"),
    "elf.id": (b"\x7fELF\x02\x01\x01", ":1:1: a control character (0x7F); this is no text"),
    "nul.json": (b'{"I":\n {"0": "A\0B"}}', ":2:10: a control character (0x00); this is no text"),
    "utf16.tsv": ("[I]\r\n0\tA\r\n".encode("utf-16"), ":1:1: this is UTF-16; UTF-8 is read"),
    "latin1.id": ("# \u00e4\ninterface I {}".encode("latin-1"),
                  ":1:3: the byte 0xE4 is no UTF-8 here"),
    "columns.tsv": (b"[I]\r\n0\tA\r\n1\r\n", ":3:3: a command's number, a tab and its name"),
    "number.tsv": (b"[I]\nfour\tA\n", ":2:6: a number is expected here"),
    "line.tsv": (b"x" * (1 << 20), ":1:1048577: a tab and a command's number"),
    "line.json": (b'{"' + b"x" * (1 << 20), ":1:2: the text has no closing quote on its line"),
    "string.id": (b'interface "I {\n}', ":1:11: the text has no closing quote on its line"),
    "comment.id": (b"interface I {\n  [0] A(); # and no", ":2:20: '[' is expected here"),
    "recursive.id": (b"type A = struct { B b; };\ntype B = A;\n", "contains itself"),
    "deep.json": (b'{"a":' * 100000, "nest too deep"),
    "deep.id": (b"type A = " + b"buffer<" * 100000, "nest too deep"),
}


def make_bad(place):
    """Every kind of file that cannot be read; gives what is to be told of each."""
    wanted = {name: name + text if text.startswith(":") else text
              for name, (_, text) in BAD.items()}
    os.makedirs(place)
    for name, (content, _) in BAD.items():
        with open(os.path.join(place, name), "wb") as file:
            file.write(content)
        os.chmod(os.path.join(place, name), 0o644)
    os.mkdir(os.path.join(place, "folder.tsv"), 0o755)
    os.symlink("loop.id", os.path.join(place, "loop.id"))
    os.symlink("nowhere", os.path.join(place, "gone.id"))
    os.mkfifo(os.path.join(place, "pipe.id"))
    with open(os.path.join(place, "secret.id"), "wb") as file:
        os.chmod(file.fileno(), 0)
    with open(os.path.join(place, "huge.tsv"), "wb") as file:
        file.truncate(200 << 20)
    os.chmod(place, 0o755)
    wanted.update({"folder.tsv": "folder.tsv: this is a folder", "gone.id": "gone.id: No such file",
                   "loop.id": "loop.id: Too many levels", "pipe.id": "pipe.id: this is no file",
                   "huge.tsv": "huge.tsv: the file has 209715200 bytes", "secret.id": "secret.id"})
    return wanted


def check_every_kind(path, folder):
    """Whatever lies there: told by name, and where that is known by line and column."""
    place = os.path.join(folder, "kinds")
    wanted = make_bad(place)
    write(place, "zz-good.tsv", TABLE)
    option = ("-o", "ipctap.names:" + place)
    told = support.column(path, "_ws.expert.message", *option, "-Y", "ipctap.names_file")[0]
    for name, text in wanted.items():
        support.check(text in told, "%s: %r is not told: %s" % (name, text, told))
    support.check_equal(infos(path, *option)[0], "own:s IThing.FromATable()", "the good file")
    program = os.path.join(support.BUILD, "bin", "ipcshark")
    done = subprocess.run([program, "decode", "--names", place, "--horizon", "00"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    support.check_equal(done.returncode, 1, "the program's status")
    for name, text in wanted.items():
        support.check(text in done.stderr.decode() or (name == "secret.id" and not os.geteuid()),
                      "%s: the program does not tell %r" % (name, text))


def check_unknown_type(path, folder):
    """No error, as the rest of the file counts; but said."""
    place = os.path.join(folder, "unknown")
    write(place, "own.id", "interface nn::own::IThing is own:s {\n  [4711] A(nn::No a);\n}\n")
    option = ("-o", "ipctap.names:" + place)
    told = support.column(path, "_ws.expert.message", *option, "-Y", "ipctap.names_type")
    support.check(told and "own.id:2:12: nobody defines this type" in told[0], str(told))
    support.check(infos(path, *option)[0].startswith("own:s IThing.A("), "the file counts")
    support.check_equal(support.frames(path, "ipctap.names_file", *option), [], "no error")


def check_firmware_preference(path):
    told = support.column(path, "_ws.expert.message", "-o", "ipctap.firmware:newest", "-Y",
                          "ipctap.names_file")
    support.check(told and 'no version such as 17.0.1: "newest"' in told[0], str(told))


def check_first_record(folder):
    """Told at the first record, whatever was captured before it; once."""
    path = os.path.join(folder, "stream.pcap")
    stream = support.TcpStream(40000, 18252)
    for data in requests():
        stream.send(data)
    support.pcap(path, support.ETHERNET, [bytes(60)] + stream.packets)
    option = ("-o", "ipctap.names:/nowhere", "-d", "tcp.port==18252,ipctap")
    for passes in ((), ("-2",)):
        support.check_equal(support.frames(path, "ipctap.names_file", *option, *passes), [2],
                            "the frame of the first record")


class Sharkd:
    """A Wireshark that stays: what opening a capture again does there, a reload does in the other."""

    def __init__(self):
        self.process = subprocess.Popen([support.WITH_PLUGIN, "sharkd", "-"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.number = 0

    def call(self, method, **parameters):
        self.number += 1
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith(b"{"):
                return json.loads(line)["result"]
        return support.fail("sharkd ended at " + method)

    def info(self, path):
        self.call("load", file=path)
        return self.call("frames")[0]["c"][-1]

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def check_reload(path, folder):
    """A preference that changes, and files that do, also at once and with the same size."""
    if not shutil.which("sharkd"):
        return
    place = os.path.join(folder, "reloaded")
    table = "[nn::own::IThing is own:s]\n4711\t%s\n"
    write(place, "names.tsv", table % "First")
    sharkd = Sharkd()
    support.check_equal(sharkd.info(path), "own:s command 4711()", "without files")
    sharkd.call("setconf", name="ipctap.names", value=place)
    support.check_equal(sharkd.info(path), "own:s IThing.First()", "the new preference")
    for text, expected in ((table % "Other", "own:s IThing.Other()"),
                           (table.replace("]", "") % "Other", "own:s command 4711()"),
                           (table % "Third", "own:s IThing.Third()")):
        write(place, "names.tsv", text)
        support.check_equal(sharkd.info(path), expected, "the changed file")
    os.remove(os.path.join(place, "names.tsv"))
    write(place, "other.tsv", table % "Fifth")
    support.check_equal(sharkd.info(path), "own:s IThing.Fifth()", "another file")
    sharkd.end()


def check_bad(path, folder):
    """A bad file is told by name, line and column, in the status and as an expert info."""
    place = os.path.join(folder, "bad")
    write(place, "bad.id", "interface I {\n  [0] F(u8;\n}\n")
    write(place, "bad.json", '{"I": {"0": }}')
    write(place, "good.tsv", TABLE)
    option = ("-o", "ipctap.names:" + place)
    support.check_equal(support.frames(path, "ipctap.names_file", *option), [1], "the expert info")
    told = support.tshark("-r", path, "-V", *option, "-Y", "frame.number == 1")
    for where in ("bad.id:2:11: ", "bad.json:1:13: "):
        support.check(where in told, "%s is not in %s" % (where, told[-900:]))
    support.check_equal(infos(path, *option)[0], "own:s IThing.FromATable()", "the good file")
    done = subprocess.run([support.WITH_PLUGIN, "tshark", "-r", path, *option], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    support.check("bad.id:2:11: " in done.stderr.decode(), "nothing told on standard error")
    support.check_equal(support.frames(path, "ipctap.names_file", "-o", "ipctap.names:/nowhere"),
                        [1], "a folder that is not there")


def check_table(path, folder):
    """The table in the preferences comes before all files, and is as much a file as they are."""
    place = os.path.join(folder, "below")
    write(place, "own.tsv", TABLE)
    rows = [("Switch interface", "nn::own::IThing is own:s", "4711", "FromTheTable"),
            ("3DS service", "own:c", "0x7777", "OfA3DS"),
            ("PlayStation service", "SceOwn", "7", "OfAPlayStation"),
            ("Switch TIPC service", "own:t", "1", "OfTipc")]
    options = ["-o", "ipctap.names:" + place]
    for row in rows:
        options += ["-o", "uat:ipctap_commands:" + ",".join('"%s"' % value for value in row)]
    found = infos(path, *options)
    support.check_equal(found[0], "own:s IThing.FromTheTable()", "a name of the table")
    support.check("OfA3DS(" in found[1] and "OfAPlayStation(" in found[2], "others: %s" % found)
    support.check("NewName(" in found[3], "the files below the table: %s" % found)
    for row, complaint in ((("3DS service", "own:c", "many", "Name"), "a number is expected here"),
                           (("3DS service", "", "7", "Name"), "an interface or a service is"),
                           (("3DS service", "own:c", "7", ""), "a command's number, a tab and")):
        done = subprocess.run([support.WITH_PLUGIN, "tshark", "-n", "-r", path, "-o",
                               "uat:ipctap_commands:" + ",".join('"%s"' % value for value in row)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        errors = done.stderr.decode()
        support.check(done.returncode and "no name of a command: " + complaint in errors,
                      "the row %s: %s" % (row, errors))


def main():
    with support.scratch("names") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "calls.pcap")
        support.write_records(path, requests())
        check_forms(path, folder)
        check_precedence(folder)
        check_function(folder)
        check_firmware(path, folder)
        check_places(path, folder)
        check_table(path, folder)
        check_bad(path, folder)
        check_swipc(folder)
        check_ghidra(path, folder)
        check_every_kind(path, folder)
        check_unknown_type(path, folder)
        check_firmware_preference(path)
        check_first_record(folder)
        check_reload(path, folder)


if __name__ == "__main__":
    main()
