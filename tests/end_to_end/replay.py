#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark replay: traffic recorded from one server comes back the same from another, and what a
server does otherwise is told exactly."""
import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import time

import plugin_support as support
from plugin_support import EXIT, check, check_equal, record, section

PROGRAM = os.path.join(support.BUILD, "bin", "ipcshark")
SYSTEMS = ("horizon", "ctr", "orbis")
SAME, DIFFERENT, ERROR = 0, 1, 2


SCENARIOS = {
    "horizon": ["horizon-files", "horizon-settings", "horizon-tipc", "horizon-buffers",
                "horizon-service"],
    "ctr": ["ctr-files", "ctr-service", "ctr-errors"],
    "orbis": ["orbis-messages", "orbis-event-flags", "orbis-errors", "orbis-server"],
}
tapped = {}


def sample(system):
    return tapped[system]


def wait_for(path):
    """The socket's file is there a moment before anybody listens at it."""
    for _ in range(500):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(path) == 0:
                return
        time.sleep(0.02)


@contextlib.contextmanager
def server(directory, *arguments):
    """A fresh reference server; its address."""
    path = os.path.join(directory, "server")
    with subprocess.Popen([PROGRAM, "server", "-q", "--listen", "unix:" + path, *arguments]) as run:
        wait_for(path)
        try:
            yield "unix:" + path
        finally:
            run.terminate()
            run.wait()
            if os.path.exists(path):
                os.unlink(path)


