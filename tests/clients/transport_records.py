# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of docs/capture-format.md as bytes and as annotated hexadecimal text, without the library."""
import re
import struct

HORIZON, CTR, ORBIS = 1, 2, 3
PLATFORMS = {HORIZON: "Horizon", CTR: "CTR", ORBIS: "Orbis"}
KINDS = {1: "HIPC message", 2: "CTR command buffer", 3: "manager call", 4: "App Messaging call",
         5: "kernel call"}
SECTIONS = {0x01: "MESSAGE", 0x02: "RECEIVE_CONTEXT", 0x10: "POINTER", 0x11: "SEND",
            0x12: "RECEIVE", 0x13: "EXCHANGE", 0x14: "RECEIVE_LIST", 0x20: "STATIC", 0x21: "MAPPED",
            0x22: "PXI", 0x30: "IPMI_CALL", 0x31: "IPMI_BLOCK", 0x32: "IPMI_DATA_INFO",
            0x33: "IPMI_BUFFER_INFO", 0x34: "IPMI_IN", 0x35: "IPMI_OUT", 0x36: "IPMI_MESSAGE",
            0x37: "IPMI_PACKET", 0x38: "IPMI_PACKET_INFO", 0x39: "IPMI_USER_DATA",
            0x3A: "IPMI_CONFIG", 0x3B: "IPMI_NAME", 0x3C: "IPMI_SCALAR", 0x40: "APPMSG_CALL",
            0x50: "KERNEL_CALL", 0x51: "HANDLES", 0x52: "MEMORY", 0x53: "SERVICE_ACCESS",
            0x107: "OBJECT_NAME"}
NUMBERS = {name: number for number, name in SECTIONS.items()}
SYNTHETIC, RESULT, ASYNC = 1 << 2, 1 << 5, 1 << 7
FLAGS = {0: "TRUNCATED", 1: "UNREADABLE", 2: "SYNTHETIC", 5: "RESULT", 7: "ASYNC"}
HEADER = struct.Struct("<4sBBBBHHIQQIIQIIIBBH")
SECTION = struct.Struct("<HHIQQ")
KERNEL_CALL = struct.Struct("<IIIIQQQQ")
UNKNOWN = 0xFFFFFFFF
FEW_ZEROS = 16  # fewer are written out


def section(name, data=b"", address=0, index=0, room=None):
    """`room`: no bytes, but so much room."""
    declared = len(data) if room is None else room
    return (SECTION.pack(NUMBERS[name], index, len(data), address, declared) + data
            + bytes(-len(data) % 8))


def record(platform, kind, call_id, sections, pid=UNKNOWN, thread=1, program=0, handle=0, flags=0):
    body = b"".join(sections)
    return HEADER.pack(b"IPCT", 1, platform, kind, 1, HEADER.size, SYNTHETIC | flags,
                       HEADER.size + len(body), 0, call_id, pid, thread, program, handle, 0,
                       UNKNOWN, 0, 0, 0) + body


def kernel_call(call, handle=0, handle2=0, value=0, address=0, size=0, value2=0):
    return section("KERNEL_CALL", KERNEL_CALL.pack(call, handle, handle2, value, address, size,
                                                   value2 & 0xFFFFFFFFFFFFFFFF, 0))


def read_sections(data):
    """(offset, type, index, address, declared size, offset of the bytes, their number)"""
    offset = HEADER.size
    while offset < len(data):
        kind, index, captured, address, declared = SECTION.unpack_from(data, offset)
        yield offset, kind, index, address, declared, offset + SECTION.size, captured
        offset += SECTION.size + captured + -captured % 8


def find(data, name, index=0):
    for _, kind, at, _, _, start, size in read_sections(data):
        if kind == NUMBERS[name] and at == index:
            return data[start:start + size]
    return None


# ---- as text ----

def header_notes(data):
    fields = HEADER.unpack_from(data)
    flags = [name for bit, name in FLAGS.items() if fields[6] >> bit & 1]
    phase = "enter" if fields[4] == 1 else "exit"
    pid = "no pid yet" if fields[10] == UNKNOWN else f"pid {fields[10]}"
    result = f"result 0x{fields[14]:X}" if fields[4] == 2 else "no result yet"
    return {
        0x00: f"{PLATFORMS[fields[2]]}, {KINDS[fields[3]]}, {phase}; {' | '.join(flags)}; "
              f"{fields[7]} bytes",
        0x10: f"time, call id {fields[9]}",
        0x20: f"{pid}, thread {fields[11]}, program id",
        0x30: f"object 0x{fields[13]:X}, {result}, peer, clock, source",
    }


