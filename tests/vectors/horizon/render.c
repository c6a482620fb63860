/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vectors.h"

#include <stdarg.h>
#include <string.h>

#define NARROW_ADDRESS ((UINT64_C(1) << 39) - 1)

static void append_number(GString *text, uint64_t number)
{
    if (text->len && text->str[text->len - 1] != ';')
        g_string_append_c(text, ',');
    g_string_append_printf(text, "%" G_GUINT64_FORMAT, number);
}

static void append_entry(GString *text, uint64_t address, uint64_t size, int third)
{
    if (text->len)
        g_string_append_c(text, ';');
    append_number(text, address);
    append_number(text, size);
    if (third >= 0)
        append_number(text, (uint64_t)third);
}

static char *finish(GString *text)
{
    if (!text->len)
        g_string_append_c(text, '-');
    return g_string_free(text, FALSE);
}

static char *numbers(unsigned int count, const uint64_t *number)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < count; i++)
        append_number(text, number[i]);
    return finish(text);
}

#define NUMBERS(...)                                                                               \
    numbers(sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (uint64_t[]){__VA_ARGS__})

static char *handles(unsigned int count, const uint32_t *handle)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < count; i++)
        append_number(text, handle[i]);
    return finish(text);
}

static char *pointers(const struct hipc_message *hipc)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < hipc->pointer_count; i++) {
        const struct hipc_pointer *pointer = &hipc->pointer[i];
        uint64_t wide = hipc_pointer_wide_address(pointer);

        g_assert_cmphex(pointer->address, ==, wide & NARROW_ADDRESS);
        g_assert_cmpuint(pointer->index, ==, hipc_pointer_wide_index(pointer) & 0xF);
        append_entry(text, wide, pointer->size, hipc_pointer_wide_index(pointer));
    }
    return finish(text);
}

static char *maps(unsigned int count, const struct hipc_map *map)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < count; i++) {
        uint64_t wide = hipc_map_wide_address(&map[i]);

        g_assert_cmphex(map[i].address, ==, wide & NARROW_ADDRESS);
        append_entry(text, wide, map[i].size, map[i].attribute);
    }
    return finish(text);
}

static char *receive_list(const struct hipc_message *hipc)
{
    GString *text = g_string_new(NULL);

    for (unsigned int i = 0; i < hipc->receive_list_count; i++) {
        const struct hipc_receive_entry *entry = &hipc->receive_list[i];
        uint64_t wide = hipc_receive_entry_wide_address(entry);

        g_assert_cmphex(entry->address, ==, wide & NARROW_ADDRESS);
        append_entry(text, wide, entry->size, -1);
    }
    return finish(text);
}

static char *request_header(const struct vector *vector)
{
    const struct hipc_message *hipc = &vector->hipc;
    const struct hipc_special *special = &hipc->special;
    bool single = hipc->receive_list_mode == HIPC_RECEIVE_SINGLE;

    return NUMBERS(hipc->type, hipc->raw_offset, hipc->raw_words, hipc->receive_list_offset,
                   hipc->receive_list_mode, hipc->has_special, special->has_pid, special->pid,
                   special->has_pid ? special->pid_offset : 0, hipc->pointer_count,
                   hipc->send_count, hipc->receive_count, hipc->exchange_count, special->copy_count,
                   special->move_count, single ? UINT8_MAX : hipc->receive_list_count);
}

/** The expected size where the decoder gives an upper bound that it does not exceed. */
static uint64_t size_within(const struct vector *vector, const char *column, guint field,
                            uint64_t bound)
{
    g_autoptr(GArray) expected = vector_numbers(vector->table, vector->row, column);
    uint64_t size = field < expected->len ? g_array_index(expected, uint64_t, field) : 0;

    return size <= bound ? size : bound;
}

static char *request_cmif(const struct vector *vector)
{
    const struct cmif_message *cmif = &vector->cmif;
    uint64_t size = cmif->data_size;

    if (!cmif->has_header)
        return g_strdup("-");
    if (!cmif->has_domain)
        size = size_within(vector, "cmif", 6, size);
    return NUMBERS(cmif->offset, cmif->magic, cmif->version, cmif->method_id, cmif->token,
                   cmif->data_offset, size);
}

static char *in_domain(const struct vector *vector)
{
    const struct cmif_domain *domain = &vector->cmif.domain;

    if (!vector->cmif.has_domain)
        return g_strdup("-");
    return NUMBERS(domain->offset, domain->kind, domain->object_count, domain->in_raw_size,
                   domain->object_id, domain->reserved[0], domain->token, domain->objects_offset);
}

static char *objects(const struct vector *vector)
{
    GString *text = g_string_new(NULL);

    for (uint32_t i = 0; i < vector->cmif.domain.objects_captured; i++)
        append_number(
            text, cmif_domain_object(vector->bytes->data, vector->bytes->len, &vector->cmif, i));
    return finish(text);
}

static char *request_tipc(const struct vector *vector)
{
    const struct htipc_message *tipc = &vector->tipc;
    uint64_t size = size_within(vector, "tipc", 2, tipc->data_size);

    if (!htipc_is_type(vector->hipc.type) || tipc->is_close)
        return g_strdup("-");
    g_assert_cmpuint(tipc->data_size - size, <, 4);
    return NUMBERS(tipc->command_id, tipc->data_offset, size);
}

