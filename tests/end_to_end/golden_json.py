#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What tshark -T json says of every sample capture, in all that is ours, is what it said when somebody
looked at it: tests/golden/NAME.json.xz. With --update the files get what it says now.

Other versions of tshark print some values in another way: with them only the packets are counted."""
import glob
import json
import lzma
import os
import sys

from plugin_support import SOURCE, check, check_equal, fail, tshark, tshark_version

CAPTURES = sorted(os.path.basename(path)[:-len(".pcapng")]
                  for path in glob.glob(os.path.join(SOURCE, "samples/captures/*.pcapng")))
GOLDEN_VERSION = "4.0."
PROTOCOLS = "ipctap hipc cmif htipc ctripc sceipmi appmsg"


def dissect(name, *arguments):
    path = os.path.join(SOURCE, "samples/captures", name + ".pcapng")
    packets = json.loads(tshark("-r", path, "-T", "json", "-J", PROTOCOLS, "--no-duplicate-keys",
                                *arguments))
    return [packet["_source"]["layers"] for packet in packets]


def golden_path(name):
    return os.path.join(SOURCE, "tests/golden", name + ".json.xz")


def difference(found, expected, path=""):
    """Where two values differ first: (path, found, expected), or None."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in list(expected) + [key for key in found if key not in expected]:
            inner = difference(found.get(key), expected.get(key), "%s/%s" % (path, key))
            if inner:
                return inner
        return None
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for n, pair in enumerate(zip(found, expected)):
            inner = difference(*pair, "%s/%d" % (path, n))
            if inner:
                return inner
        return None
    return None if found == expected else (path, found, expected)


def check_capture(name):
    with lzma.open(golden_path(name), "rt", encoding="utf-8") as file:
        expected = json.load(file)
    found = dissect(name, "-2")
    check_equal(len(found), len(expected), "packets of " + name)
    if not tshark_version().startswith(GOLDEN_VERSION):
        return
    for number, pair in enumerate(zip(found, expected), 1):
        place = difference(*pair)
        if place:
            fail("%s, frame %d, %s: %s, expected %s (look at it; --update accepts it)" % (
                name, number, *place))


def update(name):
    with lzma.open(golden_path(name), "wt", encoding="utf-8", preset=9) as file:
        json.dump(dissect(name, "-2"), file, indent=0)


def main():
    check(len(CAPTURES) > 2, "only the captures %s" % CAPTURES)
    if sys.argv[1:] == ["--update"]:
        for old in glob.glob(golden_path("*")):
            os.remove(old)
        for name in CAPTURES:
            update(name)
    kept = sorted(os.path.basename(path)[:-len(".json.xz")] for path in glob.glob(golden_path("*")))
    check_equal(kept, CAPTURES, "files in tests/golden and samples/captures")
    for name in CAPTURES:
        check_capture(name)


if __name__ == "__main__":
    main()
