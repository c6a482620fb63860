#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes names/types/libnx.id out of messages that libnx's functions wrote.

    import_libnx.py VECTORS_DIR > ../names/types/libnx.id

VECTORS_DIR holds horizon-requests.jsonl and horizon-replies.jsonl: requests with the function's
arguments, and what it reads of replies. Where an argument's value stands in the raw data, the field
has its name; sizes, buffers, handles, objects and the process id are the message's own. What the other
files describe is left to them. The result is checked in: run this only to change it.
"""
import collections
import json
import pathlib
import re
import sys

from id_language import Reader, align
from infer import Field, SIZES, find_fields, identifier

HERE = pathlib.Path(__file__).resolve().parent
TYPES = HERE.parent / "names/types"
TABLES = HERE.parent / "names/tables/horizon"
sys.path.insert(0, str(HERE.parents[1] / "tests/unit/names"))
from make_pairs import NO_SERVICE, session_types  # noqa: E402

# Recorded under an object's session, sent to the service's own.
RECORDED_WRONG = {"a332184e5b4a5e9b", "e5198b088ee009e1"}
BUFFER_IN, BUFFER_OUT, MAP, POINTER, FIXED, AUTO = 1, 2, 4, 8, 0x10, 0x20


def table(name):
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


# Whose u64 beside the process id is the applet resource user id; elsewhere it is a placeholder for the
# process id.
RESOURCE_USERS = ("nn::hid::", "nn::irsensor::", "nn::audio::", "nn::nfc::", "nn::nfp::",
                  "nn::visrv::", "nn::btm::", "nn::bluetooth::", "nn::mmnv::")


class Sessions:
    """Interfaces of sessions, followed from the service."""

    def __init__(self):
        self.types = session_types()
        self.services = {row[0]: row[1] for row in table("services.tsv")}
        self.outs = {(row[0], int(row[1])): row[3] for row in table("out_objects.tsv")
                     if row[2] == "0"}

    def interface(self, session):
        head, _, path = session.partition("/")
        head, _, more = self.types.get(head, head).partition("/")
        path = "/".join(filter(None, (more, path)))
        name = self.services.get(head, head if "::" in head else None)
        for part in filter(None, path.split("/")):
            name = self.outs.get((name, int(part)))
        return name


def left_out():
    lines = (TYPES / "left-out.tsv").read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0] for line in lines if "libnx sends a size" in line}


def described():
    reader = Reader()
    for path in sorted(TYPES.glob("*.id")):
        if path.name != "libnx.id":
            reader.read(path)
    return {(convention, name, command.id)
            for (name, convention), (_, commands) in reader.interfaces.items()
            for command in commands}


def arguments_of(text):
    """'a=1 b="x y" c=(nil)' -> {name: number}; texts and struct contents are no numbers."""
    values = {}
    for name, value in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', text):
        value = "0" if value == "(nil)" else value
        if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", value):
            values[name] = int(value, 0)
    return values


def is_pointer(value):
    return value >> 32 in (0x5A, 0x12) or value == 0


class Message:
    def __init__(self, row, reply):
        self.row, self.expect = row, row["expect"]
        cmif = self.expect["cmif"]
        data = bytes.fromhex(row["hex"])
        self.data = data[cmif["data_off"]:cmif["data_off"] + cmif["data_size"]]
        self.attributes = tuple(row["buffer_attrs"])
        self.values = arguments_of(row["args"])
        self.version = tuple(map(int, row["hosver"].split(".")))
        self.objects = (self.expect.get("domain") or {}).get("num_in_objects", 0)
        self.reply = reply if reply and reply["expect"].get("cmif", {}).get("rc") == 0 else None

    def shape(self):
        return (len(self.data), self.attributes, len(self.expect["copy_handles"]),
                bool(self.expect["send_pid"]))

    def buffers(self):
        """(attribute, address, size) of each buffer in declared order."""
        lists = {"send": iter(self.expect["send_buffers"]), "recv": iter(self.expect["recv_buffers"]),
                 "exch": iter(self.expect["exch_buffers"]),
                 "static": iter(self.expect["send_statics"]), "list": iter(self.expect["recv_list"])}
        for attribute in self.attributes:
            both = attribute & 3 == 3
            kinds = []
            if attribute & (POINTER | AUTO):
                kinds.append("static" if attribute & BUFFER_IN else "list")
            if attribute & (MAP | AUTO):
                kinds.append("exch" if both else "send" if attribute & BUFFER_IN else "recv")
            found = [next(lists[kind], {"addr": 0, "size": 0}) for kind in kinds]
            best = max(found, key=lambda one: one["size"])
            yield attribute, best["addr"], best["size"]


class Command:
    """Messages of one command that have one shape."""

    def __init__(self, name, messages):
        self.name, self.messages = name, messages
        self.first = messages[0]
        self.size = len(self.first.data)
        shared = set.intersection(*(set(message.values) for message in messages))
        self.values = {name: [message.values[name] for message in messages]
                       for name in self.first.values if name in shared}

    def buffers(self):
        """Each named by the pointer that it has in all messages."""
        columns = list(zip(*(list(message.buffers()) for message in self.messages)))
        self.used, made = set(), []
        for column in columns:
            addresses = [address for _, address, _ in column]
            name = next((name for name, values in self.values.items()
                         if name not in self.used and values == addresses and any(addresses)), "")
            self.used.add(name)
            sizes = {size for _, _, size in column}
            attribute = column[0][0]
            fixed = f", {sizes.pop():#x}" if attribute & FIXED and len(sizes) == 1 and \
                column[0][2] else ""
            made.append((attribute, f"buffer<unknown, {attribute:#x}{fixed}> {identifier(name)}"
                         if name else f"buffer<unknown, {attribute:#x}{fixed}>"))
        return made

    def raw(self):
        """Named fields, and what lies between them; a single field if that has no CMIF layout."""
        rows = [message.data for message in self.messages]
        scalars = {name: values for name, values in self.values.items() if name not in self.used and
                   not all(is_pointer(value) for value in values if value)}
        fields = find_fields(scalars, rows) if self.size else []
        for index, field in enumerate(fields):
            self.widen(fields, index, rows)
        fields = self.fill(fields, rows)
        if self.laid_out(fields) != ([field.offset for field in fields], self.size):
            alignment = 8 if self.size % 8 == 0 else 4 if self.size % 4 == 0 else 1
            fields = [Field("data", 0, self.size, alignment=alignment)] if self.size else []
        return fields

    def widen(self, fields, index, rows):
        """Small numbers take what room there is up to the next field, if that is zero."""
        field = fields[index]
        end = fields[index + 1].offset if index + 1 < len(fields) else self.size
        limit = 8 if field.size >= 4 and end - field.offset == 8 else 4
        for size in (size for size in SIZES if field.size < size <= limit):
            rest = {row[field.offset + field.size:field.offset + size] for row in rows}
            sign = {bytes(size - field.size)} | ({b"\xff" * (size - field.size)} if field.signed
                                                 else set())
            if field.offset % size == 0 and field.offset + size <= end and rest <= sign:
                field.size = size
                return

    def fill(self, fields, rows):
        made, at = [], 0
        for field in fields + [Field("", self.size, 0, alignment=1)]:
            needs = field.own_alignment()
            is_zero = not any(any(row[at:field.offset]) for row in rows)
            place = align(at, 8)
            last = field.offset - field.offset % 8 - 8
            if is_zero and self.first.expect["send_pid"] and place + 8 <= field.offset:
                made.append(Field("placeholder", place, 8))
                at = place + 8
            elif self.first.expect["send_pid"] and last > at and \
                    not any(any(row[last:field.offset]) for row in rows):
                made += self.gap(at, last) + [Field("placeholder", last, 8)]
                at = last + 8
            elif self.first.expect["send_pid"] and field.offset - at == 8 and at % 8 == 0:
                made.append(Field("placeholder", at, 8))
                at += 8
            if field.offset - at and (align(at, needs) != field.offset or not is_zero):
                made += self.gap(at, field.offset)
            if field.size:
                made.append(field)
            at = field.offset + field.size
        pointers = [name for name, values in self.values.items() if name not in self.used and
                    any(value >> 32 == 0x12 for value in values)]
        unnamed = [field for field in made if not field.name]
        if len(pointers) == 1 and len(unnamed) == 1:
            unnamed[0].name = identifier(pointers[0])
        for field in made:
            field.name = identifier(field.name) if field.name else ""
        return made

    @staticmethod
    def gap(start, end):
        size = end - start
        if size in SIZES and start % size == 0:
            return [Field("", start, size)]
        alignment = next(size for size in SIZES if start % size == 0 and (end - start) % size == 0)
        return [Field("", start, size, alignment=alignment)]

    def laid_out(self, fields):
        """Offsets and size by CMIF's rule."""
        offsets, at = {}, 0
        for field in sorted(fields, key=lambda field: field.own_alignment()):
            at = align(at, field.own_alignment())
            offsets[id(field)] = at
            at += field.size
        return [offsets[id(field)] for field in fields], at

    # --- what comes back

    def out_raw(self, size, names):
        if not size:
            return []
        if size == 1 and re.match("(Is|Has|Can|Are|Does|Was|Should|Need)[A-Z]", self.name):
            return [f"bool {names[0] if len(names) == 1 else ''}".strip()]
        if size in SIZES:
            return [f"u{8 * size} {names[0] if len(names) == 1 else ''}".strip()]
        return [f"bytes<{size:#x}> {names[0] if len(names) == 1 else ''}".strip()]

    def objects(self, replies, known):
        """How many objects come back: domain replies count them."""
        counts = {reply["expect"]["cmif"]["num_out_objects"] for reply in replies
                  if reply["domain"] and "num_out_objects" in reply["expect"]["cmif"]}
        if len(counts) > 1:
            return None
        return counts.pop() if counts else known

    def outs(self, interface_of_out):
        replies = [message.reply for message in self.messages if message.reply]
        plain = [reply for reply in replies if not reply["domain"]]
        objects = self.objects(replies, 1 if interface_of_out else 0)
        shapes = {(reply["out_size"], reply["expect"]["num_copy_handles"]) for reply in replies}
        moves = {reply["expect"]["num_move_handles"] - (objects or 0) for reply in plain}
        moves |= {reply["expect"]["num_move_handles"] for reply in replies if reply["domain"]}
        if objects is None or len(shapes) != 1 or len(moves) != 1 or min(moves) < 0:
            return ["unknown"]
        (size, copies), = shapes
        names = [identifier(name) for name, values in self.values.items()
                 if name not in self.used and any(value >> 32 == 0x5A for value in values) and
                 0x5ABC040000 not in values]
        made = self.out_raw(size, names)
        made += [f"object<{interface_of_out or 'unknown'}>"] * objects
        return made + ["handle<copy>"] * copies + ["handle<move>"] * moves.pop()