def kernel_call_notes(data):
    call, handle, handle2, value, address, size, value2, _ = KERNEL_CALL.unpack(data)
    first = [f"call {call}"]
    for text, number in (("handle", handle), ("handle 2", handle2), ("value", value)):
        if number:
            first.append(f"{text} 0x{number:X}")
    notes = {0: ", ".join(first)}
    if address or size:
        notes[16] = f"address 0x{address:X}, size 0x{size:X}"
    if value2:
        notes[32] = f"value 2 0x{value2:X}"
    return notes


def ipmi_call_notes(data):
    op, kid = struct.unpack_from("<II", data)
    rax, out, valid = struct.unpack_from("<QII", data, 40)
    notes = {0: f"op 0x{op:03X}, kid {kid}, out pointer", 16: "in pointer, in size",
             32: "cookie, rax" + (f" {rax}" if valid else "")}
    if valid:
        notes[48] = ("carry set" if valid & 2 else f"*out 0x{out:X}") + ", what is valid"
    return notes


def payload_notes(kind, data):
    name = SECTIONS[kind]
    if name == "KERNEL_CALL":
        return kernel_call_notes(data)
    if name == "IPMI_CALL":
        return ipmi_call_notes(data)
    if name in ("OBJECT_NAME", "IPMI_NAME"):
        return {0: '"' + data.rstrip(b"\0").decode() + '"'}
    if name == "HANDLES":
        return {0: ", ".join(f"0x{handle[0]:X}" for handle in struct.iter_unpack("<I", data))}
    return {}


def section_notes(data, texts):
    """What stands beside each section; `texts`: {section's name or (name, index): {offset: text}}."""
    notes = {}
    for offset, kind, index, address, declared, start, size in read_sections(data):
        name = SECTIONS[kind]
        number = f" {index}" if index else ""
        notes[offset] = f"{name}{number}, " + (f"{size} bytes" if size or not declared else "room")
        notes[offset + 8] = (f"address 0x{address:X}, " if address else "no address, ") + (
            f"of {declared} bytes")
        extra = texts.get((name, index)) or texts.get(name) or {}
        for at, text in {**payload_notes(kind, data[start:start + size]), **extra}.items():
            notes[start + at] = text
        if size:
            notes.setdefault(start, "")
    return notes


def rows(data, notes, hidden):
    """Lines of up to 16 bytes, broken where a note begins; long runs of zeros in words."""
    starts = sorted(set(notes) | {0, len(data)})
    for begin, end in zip(starts, starts[1:]):
        note = notes.get(begin, "")
        at = begin
        while at < end:
            zeros = next((n for n in range(at, end) if data[n] or n in hidden), end) - at
            if zeros >= FEW_ZEROS and (zeros > 8 or at == begin):
                yield f"{at:04x}  {f'({zeros} zero bytes)':<47}", note
                at += zeros
            else:
                count = min(16, end - at)
                text = " ".join(".." if at + n in hidden else f"{data[at + n]:02x}"
                                for n in range(count))
                yield f"{at:04x}  {text:<47}", note
                at += count
            note = ""


def hidden_bytes(data, texts):
    """Time and source of an exit, and what an example says is different each time."""
    if data[7] == 1:
        return set()
    hidden = set(range(0x10, 0x18)) | {0x3E, 0x3F}
    for _, kind, index, _, _, start, _ in read_sections(data):
        for begin, end in texts.get(("hidden", SECTIONS[kind]), []):
            hidden |= set(range(start + begin, start + end))
    return hidden


def to_text(data, texts=None):
    texts = texts or {}
    notes = {**header_notes(data), **section_notes(data, texts)}
    return [(line + "  " + note).rstrip() for line, note in
            rows(data, notes, hidden_bytes(data, texts))]


ROW = re.compile(r"([0-9a-f]{4,})  (?:\((\d+) zero bytes\)|((?:(?:[0-9a-f]{2}|\.\.)(?: |$))+))")


def from_text(lines):
    """A list of bytes, None where any will do."""
    data = []
    for line in lines:
        match = ROW.match(line)
        if not match:
            raise ValueError(f"not a line of bytes: {line!r}")
        if int(match[1], 16) != len(data):
            raise ValueError(f"{line!r} stands at 0x{len(data):04x}")
        if match[2]:
            data += [0] * int(match[2])
        else:
            data += [None if text == ".." else int(text, 16) for text in match[3].split()]
    return data
