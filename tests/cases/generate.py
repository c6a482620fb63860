#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes horizon.jsonl and ctr.jsonl from files of kernel cases.

Usage: generate.py horizon-kernel-cases.jsonl ctr-kernel-cases.jsonl

What docs/kernel-cases.md gives as a default is left out, so are texts that only explain; what such
a text says and no key does becomes a key of that document. A case's name is its outcome."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
PREPARED = {"type": 0, "recv_list": [["0x2000010000", "0x500"]], "recv_list_mode": 2}
SESSION = {"version": "22.0.0", "pointer_buffer": ["0x2000010000", "0x500"]}


def shorten(value):
    """0x00000004 -> 0x4, in all that hangs on the value."""
    if isinstance(value, dict):
        return {key: shorten(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shorten(entry) for entry in value]
    if isinstance(value, str) and value.lower().startswith("0x"):
        try:
            return hex(int(value, 16))
        except ValueError:
            return value
    return value


def end_of_words(words):
    """How many words a message has, its receive list aside; None if that is not all there is."""
    first, second = (int(word, 16) for word in words[:2])
    count = 2 + (second & 0x3FF)
    if second >> 31:
        special = int(words[2], 16)
        count += 1 + 2 * (special & 1) + (special >> 1 & 15) + (special >> 5 & 15)
    count += 2 * (first >> 16 & 15)
    return count + 3 * sum(first >> shift & 15 for shift in (20, 24, 28))


def drop_defaults(given):
    if given.get("server_prepared") == PREPARED:
        del given["server_prepared"]
    given.pop("interface", None)
    for key in ("request", "reply"):
        words = given.get(key + "_words")
        if words and key in given and end_of_words(words) <= len(words):
            del given[key]
        elif words and key in given:
            del given[key + "_words"]
    session = given.get("session", {})
    for key, value in SESSION.items():
        if session.get(key) == value:
            del session[key]
    if session.get("domain_objects", 0) is None:
        del session["domain_objects"]


def give_names(case):
    """Makes keys of what a case says in its name or note only."""
    name, given, expect = case["name"], case["given"], case["expect"]
    if "no domain entry left" in name:
        given.setdefault("session", {})["domain_entries_left"] = 0
    if case["area"] == "codec" and "addr" in expect:
        given["kind"] = next(kind for kind in ("pointer", "receive list", "map") if kind in name)
    if given.get("call") == "SendSyncRequest" and "event" in given:
        given["event"] = "server closes its handle"
        given["request_is"] = [state for state in ("queued", "served") if state in name]
    if "delivered" in expect.get("note", ""):
        expect["reply_delivered"] = True
    if str(expect.get("server_result", "")).startswith("none"):
        expect["server_result"] = None
    expect.pop("note", None)
    expect.pop("effect", None)
    for key in [key for key in expect if key.endswith("_name")]:
        del expect[key]


def outcome(case):
    expect = case["expect"]
    parts = [case["given"]["call"]] if "call" in case["given"] else []
    for key in ("action", "result", "client_result", "server_result", "server_reply_result"):
        if key in expect and case["area"] != "codec":
            parts.append(f"{key.replace('_', ' ')} {expect[key] or 'none yet'}")
    if case["area"] == "codec":
        parts.append(case["given"].get("kind") or ", ".join(expect))
    return "; ".join(parts)


def convert_horizon(case):
    drop_defaults(case["given"])
    give_names(case)
    case = shorten(case)
    return {"id": case["id"], "area": case["area"], "name": outcome(case),
            "given": case["given"], "expect": case["expect"], "source": case["source"]}


def convert_ctr(case):
    case = shorten(case)
    kept = ("op", "setup", "input", "expect")
    return {"id": case["id"], **{key: case[key] for key in kept if case.get(key)},
            "source": f"{case['source']}:{case['line']}"}


def convert(source, target, function):
    with open(source, encoding="utf-8") as lines:
        cases = [function(json.loads(line)) for line in lines if line.strip()]
    with open(HERE / target, "w", encoding="utf-8") as output:
        for case in cases:
            output.write(json.dumps(case, separators=(",", ":"), ensure_ascii=False) + "\n")
    print(f"{target}: {len(cases)} cases")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    convert(sys.argv[1], "horizon.jsonl", convert_horizon)
    convert(sys.argv[2], "ctr.jsonl", convert_ctr)


if __name__ == "__main__":
    main()