def group(source, sessions, known, left_out):
    replies = {}
    with open(source / "horizon-replies.jsonl", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            replies[row["id"]] = row
    groups = collections.defaultdict(list)
    with open(source / "horizon-requests.jsonl", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            if row["kind"] != "cmif" or row["service"] in NO_SERVICE or \
                    row["id"] in RECORDED_WRONG or row["origin"] != "wrapper":
                continue
            interface = sessions.interface(row["iface"])
            key = (interface, row["expect"]["cmif"]["command_id"])
            if interface and ("CMIF", *key) not in known and \
                    f"{interface}/{key[1]}" not in left_out:
                groups[key].append(Message(row, replies.get(row["id"])))
    return groups


def by_version(messages):
    """[(messages of one shape)] from old to new; None if one firmware has two shapes."""
    shapes = collections.defaultdict(list)
    for message in messages:
        shapes[message.shape()].append(message)
    ordered = sorted(shapes.values(), key=lambda group: min(one.version for one in group))
    for one, other in zip(ordered, ordered[1:]):
        if max(message.version for message in one) >= min(message.version for message in other):
            return None
    return ordered


def names():
    found, interface = {}, None
    for row in table("commands.tsv"):
        if row[0].startswith("["):
            interface = row[0][1:-1]
        elif not (len(row) > 3 and row[3]):
            found[interface, int(row[0])] = row[1]
        else:
            found.setdefault((interface, int(row[0])), row[1])
    return found


def write_command(interface, number, name, command, since, until, out_interface):
    buffers = command.buffers()
    expect = command.first.expect
    ins = [field.text() for field in command.raw()]
    if interface.startswith(RESOURCE_USERS):
        ins = ["nn::applet::AppletResourceUserId aruid" if text == "u64 placeholder" else text
               for text in ins]
    ins += [text for attribute, text in buffers if attribute & BUFFER_IN]
    ins += ["handle<copy>"] * len(expect["copy_handles"])
    ins += ["object<unknown>"] * max(message.objects for message in command.messages)
    ins += ["pid"] if expect["send_pid"] else []
    outs = command.outs(out_interface)
    outs += [text for attribute, text in buffers if attribute & 3 == BUFFER_OUT]
    if since or until:
        print(f"    @version({since or '1.0.0'}{'-' + until if until else '+'})")
    tail = f" -> ({', '.join(outs)})" if outs else ""
    print(f"    [{number}] {name}({', '.join(ins)}){tail};")


def write_interface(interface, commands, known_names, sessions, skipped):
    print(f"\ninterface \"{interface}\" {{")
    for number, messages in sorted(commands.items()):
        ordered = by_version(messages)
        if ordered is None:
            skipped.append((interface, number))
            continue
        since = None
        for index, shape in enumerate(ordered):
            last = max(message.version for message in shape)
            until = f"{last[0]}.{last[1]}.255" if index + 1 < len(ordered) else None
            name = known_names.get((interface, number), f"Command{number}")
            write_command(interface, number, name, Command(name, shape), since, until,
                          sessions.outs.get((interface, number)))
            since = f"{last[0]}.{last[1] + 1}.0"
    print("}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sessions, known_names, skipped = Sessions(), names(), []
    groups = group(pathlib.Path(sys.argv[1]), sessions, described(), left_out())
    interfaces = collections.defaultdict(dict)
    for (interface, number), messages in groups.items():
        interfaces[interface][number] = messages
    print("// SPDX-License-Identifier: GPL-2.0-or-later")
    print("// Made by codecs/arguments/import_libnx.py of requests that libnx wrote.")
    for interface in sorted(interfaces):
        write_interface(interface, interfaces[interface], known_names, sessions, skipped)
    print(f"{len(groups)} commands; of two shapes in one firmware, left out: {skipped}",
          file=sys.stderr)


if __name__ == "__main__":
    main()
