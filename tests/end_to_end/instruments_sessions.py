#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user says of sessions that are older than the capture, by Decode As and by the table in the
preferences, is what their messages are shown with."""
import os
import struct
import subprocess

import plugin_support as support
from plugin_support import (CTR, CTR_COMMAND, EXIT, IPMI, MESSAGE, ORBIS, SERVICE, cmif_reply,
                            cmif_request, record, section)

CTR_REQUEST = section(MESSAGE, struct.pack("<I", 0x08010002))
IPMI_INVOKE = section(0x30, struct.pack("<IIQQIIQII", 0x320, 0x400, 0, 0, 0, 0, 0, 0, 0))


def write(path):
    """Two handles in two processes; the same handle with a name of its own; other systems."""
    records = []
    for call_id, (pid, handle) in enumerate(((81, 0x103FE), (82, 0x103FE), (81, 0x200))):
        fields = {"pid": pid, "handle": handle, "call_id": call_id + 1}
        records.append(record(cmif_request(0), **fields))
        records.append(record(cmif_reply(0), phase=EXIT, **fields))
    records.append(record(cmif_request(0), section(SERVICE, "set:sys"), handle=0x300, call_id=9))
    records.append(record(CTR_REQUEST, platform=CTR, kind=CTR_COMMAND, handle=0x400, pid=83,
                          call_id=10))
    records.append(record(IPMI_INVOKE, platform=ORBIS, kind=IPMI, pid=84, call_id=11))
    support.write_records(path, records)


def services(path, *arguments, environment=None):
    wanted = ("hipc.service", "ctripc.service", "sceipmi.service")
    options = [part for field in wanted for part in ("-e", field)]
    output = support.tshark("-r", path, "-T", "fields", *options, *arguments,
                            environment=environment)
    return ["".join(line.split("\t")) for line in output.split("\n")[:-1]]


def check_both_passes(path, expected, what, *arguments, environment=None):
    for passes in ((), ("-2",)):
        support.check_equal(services(path, *passes, *arguments, environment=environment), expected,
                            what + " " + "".join(passes))


def row(handle, pid, service):
    return ("-o", 'uat:ipctap_sessions:"%s","%d","%s"' % (handle, pid, service))


def check_table(path):
    check_both_passes(path, ["", "", "", "", "", "", "set:sys", "", ""], "nothing said")
    check_both_passes(path, ["fsp-srv", "fsp-srv", "a:hb", "a:hb", "", "", "set:sys", "", ""],
                      "by process", *row("0x103fe", 81, "fsp-srv"), *row("0x103fe", 82, "a:hb"))
    check_both_passes(path, ["", "", "", "", "pl:u", "pl:u", "set:sys", "fs:USER", "SceAppMessaging"],
                      "for every process", *row("0x200", 0, "pl:u"), *row("0x300", 0, "wrong"),
                      *row("0x400", 83, "fs:USER"), *row("400", 84, "SceAppMessaging"))


def check_bad_rows(path):
    """What is wrong is said; nothing is dissected as if nothing had been asked for."""
    for bad, complaint in ((("0x200", 0, ""), "0x200 is for no service"),
                           (("many", 0, "pl:u"), "Invalid value")):
        done = subprocess.run([support.WITH_PLUGIN, "tshark", "-n", "-r", path, *row(*bad)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        errors = done.stderr.decode()
        support.check(done.returncode and complaint in errors, "the row %s: %s" % (bad, errors))


def check_names(path):
    """The service's interface follows, and with it the commands."""
    info = support.column(path, "_ws.col.Info", *row("0x200", 0, "pl:u"))
    support.check_equal(info[4], "pl:u ISharedFontManager.RequestLoad()", "Info of a named session")


def check_decode_as(path, folder):
    """As Wireshark keeps what was chosen in its window."""
    with open(os.path.join(folder, "decode_as_entries"), "w", encoding="utf-8") as file:
        file.write("decode_as_entry: ipctap.session_handle,%d,(none),nifm:u\n" % 0x103FE)
    environment = {"WIRESHARK_CONFIG_DIR": folder}
    check_both_passes(path, ["nifm:u"] * 4 + ["", "", "set:sys", "", ""], "Decode As",
                      environment=environment)
    check_both_passes(path, ["nifm:u", "nifm:u", "a:hb", "a:hb", "", "", "set:sys", "", ""],
                      "the table goes before Decode As", *row("0x103fe", 82, "a:hb"),
                      environment=environment)


def main():
    with support.scratch("sessions") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "sessions.pcap")
        write(path)
        check_table(path)
        check_bad_rows(path)
        check_names(path)
        check_decode_as(path, folder)


if __name__ == "__main__":
    main()
