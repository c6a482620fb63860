#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile "Console IPC": all filters of its colour rules, buttons and graphs compile and find what
they are for, and its columns have values."""
import os
import re
import shutil

import plugin_support as support

PROFILE = os.path.join(support.SOURCE, "capture", "install", "profile")
CAPTURES = [os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")
            for name in ("horizon", "ctr", "orbis")]
# What no sample capture has: an unanswered call, a dropped record, a slow call.
RARE = ("ipctap.unanswered", "ipctap.dropped.records", "ipctap.time > ", "_ws.malformed")


def lines(name):
    with open(os.path.join(PROFILE, name), encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line and not line.startswith("#")]


def filters():
    found = [line.split("@")[2] for line in lines("colorfilters")]
    found += [re.findall(r'"([^"]*)"', line)[2] for line in lines("dfilter_buttons")]
    found += [re.findall(r'"([^"]*)"', line)[2] for line in lines("io_graphs")]
    return sorted(set(found))


def check_filters():
    for text in filters():
        found = 0
        for path in CAPTURES:  # tshark ends with an error if the filter does not compile.
            found += len(support.frames(path, text))
            if found:
                break
        support.check(found or any(rare in text for rare in RARE), "nothing found by " + text)


def check_columns(folder):
    """As tshark prints them: a service and a time in every line of a reply, and results."""
    target = os.path.join(folder, "profiles", "Console IPC")
    shutil.copytree(PROFILE, target)
    for place, _, names in os.walk(folder):
        os.chmod(place, 0o755)
        for name in names:
            os.chmod(os.path.join(place, name), 0o644)
    output = support.tshark("-r", CAPTURES[0], "-C", "Console IPC", "-Y", "cmif.result == 0x202",
                            environment={"WIRESHARK_CONFIG_DIR": folder})
    for line in output.split("\n")[:-1]:
        support.check(("fsp-srv" in line or "echo" in line) and "fs PathNotFound (2002-0001)" in line and
                      re.search(r"0\.0000\d+", line), "columns of " + line)


def main():
    check_filters()
    with support.scratch("profile") as folder:
        check_columns(folder)


if __name__ == "__main__":
    main()
