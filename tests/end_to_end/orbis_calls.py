#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""PlayStation 4: manager calls, kids, App Messaging, odd calls (tests/generators/orbis_calls.c)."""
from dissector_checks import (check_all_passes, check_damage, check_fields, check_filters,
                              check_info, check_truncation, generate)
from plugin_support import ARROW, check, check_equal, rows, scratch, tshark

FIELDS = [
    "sceipmi.service", "sceipmi.operation", "sceipmi.method_name", "sceipmi.kid",
    "sceipmi.kid.kind", "sceipmi.new_kid", "sceipmi.out", "sceipmi.error", "sceipmi.method",
    "sceipmi.num_in", "sceipmi.pointer.in", "sceipmi.input.bytes", "sceipmi.output.written",
    "sceipmi.contents", "sceipmi.result", "sceipmi.size", "sceipmi.client_kid", "sceipmi.name",
    "appmsg.destination", "appmsg.sender", "appmsg.type", "appmsg.type.name", "appmsg.text",
    "appmsg.since_boot", "appmsg.time", "appmsg.events", "appmsg.return_value", "json.key",
]

JSON = '{"app_type": 1, "name": "cheat"}'
TYPE = "type 0x1000001 GAME_CUSTOM_DATA"
INFO = {
    2: "CreateServer(\"SceAppMessaging\")",
    3: ARROW + " CreateServer: ok, kid 0x5",
    6: "SceAppMessaging Connect()",
    9: ARROW + " ServerReceivePacket: ok, connect of pid 65",
    11: ARROW + " CreateSession: ok, kid 0x15 with pid 65",
    24: "SceAppMessaging InvokeSyncMethod SendMsg(app 0x60000002 pid 66, type 0x8000000, " + JSON + ")",
    26: ARROW + " ServerReceivePacket: ok, SendMsg(app 0x60000002 pid 66, type 0x8000000, " + JSON + ") from pid 65",
    27: "SceAppMessaging RespondToSyncMethodRequest SendMsg(ok)",
    28: ARROW + " RespondToSyncMethodRequest: ok",
    29: ARROW + " SendMsg: ok",
    36: "SceAppMessaging TrySendMsg(queue 0, from app 0x60000001 pid 65, " + TYPE + ", \"Hello World.\")",
    39: ARROW + " TryGetMsg: ok, from app 0x60000001 pid 65, " + TYPE + ", \"Hello World.\"",
    41: ARROW + " TryGetMsg: 0x80020023 EAGAIN",
    49: ARROW + " SendMsg: 0x80C50007 NO_SUCH_APP",
    51: ARROW + " 0x3: 0x800205C1",
    53: "SceAppContent InvokeSyncMethod AppParamGetInt(1 in, 1 out)",
    56: ARROW + " TemporaryDataMount: ok, ticket 77",
    58: ARROW + " PollEventFlag: ok, pattern 0x4",
}


def check_trees(path):
    check_fields(path, 24, {
        "sceipmi.op": "0x00000320", "sceipmi.kid": "0x0000000b", "sceipmi.kid.kind": "2",
        "sceipmi.num_in": "2", "sceipmi.num_out": "0", "sceipmi.input.bytes": "24,32",
        "appmsg.destination": "0x60000002", "appmsg.destination.process": "pid 66",
        "appmsg.type": "0x08000000",
        "appmsg.payload_size": "32", "appmsg.flags.overwrite": "1",
        "appmsg.padding": "0xcccccccc", "json.key": "app_type,name",
    })
    check_fields(path, 9, {"sceipmi.type": "0x00000001", "sceipmi.packet.kind": "0x00000001",
                           "sceipmi.pid": "65"})
    check_fields(path, 54, {"sceipmi.output.capacity": "16", "sceipmi.output.written": "4",
                            "sceipmi.contents": "01000000", "sceipmi.result": "0x00000000"})
    # 100 s after boot it was 1700000000; the message is 123.456789 s old by the same clock.
    check_fields(path, 39, {"appmsg.sender": "0x60000001", "appmsg.sender.process": "pid 65",
                            "appmsg.text": "Hello World.",
                            "appmsg.since_boot": "123.456789000"})
    moment = rows(path, ["appmsg.time"], "-Y", "frame.number == 39")[0][0]
    check("22:13:43.456789000" in moment and "2023" in moment, "time of frame 33: " + moment)


