#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's files with names, from each place that they may stand in; what is told of a bad one; and
the preference for the firmware."""
import os
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


def main():
    with support.scratch("names") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "calls.pcap")
        support.write_records(path, requests())
        check_forms(path, folder)
        check_firmware(path, folder)
        check_places(path, folder)
        check_bad(path, folder)


if __name__ == "__main__":
    main()