static char *out_pointer_sizes(const struct vector *vector, bool offset)
{
    g_autoptr(GArray) expected = vector_numbers(vector->table, vector->row, "sizes");
    const char *expected_offset = vector_text(vector->table, vector->row, "sizes_offset");
    struct cmif_out_pointer_sizes sizes;
    GString *text = g_string_new(NULL);
    uint64_t size = size_within(vector, "cmif", 6, vector->cmif.data_size);

    if (vector->cmif.has_header && strcmp(expected_offset, "-") != 0) {
        cmif_locate_out_pointer_sizes(vector->bytes->len, &vector->hipc, &vector->cmif,
                                      (uint32_t)size, (uint16_t)expected->len, &sizes, NULL);
        if (offset)
            append_number(text, sizes.offset);
        for (unsigned int i = 0; !offset && i < sizes.count; i++) {
            const uint8_t *entry = vector->bytes->data + sizes.offset + 2 * i;

            append_number(text, entry[0] | (uint64_t)entry[1] << 8);
        }
    }
    return finish(text);
}

static char *render_common(const struct vector *vector, const char *column)
{
    const struct hipc_message *hipc = &vector->hipc;

    if (!strcmp(column, "copy"))
        return handles(hipc->special.copy_count, hipc->special.copy);
    if (!strcmp(column, "move"))
        return handles(hipc->special.move_count, hipc->special.move);
    if (!strcmp(column, "pointer"))
        return pointers(hipc);
    if (!strcmp(column, "objects"))
        return objects(vector);
    return NULL;
}

char *render_request(const struct vector *vector, const char *column)
{
    const struct hipc_message *hipc = &vector->hipc;
    const char *control = cmif_control_name(vector->cmif.method_id);

    if (!strcmp(column, "hipc"))
        return request_header(vector);
    if (!strcmp(column, "send"))
        return maps(hipc->send_count, hipc->send);
    if (!strcmp(column, "receive"))
        return maps(hipc->receive_count, hipc->receive);
    if (!strcmp(column, "exchange"))
        return maps(hipc->exchange_count, hipc->exchange);
    if (!strcmp(column, "receive_list"))
        return receive_list(hipc);
    if (!strcmp(column, "cmif"))
        return request_cmif(vector);
    if (!strcmp(column, "in_domain"))
        return in_domain(vector);
    if (!strcmp(column, "tipc"))
        return request_tipc(vector);
    if (!strcmp(column, "control"))
        return g_strdup(vector->cmif.kind == CMIF_CONTROL ? control ? control : "unknown" : "-");
    if (!strcmp(column, "sizes_offset") || !strcmp(column, "sizes"))
        return out_pointer_sizes(vector, !strcmp(column, "sizes_offset"));
    return render_common(vector, column);
}

static char *reply_cmif(const struct vector *vector)
{
    const struct cmif_message *cmif = &vector->cmif;
    const struct hipc_special *special = &vector->hipc.special;

    if (cmif->result)
        return g_strdup("-");
    return NUMBERS(cmif->data_offset, special->copy_offset, special->move_offset, cmif->version,
                   cmif->interface_id);
}

/** With no object nobody can tell where out data ends, and nobody needs to. */
static char *out_domain(const struct vector *vector)
{
    const struct cmif_domain *domain = &vector->cmif.domain;
    uint64_t offset = domain->objects_offset;

    if (!vector->cmif.has_domain || vector->cmif.result)
        return g_strdup("-");
    g_assert_true(domain->objects_known);
    if (!domain->object_count)
        offset = size_within(vector, "out_domain", 0, UINT64_MAX);
    return NUMBERS(offset, domain->object_count);
}

static char *out_data(const struct vector *vector, bool is_tipc)
{
    const char *expected = vector_text(vector->table, vector->row, "out_data");
    uint32_t offset = is_tipc ? vector->tipc.data_offset : vector->cmif.data_offset;
    uint32_t bound = is_tipc ? vector->tipc.data_size : vector->cmif.data_size;
    size_t size = strcmp(expected, "-") ? strlen(expected) / 2 : 0;
    GString *text = g_string_new(NULL);

    g_assert_cmpuint(size, <=, bound);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", vector->bytes->data[offset + i]);
    return finish(text);
}

static bool has_out_data(const struct vector *vector)
{
    return strcmp(vector_text(vector->table, vector->row, "out_data"), "-") != 0;
}

char *render_reply(const struct vector *vector, const char *column)
{
    const struct hipc_message *hipc = &vector->hipc;
    const struct hipc_special *special = &hipc->special;
    bool is_tipc = !strcmp(vector_text(vector->table, vector->row, "kind"), "tipc");

    if (!strcmp(column, "hipc"))
        return NUMBERS(hipc->raw_offset, hipc->raw_words, hipc->pointer_count, special->copy_count,
                       special->move_count, special->has_pid ? special->pid : UINT32_MAX);
    if (!strcmp(column, "out_data"))
        return out_data(vector, is_tipc);
    if (!strcmp(column, "result"))
        return is_tipc ? g_strdup("-") : NUMBERS(vector->cmif.result);
    if (!strcmp(column, "cmif"))
        return is_tipc ? g_strdup("-") : reply_cmif(vector);
    if (!strcmp(column, "out_domain"))
        return is_tipc ? g_strdup("-") : out_domain(vector);
    if (!strcmp(column, "tipc"))
        return is_tipc ? NUMBERS(vector->tipc.result) : g_strdup("-");
    if (!strcmp(column, "tipc_data"))
        return is_tipc && has_out_data(vector) ? NUMBERS(vector->tipc.data_offset) : g_strdup("-");
    return render_common(vector, column);
}
