#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The captures in samples/captures (made by `./dev samples`) read without a flaw, names and all."""
import os

import plugin_support as support

# Protocol, and a call that its scenarios must contain.
CAPTURES = {
    "horizon": 'cmif.command == "OpenFile" && hipc.service == "fsp-srv"',
    "ctr": 'ctripc.command == "OpenFile" && ctripc.service == "fs:USER"',
    "orbis": 'sceipmi.op == 0x320 && sceipmi.service == "SceAppMessaging"',
}


def main():
    for name, call in CAPTURES.items():
        path = os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")
        support.tshark("-r", path, "-V")
        requests = support.frames(path, call + " && ipctap.phase == 1 && ipctap.flags.server == 0",
                                  "-2")
        answered = support.frames(path, call + " && ipctap.phase == 1 && ipctap.flags.server == 0"
                                  " && ipctap.response_in", "-2")
        support.check(requests, "%s has no call with %s" % (path, call))
        support.check_equal(answered, requests, "answered calls of " + path)
        print("%s: %d calls, all answered" % (name, len(requests)))


main()
