#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same of every sample capture in every way of reading: one pass, two passes, single frames in any
order as Wireshark asks for them (sharkd does as it does), after another capture and after the same one
again, with each of our fields as the filter, in columns without a tree, and in statistics that nobody
else's filter disturbs."""
import glob
import os
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree

import plugin_support as support

DAY = ("-day",)
OTHERS = ("", "-malformed", "-async", "-events")
PROTOCOLS = ("ipctap", "hipc", "cmif", "htipc", "ctripc", "sceipmi", "appmsg")
FIRST_LAYER = "Console IPC record"
COLUMNS = ("No.", "Time", "Source", "Destination", "Protocol", "Length", "Info")
# What a first pass cannot know: frames behind the one it is at, and that no reply comes.
UNANSWERED = "This call does not return in this capture."
AHEAD = re.compile(r" in: (\d+)$|other side: (\d+)$")
STATISTICS = ("hipc,srt", "ctripc,srt", "sceipmi,srt", "ipctap,tree", "conv,ipctap", "endpoints,ipctap",
              "follow,ipctap,hex,0", "io,phs")


def tree_of(sharkd, frame):
    return ours(list(labels(sharkd.ask("frame", frame=frame, proto=True)["tree"])))


def labels(nodes, depth=0):
    for node in nodes:
        yield "    " * depth + node["l"]
        yield from labels(node.get("n", ()), depth + 1)


# ---- Trees ----

def ours(lines):
    """From the first layer of ours on, without the brackets that tshark writes around what is generated."""
    start = next(n for n, line in enumerate(lines) if line.startswith(FIRST_LAYER))
    return [re.sub(r"^( *)\[(.*)\]$", r"\1\2", line.rstrip()) for line in lines[start:]]


def trees(path, *arguments):
    """Of each frame the lines of our layers."""
    frames = []
    for line in support.tshark("-r", path, "-V", *arguments).split("\n"):
        if re.match(r"Frame \d+: ", line):
            frames.append([])
        if line:
            frames[-1].append(line)
    return [ours(frame) for frame in frames]


def known_in_one_pass(frame, number):
    """What a first pass can know of what two passes say of a frame."""
    kept, skipped = [], None
    for line in frame:
        depth = len(line) - len(line.lstrip())
        if skipped is not None and depth > skipped:
            continue
        skipped = None
        match = AHEAD.search(line)
        if match and int(match.group(1) or match.group(2)) > number:
            continue
        if UNANSWERED in line:
            skipped = depth
            continue
        kept.append(line)
    return kept


def check_passes(path, expected):
    for number, frame in enumerate(trees(path), 1):
        support.check_equal(frame, known_in_one_pass(expected[number - 1], number),
                            "%s, frame %d in one pass" % (path, number))


def check_any_order(sharkd, path, expected, chooser):
    sharkd.ask("load", file=path)
    for number in chooser.sample(range(1, len(expected) + 1), len(expected)):
        support.check_equal(tree_of(sharkd, number), expected[number - 1],
                            "%s, frame %d on its own" % (path, number))


# ---- Filters and columns ----

def fields_of(path):
    """Field -> frames that have it."""
    found = {}
    packets = xml.etree.ElementTree.fromstring(support.tshark("-r", path, "-2", "-T", "pdml"))
    for number, packet in enumerate(packets.iter("packet"), 1):
        for element in packet.iter():
            name = element.get("name", "")
            if name.split(".")[0] in PROTOCOLS:
                found.setdefault(name, set()).add(number)
    return found


def check_filters(sharkd, path, done):
    """A filter for a field finds the frames that have it, though nothing else is asked for then."""
    for name, frames in fields_of(path).items():
        if name in done:
            continue
        done.add(name)
        support.check_equal(sharkd.frames(name), sorted(frames), "frames of %s in %s" % (name, path))


def check_columns(sharkd, path):
    """In the packet list, in tshark's, and where trees are made."""
    listed = [frame["c"] for frame in sharkd.ask("frames")]
    support.check_equal([len(row) for row in listed], [len(COLUMNS)] * len(listed), "columns")
    wanted = [COLUMNS.index(name) for name in ("Source", "Destination", "Protocol", "Info")]
    rows = [[row[n].strip() for n in wanted] for row in listed]
    fields = ["_ws.col." + COLUMNS[n] for n in wanted]
    for arguments in ((), ("-2",), ("-Y", "ipctap.record_size"), ("-2", "-R", "ipctap")):
        found = [[text.strip() for text in row] for row in support.rows(path, fields, *arguments)]
        support.check_equal(found, rows, "columns of %s with %s" % (path, arguments))
    text = support.tshark("-r", path, "-o", 'gui.column.format:"I","%i"')
    support.check_equal([line.strip() for line in text.split("\n")[:-1]], [row[3] for row in rows],
                        "columns without a tree")


def check_statistics(path):
    """All in one run; a display filter is for what is printed, not for them."""
    wanted = [part for name in STATISTICS for part in ("-z", name)]
    expected = support.tshark("-r", path, "-q", *wanted)
    support.check(expected.count("\n") > 100, "statistics of " + path)
    for arguments in (("-2",), ("-Y", "hipc || ctripc"), ("-2", "-R", "ipctap")):
        support.check_equal(support.tshark("-r", path, "-q", *wanted, *arguments), expected,
                            "statistics of %s with %s" % (path, arguments))


def joined(folder, kinds):
    """The samples of all systems, one behind the other: tshark takes longer to start than to read one."""
    path = os.path.join(folder, "samples%s.pcapng" % kinds[0])
    samples = [sample for system in ("horizon", "ctr", "orbis") for kind in kinds for sample in glob.glob(
        os.path.join(support.SOURCE, "samples/captures", system + kind + ".pcapng"))]
    subprocess.run(["mergecap", "-a", "-I", "none", "-w", path, *samples], check=True)
    return path


def check_capture(sharkd, path, done, chooser):
    expected = trees(path, "-2")
    check_passes(path, expected)
    check_any_order(sharkd, path, expected, chooser)
    check_filters(sharkd, path, done)
    return expected


def main():
    if not shutil.which("sharkd"):
        print("no sharkd")
        raise SystemExit(77)
    sharkd, done, chooser = support.Sharkd(), set(), random.Random(1)
    with support.scratch("modes") as folder:
        os.chmod(folder, 0o755)
        day, others = joined(folder, DAY), joined(folder, OTHERS)
        expected = check_capture(sharkd, day, done, chooser)
        check_any_order(sharkd, day, expected, chooser)  # As after Reload.
        check_columns(sharkd, day)
        check_statistics(day)
        check_capture(sharkd, others, done, chooser)
    sharkd.close()
    support.check(len(done) > 400, "only %d fields" % len(done))
    print("%d fields" % len(done))


if __name__ == "__main__":
    main()