def replay(capture, *arguments, status=SAME, data=None):
    done = subprocess.run([PROGRAM, "replay", capture, *arguments], input=data, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    text = done.stdout.decode()
    check_equal(done.returncode, status, "status of replay: %s%s" % (text, done.stderr.decode()))
    return text, done.stderr.decode()


def report(capture, *arguments, **others):
    return json.loads(replay(capture, "--json", *arguments, **others)[0])


def tap(directory, name, scenarios):
    """What clients do, recorded."""
    path = os.path.join(directory, name + ".pcapng")
    with server(directory, "--tap", path) as address:
        subprocess.run([PROGRAM, "traffic", "--to", address, *scenarios], check=True,
                       stdout=subprocess.DEVNULL)
    return path


def all_scenarios():
    listed = subprocess.run([PROGRAM, "traffic", "--list"], stdout=subprocess.PIPE, check=True)
    return [line.split()[0] for line in listed.stdout.decode().splitlines() if line.strip()]


def test_every_scenario(directory):
    """Whatever the clients do is the same on a fresh server; only what the tap capped is not sent."""
    capture = tap(directory, "all", all_scenarios())
    with server(directory) as address:
        done = subprocess.run([PROGRAM, "replay", "--json", capture, "--to", address],
                              stdout=subprocess.PIPE, timeout=120, check=False)
    found = json.loads(done.stdout)
    check(found["same"] > 250, found)
    check_equal([call for call in found["calls"] if "were captured" not in call.get("why", "")],
                [], "differences")


def test_again(directory):
    """The same on a server that has seen it before and now gives other numbers for everything."""
    with server(directory) as address:
        for system in SYSTEMS * 2:
            found = report(sample(system), "--to", address)
            check(found["same"] > 40, found)
            check_equal(found["calls"], [], "differences")


def test_horizon_difference(directory):
    with server(directory, "--fault", "reply=0x202,service=echo,command=1,limit=1") as address:
        text = replay(sample("horizon"), "--to", address, status=DIFFERENT)[0]
    with server(directory, "--fault", "reply=0x202,service=echo,command=1,limit=1") as address:
        found = report(sample("horizon"), "--to", address, status=DIFFERENT)
    check("cmif.result: ok, now 0x202 (fs PathNotFound (2002-0001))" in text, text)
    check("same, 1 different, 0 missing" in text, text)
    call, = found["calls"]
    check_equal((call["service"], call["verdict"], call["fields"]),
                ("echo", "different", [{"name": "size", "captured": "256", "now": "nothing"},
                                       {"name": "cmif.result", "captured": "ok",
                                        "now": "0x202 (fs PathNotFound (2002-0001))"}]), "call")
    with server(directory, "--fault", "reply=0x202,service=echo,command=1,limit=1") as address:
        again = report(sample("horizon"), "--to", address, "-i", "cmif.*", "-i", "siz?")
    check_equal(again["different"], 0, "ignored")


def steady(text):
    """Without what changes when a scenario makes one more call."""
    text = re.sub(r"#\d+|pid \d+", "N", text)
    return re.sub(r"^\d+ calls(: \d+ same)?", "N calls", text, flags=re.MULTILINE).splitlines()


def test_golden_text(directory):
    """The whole text, for one call of each system that goes wrong."""
    faults = ("reply=0xC8804478,system=ctr,service=fs:USER,command=0x0801",
              "result=0xE401,system=horizon,service=set:sys,command=3",
              "reply=0x80C50007,system=orbis,service=SceAppMessaging,command=2")
    expected = {"horizon": GOLDEN_HORIZON, "ctr": GOLDEN_CTR, "orbis": GOLDEN_ORBIS}
    with server(directory, *(part for fault in faults for part in ("--fault", fault))) as address:
        for system in SYSTEMS:
            text = replay(sample(system), "--to", address,
                          status=DIFFERENT if "now" in expected[system] else SAME)[0]
            check_equal(steady(text), steady(expected[system].strip("\n")), system)


def test_missing(directory):
    with server(directory, "--fault", "drop,service=set:sys,limit=1") as address:
        found = report(sample("horizon"), "--to", address, "--timeout", "300", status=DIFFERENT)
    missing = [call for call in found["calls"] if call["verdict"] == "missing"]
    check_equal(missing[0]["why"], "no reply in time", "reason")
    with server(directory, "--fault", "close,service=set:sys,limit=1") as address:
        found = report(sample("horizon"), "--to", address, "--timeout", "300", status=DIFFERENT)
    check("closed the connection" in found["calls"][0]["why"], found["calls"][0])


def test_against(directory):
    """Two captures: of equal servers, with other numbers; of one that answers otherwise."""
    for system in SYSTEMS:
        check_equal(report(sample(system), "--against", sample(system))["different"], 0, system)
    for system in ("horizon", "ctr"):
        check_against_replayed(directory, system)


def check_against_replayed(directory, system):
    other = {"horizon": "ctr", "ctr": "horizon"}[system]
    again = os.path.join(directory, "again.pcapng")
    with server(directory, "--tap", again) as address:
        replay(sample(system), "--to", address)
        replay(sample(other), "--to", address)
        replay(sample(system), "--to", address)
    found = report(sample(system), "--against", again, status=DIFFERENT)
    check_equal((found["different"], found["missing"]), (0, 0), found["calls"])
    check(found["extra"] > 50, "the other system's calls are extra")


def call(number, result, command=8, path=b"/a", **values):
    pointer = section(support.POINTER, path + bytes(4))
    return [record(support.cmif_request(command), section(support.SERVICE, "fsp-srv"), pointer,
                   call_id=number, handle=5, **values),
            record(support.cmif_reply(result), call_id=number, phase=EXIT, handle=5, **values)]


def test_against_by_hand(directory):
    one, other = os.path.join(directory, "one"), os.path.join(directory, "other")
    support.write_records(one, call(1, 0) + call(2, 0, command=9) + call(3, 0))
    support.write_records(other, call(1, 0, path=b"/b") + call(3, 0x202, command=8))
    found = report(one, "--against", other, status=DIFFERENT)
    check_equal([(item["number"], item["verdict"]) for item in found["calls"]],
                [(1, "different"), (3, "missing"), (5, "different")], "verdicts")
    check_equal(found["calls"][0]["fields"], [{"name": "request pointer[0]",
                                               "captured": "6 bytes, at 0x1 \"a\"",
                                               "now": "6 bytes, at 0x1 \"b\""}], "request")
    check_equal([field["name"] for field in found["calls"][2]["fields"]], ["cmif.result"], "reply")
    text = replay(one, "--against", other, "-i", "request *", "-i", "pointer*", "-i", "cmif.*",
                  status=DIFFERENT)[0]
    check("0 different, 1 missing" in text, text)


def test_not_sent(directory):
    """Contents that were capped cannot be sent; the rest of the capture can."""
    path = os.path.join(directory, "capped")
    capped = record(support.cmif_request(1), section(support.POINTER, b"1234", declared=99),
                    call_id=1, handle=5)
    support.write_records(path, [capped, record(support.cmif_reply(), call_id=1, phase=EXIT)])
    with server(directory) as address:
        text = replay(path, "--to", address, status=DIFFERENT)[0]
    check("not sent: 4 of 99 bytes of POINTER 0 were captured" in text, text)


def only_messages(capture, path, services):
    """What an emulator's hook would have seen: messages to some services, with their names."""
    rows = [json.loads(line) for line in subprocess.run(
        [PROGRAM, "export", "--side", "client", capture], stdout=subprocess.PIPE,
        check=True).stdout.splitlines()]
    wanted = {row["call_id"] for row in rows if row["service"] in services}
    kept = [data for data in packets(capture) if data[6] in (1, 2) and not data[10] & support.SERVER
            and str(int.from_bytes(data[24:32], "little")) in wanted]
    support.write_records(path, kept)
    return len(kept) // 2


def packets(path):
    """The records of a pcapng file."""
    with open(path, "rb") as file:
        data = file.read()
    offset = 0
    while offset < len(data):
        kind, size = struct.unpack_from("<II", data, offset)
        if kind == 6:
            captured = struct.unpack_from("<I", data, offset + 20)[0]
            yield data[offset + 28 + len(support.TAGS):offset + 28 + captured]
        offset += size


def test_emulator(directory):
    """No Hello, no handles' history: sessions are opened by the services' names."""
    path = os.path.join(directory, "emulator.pcap")
    for system, services in (("horizon", {"set:sys"}), ("ctr", {"fs:USER"})):
        calls = only_messages(sample(system), path, services)
        with server(directory) as address:
            found = report(path, "--to", address)
        check(calls >= 3, "calls of %s: %d" % (system, calls))
        check_equal((found["same"], found["calls"]), (calls, []), system)


def test_errors(directory):
    path = os.path.join(directory, "nothing")
    check("cannot read" in replay(path, "--to", "unix:/nowhere", status=ERROR)[1], "no capture")
    check("No such file" in replay(sample("ctr"), "--to", "unix:/nowhere", status=ERROR)[1],
          "no server")
    check("either --to" in replay(sample("ctr"), status=ERROR)[1], "nothing to compare with")
    check("\"x\"" in replay(sample("ctr"), "--to", "x", status=ERROR)[1], "address")


def test_hostile(directory):
    """Records that are cut or changed anywhere are refused, or sent and answered; never a crash."""
    path = os.path.join(directory, "hostile")
    records = call(1, 0) + call(2, 0x202, flags=support.DOMAIN)
    mutated = [data[:n] + bytes([data[n] ^ 0xFF]) + data[n + 1:]
               for data in records for n in range(6, len(data), 5)]
    support.write_records(path, records + mutated)
    for arguments in (("--against", path), ("--against", sample("horizon"))):
        done = subprocess.run([PROGRAM, "replay", path, *arguments], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        check(done.returncode in (SAME, DIFFERENT), "%d %s" % (done.returncode, done.stderr))
    with server(directory) as address:
        done = subprocess.run([PROGRAM, "replay", path, "--to", address, "--timeout", "50"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120,
                              check=False)
        check(done.returncode in (SAME, DIFFERENT), "%d %s" % (done.returncode, done.stderr))


GOLDEN_HORIZON = """
#110 set:sys ISystemSettingsServer.GetFirmwareVersion (horizon-settings, pid 82): different
    result: ok, now 0xe401 (svc InvalidHandle (2001-0114))
    pointer[0].size: 0x100, now nothing
    cmif.interface_id: 0xe82ed13, now nothing
    pointer[0]: 256 bytes, at 0x0 11000100000000004e58000000000000…, now nothing
103 calls: 102 same, 1 different, 0 missing
"""
GOLDEN_CTR = """
#14 fs:USER Initialize (files-3ds, pid 81): different
    ctr.result: ok, now 0xc8804478 (0xC8804478 NotFound (Status, NotFound, FS))
56 calls: 55 same, 1 different, 0 missing
"""
GOLDEN_ORBIS = """
105 calls: 105 same, 0 different, 0 missing
62 calls are the captured server's own
"""


def main():
    with support.scratch("replay") as directory:
        tapped.update((system, tap(directory, system, scenarios))
                      for system, scenarios in SCENARIOS.items())
        support.run_tests(globals(), directory)


main()
