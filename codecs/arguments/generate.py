#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the built-in descriptions of commands as constant C tables.

    generate.py OUTPUT.c FILE.id…
"""
import pathlib
import sys

from id_language import Reader, layout


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Writer:
    """Equal types, and equal lists of fields, are written once."""

    def __init__(self, reader):
        self.reader, self.out, self.known = reader, [], {}

    def constant(self, declaration, rows, prefix):
        """An array (or one value) of its own, by its text."""
        key = (declaration, tuple(rows))
        if key not in self.known:
            symbol = f"{prefix}_{len(self.known)}"
            self.known[key] = symbol
            is_array = "[]" in declaration
            self.out.append(declaration.format(symbol) + (" = {" if is_array else " = "))
            self.out += [f"    {row}," for row in rows] if is_array else [f"    {rows[0]}"]
            self.out.append("};" if is_array else ";")
        return self.known[key]

    def fields(self, rows):
        """rows: (name, type, offset)"""
        texts = [f"{{{quote(name)}, &{self.type(kind)}, {offset}u}}" for name, kind, offset in rows]
        if not texts:
            return "NULL"
        return self.constant("static const struct ipcshark_field {}[]", texts, "fields")

    def members(self, kind):
        if kind.kind == "STRUCT":
            return self.fields(kind.members), "NULL"
        if kind.kind == "ENUM" and kind.members:
            rows = [f"{{{quote(name)}, UINT64_C({value})}}" for name, value in kind.members]
            return "NULL", self.constant("static const struct ipcshark_enumerator {}[]", rows,
                                         "enumerators")
        return "NULL", "NULL"

    def type(self, kind):
        element = f"&{self.type(kind.element)}" if kind.element else "NULL"
        field, enumerator = self.members(kind)
        text = (f"{{IPCSHARK_TYPE_{kind.kind}, {kind.alignment}, {str(kind.sized).lower()}, "
                f"{kind.depth}, {kind.attribute:#x}, {kind.size}u, {kind.count}u, {quote(kind.name)}, {element}, "
                f"{field}, {enumerator}}}")
        return self.constant("static const struct ipcshark_type {}", [text], "type")

    def arguments(self, convention, is_out, trees):
        made = [(name, self.reader.make(tree)) for name, tree in trees]
        offsets, size = layout(convention, is_out, made)
        symbol = self.fields([(name, kind, offsets.get(n, 0))
                              for n, (name, kind) in enumerate(made)])
        return symbol, size

    def command(self, convention, command):
        into, in_size = self.arguments(convention, False, command.ins)
        out, out_size = self.arguments(convention, True, command.outs)
        return (f"{{{command.id}u, IPCSHARK_CONVENTION_{convention}, "
                f"{str(command.undocumented).lower()}, {str(in_size is not None).lower()}, "
                f"{str(out_size is not None).lower()}, {len(command.ins)}, {len(command.outs)}, "
                f"{in_size or 0}u, {out_size or 0}u, {command.since:#x}u, {command.until:#x}u, "
                f"{quote(command.name)}, {into}, {out}}}")

    def interface(self, name, convention, services, commands):
        commands = sorted(commands, key=lambda command: (command.id, command.since))
        for one, other in zip(commands, commands[1:]):
            if one.id == other.id and other.since <= one.until:
                sys.exit(f"{name} {one.id}: described twice for one firmware")
        rows = [self.command(convention, command) for command in commands]
        service = self.constant("static const char *const {}[]", [quote(text) for text in services],
                                "services") if services else "NULL"
        table = self.constant("static const struct ipcshark_command {}[]", rows, "commands") \
            if rows else "NULL"
        return (f"{{{quote(name)}, IPCSHARK_CONVENTION_{convention}, {len(services)}, "
                f"{len(rows)}u, {service}, {table}}}")

    def indexes(self, names):
        """Services and short names in order, each with the interface's number."""
        services = sorted((service.encode(), number) for number, key in enumerate(names)
                          for service in self.reader.interfaces[key][0])
        short = sorted((name.rsplit("::", 1)[-1].encode() if not name.endswith("::") else
                        name.encode(), number) for number, (name, _) in enumerate(names))
        self.service_count = len(services)
        self.out.append("static const struct ipcshark_service services[] = {")
        self.out += [f"    {{{quote(name.decode())}, {number}u}}," for name, number in services]
        self.out.append("};")
        self.out.append("static const uint32_t by_short_name[] = {")
        self.out += [f"    {number}u," for _, number in short]
        self.out.append("};")

    def types(self):
        """What files of users may use, too."""
        names = sorted(self.reader.types, key=str.encode)
        rows = [f"{{{quote(name)}, &{self.type(self.reader.named(name))}}}" for name in names]
        self.out.append("static const struct ipcshark_named_type types[] = {")
        self.out += [f"    {row}," for row in rows]
        self.out.append("};")
        return len(rows)

    def write(self):
        order = {"CMIF": 0, "TIPC": 1, "CTR": 2}
        names = sorted(self.reader.interfaces, key=lambda key: (key[0].encode(), order[key[1]]))
        rows = [self.interface(name, convention, *self.reader.interfaces[name, convention])
                for name, convention in names]
        self.out.append("static const struct ipcshark_interface interfaces[] = {")
        self.out += [f"    {row}," for row in rows]
        self.out.append("};")
        self.indexes(names)
        type_count = self.types()
        self.out.append("const struct ipcshark_description ipcshark_builtin_description = "
                        f"{{interfaces, {len(rows)}u, {self.service_count}u, services, "
                        f"by_short_name, types, {type_count}u}};")
        head = ["/* SPDX-License-Identifier: GPL-2.0-or-later */",
                "/* Made by codecs/arguments/generate.py; change the descriptions, not this file. */",
                "#include <ipcshark/arguments.h>"]
        return "\n".join(head + self.out) + "\n"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    reader = Reader()
    for path in sorted(sys.argv[2:]):
        reader.read(pathlib.Path(path))
    pathlib.Path(sys.argv[1]).write_text(Writer(reader).write(), encoding="utf-8")


if __name__ == "__main__":
    main()
