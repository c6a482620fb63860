/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctr.h"

#include "hex.h"
#include "json_in.h"
#include "json_out.h"

#include <ipcshark/ctr_result.h>

#define MAX_NORMAL 63

static bool is_handles(enum ctripc_kind kind)
{
    return kind == CTRIPC_COPY_HANDLES || kind == CTRIPC_MOVE_HANDLES ||
           kind == CTRIPC_PROCESS_ID || kind == CTRIPC_HANDLES_BOTH;
}

static bool has_id(enum ctripc_kind kind)
{
    return kind == CTRIPC_STATIC_BUFFER || kind == CTRIPC_PXI_RO || kind == CTRIPC_PXI_RW;
}

void ctr_decode(const uint8_t *bytes, size_t length, enum ctripc_direction direction,
                const struct arguments_options *options, struct ctr_view *view)
{
    struct ipcshark_message message = {
        .bytes = bytes, .length = length, .is_reply = direction == CTRIPC_REPLY};
    uint32_t id;

    *view = (struct ctr_view){.bytes = bytes, .length = length, .is_reply = message.is_reply};
    ctripc_decode(bytes, length, direction, &view->message, &view->findings);
    if (!options)
        return;
    message.ctr = &view->message;
    id = view->message.command_id;
    arguments_view_make(options, IPCSHARK_CONVENTION_CTR, &id, &message, &view->arguments,
                        &view->findings);
}

void ctr_check_table(const GByteArray *table, struct ctr_view *view)
{
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS];
    size_t count = ctripc_decode_static_table(table->data, table->len, slot, &view->findings);

    ctripc_check_static_buffers(&view->message, slot, count, &view->findings);
}

static void out_translate(GString *out, const struct ctr_view *view,
                          const struct ctripc_translate *translate)
{
    enum ctripc_kind kind = (enum ctripc_kind)translate->kind;

    out_object(out, NULL);
    out_string(out, "kind", ctripc_kind_name(kind));
    out_number(out, "offset", translate->offset);
    out_number(out, "descriptor", translate->descriptor);
    out_array(out, "handles");
    for (unsigned int i = 0; i < translate->handle_count; i++)
        out_number(out, NULL, ctripc_word(view->bytes, view->length, translate->offset + 1u + i));
    out_array_end(out);
    if (!is_handles(kind)) {
        out_number(out, "size", translate->size);
        if (has_id(kind))
            out_number(out, "id", translate->id);
        out_number(out, "address", translate->address);
    }
    out_object_end(out);
}

void ctr_out(GString *out, const struct ctr_view *view)
{
    const struct ctripc_message *message = &view->message;
    size_t end = message->words * sizeof(uint32_t);

    out_bool(out, "reply", view->is_reply);
    out_number(out, "header", message->header);
    out_number(out, "command_id", message->command_id);
    out_array(out, "normal");
    for (unsigned int i = 0; i < message->normal_captured; i++)
        out_number(out, NULL, ctripc_word(view->bytes, view->length, 1 + i));
    out_array_end(out);
    out_number(out, "translate_words", message->translate_words);
    out_array(out, "translate");
    for (unsigned int i = 0; i < message->translate_count; i++)
        out_translate(out, view, &message->translate[i]);
    out_array_end(out);
    arguments_out(out, &view->arguments);
    out_bool(out, "truncated", !message->complete);
    if (!message->complete)
        out_hex(out, "hex", view->bytes, view->length);
    else if (view->length > end)
        out_hex(out, "trailing", view->bytes + end, view->length - end);
    out_findings(out, &view->findings);
}

static void add_handle_rows(struct table *table, const struct ctr_view *view,
                            const struct ctripc_translate *translate)
{
    for (unsigned int i = 0; i < translate->handle_count; i++) {
        size_t word = translate->offset + 1u + i;
        uint32_t value = ctripc_word(view->bytes, view->length, word);

        if (translate->kind == CTRIPC_PROCESS_ID)
            table_row(table, word * 4, 4, "  process id %u (the kernel's to fill in)", value);
        else
            table_row(table, word * 4, 4, "  handle 0x%08x", value);
    }
}

static void add_translate_rows(struct table *table, const struct ctr_view *view,
                               const struct ctripc_translate *translate)
{
    enum ctripc_kind kind = (enum ctripc_kind)translate->kind;
    size_t offset = translate->offset * 4u;

    if (is_handles(kind)) {
        table_row(table, offset, 4, "%s", ctripc_kind_name(kind));
        add_handle_rows(table, view, translate);
    } else if (has_id(kind)) {
        table_row(table, offset, 8, "%s id %u, 0x%x bytes at 0x%08x", ctripc_kind_name(kind),
                  translate->id, translate->size, translate->address);
    } else {
        table_row(table, offset, 8, "%s 0x%x bytes at 0x%08x", ctripc_kind_name(kind),
                  translate->size, translate->address);
    }
}

static void add_normal_rows(struct table *table, const struct ctr_view *view)
{
    for (unsigned int i = 0; i < view->message.normal_captured; i++) {
        uint32_t value = ctripc_word(view->bytes, view->length, 1 + i);
        char result[160];

        ctr_result_format(value, result, sizeof result);
        if (i == 0 && view->is_reply)
            table_row(table, 4, 4, "Result: %s", result);
        else
            table_row(table, 4 + 4 * i, 4, "Parameter [%u]: %u", i, value);
    }
}

