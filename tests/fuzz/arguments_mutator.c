/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutates an input of fuzz_arguments as a description and a message: writes commands of random
 * types by the grammar (docs/arguments.md), and behind any description that can be read a request
 * or reply that is built by one of its commands. Bytes without a plan are tried, too.
 */
#include "mutator.h"

#include <ipcshark/arguments.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 2048

struct text {
    char bytes[MAX_TEXT];
    size_t length;
    uint32_t *state;
};

__attribute__((format(printf, 2, 3))) static void write_text(struct text *text, const char *format,
                                                             ...)
{
    size_t room = sizeof text->bytes - text->length;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    text->length += (size_t)length < room ? (size_t)length : room - 1;
}

static const char *pick(struct text *text, const char *const *words, size_t count)
{
    return words[next(text->state) % count];
}

#define PICK(text, ...)                                                                            \
    pick(text, (const char *const[]){__VA_ARGS__},                                                 \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void write_type(struct text *text, unsigned int depth);

static void write_struct(struct text *text, unsigned int depth)
{
    unsigned int fields = next(text->state) % 4;

    write_text(text, "struct");
    if (next(text->state) % 3 == 0)
        write_text(text, "<%u, %u>", next(text->state) % 0x40, 1u << next(text->state) % 5);
    write_text(text, " { ");
    for (unsigned int n = 0; n < fields; n++) {
        write_type(text, depth + 1);
        write_text(text, " f%u; ", n);
    }
    write_text(text, "}");
}

static void write_raw(struct text *text, unsigned int depth)
{
    switch (next(text->state) % (depth < 4 ? 6 : 3)) {
    case 0:
        write_text(text, "%s<%u>", PICK(text, "bytes", "text", "unknown"),
                   next(text->state) % 0x80);
        break;
    case 1:
        write_text(text, "%s", PICK(text, "A", "B", "C", "unknown"));
        break;
    case 2:
        write_text(text, "enum<%s> { X = %u; Y = 0x%x; }", PICK(text, "u8", "u32", "i64"),
                   next(text->state) % 4, next(text->state));
        break;
    case 3:
        write_struct(text, depth);
        break;
    default:
        write_text(
            text, "%s",
            PICK(text, "u8", "u16", "u32", "u64", "i8", "i32", "f32", "f64", "bool", "b8", "u128"));
    }
    if (next(text->state) % 6 == 0)
        write_text(text, "[%u]", next(text->state) % 5);
}

static void write_placed(struct text *text, unsigned int depth)
{
    unsigned int kind = next(text->state) % 8;

    if (kind == 0)
        write_text(text, "pid");
    else if (kind == 1)
        write_text(text, "handle<%s>", PICK(text, "copy", "move"));
    else if (kind == 2)
        write_text(text, "object<%s>", PICK(text, "I", "J", "unheard::Of"));
    else if (kind == 3)
        write_text(text, "KObject");
    else if (kind == 4)
        write_text(text, "static<unknown, %u>", next(text->state) % 17);
    else if (kind == 5)
        write_text(text, "mapped<unknown, %s>", PICK(text, "r", "w", "rw"));
    else {
        write_text(text, "%s<", PICK(text, "buffer", "array"));
        write_raw(text, depth + 1);
        write_text(text, ", 0x%x>",
                   next(text->state) % 4 ? 4 + next(text->state) % 0x60
                                         : next(text->state) % 0x100);
    }
}

static void write_type(struct text *text, unsigned int depth)
{
    if (depth == 0 && next(text->state) % 2)
        write_placed(text, depth);
    else
        write_raw(text, depth);
}

static void write_tuple(struct text *text)
{
    unsigned int count = next(text->state) % 5;

    write_text(text, "(");
    for (unsigned int n = 0; n < count; n++) {
        write_text(text, n ? ", " : "");
        write_type(text, 0);
        write_text(text, " a%u", n);
    }
    write_text(text, ")");
}

static void write_interface(struct text *text)
{
    unsigned int commands = 1 + next(text->state) % 3;

    write_text(text, "%s { ",
               PICK(text, "interface I is svc", "interface n::J", "tipc \"sm:\"", "ctr \"c\""));
    for (unsigned int n = 0; n < commands; n++) {
        if (next(text->state) % 4 == 0)
            write_text(text, "@version(%u.0.0%s) ", next(text->state) % 9,
                       PICK(text, "", "+", "-9.1.2"));
        write_text(text, "[%u] F%u", next(text->state) % 4 + n, n);
        write_tuple(text);
        if (next(text->state) % 2) {
            write_text(text, " -> ");
            write_tuple(text);
        }
        write_text(text, "; ");
    }
    write_text(text, "}\n");
}

static void write_description(struct text *text)
{
    for (const char *name = "AB"; *name; name++) {
        write_text(text, "type %c = ", *name);
        write_raw(text, 0);
        write_text(text, ";\n");
    }
    write_interface(text);
    if (next(text->state) % 2)
        write_interface(text);
}

static const struct ipcshark_command *random_command(const struct ipcshark_description *description,
                                                     uint32_t *state)
{
    const struct ipcshark_interface *interface;

    if (!description->interface_count)
        return NULL;
    interface = &description->interface[next(state) % description->interface_count];
    return interface->command_count ? &interface->command[next(state) % interface->command_count]
                                    : NULL;
}

/** As many values as it takes; returns the message's size, 0 if none can be built. */
static size_t build(const struct ipcshark_command *command, uint8_t *bytes, size_t capacity,
                    uint32_t *state)
{
    struct ipcshark_target target = {.is_domain = next(state) % 2,
                                     .object_id = next(state) % 3,
                                     .pointer_buffer_size = (uint16_t)(next(state) % 0x800)};
    struct ipcshark_input input[2 * IPCSHARK_ID_MAX_IN_OUT + 1];
    bool is_reply = next(state) % 3 == 0;

    memset(input, 0, sizeof input);
    for (size_t count = 0; count < sizeof input / sizeof *input; count++) {
        size_t size = (is_reply ? ipcshark_encode_reply : ipcshark_encode_request)(
            command, input, count, &target, bytes, capacity);

        if (size <= capacity)
            return size;
        input[count].value = next_number(state);
        input[count].address = next(state);
        input[count].buffer_size = next(state) % 0x1000;
    }
    return 0;
}

/** Behind the text and its zero, if the text can be read. */
static size_t append_message(uint8_t *bytes, size_t length, size_t capacity, uint32_t *state)
{
    size_t size = 64 * length + 1024;
    struct ipcshark_arena arena = {malloc(size), size, 0};
    const struct ipcshark_command *command = NULL;
    struct ipcshark_description description;
    struct ipcshark_id_error error;
    size_t made = 0;

    if (arena.bytes &&
        ipcshark_read_id("", (const char *)bytes, length, &arena, &description, &error))
        command = random_command(&description, state);
    bytes[length++] = 0;
    if (command)
        made = build(command, bytes + length, capacity - length, state);
    free(arena.bytes);
    if (made && next(state) % 3 == 0)
        bytes[length + next(state) % made] ^= (uint8_t)(1u << next(state) % 8);
    return length + made;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    static struct text text;
    uint32_t state = seed;
    const uint8_t *zero = size ? memchr(bytes, 0, size) : NULL;
    size_t length = zero ? (size_t)(zero - bytes) : size;

    switch (next(&state) % 4) {
    case 0:
        text.length = 0;
        text.state = &state;
        write_description(&text);
        length = text.length;
        if (length >= capacity)
            break;
        memcpy(bytes, text.bytes, length);
        return append_message(bytes, length, capacity, &state);
    case 1:
        if (length >= capacity)
            break;
        return append_message(bytes, length, capacity, &state);
    default:
        break;
    }
    return LLVMFuzzerMutate(bytes, size, capacity);
}
