#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The capture helper called as Wireshark calls it: what it answers, how it captures, how it ends."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

import plugin_support as support
from extcap_support import PROGRAM, Capture, call, sentences, wait_until
from plugin_order import counted, layers, numbering_fields, sample
from plugin_support import check, check_equal

NAMES = ["ipcshark-listen", "ipcshark-proxy", "ipcshark-demo"]
ANY_PORT = ("--listen", "tcp:127.0.0.1:0")


def request(name, platform=support.HORIZON, size=0):
    sections = [support.section(support.PROCESS_NAME, name)]
    if size:
        sections.append(support.section(support.BUFFER, bytes(size)))
    return support.record(*sections, platform=platform, time=int(time.time() * 1e9))


def test_interfaces():
    status, lines, _ = call("--extcap-interfaces", "--extcap-version=4.0")
    check_equal(status, 0, "status of --extcap-interfaces")
    check_equal([i["value"] for i in sentences(lines, "interface")], NAMES, "interfaces")
    check(all("Console IPC" in i["display"] for i in sentences(lines, "interface")),
          "an interface does not say Console IPC")
    check("version" in sentences(lines, "extcap")[0], "no version")
    check_equal([c["number"] for c in sentences(lines, "control")], ["0", "1", "2", "3"], "controls")


def test_help():
    """The Help button of the settings opens our page where that is installed."""
    with support.scratch("help") as folder:
        program = os.path.join(folder, "bin", "ipcshark")
        page = os.path.join(folder, "share", "doc", "ipcshark", "extcap.md")
        os.makedirs(os.path.dirname(program))
        os.makedirs(os.path.dirname(page))
        shutil.copy(PROGRAM, program)
        for url in (None, "file://" + page):
            output = subprocess.run([program, "--extcap-interfaces"], check=True,
                                    stdout=subprocess.PIPE).stdout.decode()
            found = sentences(output.split("\n"), "extcap")[0]
            check_equal(found.get("help"), url, "address of the help")
            with open(page, "w", encoding="utf-8") as file:
                file.write("# Live packets\n")


def test_dlts():
    for name in NAMES:
        status, lines, _ = call("--extcap-dlts", "--extcap-interface", name)
        check_equal((status, [d["number"] for d in sentences(lines, "dlt")]), (0, ["252"]),
                    "link types of " + name)


def test_config():
    expected = {
        "ipcshark-listen": ["--listen", "--allow-remote", "--platform", "--filter", "--max-record"],
        "ipcshark-proxy": ["--listen", "--server", "--allow-remote", "--platform", "--filter",
                           "--max-record"],
        "ipcshark-demo": ["--scenario", "--pause", "--rounds", "--platform", "--filter", "--max-record"],
    }
    for name in NAMES:
        status, lines, _ = call("--extcap-config", "--extcap-interface", name)
        arguments = sentences(lines, "arg")
        check_equal((status, [a["call"] for a in arguments]), (0, expected[name]),
                    "arguments of " + name)
        check_equal([a["number"] for a in arguments], [str(n) for n in range(len(arguments))],
                    "numbers of the arguments")
        check(all(a.get("tooltip") and a.get("display") for a in arguments), "no tooltip")
        check(all(line.count("{") == line.count("}") for line in lines), "braces within a value")
        for argument in arguments:
            values = [v for v in sentences(lines, "value") if v["arg"] == argument["number"]]
            defaults = sum(v.get("default") == "true" for v in values)
            check_equal(defaults, int(argument["type"] == "selector"),
                        "defaults of " + argument["call"])


def test_scenarios_are_those_of_traffic():
    _, lines, _ = call("--extcap-config", "--extcap-interface", "ipcshark-demo")
    _, listed, _ = call("traffic", "--list")
    offered = [v["value"] for v in sentences(lines, "value") if v["arg"] == "0"]
    check_equal(offered, ["each"] + [line.split()[0] for line in listed], "scenarios")


def test_same_as_file():
    """What comes through the helper is what a file with the same records says, in all fields."""
    names = numbering_fields()
    for system in ("horizon-day", "ctr-day", "orbis-day"):
        sent = support.records_of(sample(system))
        with Capture(NAMES[0], *ANY_PORT) as capture, support.scratch("same") as folder:
            with capture.connect() as connection:
                connection.sendall(b"".join(sent))
            wait_until(lambda: capture.read() or set(sent) <= set(capture.records), "all came")
            path = os.path.join(folder, "captured.pcapng")
            with open(path, "wb") as file:
                file.write(b"".join(capture.blocks))
            os.chmod(folder, 0o755)
            missing = counted(layers(sample(system)), names) - counted(layers(path), names)
            check(not missing, "%s: %d records say something else: %s" % (
                system, sum(missing.values()), next(iter(missing), "")))