void ctr_table(struct table *table, const struct ctr_view *view)
{
    const struct ctripc_message *message = &view->message;

    table_title(table, "3DS %s, command 0x%04X, %zu bytes", view->is_reply ? "reply" : "request",
                message->command_id, view->length);
    table_row(table, 0, 4, "Header: command 0x%04X, %u normal words, %u translate words",
              message->command_id, message->normal_count, message->translate_words);
    add_normal_rows(table, view);
    for (unsigned int i = 0; i < message->translate_count; i++)
        add_translate_rows(table, view, &message->translate[i]);
    arguments_table(table, &view->arguments);
    table_findings(table, &view->findings);
}

static bool in_kind(JsonObject *object, enum ctripc_kind *kind, GError **error)
{
    const char *name = NULL;

    if (!in_string(object, "kind", &name, error))
        return false;
    for (int candidate = 0; name && candidate < CTRIPC_KIND_COUNT; candidate++) {
        *kind = (enum ctripc_kind)candidate;
        if (g_str_equal(name, ctripc_kind_name(*kind)))
            return true;
    }
    g_set_error_literal(error, IN_ERROR, 0, "a translate parameter has no known \"kind\"");
    return false;
}

/** Handles are appended to those of the parameters before. */
static bool in_translate(JsonObject *object, struct ctripc_translate *translate, uint32_t *handle,
                         guint *handles, GError **error)
{
    enum ctripc_kind kind;
    uint64_t descriptor, size = 0, id = 0, address = 0;
    guint own = 0;

    if (!in_kind(object, &kind, error) ||
        !in_words(object, "handles", CTRIPC_BUFFER_WORDS - *handles, handle + *handles, &own,
                  error) ||
        !in_number(object, "size", UINT32_MAX, &size, error) ||
        !in_number(object, "id", UINT8_MAX, &id, error) ||
        !in_number(object, "address", UINT32_MAX, &address, error))
        return false;
    *handles += own;
    descriptor = ctripc_descriptor(kind, is_handles(kind) ? own : (uint32_t)size, (uint8_t)id);
    if (!in_number(object, "descriptor", UINT32_MAX, &descriptor, error))
        return false;
    *translate = (struct ctripc_translate){
        .descriptor = (uint32_t)descriptor,
        .kind = (uint8_t)ctripc_kind_of((uint32_t)descriptor),
        .words = (uint8_t)(is_handles(kind) ? 1 + own : 2),
        .handle_count = (uint8_t)own,
        .id = (uint8_t)id,
        .size = (uint32_t)size,
        .address = (uint32_t)address,
    };
    return true;
}

/** A last buffer whose address the header's size cuts off has one word. */
static void cut_last_address(struct ctripc_message *message)
{
    struct ctripc_translate *last = &message->translate[message->translate_count - 1u];
    unsigned int words = 0;

    for (unsigned int i = 0; i < message->translate_count; i++)
        words += message->translate[i].words;
    if (words == message->translate_words + 1u && last->words == 2 && !last->handle_count)
        last->words = 1;
}

static bool in_translates(JsonObject *object, struct ctripc_message *message, uint32_t *handle,
                          GError **error)
{
    JsonArray *array;
    guint handles = 0;
    uint64_t words = 0;

    if (!in_array(object, "translate", CTRIPC_MAX_TRANSLATE, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        struct ctripc_translate *translate = &message->translate[message->translate_count++];
        JsonObject *element;

        if (!in_element(array, i, "translate", &element, error) ||
            !in_translate(element, translate, handle, &handles, error))
            return false;
        words += translate->words;
    }
    if (!in_number(object, "translate_words", 63, &words, error))
        return false;
    message->translate_words = (uint8_t)(words & 0x3F);
    if (message->translate_count)
        cut_last_address(message);
    return true;
}

GByteArray *ctr_in(JsonObject *object, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;
    g_autoptr(GByteArray) trailing = NULL;
    struct ctripc_message message = {0};
    uint32_t normal[MAX_NORMAL] = {0}, handle[CTRIPC_BUFFER_WORDS] = {0};
    uint64_t header, command_id = 0;
    guint normals = 0;
    size_t size;

    if (arguments_are_given(object))
        return arguments_in(object, IPCSHARK_CONVENTION_CTR, error);
    if (!in_hex(object, "hex", &bytes, error) || bytes)
        return g_steal_pointer(&bytes);
    if (!in_number(object, "command_id", UINT16_MAX, &command_id, error) ||
        !in_words(object, "normal", MAX_NORMAL, normal, &normals, error) ||
        !in_translates(object, &message, handle, error) ||
        !in_hex(object, "trailing", &trailing, error))
        return NULL;
    header = ctripc_header((uint16_t)command_id, (uint8_t)normals, message.translate_words);
    if (!in_number(object, "header", UINT32_MAX, &header, error))
        return NULL;
    message.header = (uint32_t)header;
    message.command_id = (uint16_t)command_id;
    message.normal_count = message.normal_captured = (uint8_t)normals;
    message.words = (uint8_t)(1 + normals + message.translate_words);
    message.complete = true;
    bytes = g_byte_array_new();
    size = ctripc_encode(&message, normal, handle, NULL, 0);
    g_byte_array_set_size(bytes, (guint)size);
    ctripc_encode(&message, normal, handle, bytes->data, size);
    if (trailing)
        g_byte_array_append(bytes, trailing->data, trailing->len);
    return g_steal_pointer(&bytes);
}
