#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Follow one object of a domain; export records; tell fewer findings; recognise streams;
and the joins of the PlayStation's asynchronous calls and event flags."""
import os

import plugin_support as support
from plugin_support import (EXIT, INTERFACE, MESSAGE, SERVICE, cmif_reply, cmif_request, record,
                            section)

HORIZON = os.path.join(support.SOURCE, "samples", "captures", "horizon.pcapng")
CTR = os.path.join(support.SOURCE, "samples", "captures", "ctr.pcapng")
CTR_DAY = os.path.join(support.SOURCE, "samples", "captures", "ctr-day.pcapng")
UNCLAIMED_PORT = 61234  # Like 51000: Wireshark has no dissector of its own for it.
ORBIS = os.path.join(support.SOURCE, "samples", "captures", "orbis.pcapng")


def check_follow_object():
    """Only what was said to the object, though its session has others."""
    found = support.rows(HORIZON, ["cmif.object_stream", "cmif.file"], "-Y",
                         'cmif.command == "Write" && ipctap.flags.server == 0')[0]
    stream, path = found
    support.check_equal(path, "/scenario/data.bin", "what the object was opened for")
    streams = set(support.column(HORIZON, "ipctap.stream", "-Y", "cmif.object_stream == " + stream))
    others = support.frames(HORIZON, "ipctap.stream == %s && cmif.object_stream != %s" % (
        streams.pop(), stream))
    support.check(not streams and others, "the object is not one of many in a session")
    text = support.tshark("-q", "-r", HORIZON, "-z", "follow,cmif,ascii," + stream)
    support.check("written through a map buffer" in text, "contents in " + text)
    support.check("/scenario/data.bin" not in text, "another object's message in " + text)
    hexadecimal = support.tshark("-q", "-r", HORIZON, "-z", "follow,cmif,hex," + stream)
    support.check("77 72 69 74 74 65 6e" in hexadecimal, "hexadecimal in " + hexadecimal)


def check_export_pdu(folder):
    """A connection's records come out as a capture of records that shows the same."""
    path = os.path.join(folder, "stream.pcap")
    records = [record(cmif_request(0), handle=5, call_id=1),
               record(cmif_reply(0), handle=5, call_id=1, phase=EXIT)]
    stream = support.TcpStream(40000, 18252)
    stream.send(b"".join(records)[:100])
    stream.send(b"".join(records)[100:])
    stream.write(path)
    exported = os.path.join(folder, "exported.pcapng")
    support.tshark("-r", path, "-U", "Console IPC", "-w", exported)
    # Both records came with the connection's last segment.
    info = support.column(exported, "_ws.col.Info")
    support.check_equal(info, ["unknown session command 0()", support.ARROW + " command 0: ok"],
                        "exported records")
    protocols = set(support.column(exported, "frame.protocols"))
    support.check(all(":ipctap:" in text + ":" and "tcp" not in text for text in protocols),
                  str(protocols))


def check_strictness(folder):
    """A note, a warning and an error, by what the preference lets through."""
    path = os.path.join(folder, "findings.pcap")
    move = section(MESSAGE, b"\4\0\0\0\0\0\0\x80" + b"\x20\0\0\0" + b"\1\0\0\0" + bytes(16))
    support.write_records(path, [record(move, handle=5)])
    # A client may not move handles: the kernel refuses.
    for choice, expected in (("all", [1]), ("errors", [1]), ("none", [])):
        found = support.frames(path, "hipc.move_handles_in_request", "-o",
                               "ipctap.strictness:" + choice)
        support.check_equal(found, expected, "findings with " + choice)
    # 1 has no serial number: no table ever had that handle.
    support.check_equal(support.frames(path, "hipc.handle"), [1], "a value that is no handle")
    cut = record(section(MESSAGE, b"\4\0\0\0\1"), handle=5)
    support.write_records(path, [cut])
    for choice, expected in (("all", [1]), ("warnings", [1]), ("errors", [])):
        found = support.frames(path, "hipc.truncated", "-o", "ipctap.strictness:" + choice)
        support.check_equal(found, expected, "a cut message with " + choice)


def check_heuristics(folder):
    """Records on any port are looked for only where the user says so."""
    path = os.path.join(folder, "port.pcap")
    stream = support.TcpStream(51000, UNCLAIMED_PORT)
    stream.send(record(cmif_request(0), handle=5))
    stream.write(path)
    support.check_equal(support.frames(path, "ipctap"), [], "recognised without leave")
    support.check_equal(support.frames(path, "ipctap", "--enable-heuristic", "ipctap_tcp"), [1],
                        "recognised by contents")
    support.check_equal(support.frames(path, "ipctap", "-d", "tcp.port==%d,ipctap" % UNCLAIMED_PORT), [1],
                        "by Decode As")