def refused(what, *arguments):
    status, _, errors = call(*arguments)
    check_equal((status, errors.count("\n")), (1, 1), "status and lines of errors: " + errors)
    check(what in errors, "\"%s\" is not in: %s" % (what, errors))


def test_refusals():
    capture = ("--capture", "--fifo", "/nowhere/fifo", "--extcap-interface")
    refused("\"nope\"", "--extcap-dlts", "--extcap-interface", "nope")
    refused("--extcap-interface", "--extcap-config")
    refused("--fifo", "--capture", "--extcap-interface", NAMES[0])
    refused("neither \"tcp:\" nor", *capture, NAMES[0], "--listen", "localhost")
    refused("Allow other machines", *capture, NAMES[0], "--listen", "tcp:0.0.0.0:0")
    refused("\"nope\"", *capture, NAMES[0], *ANY_PORT, "--platform", "nope")
    refused("--max-record 63: from 64", *capture, NAMES[0], *ANY_PORT, "--max-record", "63")
    refused("is no filter", *capture, NAMES[0], *ANY_PORT, "--filter", "pid=x")
    refused("--pause -1", *capture, NAMES[2], "--pause", "-1")
    refused("\"nope\"", *capture, NAMES[2], "--scenario", "nope")
    refused("/nowhere/fifo", *capture, NAMES[0], *ANY_PORT)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused("in use", *capture, NAMES[0], "--listen", "tcp:127.0.0.1:%d" % port)


def test_listen():
    with Capture(NAMES[0], *ANY_PORT, "--later-option", "x") as capture:
        note = capture.wait_for("none has connected yet")
        check_equal(note[6], support.NOTE, "kind of the first record")
        with capture.connect() as producer:
            producer.sendall(request("first"))
            capture.wait_for("first")
            producer.sendall(request("second"))
            capture.wait_for("second")
        check_equal(capture.end(), (0, ""), "how it ended")
        check_equal(set(capture.interfaces), {252}, "link types")


def test_limits():
    with Capture(NAMES[0], *ANY_PORT, "--platform", "ctr", "--max-record", "256") as capture:
        with capture.connect() as producer:
            producer.sendall(request("switch") + request("handheld", support.CTR, 4096))
            record = capture.wait_for("handheld")
        check_equal(struct.unpack_from("<I", record, 12)[0], len(record), "size in the header")
        check(len(record) <= 256, "the record has %d bytes" % len(record))
        check(not any(b"switch" in record for record in capture.records), "not filtered")


def test_ends():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with Capture(NAMES[0], *ANY_PORT) as capture:
            capture.wait_for("Waiting")
            check_equal(capture.end(number), (0, ""), "how it ended by signal %d" % number)
    for interface in NAMES[:2]:
        with Capture(interface, *ANY_PORT) as capture:
            capture.wait_for("Waiting")
            capture.close_reader()
            check_equal(capture.wait(), (0, ""), "how it ended without a reader")


def test_proxy_without_server():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Capture(NAMES[1], *ANY_PORT, "--server", "tcp:127.0.0.1:%d" % port) as capture:
        note = capture.wait_for("no server answers at tcp:127.0.0.1:%d" % port)
        check(b"refused" in note, "the note does not say why: %r" % note)


def test_proxy():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = "tcp:127.0.0.1:%d" % server.getsockname()[1]
        with Capture(NAMES[1], *ANY_PORT, "--server", address) as capture:
            with capture.connect() as client:
                server.accept()[0].close()  # It looked whether the server is there.
                client.sendall(request("client"))
                with server.accept()[0] as peer:
                    check_equal(len(peer.recv(4096)), len(request("client")), "bytes forwarded")
                capture.wait_for("client")
            check_equal(capture.end(), (0, ""), "how it ended")


def test_demo_rounds():
    with Capture(NAMES[2], "--scenario", "horizon-tipc", "--rounds", "2", "--pause", "0") as capture:
        capture.wait_for("have been run")
        status, errors = capture.wait()
        check_equal((status, errors), (0, ""), "how it ended")
        hellos = sum(b"horizon-tipc" in record for record in capture.records)
        check(hellos >= 2 and len(capture.records) > 20, "%d records" % len(capture.records))


