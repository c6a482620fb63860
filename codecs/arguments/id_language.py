# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads `.id` descriptions (docs/arguments.md) for generate.py. The C reader's twin: a test compares
what both make of the files in codecs/names/types/."""
import re

TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n]+|\#[^\n]*|//[^\n]*)
  | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+)
  | "(?P<string>[^"\n]*)"
  | (?P<name>[A-Za-z_][A-Za-z0-9_:]*(?:-(?!>)[A-Za-z0-9_:-]*)?)
  | (?P<arrow>->)
  | (?P<punctuation>[{}()\[\]<>=;,@.+-])
""", re.VERBOSE)

SCALARS = {"u8": ("UNSIGNED", 1), "u16": ("UNSIGNED", 2), "u32": ("UNSIGNED", 4),
           "u64": ("UNSIGNED", 8), "i8": ("SIGNED", 1), "i16": ("SIGNED", 2),
           "i32": ("SIGNED", 4), "i64": ("SIGNED", 8), "f32": ("FLOAT", 4), "f64": ("FLOAT", 8),
           "s8": ("SIGNED", 1), "s16": ("SIGNED", 2), "s32": ("SIGNED", 4), "s64": ("SIGNED", 8),
           "b8": ("BOOL", 1), "bool": ("BOOL", 1), "u128": ("BYTES", 16)}
BYTES = {"bytes": "BYTES", "text": "TEXT", "unknown": "UNKNOWN", "data": "UNKNOWN"}
RAW = {"UNKNOWN", "UNSIGNED", "SIGNED", "FLOAT", "BOOL", "BYTES", "TEXT", "ENUM", "STRUCT", "ARRAY"}
NOW = 0xFFFFFFFF


class Type:
    def __init__(self, kind, name, size=0, alignment=1, sized=False, attribute=0, element=None,
                 members=()):
        self.kind, self.name, self.size, self.alignment = kind, name, size, alignment
        self.sized, self.attribute, self.element, self.members = sized, attribute, element, members
        self.count = len(members)
        inner = [member[1] for member in members if isinstance(member[1], Type)]
        self.depth = max([1 + one.depth for one in inner + [element] * (element is not None)],
                         default=0)

    def is_raw(self):
        return self.kind in RAW


class Command:
    def __init__(self, identifier, name, ins, outs, since, until, undocumented):
        self.id, self.name, self.ins, self.outs = identifier, name, ins, outs
        self.since, self.until, self.undocumented = since, until, undocumented