def check_events(path):
    frame = rows(path, ["frame.number"], "-Y", "appmsg.function == 6")[0][0]
    check_fields(path, int(frame), {
        "appmsg.events": "0xc000000000000005", "appmsg.event.on_resume": "1",
        "appmsg.event.msg_arrival": "1", "appmsg.event.suspend_request": "0",
        "appmsg.event.other": "0x0000000000000005",
    })


def check_links(path):
    """Client's invoke, server's packet and response know each other's frames."""
    fields = ["sceipmi.invoked_in", "sceipmi.received_in", "sceipmi.responded_in"]
    found = rows(path, ["frame.number", *fields], "-2", "-Y", " || ".join(fields))
    check_equal(found[:4], [["6", "", "9", "12"], ["7", "6", "9", "12"], ["9", "6", "", "12"],
                            ["12", "6", "9", ""]], "links of a connection")
    check_equal([row for row in found if int(row[0]) >= 24][:6],
                [["24", "", "26", "27"], ["26", "24", "", "27"], ["27", "24", "26", ""],
                 ["28", "24", "26", "27"], ["29", "24", "26", "27"], ["30", "", "32", "33"]], "links")
    found = rows(path, ["frame.number", "sceipmi.sent_in", "sceipmi.fetched_in"], "-2", "-Y",
                 "sceipmi.sent_in || sceipmi.fetched_in")
    check_equal(found, [["36", "", "39"], ["39", "36", ""]], "messages")


def check_display_filters(path):
    check_filters(path, {
        "sceipmi.service == \"SceAppContent\" && sceipmi.method_name": [53, 54, 55, 56],
        "sceipmi && appmsg.text == \"Hello World.\"": [30, 32, 36, 39],
        "sceipmi.error contains \"NO_SUCH_APP\"": [49],
        "sceipmi.out == 0x80020023": [41],
        "appmsg.unknown_method": [50],
        "sceipmi.new_kid == 0xb": [5],
        "sceipmi.kid.made_in == 15": [15, 16, 17, 38, 39, 40, 41],
    })
    for text in ("sceipmi.carry == 1", "sceipmi.too_many_inputs", "appmsg.unknown_function"):
        check(rows(path, ["frame.number"], "-Y", text), "no frame of " + text)


def check_message_types(path):
    """The preference decides whose names the numbers get."""
    for family, name in (("sony", "GAME_CUSTOM_DATA"), ("hen-v", "UNREGISTER_PREFIX_HANDLER")):
        found = rows(path, ["appmsg.type.name"], "-Y", "frame.number == 30", "-o",
                     "appmsg.message_types:" + family)
        check_equal(found, [[name]], "message type of " + family)


def check_every_operation(path):
    """Every known manager call has a name and, but for unknown sizes, a block with fields."""
    named = rows(path, ["sceipmi.op", "sceipmi.operation"], "-Y",
                 "sceipmi.kid == 40 && ipctap.phase == 1")
    check(len(named) > 35, "only %d calls" % len(named))
    check([row[0] for row in named if row[1].startswith("0x")] == ["0x00000123"],
          "calls without a name: %r" % [row for row in named if row[1].startswith("0x")])


def check_not_by_shape(path):
    """The same bytes at another service are no App Messaging."""
    check("appmsg" not in tshark("-r", path, "-Y", "frame.number == 53", "-T", "json"),
          "a call to another service was taken for App Messaging")


def main():
    with scratch("orbis") as directory:
        path = generate("orbis_calls", directory)
        check_info(path, INFO)
        check_trees(path)
        check_events(path)
        check_links(path)
        check_display_filters(path)
        check_message_types(path)
        check_every_operation(path)
        check_not_by_shape(path)
        check_all_passes(path, "sceipmi || appmsg", FIELDS)
        check_truncation(path, directory)
        check_damage(path, directory)


if __name__ == "__main__":
    main()
