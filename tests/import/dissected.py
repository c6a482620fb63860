#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What was imported, as tshark shows it: names, and what is cut off or unknown said so."""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "end_to_end"))
from plugin_support import BUILD, frames, rows, scratch, tshark  # noqa: E402

PROGRAM = os.path.join(BUILD, "bin", "ipcshark")

EMULATORS = {
    # frame: protocol's service or interface, command
    1: ("ctripc", "fs:USER", "ControlArchive"),
    2: ("ctripc", "fs:USER", "GetThisSaveDataSecureValue"),
    4: ("ctripc", "APT:A", "Wrap"),
    9: ("cmif", "IUserLocalCommunicationService", "SetOperationMode"),
}

RYUJINX = {
    1: ("cmif", "IApplicationFunctions", "GetLaunchRequiredVersion"),
    2: ("cmif", "IManagerForApplication", "CreateAuthorizationRequest"),
}


def capture(folder, name):
    path = os.path.join(folder, name + ".pcapng")
    subprocess.run([PROGRAM, "import", HERE / name, "-w", path], check=True,
                   stderr=subprocess.DEVNULL)
    return path


def check_names(path, expected):
    fields = ["frame.number", "ctripc.service", "ctripc.command", "cmif.interface",
              "cmif.command"]
    found = {int(row[0]): row for row in rows(path, fields)}
    for number, (protocol, target, command) in expected.items():
        row = found[number][1:3] if protocol == "ctripc" else found[number][3:5]
        assert row == [target, command], (path, number, found[number])


def check_truncated(path, expected):
    found = frames(path, "ipctap.flags.truncated == 1")
    assert found == expected, (path, found)


def main():
    with scratch("import") as folder:
        emulators = capture(folder, "emulators.log")
        ryujinx = capture(folder, "ryujinx.log")
        check_names(emulators, EMULATORS)
        check_names(ryujinx, RYUJINX)
        check_truncated(emulators, [8, 9])
        check_truncated(ryujinx, [2])
        assert frames(ryujinx, "ipctap.source_text contains \"Raw Request Data\"") == [1, 2]
        # No dissector bug, nothing malformed (tshark() looks for it) in any of the others.
        for name in ("crash.txt", "console.txt", "dumps.txt"):
            assert tshark("-r", capture(folder, name), "-V")
    return 0


if __name__ == "__main__":
    sys.exit(main())