def align(offset, alignment):
    return -(-offset // alignment) * alignment


def layout(convention, is_out, arguments):
    """Gives ({index: offset}, size), size None if it is not known."""
    raw = [n for n, (_, kind) in enumerate(arguments) if kind.is_raw()]
    if any(not arguments[n][1].sized for n in raw):
        return {}, None
    if convention == "CMIF":
        raw.sort(key=lambda n: arguments[n][1].alignment)
    start = offset = 0 if convention != "CTR" else 8 if is_out else 4
    offsets = {}
    for n in raw:
        kind = arguments[n][1]
        offset = align(offset, 4 if convention == "CTR" else kind.alignment)
        offsets[n] = offset
        offset += kind.size
    return offsets, (align(offset, 4) if convention == "CTR" else offset) - start


class Reader:
    """All files together: a type of one may be used in another."""

    def __init__(self):
        self.types = {}
        self.resolved = {}
        self.interfaces = {}  # (name, convention) -> (services, [command trees])

    def fail(self, text):
        position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        line = self.text.count("\n", 0, position) + 1
        raise SystemExit(f"{self.path}:{line}: {text}")

    def read(self, path):
        self.path, self.text, self.tokens, self.at = path, path.read_text(encoding="utf-8"), [], 0
        position = 0
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            if not match:
                raise SystemExit(f"{path}: offset {position}: unknown character")
            if match.lastgroup != "space":
                self.tokens.append((match.lastgroup, match.group(match.lastgroup), position))
            position = match.end()
        while self.at < len(self.tokens):
            self.definition()

    # --- tokens

    def peek(self, text=None):
        if self.at == len(self.tokens):
            return None if text is None else False
        return self.tokens[self.at][1] if text is None else self.tokens[self.at][1] == text

    def take(self, *kinds):
        if self.at == len(self.tokens) or self.tokens[self.at][0] not in kinds:
            self.fail(f"{' or '.join(kinds)} expected")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, text):
        if self.peek(text):
            self.at += 1
            return True
        return False

    def expect(self, text):
        if not self.accept(text):
            self.fail(f"'{text}' expected")

    def number(self):
        return int(self.take("number"), 0)

    def name(self):
        return self.take("name", "string")

    # --- syntax

    def definition(self):
        self.decorations()
        word = self.take("name")
        if word == "type":
            name = self.name()
            self.expect("=")
            self.types[name] = self.type()
            self.expect(";")
        elif word in ("interface", "tipc", "ctr"):
            self.interface({"interface": "CMIF", "tipc": "TIPC", "ctr": "CTR"}[word])
        else:
            self.fail("type, interface, tipc or ctr expected")

    def version(self):
        parts = [self.number()]
        for _ in range(2):
            self.expect(".")
            parts.append(self.number())
        return parts[0] << 16 | parts[1] << 8 | parts[2]

    def decorations(self):
        since, until, undocumented = 0, NOW, False
        while self.accept("@"):
            if self.accept("undocumented"):
                undocumented = True
                continue
            self.expect("version")
            self.expect("(")
            since = self.version()
            until = NOW if self.accept("+") else self.version() if self.accept("-") else since
            self.expect(")")
        return since, until, undocumented

    def interface(self, convention):
        name, services = self.name(), []
        if self.accept("is"):
            services.append(self.name())
            while self.accept(","):
                services.append(self.name())
        known = self.interfaces.setdefault((name, convention), ([], []))
        known[0].extend(services)
        self.expect("{")
        while not self.accept("}"):
            known[1].append(self.command())

    def command(self):
        since, until, undocumented = self.decorations()
        self.expect("[")
        identifier = self.number()
        self.expect("]")
        name, ins, outs = self.name(), self.tuple(), []
        if self.accept("->"):
            outs = self.tuple() if self.peek("(") else [self.argument()]
        self.expect(";")
        return Command(identifier, name, ins, outs, since, until, undocumented)

    def tuple(self):
        self.expect("(")
        arguments = []
        while not self.accept(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.argument())
        return arguments

    def argument(self):
        tree = self.type()
        kind = self.tokens[self.at][0] if self.at < len(self.tokens) else None
        return (self.name() if kind in ("name", "string") else "", tree)

    def type_arguments(self):
        arguments = []
        if self.accept("<"):
            while True:
                is_number = self.tokens[self.at][0] == "number"
                arguments.append(self.number() if is_number else self.type())
                if not self.accept(","):
                    break
            self.expect(">")
        return arguments

    def type(self):
        name = self.name()
        arguments, members = self.type_arguments(), []
        if name in ("struct", "enum"):
            self.expect("{")
            while not self.accept("}"):
                members.append(self.member(name))
                self.expect(";")
        tree = (name, arguments, members)
        if self.accept("["):
            count = 0 if self.peek("]") else self.number()
            self.expect("]")
            tree = ("[]", [tree, count], [])
        return tree

    def member(self, kind):
        if kind == "struct":
            tree = self.type()
            return (self.name(), tree)
        name = self.name()
        self.expect("=")
        return (name, self.number())

    # --- meaning

    def make(self, tree):
        name, arguments, members = tree
        if name in SCALARS:
            kind, size = SCALARS[name]
            return Type(kind, name, size, min(size, 8), True)
        if name in BYTES:
            size, alignment = (arguments + [0, 1][len(arguments):])[:2] if arguments else (0, 1)
            return Type(BYTES[name], name, size, alignment, bool(arguments))
        if name == "struct":
            return self.make_struct(arguments, members)
        if name == "enum":
            base = self.make(arguments[0])
            made = Type("ENUM", "enum", base.size, base.alignment, True, 0, base, members)
            return made
        if name == "[]":
            element = self.make(arguments[0])
            made = Type("ARRAY", element.name, arguments[1] * element.size, element.alignment,
                        element.sized and arguments[1] > 0, 0, element)
            made.size = made.size if made.sized else 0
            made.count = arguments[1]
            return made
        return self.make_special(name, arguments)

    def make_struct(self, arguments, members):
        size, alignment = 0, arguments[1] if len(arguments) > 1 else 1
        made, sized = [], True
        for name, tree in members:
            member = self.make(tree)
            size = align(size, member.alignment)
            made.append((name, member, size))
            size += member.size
            sized = sized and member.sized
            alignment = max(alignment, member.alignment)
        size = align(max([size] + arguments[:1]), alignment)
        return Type("STRUCT", "struct", size if sized else 0, alignment, sized, 0, None, made)

    def make_special(self, name, arguments):
        word = arguments[0][0] if arguments and isinstance(arguments[0], tuple) else ""
        if name == "pid":
            return Type("PID", name)
        if name in ("handle", "KObject", "KHandle"):
            return Type("HANDLE", name, attribute=int(word == "move"))
        if name == "object":
            return Type("OBJECT", word)
        if name in ("buffer", "array"):
            size = arguments[2] if len(arguments) > 2 else 0
            return Type("BUFFER", name, size, attribute=arguments[1],
                        element=self.make(arguments[0]))
        if name in ("static", "pxi"):
            number = arguments[1] if len(arguments) > 1 else 0
            number |= 0x100 if len(arguments) > 2 else 0
            return Type(name.upper(), name, attribute=number, element=self.make(arguments[0]))
        if name == "mapped":
            permission = {"r": 1, "w": 2, "rw": 3}[arguments[1][0]]
            return Type("MAPPED", name, attribute=permission, element=self.make(arguments[0]))
        return self.named(name)

    def named(self, name):
        if name not in self.types:
            return Type("UNKNOWN", name)
        if name not in self.resolved:
            self.resolved[name] = None
            self.resolved[name] = self.make(self.types[name])
        target = self.resolved[name]
        if target is None:
            raise SystemExit(f"{name}: this type contains itself")
        copy = Type(target.kind, target.name if target.kind == "OBJECT" else name, target.size,
                    target.alignment, target.sized, target.attribute, target.element,
                    target.members)
        copy.count = target.count
        return copy
