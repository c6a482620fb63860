#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The scripts in samples/lua do what they say, and every table takes a dissector."""
import os
import re

import plugin_support as support

SKIPPED = 77
LUA = os.path.join(support.SOURCE, "samples", "lua")

# A dissector for a key of a table: marks the frame with the length of its buffer.
MARK = """
local mark = Proto("mark", "Mark")
local size = ProtoField.uint32("mark.size", "Size")
mark.fields = { size }
function mark.dissector(buffer, pinfo, tree)
    tree:add(mark, buffer()):add(size, buffer:len())
    pinfo.cols.info:append(" MARKED")
    return buffer:len()
end
DissectorTable.get("%s"):add(%s, mark)
"""

BROKEN = """
local broken = Proto("broken", "Broken")
function broken.dissector(buffer) return buffer(100000, 4):uint() end
DissectorTable.get("cmif.interface"):add("IFile", broken)
"""

TABLES = (
    ("cmif.interface", '"IFile"', "horizon", 'cmif.interface == "IFile"'),
    ("cmif.interface", '"nn::fssrv::sf::IDirectory"', "horizon", 'cmif.interface == "IDirectory"'),
    ("cmif.interface", '"sm:"', "horizon", 'htipc && hipc.service == "sm:"'),
    ("ctripc.service", '"File"', "ctr", 'ctripc.service == "File"'),
    ("sceipmi.service", '"SceAppMessaging"', "orbis", "appmsg.destination && sceipmi.input"),
    ("appmsg.type", "0x08000000", "orbis", "appmsg.type == 0x08000000 && appmsg.payload"),
)


def capture(name):
    return os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")


def with_script(path):
    return ("-X", "lua_script:" + path)


def check_samples():
    ranges = with_script(os.path.join(LUA, "file_ranges.lua"))
    found = support.rows(capture("horizon"), ["_ws.col.Info", "file_range.past"], *ranges, "-Y",
                         'file_range && cmif.command == "Write" && ipctap.flags.server == 0')
    support.check(found and found[0][0].startswith("fsp-srv IFile.Write(") and
                  found[0][0].endswith(") [0, 56)") and found[0][1] == "56", str(found))
    cheat = with_script(os.path.join(LUA, "cheat_message.lua"))
    support.check(support.frames(capture("orbis"), "cheat.length == 34 && json", *cheat),
                  "no message with JSON in it")
    info = support.column(capture("orbis"), "_ws.col.Info", *cheat, "-Y", "cheat")
    support.check(info and not any("JavaScript" in text for text in info),
                  "JSON's dissector in the packet list: " + str(info))
    check_demo()
    counted = support.tshark("-q", "-r", capture("ctr"), *with_script(
        os.path.join(LUA, "count_calls.lua")))
    support.check(any(line.split()[0] == "1" and line.endswith("File Write")
                      for line in counted.split("\n") if line), counted)


DEMO = [
    # Request, reply, buffers, what the plugin knows of the call.
    ("demo.number == 42 && demo.name == \"a name\" && demo.text contains \"3DS program\"", 1),
    ("demo.next == 43 && demo.answer == \"answer\" && demo.text == \"changed\"", 2),
    ("demo.asked == 42 && ipctap.response_to", 2),
    ("demo.caller == \"demo-client (pid 83)\" && demo.opened", 1),
]


def check_demo():
    """A service that nobody described, in one pass and in two, and where a kernel call carries it."""
    demo = with_script(os.path.join(LUA, "demo_service.lua"))
    for passes in ((), ("-2",)):
        for text, most in DEMO:
            found = support.frames(capture("ctr"), text + " && ipctap.kind == 2", *demo, *passes)
            support.check(len(found) >= most, "%s: %s" % (text, found))
        support.check_equal(len(support.frames(capture("ctr"), "demo && ipctap.kernel.call", *demo)),
                            2, "messages in kernel calls")


def write(folder, text):
    path = os.path.join(folder, "script.lua")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)
    return with_script(path)


def check_tables(folder):
    for table, key, name, expected in TABLES:
        script = write(folder, MARK % (table, key))
        wanted = support.frames(capture(name), expected)
        marked = support.frames(capture(name), "mark", *script)
        support.check(wanted and set(wanted) & set(marked), "%s[%s]" % (table, key))
        info = support.column(capture(name), "_ws.col.Info", *script, "-Y", "mark")
        support.check(all(text.endswith(" MARKED") for text in info), "Info by %s" % table)


def check_errors(folder):
    """What goes wrong in a script stays in its frame's tree."""
    script = write(folder, BROKEN)
    wanted = [row for row in support.rows(capture("horizon"), ["frame.number", "_ws.col.Info"])]
    found = [row for row in support.rows(capture("horizon"), ["frame.number", "_ws.col.Info"],
                                         *script)]
    support.check_equal(len(found), len(wanted), "frames")


def main():
    if not re.search(r"(with\s|\+)Lua", support.tshark("--version")):
        print("this tshark has no Lua")
        raise SystemExit(SKIPPED)
    check_samples()
    with support.scratch("lua") as folder:
        os.chmod(folder, 0o755)
        check_tables(folder)
        check_errors(folder)


if __name__ == "__main__":
    main()
