# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls of docs/transport-examples.md, in the order of the page."""
import struct

import transport_records as records
from transport_records import KERNEL_CALL, find, kernel_call, section

INTRODUCTION = """# System calls, byte by byte

Every system call of the three kernels as the bytes that go over the connection: the enter that a client
sends, the exit that the server answers. [transport.md](transport.md) explains; a field that is not
explained here is described in [capture-format.md](capture-format.md). Below each of the three headings
one process talks to a server that has just been started with nothing in its sandbox; a later call uses
what an earlier one returned. `..` is a byte that differs from run to run (times and the source number).

This page is a test: `tests/clients/transport_examples.py` sends each enter to a real server and compares
each exit with the page, byte by byte. With `--write FILE` it makes the page anew.
"""

NEVER = -1


def u32(*values):
    return struct.pack(f"<{len(values)}I", *(value & 0xFFFFFFFF for value in values))


def u64(*values):
    return struct.pack(f"<{len(values)}Q", *values)


class Part:
    """One heading, one process."""

    def __init__(self, connection, platform, title, prose):
        self.connection = connection
        self.platform = platform
        self.program = 0
        self.pid = records.UNKNOWN
        self.calls = 0
        self.text = f"\n## {title}\n\n{prose}\n"

    def title(self, title, prose=""):
        self.text += f"\n### {title}\n" + (f"\n{prose}\n" if prose else "")

    def block(self, kind, data, texts):
        lines = "\n".join(records.to_text(data, texts))
        self.text += f"\n```text {kind}\n{lines}\n```\n"

    def enter(self, kind, *sections, thread=1, handle=0, flags=0, texts=None):
        self.calls += 1
        data = records.record(self.platform, kind, self.calls, sections, self.pid, thread,
                              self.program, handle, flags)
        self.connection.send(data)
        self.block("enter", data, texts)
        return self.calls

    def exit(self, call_id, texts=None):
        data = self.connection.exit(call_id)
        self.block("exit", data, texts)
        return data

    def call(self, kind, *sections, thread=1, handle=0, flags=0, texts=None, exit_texts=None):
        return self.exit(self.enter(kind, *sections, thread=thread, handle=handle, flags=flags,
                                    texts=texts), exit_texts)

    def kernel_call(self, call, *sections, thread=1, **arguments):
        data = self.call(5, kernel_call(call, **arguments), *sections, thread=thread,
                         handle=arguments.get("handle", 0))
        found = find(data, "KERNEL_CALL")
        return KERNEL_CALL.unpack(found) if found else (0,) * 8

    def hello(self, program, *sections):
        self.program = program
        self.pid = self.kernel_call(1, section("OBJECT_NAME", b"demo"), *sections)[3]


def name(text):
    return section("OBJECT_NAME", text.encode())


def handles(*values):
    return section("HANDLES", u32(*values))


# ---- Horizon ----

TLS = 0x20A000200
HEAP = 0x1000000000
PROCESS = 0xFFFF8001


def align(size):
    return -size % 16


def pointer(address, size, index=0):
    return u32(size << 16 | (address >> 32 & 15) << 12 | (address >> 36 & 7) << 6 | index, address)


def buffer(address, size, attribute=0):
    return u32(size, address, attribute | (address >> 36 & 7) << 2 | (address >> 32 & 15) << 28)


def receive_entry(address, size):
    return u32(address, address >> 32 & 0x7F | size << 16)


