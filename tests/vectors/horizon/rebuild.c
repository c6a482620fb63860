/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vectors.h"

#include <ipcshark/reader.h>
#include <string.h>

#define ROOM 0x400

static GByteArray *steal(const uint8_t *bytes, size_t size)
{
    GByteArray *array = g_byte_array_new();

    g_assert_cmpuint(size, <=, ROOM);
    return g_byte_array_append(array, bytes, (guint)size);
}

static uint64_t expected_number(const struct vector *vector, const char *column, guint field)
{
    g_autoptr(GArray) numbers = vector_numbers(vector->table, vector->row, column);

    return field < numbers->len ? g_array_index(numbers, uint64_t, field) : 0;
}

static unsigned int read_objects(const struct vector *vector, uint32_t *object)
{
    const struct cmif_domain *domain = &vector->cmif.domain;

    for (uint32_t i = 0; i < domain->objects_captured; i++)
        object[i] = cmif_domain_object(vector->bytes->data, vector->bytes->len, &vector->cmif, i);
    return domain->objects_captured;
}

static GByteArray *rebuild_cmif_request(const struct vector *vector)
{
    const struct cmif_message *cmif = &vector->cmif;
    g_autoptr(GArray) wide_sizes = vector_numbers(vector->table, vector->row, "sizes");
    uint32_t objects[UINT8_MAX];
    uint16_t sizes[UINT8_MAX];
    uint8_t bytes[ROOM];
    struct cmif_request request = {
        .hipc = vector->hipc,
        .method_id = cmif->method_id,
        .version = cmif->version,
        .token = cmif->has_domain ? cmif->domain.token : cmif->token,
        .is_domain = cmif->has_domain,
        .kind = cmif->domain.kind,
        .object_id = cmif->domain.object_id,
        .objects = objects,
        .object_count = (uint8_t)read_objects(vector, objects),
        .data = vector->bytes->data + cmif->data_offset,
        .data_size = (uint16_t)expected_number(vector, "cmif", 6),
        .out_pointer_sizes = sizes,
        .out_pointer_count = (uint8_t)wide_sizes->len,
    };

    for (guint i = 0; i < wide_sizes->len; i++)
        sizes[i] = (uint16_t)g_array_index(wide_sizes, uint64_t, i);
    return steal(bytes, cmif_encode_request(&request, bytes, sizeof bytes));
}

static GByteArray *rebuild_tipc_request(const struct vector *vector)
{
    uint8_t bytes[ROOM];
    const struct htipc_message *tipc = &vector->tipc;

    if (tipc->is_close)
        return steal(bytes, hipc_encode(&vector->hipc, NULL, bytes, sizeof bytes));
    return steal(bytes, htipc_encode_request(&vector->hipc, tipc->command_id,
                                             vector->bytes->data + tipc->data_offset,
                                             (uint16_t)expected_number(vector, "tipc", 2), bytes,
                                             sizeof bytes));
}

GByteArray *rebuild_request(const struct vector *vector)
{
    return htipc_is_type(vector->hipc.type) ? rebuild_tipc_request(vector)
                                            : rebuild_cmif_request(vector);
}

static GByteArray *rebuild_tipc_reply(const struct vector *vector, uint16_t data_size)
{
    uint8_t bytes[ROOM];
    const uint8_t *data = vector->bytes->data + vector->tipc.data_offset;
    size_t size =
        htipc_encode_reply(&vector->hipc, 0, vector->tipc.result, data, data_size, bytes, ROOM);

    /* libnx does not look at the type of a reply, and the stub's is 0. */
    bytes[0] = 0;
    return steal(bytes, size);
}

GByteArray *rebuild_reply(const struct vector *vector)
{
    const struct cmif_message *cmif = &vector->cmif;
    const char *out_data = vector_text(vector->table, vector->row, "out_data");
    uint16_t data_size = strcmp(out_data, "-") ? (uint16_t)(strlen(out_data) / 2) : 0;
    uint32_t objects[UINT8_MAX];
    uint8_t bytes[ROOM];
    struct cmif_reply reply = {
        .hipc = vector->hipc,
        .result = cmif->result,
        .version = cmif->version,
        .interface_id = cmif->interface_id,
        .is_domain = cmif->has_domain,
        .objects = objects,
        .data = vector->bytes->data + cmif->data_offset,
        .data_size = data_size,
    };

    if (!strcmp(vector_text(vector->table, vector->row, "kind"), "tipc"))
        return rebuild_tipc_reply(vector, data_size);
    reply.object_count = (uint8_t)read_objects(vector, objects);
    return steal(bytes, cmif_encode_reply(&reply, bytes, sizeof bytes));
}