def test_demo_leaves_nothing():
    if not os.path.isdir("/proc/self"):
        return
    with Capture(NAMES[2], "--scenario", "ctr-files") as capture:
        capture.wait_for("fs:USER")
        server = child_of(capture.process.pid)
        capture.process.kill()
        wait_until(lambda: not os.path.exists("/proc/%d" % server), "the server is gone")


def child_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return int(file.read().split()[0])


def test_toolbar():
    with Capture(NAMES[0], *ANY_PORT, toolbar=True) as capture:
        with capture.connect() as producer:
            capture.control(0, b"\x01")
            capture.wait_for("Paused")
            producer.sendall(request("unseen"))
            capture.control(1, b"door opens")
            capture.control(2)
            capture.wait_for("door opens")
            capture.control(0, b"\x00")
            capture.wait_for("Capturing again")
            producer.sendall(request("seen"))
            capture.wait_for("seen")
        answer = os.read(capture.controls[1], 4096)
        check(answer[:1] == b"T" and b"paused" in answer, "status line: %r" % answer)
        check(not any(b"unseen" in record for record in capture.records), "captured in a pause")


def test_toolbar_filter():
    with Capture(NAMES[0], *ANY_PORT, "--filter", "platform=ctr", toolbar=True) as capture:
        with capture.connect() as producer:
            producer.sendall(request("hidden") + request("barrier", support.CTR))
            capture.wait_for("barrier")
            capture.control(3, b"platform=horizon bytes=16")
            capture.wait_for("Captured from here on: platform=horizon")
            producer.sendall(request("handheld", support.CTR) + request("seen", size=64))
            record = capture.wait_for("seen")
            check_equal(len(record), len(request("seen", size=16)), "bytes of a cut record")
            capture.control(3, b"pid=x")
            capture.wait_for("The filter stays as it was")
            capture.control(3)
            capture.wait_for("everything")
            producer.sendall(request("all", support.CTR))
            capture.wait_for("all")
        texts = b"".join(capture.records)
        check(b"hidden" not in texts and b"handheld" not in texts, "not filtered")


def test_toolbar_start():
    """What Wireshark sends when it starts: values of the last capture, then "initialized". The toolbar
    learns the filter in force, and nothing was paused that goes on now."""
    with Capture(NAMES[0], *ANY_PORT, "--filter", "platform=ctr", toolbar=True) as capture:
        with capture.connect() as producer:
            capture.control(0, b"\x00")
            capture.control(3, b"pid=x")
            capture.control(0, command=0)
            capture.wait_for("The filter stays as it was")
            producer.sendall(request("barrier", support.CTR))
            capture.wait_for("barrier")
        answer = os.read(capture.controls[1], 4096)
        check(answer.endswith(b"T\0\0\x0e\x03\x01platform=ctr"), "messages: %r" % answer)
        check(not any(b"after a pause" in record for record in capture.records), "never paused")


def kinds_of(capture):
    return [record[6] for record in capture.records]


def test_filter_of_services():
    """The calls of one service, the one that opens it, and system calls; all of both sides."""
    arguments = ("--scenario", "horizon-files", "--rounds", "1", "--pause", "0")
    with Capture(NAMES[2], *arguments) as capture:
        capture.wait_for("have been run")
        capture.wait()
        everything = len(capture.records)
    with Capture(NAMES[2], *arguments, "--filter", "service=fsp-srv") as capture:
        capture.wait_for("have been run")
        capture.wait()
        messages = [record for record in capture.records if record[6] == support.HIPC]
        check(10 < len(messages) < everything, "%d of %d" % (len(messages), everything))
        check(support.NOTE in kinds_of(capture), "no note")
        phases = [record[7] for record in messages]
        check_equal(phases.count(1), phases.count(2), "requests and replies")
        check(all(b"fsp-srv" in record for record in messages if record[7] == 1),
              "another service's request")


def test_toolbar_nonsense():
    with Capture(NAMES[0], *ANY_PORT, toolbar=True) as capture:
        capture.wait_for("Waiting")
        os.write(capture.controls[0], b"nonsense, not a message")
        with capture.connect() as producer:
            producer.sendall(request("goes on"))
            capture.wait_for("goes on")
        check_equal(capture.end(), (0, ""), "how it ended")


def main():
    support.run_tests(globals())


main()