def check_async():
    """Invoke, packet, response and result of one ticket; the flag that the response set."""
    fields = ["sceipmi.operation", "sceipmi.invoked_in", "sceipmi.received_in",
              "sceipmi.responded_in", "sceipmi.result_in", "sceipmi.set_in", "frame.number"]
    found = support.rows(ORBIS, fields, "-2", "-Y", "sceipmi.result_in || sceipmi.set_in || "
                         '(sceipmi.operation == "TryGetResult" && sceipmi.invoked_in)')
    invoke = next(row for row in found if row[0] == "InvokeAsyncMethod")
    _, _, received, responded, result, _, frame = invoke
    for row in found:
        if row[5]:
            support.check_equal(row[5], responded, "where the event flag was set")
            continue
        expected = [frame, received, responded, result]
        shown = [number if number != row[6] else "" for number in expected]
        support.check_equal(row[1:5], shown, "joins of frame " + row[6])
    support.check(any(row[5] for row in found), "no wait for the event flag")


def check_layers():
    """Protocols are counted and named whoever asks, also where nobody asks for a field of ours."""
    hierarchy = support.tshark("-q", "-r", ORBIS, "-z", "io,phs")
    for protocol in ("ipctap", "sceipmi", "appmsg"):
        support.check(protocol + " " in hierarchy, "%s in %s" % (protocol, hierarchy))
    layers = support.column(ORBIS, "frame.protocols")
    support.check(all(text.startswith("exported_pdu:ipctap") for text in layers), str(set(layers)))


def check_disabled():
    """What is disabled is not in Info, either: what carries it shows it as bytes."""
    for path, protocol, carrier, hidden in ((HORIZON, "cmif", "hipc", "OpenFile"),
                                            (HORIZON, "htipc", "hipc", "RegisterClient"),
                                            (ORBIS, "appmsg", "sceipmi", "Hello World")):
        fields = ["_ws.col.Protocol", "_ws.col.Info"]
        numbers = support.frames(path, protocol + " && " + carrier)
        shown = support.rows(path, fields, "-Y", "frame.number in {%d..%d}" % (
            numbers[0], numbers[-1]), "--disable-protocol", protocol)
        shown = [shown[number - numbers[0]] for number in numbers]
        names = {row[0] for row in shown}
        support.check_equal(names, {{"hipc": "HIPC", "sceipmi": "SCE IPMI"}[carrier]},
                            "protocol without " + protocol)
        support.check(not [row for row in shown if hidden in row[1]], "%s is in Info without %s" % (
            hidden, protocol))
    info = support.column(HORIZON, "_ws.col.Info", "--disable-protocol", "cmif", "-Y",
                          "frame.number in {42, 44}")
    support.check_equal(info, ["fsp-srv Invoke2Method, 52 bytes of raw data",
                               support.ARROW + " reply, 52 bytes of raw data"], "Info of HIPC alone")
    info = support.column(HORIZON, "_ws.col.Info", "--disable-protocol", "htipc", "-Y",
                          "frame.number == 140")
    support.check_equal(info, [support.ARROW + " reply: svc SessionClosed (2001-0123)"],
                        "Info of a call that the kernel refused")


def check_wiki():
    """Every command leads to a page, or to a search for it."""
    for path, text, end in ((HORIZON, 'cmif.command == "Write"', "search=IFile"),
                            (HORIZON, "htipc.command_id == 1", "search=sm:"),
                            (CTR, 'ctripc.command == "Write"', "search=FSFile:Write"),
                            (CTR, 'ctripc.service == "demo:u"', "search=demo:u"),
                            (CTR_DAY, 'ctripc.command == "AcquireRight"',
                             "search=GSPGPU:AcquireRight"),
                            (ORBIS, "appmsg && sceipmi", "search=SceAppMessaging")):
        found = support.column(path, "ipctap.wiki", "-Y", text)
        support.check(found and all(link.startswith("https://") and link.endswith(end)
                                    for link in found), "links of %s: %s" % (text, found))


def check_wiki_length(folder):
    """Wireshark copies 78 bytes of a link: the service stands for an interface whose name is longer."""
    path = os.path.join(folder, "long.pcap")
    names = section(SERVICE, b"acc:u1") + section(INTERFACE, b"I" + b"Thing" * 12)
    support.write_records(path, [record(names, cmif_request(0), handle=5)])
    support.check_equal(support.column(path, "ipctap.wiki"),
                        ["https://switchbrew.org/w/index.php?search=acc:u1"], "link")
    for capture in (HORIZON, CTR, CTR_DAY, ORBIS):
        long = [link for link in support.column(capture, "ipctap.wiki") if len(link) > 78]
        support.check(not long, "links that are cut: %s" % long)


def main():
    check_wiki()
    check_disabled()
    check_layers()
    check_follow_object()
    check_async()
    with support.scratch("objects") as folder:
        os.chmod(folder, 0o755)
        check_wiki_length(folder)
        check_export_pdu(folder)
        check_strictness(folder)
        check_heuristics(folder)


if __name__ == "__main__":
    main()
