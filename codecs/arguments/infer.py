# SPDX-License-Identifier: GPL-2.0-or-later
"""What import_libnx.py and import_libctru.py share: where in recorded messages the arguments of the
function that sent them stand, found by their values."""
import re

SIZES = (8, 4, 2, 1)


def identifier(text):
    """A name as `.id` files want it."""
    text = re.sub(r"\W+", "_", text).strip("_")
    return text if text and not text[0].isdigit() else f"_{text}"


def fits(value, size):
    return -(1 << 8 * size - 1) <= value < 1 << 8 * size


def stands_at(values, rows, offset, size):
    """Whether every message has its value there, and enough of them to believe it."""
    mask = (1 << 8 * size) - 1
    for value, row in zip(values, rows):
        if not fits(value, size):
            return False
        if int.from_bytes(row[offset:offset + size], "little") != value & mask:
            return False
    return True


def is_telling(values):
    """One value everywhere says nothing, unless it is a number that no other would be."""
    return len(set(values)) > 1 or abs(values[0]) > 0xFF


def least_size(values):
    return next(size for size in reversed(SIZES) if all(fits(value, size) for value in values))


class Field:
    def __init__(self, name, offset, size, signed=False, alignment=None):
        self.name, self.offset, self.size, self.signed = name, offset, size, signed
        self.alignment = alignment

    def text(self):
        if self.size == 1 and re.match("(flag$|is_|has_|enable)", self.name):
            return f"bool {self.name}"
        if self.size in SIZES and self.alignment in (None, self.size):
            return f"{'i' if self.signed else 'u'}{8 * self.size} {self.name}".strip()
        alignment = f", {self.alignment}" if self.alignment and self.alignment > 1 else ""
        return f"bytes<{self.size:#x}{alignment}> {self.name}".strip()

    def own_alignment(self):
        return self.alignment or (self.size if self.size in SIZES else 1)


def find_fields(arguments, rows, grain=1):
    """arguments: {name: [value of each message]}. The largest numbers are the surest."""
    found, taken = [], set()
    order = sorted((name for name in arguments if is_telling(arguments[name])),
                   key=lambda name: -max(abs(value) for value in arguments[name]))
    for name in order:
        values = arguments[name]
        least = max(least_size(values), grain)
        for offset in range(0, len(rows[0]) - least + 1, grain):
            span = set(range(offset, offset + least))
            if offset % min(least, 8 if grain == 1 else grain) or span & taken:
                continue
            if stands_at(values, rows, offset, least):
                found.append(Field(name, offset, least, any(value < 0 for value in values)))
                taken |= span
                break
    return sorted(found, key=lambda field: field.offset)