def hipc(kind, raw, pid=False, copy=(), move=(), x=(), a=(), b=(), w=(), c=(), mode=None):
    """A message of 0x100 bytes; the descriptors as bytes."""
    special = bool(pid or copy or move)
    mode = (len(c) + 2 if c else 0) if mode is None else mode
    message = u32(kind | len(x) << 16 | len(a) << 20 | len(b) << 24 | len(w) << 28,
                  len(raw) // 4 | mode << 10 | special << 31)
    if special:
        message += u32(int(pid) | len(copy) << 1 | len(move) << 5)
        message += u64(0) if pid else b""
        message += u32(*copy, *move)
    message += b"".join([*x, *a, *b, *w])
    return message, raw, b"".join(c)


def cmif(command, data=b"", domain=0, sizes=b"", kind=4, **layout):
    """A CMIF request in a HIPC message, and what stands where."""
    body = u32(0x49434653, 0, command, 0) + data
    if domain:
        body = u32(1 | len(body) << 16, domain, 0, 0) + body
    body += bytes(-len(body) % 4)
    sizes += bytes(-len(sizes) % 4)
    message, _, _ = hipc(kind, b"", **layout)
    padding = align(len(message))
    raw = bytes(padding) + body + bytes(16 - padding) + sizes
    message, raw, list_ = hipc(kind, raw, **layout)
    return message_section(message, raw, list_, len(message) + padding, domain)


def message_section(message, raw, list_, at, domain=0):
    data = (message + raw + list_).ljust(0x100, b"\0")
    notes = {0: "HIPC header"}
    if len(message) > 8:
        notes[8] = "special header, descriptors"
    if at is not None:
        notes[at] = "domain header" if domain else "CMIF header: SFCI, version, command, token"
        if domain:
            notes[at + 16] = "CMIF header"
        notes[at + (32 if domain else 16)] = "arguments; behind the raw data the receive list"
    return section("MESSAGE", data, TLS), {"MESSAGE": notes}


class Horizon(Part):
    def send(self, session, message, *contents, flags=0, exit_texts=None):
        sent, texts = message
        return self.call(1, sent, *contents, handle=session, flags=flags, texts=texts,
                         exit_texts=exit_texts)


def reply_handle(data):
    """The only handle of a reply."""
    return struct.unpack_from("<I", find(data, "MESSAGE"), 12)[0]


def horizon(connection):
    part = Horizon(connection, records.HORIZON, "Horizon",
                   "The Switch. Contents of buffers are shortened to a few bytes here; 16 MiB less "
                   "the record around them is the most.")
    horizon_start(part)
    echo = horizon_messages(part)
    horizon_closing(part, echo)
    horizon_events(part)
    horizon_memory(part)
    horizon_serving(part)
    part.title("Exit", "Kernel call 2. The end of the connection does the same.")
    part.kernel_call(2)
    return part.text


def horizon_start(part):
    part.title("Hello", "Kernel call 1, first of all.")
    part.hello(0x0100000000010000)
    part.title("ConnectToNamedPort", "Kernel call 3 → the session's handle. A name that nobody has "
               "is 0xF201, one of more than 11 characters 0xEE01.")
    part.sm = part.kernel_call(3, name("sm:"))[1]
    part.title("SendSyncRequest: CMIF, process id", "Kind 1; `sm:` command 0, RegisterClient. The "
               "kernel puts the process id into the 8 bytes behind the special header, for the "
               "server to see. The exit's MESSAGE has the bytes that the kernel wrote.")
    part.send(part.sm, cmif(0, u64(0), pid=True))
    part.title("SendSyncRequest: a handle in the reply", "`sm:` command 1, GetServiceHandle.")
    part.echo = reply_handle(part.send(part.sm, cmif(1, b"echo".ljust(8, b"\0"))))
    part.title("SendSyncRequest: an error of the service", "A service that nobody registered: the "
               "system call succeeds, the CMIF header's result is 2021-0007.")
    part.send(part.sm, cmif(1, b"nothing".ljust(8, b"\0")))
    part.title("SendSyncRequest: TIPC", "The same over TIPC: type 16 + command, raw words, no CMIF.")
    message, raw, list_ = hipc(17, b"echo".ljust(8, b"\0"))
    part.kernel_close = reply_handle(part.send(part.sm, message_section(message, raw, list_, None)))


def horizon_messages(part):
    part.title("SendSyncRequest: pointer descriptors", "`echo` command 1: a pointer descriptor in, a "
               "receive list entry out. POINTER 0 of the exit is the reply's first pointer "
               "descriptor, at the address of the receive list's entry. The last raw word, "
               "behind the CMIF header and the padding to 16, is the table of sizes of outgoing "
               "pointers.")
    part.send(part.echo,
              cmif(1, sizes=struct.pack("<H", 16), x=[pointer(HEAP, 5)],
                   c=[receive_entry(HEAP + 0x100, 16)]),
              section("POINTER", b"hello", HEAP),
              section("RECEIVE_LIST", address=HEAP + 0x100, room=16))
    part.title("SendSyncRequest: send and receive descriptors", "`echo` command 2. SEND brings the "
               "bytes, RECEIVE announces room; the exit's RECEIVE has the range that changed.")
    part.send(part.echo, cmif(2, a=[buffer(HEAP + 0x10, 6)], b=[buffer(HEAP + 0x2008, 16)]),
              section("SEND", b"mapped", HEAP + 0x10),
              section("RECEIVE", address=HEAP + 0x2008, room=16))
    part.title("SendSyncRequest: exchange descriptors", "`echo` command 4 inverts every bit.")
    part.send(part.echo, cmif(4, w=[buffer(HEAP + 0x10, 4)]),
              section("EXCHANGE", b"\x00\x11\x22\x33", HEAP + 0x10))
    part.title("SendSyncRequest: memory that is not there", "The same without its section: 0xD401, "
               "and no MESSAGE, as the kernel refused the request before it was sent.")
    part.send(part.echo, cmif(4, w=[buffer(HEAP + 0x10, 4)]))
    part.title("SendSyncRequest: handles", "`echo` command 5 sends a copy of a handle back: here the "
               "pseudo handle of the process.")
    part.send(part.echo, cmif(5, copy=[PROCESS]))
    part.title("SendSyncRequest: user buffer", "svcSendSyncRequestWithUserBuffer: MESSAGE is the "
               "buffer, a whole page, and KERNEL_CALL 21 says so.")
    data, texts = cmif(6, u64(0), pid=True)
    data = section("MESSAGE", data[24:].ljust(0x1000, b"\0"), HEAP + 0x4000)
    user_buffer = kernel_call(21, handle=part.echo, address=HEAP + 0x4000, size=0x1000)
    part.call(1, data, user_buffer, handle=part.echo, texts=texts)
    part.title("SendAsyncRequestWithUserBuffer", "The same with the flag ASYNC. The exit stands for "
               "the event that the system call gives: it comes when the request is done.")
    part.call(1, data, user_buffer, handle=part.echo, flags=records.ASYNC, texts=texts)
    return part.echo


def horizon_closing(part, echo):
    part.title("SendSyncRequest: a domain", "Control command 0, ConvertCurrentObjectToDomain, gives "
               "the object's number; then `echo` command 9 on that object makes another one, and a "
               "domain message of type 2 closes it.")
    part.send(echo, cmif(0, kind=5))
    part.send(echo, cmif(9, domain=1))
    close = u32(2, 2, 0, 0)
    part.send(echo, message_section(*hipc(4, bytes(8) + close + bytes(8)), 16, 1))
    part.title("SendSyncRequest: closing", "A message of type 2. Its exit has the result 0xF601, "
               "which means that it was closed. The handle is still there.")
    part.send(echo, message_section(*hipc(2, b""), None))
    part.title("CloseHandle", "Kernel call 4; then once more, which is 0xE401.")
    part.kernel_call(4, handle=echo)
    part.kernel_call(4, handle=echo)
    part.title("GetProcessId", "Kernel call 19.")
    part.kernel_call(19, handle=PROCESS)
    part.title("An unknown kernel call", "\"Not implemented\": 0x4201. DuplicateHandle (20) is one "
               "that this kernel does not have.")
    part.kernel_call(20, handle=PROCESS)


def horizon_events(part):
    part.title("CreateEvent", "Kernel call 11 → the writable end, the readable end.")
    write, read = part.kernel_call(11)[1:3]
    part.title("SignalEvent", "Kernel call 12.")
    part.kernel_call(12, handle=write)
    part.title("WaitSynchronization", "Kernel call 10: HANDLES, value 2 is the timeout in "
               "nanoseconds, -1 for ever → value = index of the one that is signalled.")
    part.kernel_call(10, handles(read), value2=NEVER)
    part.title("ResetSignal", "Kernel call 22; once more is 0xFA01, as nothing is signalled.")
    part.kernel_call(22, handle=read)
    part.kernel_call(22, handle=read)
    part.title("ClearEvent", "Kernel call 13.")
    part.kernel_call(13, handle=write)
    part.title("CancelSynchronization", "Kernel call 23, from thread 2: thread 1, the value, waits "
               "for ever, and its call ends with 0xEC01.")
    waiting = part.enter(5, kernel_call(10, value2=NEVER), handles(read))
    part.kernel_call(23, value=1, thread=2)
    part.exit(waiting)


def horizon_memory(part):
    part.title("CreateMemoryBlock", "Kernel call 14: without an address shared memory, with one "
               "transfer memory. Value is the own permission (1 read, 2 write), value 2 the other "
               "side's → handle.")
    block = part.kernel_call(14, size=0x1000, value=3, value2=3)[1]
    part.title("MapMemoryBlock", "Kernel call 15.")
    part.kernel_call(15, handle=block, address=HEAP + 0x10000, size=0x1000, value=3)
    part.title("WriteMemory", "Kernel call 18: address is the offset. A client does it before any "
               "call that lets others look.")
    part.kernel_call(18, section("MEMORY", b"shared"), handle=block, address=0x10)
    part.title("ReadMemory", "Kernel call 17, after a call that may have waited.")
    part.kernel_call(17, handle=block, address=0x10, size=8)
    part.title("UnmapMemoryBlock", "Kernel call 16.")
    part.kernel_call(16, handle=block, address=HEAP + 0x10000, size=0x1000)


def horizon_serving(part):
    part.title("CreateSession", "Kernel call 5 → the server's end, the client's end.")
    part.kernel_call(5)
    part.title("CreatePort", "Kernel call 6: value = most sessions. Without a name → the server's "
               "end, the client's end; with one it is ManageNamedPort and gives only the server's.")
    server_port, client_port = part.kernel_call(6, value=4)[1:3]
    part.kernel_call(6, name("demo:"), value=4)
    part.title("ConnectToPort", "Kernel call 8 → the client's session.")
    client = part.kernel_call(8, handle=client_port)[1]
    part.title("AcceptSession", "Kernel call 7 → the server's session.")
    session = part.kernel_call(7, handle=server_port)[1]
    horizon_reply_and_receive(part, client, session)


def horizon_reply_and_receive(part, client, session):
    part.title("ReplyAndReceive", "Kernel call 9. Thread 2 waits for a request: MESSAGE is what it "
               "prepared, here with a receive list of one entry. Thread 1 of the same process sends "
               "one, with a pointer, a send and a receive descriptor.")
    server_tls = TLS + 0x1000
    prepared = u32(0, 3 << 10) + receive_entry(HEAP + 0x20000, 0x100)
    receiving = part.enter(
        5, kernel_call(9, value2=NEVER), handles(session),
        section("MESSAGE", prepared.ljust(0x100, b"\0"), server_tls),
        section("RECEIVE_LIST", address=HEAP + 0x20000, room=0x100), thread=2)
    message, texts = cmif(1, x=[pointer(HEAP, 5)], a=[buffer(HEAP + 0x1010, 6)],
                          b=[buffer(HEAP + 0x2008, 8)])
    sending = part.enter(1, message, section("POINTER", b"hello", HEAP),
                         section("SEND", b"mapped", HEAP + 0x1010),
                         section("RECEIVE", address=HEAP + 0x2008, room=8),
                         handle=client, texts=texts)
    part.text += ("\nThread 2 gets the request: the index, the translated message, the pointer's "
                  "bytes in its receive list, and the buffers at addresses of its own.\n")
    request = part.exit(receiving)
    room = [found for found in records.read_sections(request)
            if found[1] == records.NUMBERS["RECEIVE"]][0][3]
    part.text += ("\nIt answers (`handle`) with a range of the receive buffer, and waits again, here "
                  "for no time: 0xEA01. The client's call has ended meanwhile.\n")
    reply = u32(0, 8) + bytes(8) + u32(0x4F434653, 0, 0, 0)
    answering = part.enter(
        5, kernel_call(9, handle=session, value2=0), handles(session),
        section("MESSAGE", reply.ljust(0x100, b"\0"), server_tls),
        section("RECEIVE", b"answer", room), thread=2, handle=session)
    part.exit(sending)
    part.exit(answering)


# ---- CTR ----

COMMAND_BUFFER = 0x1FF82080
MEMORY = 0x08000000


def static(size, index):
    return size << 14 | index << 10 | 2


def mapped(size, permission):
    return size << 4 | 8 | permission << 1


def header(command, normal, translate):
    return command << 16 | normal << 6 | translate


class Ctr(Part):
    def sections(self, words, table):
        slots = b"".join(u32(static(size, index), address)
                         for index, (size, address) in enumerate(table))
        return (section("MESSAGE", u32(*words).ljust(0x100, b"\0"), COMMAND_BUFFER),
                section("RECEIVE_CONTEXT", slots.ljust(0x80, b"\0"), COMMAND_BUFFER + 0x100))

    def send(self, session, words, *contents, table=()):
        return self.call(2, *self.sections(words, table), *contents, handle=session)


def word(data, index):
    return struct.unpack_from("<I", find(data, "MESSAGE"), 4 * index)[0]


def ctr(connection):
    part = Ctr(connection, records.CTR, "CTR",
               "The 3DS. MESSAGE is the 64 words of the command buffer, RECEIVE_CONTEXT the 16 static "
               "buffer slots behind it.")
    part.title("Hello")
    part.hello(0x0004000000012300)
    ctr_messages(part)
    ctr_objects(part)
    ctr_serving(part)
    part.title("Exit")
    part.kernel_call(2)
    return part.text


def ctr_messages(part):
    part.title("ConnectToPort", "Kernel call 3. A port that nobody has is 0xD88007FA.")
    srv = part.kernel_call(3, name("srv:"))[1]
    part.title("SendSyncRequest: process id", "Kind 2; `srv:` command 1, RegisterClient: a "
               "descriptor 0x20, in whose second word the receiver finds the process id.")
    part.send(srv, [header(1, 0, 2), 0x20])
    part.title("SendSyncRequest: a handle in the reply", "`srv:` command 5, GetServiceHandle: name, "
               "its length, flags → result, a moved handle behind descriptor 0x10.")
    service = [header(5, 4, 0), *struct.unpack("<II", b"echo".ljust(8, b"\0")), 4, 0]
    echo = word(part.send(srv, service), 3)
    part.title("SendSyncRequest: an error of the service", "0xD0406401: nobody registered it.")
    part.send(srv, [header(5, 4, 0), *struct.unpack("<II", b"nothing\0"), 7, 0])
    part.title("SendSyncRequest: a static buffer", "`echo` command 6 sends a static buffer back, into "
               "the slot of its id. STATIC is numbered by the word of the descriptor: 1 in the "
               "request, 2 in the reply.")
    part.send(echo, [header(6, 0, 2), static(5, 1), MEMORY], section("STATIC", b"hello", MEMORY, 1),
              table=[(0, 0), (0x20, MEMORY + 0x100)])
    part.title("SendSyncRequest: a mapped buffer, read-only", "`echo` command 7: the sum of its bytes.")
    part.send(echo, [header(7, 0, 2), mapped(4, 1), MEMORY + 0x200],
              section("MAPPED", b"\1\2\3\4", MEMORY + 0x200, 1))
    part.title("SendSyncRequest: a mapped buffer, written", "`echo` command 8 fills it with a byte. "
               "Room is enough in the enter.")
    part.send(echo, [header(8, 1, 2), 0x5A, mapped(4, 2), MEMORY + 0x200],
              section("MAPPED", address=MEMORY + 0x200, index=2, room=4))
    part.title("SendSyncRequest: a mapped buffer, both ways", "`echo` command 9 inverts every bit.")
    part.send(echo, [header(9, 0, 2), mapped(4, 3), MEMORY + 0x200],
              section("MAPPED", b"\1\2\3\4", MEMORY + 0x200, 1))
    part.title("SendSyncRequest: a copied handle", "`echo` command 2: descriptor 0, and the pseudo "
               "handle of the process.")
    part.send(echo, [header(2, 0, 2), 0, PROCESS])
    part.title("SendSyncRequest: memory that is not there", "A mapped buffer without its section: "
               "0xE0E01BF5, and no MESSAGE.")
    part.send(echo, [header(7, 0, 2), mapped(4, 1), MEMORY + 0x200])
    part.title("CloseHandle", "Kernel call 4; once more is 0xD8E007F7.")
    part.kernel_call(4, handle=echo)
    part.kernel_call(4, handle=echo)


def ctr_objects(part):
    part.title("GetProcessId", "Kernel call 19.")
    part.kernel_call(19, handle=PROCESS)
    part.title("DuplicateHandle", "Kernel call 20.")
    part.kernel_call(20, handle=PROCESS)
    part.title("CreateEvent", "Kernel call 11: value 0 one-shot, 1 sticky.")
    event = part.kernel_call(11)[1]
    part.title("SignalEvent", "Kernel call 12.")
    part.kernel_call(12, handle=event)
    part.title("WaitSynchronization", "Kernel call 10: HANDLES, value 1 for all of them, value 2 the "
               "timeout in nanoseconds → value = index. The second one times out: 0x09401BFE.")
    part.kernel_call(10, handles(event), value2=NEVER)
    part.kernel_call(10, handles(event), value2=1000)
    part.title("ClearEvent", "Kernel call 13.")
    part.kernel_call(13, handle=event)
    part.title("CreateSemaphore", "Kernel call 24: value = count, value 2 = most.")
    semaphore = part.kernel_call(24, value=1, value2=3)[1]
    part.title("ReleaseSemaphore", "Kernel call 25 → value = the count before.")
    part.kernel_call(25, handle=semaphore, value=1)
    part.title("CreateMemoryBlock", "Kernel call 14, with the memory's contents.")
    block = part.kernel_call(14, section("MEMORY", bytes(0x1000), MEMORY + 0x1000),
                             address=MEMORY + 0x1000, size=0x1000, value=3, value2=3)[1]
    part.title("MapMemoryBlock", "Kernel call 15 → size. A process maps its own block with the "
               "permissions of its creation.")
    part.kernel_call(15, handle=block, address=0x10000000, value=3, value2=3)
    part.title("WriteMemory", "Kernel call 18: address is the offset.")
    part.kernel_call(18, section("MEMORY", b"shared"), handle=block, address=0x10)
    part.title("ReadMemory", "Kernel call 17.")
    part.kernel_call(17, handle=block, address=0x10, size=8)
    part.title("UnmapMemoryBlock", "Kernel call 16.")
    part.kernel_call(16, handle=block, address=0x10000000)


def ctr_serving(part):
    part.title("CreateSession", "Kernel call 5.")
    part.kernel_call(5)
    part.title("CreatePort", "Kernel call 6: value = most sessions → the server's end, the client's "
               "end.")
    server_port, client_port = part.kernel_call(6, name(""), value=4)[1:3]
    part.title("CreateSessionToPort", "Kernel call 8.")
    client = part.kernel_call(8, handle=client_port)[1]
    part.title("AcceptSession", "Kernel call 7.")
    session = part.kernel_call(7, handle=server_port)[1]
    part.title("ReplyAndReceive", "Kernel call 9. Thread 2 waits for a request, thread 1 sends one "
               "with a static and a mapped buffer. Command 0xFFFF in the waiting thread's buffer "
               "says that it answers nothing.")
    receiving = part.enter(5, kernel_call(9, value2=NEVER), handles(session),
                           *part.sections([0xFFFF0000], [(0x20, MEMORY + 0x3000)]), thread=2)
    sending = part.enter(2, *part.sections([header(1, 0, 4), static(5, 0), MEMORY, mapped(6, 3),
                                            MEMORY + 0x210], []),
                         section("STATIC", b"hello", MEMORY, 1),
                         section("MAPPED", b"mapped", MEMORY + 0x210, 3), handle=client)
    part.text += ("\nThe static buffer's bytes lie in thread 2's slot 0, the mapped buffer at an "
                  "address that the kernel chose.\n")
    request = part.exit(receiving)
    part.text += ("\nThe answer returns the mapped buffer with other contents, and waits again for no "
                  "time.\n")
    answering = part.enter(
        5, kernel_call(9, handle=session, value2=0), handles(session),
        *part.sections([header(1, 1, 2), 0, mapped(6, 3), word(request, 4)],
                       [(0x20, MEMORY + 0x3000)]),
        section("MAPPED", b"MAPPED", word(request, 4), 2), thread=2, handle=session)
    part.exit(sending)
    part.exit(answering)


# ---- Orbis ----

STACK = 0x7EEFF0000
COOKIE = 0xDEADBADECAFEBEAF


class Orbis(Part):
    """Manager calls; `at` gives out addresses of an imagined stack."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.next = STACK

    def at(self, size):
        address = self.next
        self.next += size + -size % 16
        return address

    def place(self, contents, type_, data, index=0):
        address = self.at(len(data))
        contents.append(section(type_, data, address, index))
        return address

    def ipmi_enter(self, op, kid, block=b"", contents=(), thread=1):
        address = self.at(len(block)) if block else 0
        call = u32(op, kid) + u64(STACK - 0x10, address, len(block), COOKIE, 0) + u32(0, 0) + u64(0)
        sections = [section("IPMI_CALL", call)]
        if block:
            sections.append(section("IPMI_BLOCK", block, address))
        return self.enter(3, *sections, *contents, handle=kid, thread=thread)

    def ipmi(self, op, kid, block=b"", contents=(), thread=1, exit_texts=None):
        data = self.exit(self.ipmi_enter(op, kid, block, contents, thread), exit_texts)
        return struct.unpack_from("<I", find(data, "IPMI_CALL"), 48)[0], data

    def create(self, op, title, prose, text, config, block):
        self.title(title, prose)
        contents = []
        name_at = self.place(contents, "IPMI_NAME", text + b"\0") if text else 0
        config_at = self.place(contents, "IPMI_CONFIG", config)
        return self.ipmi(op, 0, block(name_at, config_at), contents)[0]

    def inputs(self, contents, datas, type_="IPMI_IN"):
        array = b"".join(u64(self.place(contents, type_, data, n), len(data))
                         for n, data in enumerate(datas))
        return self.place(contents, "IPMI_DATA_INFO", array)

    def outputs(self, contents, capacities):
        array = b""
        for n, capacity in enumerate(capacities):
            address = self.at(capacity)
            contents.append(section("IPMI_OUT", address=address, index=n, room=capacity))
            array += u64(address, capacity, 0)
        return self.place(contents, "IPMI_BUFFER_INFO", array)


def client_config(queue_size):
    config = bytearray(0x150)
    struct.pack_into("<QI", config, 0, len(config), 1)
    struct.pack_into("<I", config, 0x20, 4)
    struct.pack_into("<I", config, 0x38, 1)
    struct.pack_into("<Q", config, 0x40, queue_size)
    return bytes(config)


def orbis(connection):
    part = Orbis(connection, records.ORBIS, "Orbis",
                 "The PlayStation 4. There is one system call, the manager call (622); op says what "
                 "it does. Every call has IPMI_CALL, whose last fields are filled in by the exit: "
                 "rax, `*out` and which of them are valid. Addresses are those of an imagined stack. "
                 "A client library sets the cookie.")
    part.title("Hello", "The program id is the app id.")
    part.hello(0x60001234)
    orbis_messaging(part)
    orbis_event_flags(part)
    orbis_serving(part)
    part.title("Exit")
    part.kernel_call(2)
    return part.text


def orbis_messaging(part):
    part.title("A pointer that cannot be read", "The system call itself fails: carry and errno 14 in "
               "rax, `*out` not written. The record's result is 0x80020000 | errno.")
    part.ipmi(0x002, 0, u64(0x880010000, 0xDEAD000, 0xDEAD000))
    kid = part.create(0x002, "CreateClient (0x002)", "Block: object of the library, name, "
                      "configuration of 0x150 bytes (size; at 8 outstanding sync calls; at 0x20 "
                      "async calls; at 0x38 message queues; from 0x40 on the size of each) → `*out` "
                      "is the new kid.", b"SceAppMessaging", client_config(0x2018),
                      lambda at, config: u64(0x880010000, at, config))
    part.title("Connect (0x400)", "Block: user data, its size, pointer to the status, pointer to a "
               "timeout. The exit has the status behind its pointer: IPMI_SCALAR 2.")
    part.ipmi(0x400, kid, u64(0, 0, part.at(4), 0))
    part.title("InvokeSyncMethod (0x320)", "Block: method, inputs, outputs, 4 bytes of padding, the "
               "three arrays' pointers: DataInfo {data, size}, BufferInfo {data, capacity, written}, "
               "the method's result; flags. Here SendMsg of `SceAppMessaging`, method 0: app id, "
               "type, size as u64, flags, 4 bytes unset; then the payload. To itself.")
    send(part, kid, 0x60001234)
    part.title("InvokeSyncMethod: an error of the method", "To an application that does not run: "
               "`*out` is 0, the result behind its pointer 0x80C50007.")
    send(part, kid, 0x60005678)
    stamp = {("hidden", "IPMI_MESSAGE"): [(0x2010, 0x2018)]}
    part.title("TryGetMsg (0x252)", "Block: queue, buffer, pointer to the size, the buffer's size → "
               "IPMI_MESSAGE: sender, type, 0x2000 bytes, size, 4 bytes, microseconds.")
    part.ipmi(0x252, kid, u64(0, part.at(0x2018), part.at(8), 0x2018), exit_texts=stamp)
    part.title("TryGetMsg: nothing there", "The manager refuses: `*out` is 0x80020023.")
    part.ipmi(0x252, kid, u64(0, part.at(0x2018), part.at(8), 0x2018))
    part.title("GetMsg (0x251)", "The same with a pointer to a timeout, microseconds. It waits: "
               "thread 2 here, until thread 1 has sent.")
    waiting = part.ipmi_enter(0x251, kid, u64(0, part.at(0x2018), part.at(8), 0x2018, 0), thread=2)
    send(part, kid, 0x60001234)
    part.exit(waiting, stamp)
    part.title("ClientGetName (0x46B)", "Block: where the name goes.")
    part.ipmi(0x46B, kid, u64(part.at(25)))
    part.title("Disconnect (0x310)", "Block: pointer to the status.")
    part.ipmi(0x310, kid, u64(part.at(4)))
    part.title("DestroyClient (0x003)", "No block. The kid is gone: then 0x80020016.")
    part.ipmi(0x003, kid)
    part.ipmi(0x003, kid)


def send(part, kid, app_id):
    contents = []
    request = u32(app_id, 0x1000000) + u64(5) + u32(0, 0)
    array = part.inputs(contents, [request, b"hello"])
    part.ipmi(0x320, kid, u32(0, 2, 0, 0) + u64(array, 0, part.at(4), 0), contents)


def orbis_event_flags(part):
    part.title("App Messaging's event flags", "Kind 4, functions 6 to 8 of APPMSG_CALL: bits in at "
               "0x20, the pattern that comes back at 0x28. Here SetEventFlag, then TryGetEventFlag, "
               "for which the application needs its client.")
    kid = part.ipmi(0x002, 0, *client_block(part))[0]
    part.ipmi(0x400, kid, u64(0, 0, part.at(4), 0))
    for function in (6, 8, 7):
        call = u32(function, 0, 0x60001234, 0, 0, 0) + u64(0, 1 << 46, 0, 0) + u32(0, 0)
        part.call(4, section("APPMSG_CALL", call))
    part.ipmi(0x003, kid)


def client_block(part, text=b"SceAppMessaging\0", queue_size=0x2018):
    contents = []
    at = part.place(contents, "IPMI_NAME", text)
    return u64(0x880010000, at, part.place(contents, "IPMI_CONFIG", client_config(queue_size))), contents


def orbis_serving(part):
    config = struct.pack("<Q32xQQ", 0x38, 0x880030000, 0)
    server = part.create(0x000, "CreateServer (0x000)", "Block as CreateClient's; configuration of "
                         "0x38 bytes (size; at 0x28 user data). Names begin with \"Sce\".",
                         b"SceDemo", config, lambda at, config: u64(0x880020000, at, config))
    part.title("Connect from both ends", "Thread 2 connects a client of that server and waits. "
               "ServerReceivePacket (0x201) gets the connect packet: block with the packet's room, "
               "its size, the info of 0x18 bytes, a value; the exit writes the length into the block.")
    client = part.ipmi(0x002, 0, *client_block(part, b"SceDemo\0", 0x40))[0]
    connecting = part.ipmi_enter(0x400, client, u64(0, 0, part.at(4), 0), thread=2)
    receive(part, server)
    part.title("CreateSession (0x004)", "Block: object, descriptor {size, user data} of 0x10 bytes → "
               "kid.")
    contents = []
    config_at = part.place(contents, "IPMI_CONFIG", u64(0x10, 0))
    session = part.ipmi(0x004, 0, u64(0x880040000, config_at), contents)[0]
    part.title("SendConnectResult (0x212)", "Block: the status itself, 4 bytes. The kid is the "
               "session's. Then the client's Connect ends.")
    part.ipmi(0x212, session, u32(0))
    part.exit(connecting)
    orbis_methods(part, server, session, client)
    orbis_session_calls(part, session, client)
    part.title("DestroySession (0x005), DestroyClient (0x003), DestroyServer (0x001)")
    part.ipmi(0x005, session)
    part.ipmi(0x003, client)
    part.ipmi(0x001, server)


def receive(part, server):
    part.ipmi(0x201, server, u64(part.at(0x2000), 0x2000, part.at(0x18), part.at(4)))


def orbis_methods(part, server, session, client):
    part.title("RespondToSyncMethodRequest (0x232)", "Thread 2 invokes method 7 with one input and "
               "room for one output (flags 1), the server receives the packet and answers: result, "
               "outputs, pointer to the BufferInfo array. What it sends stands in IPMI_OUT.")
    contents = []
    inputs = part.inputs(contents, [b"ping"])
    outputs = part.outputs(contents, [0x10])
    block = u32(7, 1, 1, 0) + u64(inputs, outputs, part.at(4)) + u32(1, 0)
    invoking = part.ipmi_enter(0x320, client, block, contents, thread=2)
    receive(part, server)
    contents = []
    out = part.place(contents, "IPMI_OUT", b"pong")
    array = part.place(contents, "IPMI_BUFFER_INFO", u64(out, 4, 4))
    part.ipmi(0x232, session, u32(42, 1) + u64(array, 0), contents)
    part.exit(invoking)
    part.title("InvokeAsyncMethod (0x241)", "Block: method, event flag (-1: none), pattern, inputs, "
               "pointers to the DataInfo array and the ticket, flags → IPMI_SCALAR 3, the ticket.")
    contents = []
    inputs = part.inputs(contents, [b"later"])
    part.ipmi(0x241, client, u32(9, 0) + u64(4) + u32(1, 0) + u64(inputs, part.at(4), 1), contents)
    receive(part, server)
    part.title("RespondToAsyncMethodRequest (0x242)", "Block: method, ticket, result, outputs, "
               "pointer to their DataInfo array, flags.")
    contents = []
    outputs = part.inputs(contents, [b"done"], "IPMI_OUT")
    part.ipmi(0x242, session, u32(9, 1, 0, 1) + u64(outputs, 1), contents)
    part.title("TryGetResult (0x243)", "Block: method, ticket, pointer to the result, outputs, pointer "
               "to their BufferInfo array, unknown.")
    contents = []
    outputs = part.outputs(contents, [0x10])
    part.ipmi(0x243, client, u32(9, 1) + u64(part.at(4), 1, outputs, 0), contents)


def orbis_session_calls(part, session, client):
    part.title("WaitEventFlag (0x490), PollEventFlag (0x491)", "Block: event flag, pattern, mode (1 "
               "AND, 2 OR, 0x10 clear all, 0x20 clear the pattern), pointer to the result and, for the "
               "first, to a timeout. The response above has set bit 2; the poll clears it and a second "
               "poll is EBUSY.")
    part.ipmi(0x490, client, u64(0, 4, 2, part.at(8), 0))
    part.ipmi(0x491, client, u64(0, 4, 0x22, part.at(8)))
    part.ipmi(0x491, client, u64(0, 4, 0x22, part.at(8)))
    part.title("SetEventFlag (0x493)", "The session sets bits of its client: event flag, pattern.")
    part.ipmi(0x493, session, u64(0, 8))
    for op, title in ((0x253, "SendMsg (0x253)"), (0x254, "TrySendMsg (0x254)")):
        part.title(title, "Block: queue, message, its size" + (", pointer to a timeout."
                                                               if op == 0x253 else "."))
        contents = []
        message = part.place(contents, "IPMI_MESSAGE", b"news")
        part.ipmi(op, session, u64(0, message, 4) + (u64(0) if op == 0x253 else b""), contents)
    part.title("EmptyMsgQueue (0x255)", "Block: the queue, 4 bytes.")
    part.ipmi(0x255, session, u32(0))
    part.title("SessionGetClientPid (0x302), SessionGetClientAppId (0x463)", "Block: pointer to the "
               "value → IPMI_SCALAR 6.")
    part.ipmi(0x302, session, u64(part.at(4)))
    part.ipmi(0x463, session, u64(part.at(4)))


PLATFORMS = (horizon, ctr, orbis)
