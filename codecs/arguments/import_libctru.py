#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes names/types/libctru.id out of command buffers that libctru's functions wrote.

    import_libctru.py VECTORS_DIR > ../names/types/libctru.id

VECTORS_DIR holds ctr-requests.jsonl and ctr-replies.jsonl: command buffers with the function's
arguments, and what it reads of replies. Where an argument's value stands in the normal words, the word
has its name; translate parameters are the buffer's own. Services that share a command's number and
name ("am:net", "am:u") are taken to share its parameters. What the other files describe is left to them.
The result is checked in: run this only to change it.
"""
import collections
import json
import pathlib
import re
import sys

from id_language import Reader
from infer import find_fields, identifier

HERE = pathlib.Path(__file__).resolve().parent
TYPES = HERE.parent / "names/types"
TABLE = HERE.parent / "names/tables/ctr/commands.tsv"
# What enumerators stand for, as the commands show in which that is clear.
KNOWN = {}
MAPPED = {"mapped_r": "r", "mapped_w": "w", "mapped_rw": "rw"}
# What is in buffers that functions' arguments are called so.
CONTENTS = {"titleIds": "ctr::TitleId", "outTitleIds": "ctr::TitleId", "ticketTitleIds": "ctr::TitleId",
            "contentIndices": "u16", "outContentIndices": "u16"}


def described():
    reader = Reader()
    for path in sorted(TYPES.glob("*.id")):
        if path.name != "libctru.id":
            reader.read(path)
    return {(name, command.id) for (name, convention), (_, commands) in reader.interfaces.items()
            if convention == "CTR" for command in commands}


def names():
    found, service = {}, None
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        row = line.split("\t")
        if line.startswith("["):
            service = line[1:-1]
        elif not line.startswith("#"):
            found[service, int(row[0], 16)] = row[1]
    return found


def arguments_of(text):
    """'F(a=1, b={c=2}, d=0x30000000"x")' -> {a: 1, b_c: 2, d: 0x30000000}; None if a value is a name."""
    values, path, name, behind = {}, [], "", set()
    inside = text[text.find("(") + 1:]
    for token in re.finditer(r'(\w+)=|"(?:[^"\\]|\\.)*"|([{},()])|([^\s,{}()"]+)', inside):
        if token[1]:
            name = token[1]
        elif token[2] == "{":
            path.append(name)
            if values.get("_".join(path), 0) != 0:  # What a pointer points at.
                behind.add("_".join(path))
        elif token[2] == "}":
            path[-1:] = []
        elif token[3]:
            value = "0" if token[3] == "NULL" else token[3]
            key = "_".join(path + [name])
            if key in values:
                continue
            is_number = re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", value)
            values[key] = int(value, 0) if is_number else KNOWN.get(value, value)
            if "_".join(path) in behind and not (is_number and abs(values[key]) > 0xFFFF):
                del values[key]
    return values


def numbers(columns):
    """Enumerators become what stands for them: the same text always has the same number."""
    return {name: values for name, values in columns.items()
            if all(isinstance(value, int) for value in values)}


class Message:
    def __init__(self, row):
        self.row, self.expect = row, row["expect"]
        self.words = [int(word, 16) for word in row["words"]]
        self.normal = self.words[1:1 + self.expect["normal_params"]]
        self.values = arguments_of(row["args"])

    def shape(self):
        return (len(self.normal),
                tuple((one["type"], one.get("count", 1), one.get("id", 0))
                      for one in self.expect["translate"]))


class Command:
    def __init__(self, messages, reply):
        """Other functions may send the command too; their arguments are not told."""
        self.messages = [message for message in messages if message.values] or messages
        self.first, self.reply = self.messages[0], reply
        shared = [name for name in self.first.values
                  if all(name in message.values for message in messages)]
        self.columns = {name: [message.values[name] for message in messages] for name in shared}
        self.used = set()

    def enumerators(self, taken):
        """Words that go with the texts of an argument: {word index: name}."""
        found = {}
        for name, texts in self.columns.items():
            if all(isinstance(text, int) for text in texts) or len(set(texts)) < 2:
                continue
            for index in range(len(self.first.normal)):
                words = [message.normal[index] for message in self.messages]
                pairs = set(zip(texts, words))
                if index not in taken and index not in found and \
                        len(pairs) == len(set(texts)) == len(set(words)):
                    found[index] = name
                    break
        return found

    def learn(self):
        """{enumerator: number} where only one word goes with the argument's texts."""
        found = {}
        for name, texts in self.columns.items():
            if any(isinstance(text, int) for text in texts) or len(set(texts)) < 2:
                continue
            columns = []
            for index in range(len(self.first.normal)):
                pairs = {(text, message.normal[index])
                         for text, message in zip(texts, self.messages)}
                if len(pairs) == len(set(texts)) == len({word for _, word in pairs}):
                    columns.append(dict(pairs))
            if len(columns) == 1 and "<handle>" not in columns[0]:
                found.update(columns[0])
        return found

    def normal(self):
        rows = [b"".join(word.to_bytes(4, "little") for word in message.normal)
                for message in self.messages]
        fields = find_fields(numbers(self.columns), rows, 4) if rows[0] else []
        by_word = {field.offset // 4: field for field in fields}
        taken = {word for word, field in by_word.items()} | \
                {word + 1 for word, field in by_word.items() if field.size == 8}
        texts = self.enumerators(taken)
        made, index = [], 0
        while index < len(self.first.normal):
            field = by_word.get(index)
            if field:
                self.used.add(field.name)
                kind = f"{'i' if field.signed else 'u'}{8 * field.size}"
                made.append(f"{kind} {identifier(field.name)}")
            else:
                made.append(f"u32 {identifier(texts[index])}" if index in texts else "u32")
            index += 2 if field and field.size == 8 else 1
        return made

    def name_by(self, values):
        for name, column in self.columns.items():
            if name not in self.used and column == values and any(values):
                self.used.add(name)
                return " " + identifier(name)
        return ""

    def translate(self):
        made = []
        for index, first in enumerate(self.first.expect["translate"]):
            all_of = [message.expect["translate"][index] for message in self.messages]
            made += self.parameter(first, all_of)
        return made

    def parameter(self, first, all_of):
        kind = first["type"]
        if kind == "process_id":
            return ["pid"]
        if kind in ("copy_handles", "move_handles"):
            what = f"handle<{kind[:4]}>"
            names = [name for name, values in self.columns.items()
                     if name not in self.used and set(values) <= {"<handle>", 0}]
            self.used |= set(names[:first["count"]])
            return [f"{what} {identifier(names[n])}" if n < len(names) else what
                    for n in range(first["count"])]
        name = self.name_by([int(one["pointer"], 16) for one in all_of])
        if kind in MAPPED:
            return [f"mapped<{CONTENTS.get(name.strip(), 'unknown')}, {MAPPED[kind]}>{name}"]
        if kind == "static_buffer":
            return [f"static<unknown, {first['id']}>{name}"]
        return [f"pxi<unknown, {first['id']}{', r' if kind == 'pxi_ro' else ''}>{name}"]

    def reply_normal(self):
        """Words behind the result, by what the function reads."""
        reads = {read["word"]: read for read in self.reply["client_reads"]}
        count, made, word = self.reply["expect"]["normal_params"], [], 2
        while word <= count:
            read = reads.get(word)
            wide = bool(read) and read["type"] in ("u64", "s64") and word < count
            name = f" {identifier(read['param'])}" if read else ""
            made.append(f"u64{name}" if wide else f"u32{name}")
            word += 2 if wide else 1
        return made

    def outs(self):
        if not self.reply or int(self.reply["words"][1], 16):
            return ["unknown"]
        made = self.reply_normal()
        reads = {read["word"]: identifier(read["param"]) for read in self.reply["client_reads"]}
        for one in self.reply["expect"]["translate"]:
            if one["type"] in ("copy_handles", "move_handles"):
                made += [f"handle<{one['type'][:4]}> {reads.get(one['offset'] + 1 + n, '')}".strip()
                         for n in range(one["count"])]
            else:
                made += self.parameter(one, [one])
        return made

    def text(self, number, name):
        self.used = set()
        ins = self.normal() + self.translate()
        outs = self.outs()
        return f"    [{number:#06x}] {name}({', '.join(ins)})" + \
               (f" -> ({', '.join(outs)});" if outs else ";")


def read(path):
    with open(path, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def service_of(row):
    name = row["id"].removeprefix("R:").split("/")[0]
    return name.removeprefix("fs:USER:") if name.startswith("fs:USER:") else name


def family(service):
    return service.partition(":")[0].lower()


def share(texts, known_names, known):
    """To services of one family that have a command of the same number and name."""
    by_family = {(family(service), number): text for (service, number), text in texts.items()}
    for (service, number), name in known_names.items():
        text = by_family.get((family(service), number))
        if text and (service, number) not in texts and (service, number) not in known and \
                f"] {name}(" in text:
            texts[service, number] = text


def shape_of(text):
    """The types without names: two functions may send one command."""
    return re.sub(r" \w+(?=[,)])", "", text)


class Collection:
    """Messages by the functions that sent them, which serve all services of a family alike."""

    def __init__(self, source):
        self.rows = read(source / "ctr-requests.jsonl")
        self.replies = {row["request"]: row for row in read(source / "ctr-replies.jsonl")}
        self.learn()

    def group(self):
        self.groups, self.services = collections.defaultdict(list), collections.defaultdict(set)
        self.answered = {}
        for row in self.rows:
            service, number = service_of(row), row["expect"]["command_id"]
            key = (family(service), number, row["wrapper"])
            self.groups[key].append(Message(row))
            self.services[key].add(service)
            if row["id"] in self.replies:
                self.answered.setdefault(key, self.replies[row["id"]])

    def learn(self):
        """What most commands say an enumerator is."""
        self.group()
        votes = collections.defaultdict(collections.Counter)
        for messages in self.groups.values():
            if len({message.shape() for message in messages}) == 1:
                for text, value in Command(messages, None).learn().items():
                    votes[text][value] += 1
        KNOWN.update({text: values.most_common(1)[0][0] for text, values in votes.items()
                      if len(values) == 1 or values.most_common(1)[0][1] > sum(values.values()) / 2})
        self.group()

    def commands(self):
        """((service, number), Command or None if its messages differ in shape)"""
        for key, messages in self.groups.items():
            shapes = {message.shape() for message in messages}
            odd = any(kind == "mapped_none" for shape in shapes for kind, *_ in shape[1])
            command = None if odd or len(shapes) > 1 else Command(messages, self.answered.get(key))
            for service in self.services[key]:
                yield (service, key[1]), command


def write(texts):
    print("// SPDX-License-Identifier: GPL-2.0-or-later")
    print("// Made by codecs/arguments/import_libctru.py of command buffers that libctru wrote.")
    for service in sorted({service for service, _ in texts}):
        print(f"\nctr \"{service}\" {{")
        for number in sorted(number for one, number in texts if one == service):
            print(texts[service, number])
        print("}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    known, known_names = described(), names()
    texts, skipped = {}, set()
    for key, command in Collection(pathlib.Path(sys.argv[1])).commands():
        if key in known or key in skipped:
            continue
        name = known_names.get(key, f"Command{key[1]:04X}")
        text = command.text(key[1], name) if command else None
        if not command or (key in texts and shape_of(texts[key]) != shape_of(text)):
            skipped.add(key)
            texts.pop(key, None)
        else:
            texts.setdefault(key, text)
    share(texts, known_names, known)
    write(texts)
    print(f"{len(texts)} commands; of several shapes, left out: {sorted(skipped)}", file=sys.stderr)


if __name__ == "__main__":
    main()
