/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "corpus.h"

#include <ipcshark/reader.h>
#include <string.h>
#include <vector_table.h>

static gpointer keep(struct horizon_corpus *corpus, gconstpointer bytes, gsize size)
{
    gpointer copy = g_memdup2(bytes, size);

    g_ptr_array_add(corpus->owned, copy);
    return copy;
}

static void describe_objects(struct horizon_corpus *corpus, const struct cmif_message *cmif,
                             const uint8_t *bytes, size_t length, struct cmif_request *request)
{
    uint32_t object[UINT8_MAX + 1];

    request->object_count = (uint8_t)cmif->domain.objects_captured;
    for (uint32_t i = 0; i < request->object_count; i++)
        object[i] = cmif_domain_object(bytes, length, cmif, i);
    request->objects = keep(corpus, object, request->object_count * sizeof *object);
}

static void describe_sizes(struct horizon_corpus *corpus, const struct vector_table *table,
                           guint row, struct cmif_request *request)
{
    g_autoptr(GArray) wide = vector_numbers(table, row, "sizes");
    uint16_t size[UINT8_MAX + 1];

    for (guint i = 0; i < wide->len; i++)
        size[i] = (uint16_t)g_array_index(wide, uint64_t, i);
    request->out_pointer_count = (uint8_t)wide->len;
    request->out_pointer_sizes = keep(corpus, size, wide->len * sizeof *size);
}

static uint16_t argument_size(const struct vector_table *table, guint row)
{
    g_autoptr(GArray) cmif = vector_numbers(table, row, "cmif");

    return cmif->len > 6 ? (uint16_t)g_array_index(cmif, uint64_t, 6) : 0;
}

static void describe_request(struct horizon_corpus *corpus, const struct vector_table *table,
                             guint row, const struct horizon_item *item, const uint8_t *bytes)
{
    struct cmif_request request = {0};
    struct cmif_message cmif;

    hipc_decode(bytes, item->length, HIPC_REQUEST, &request.hipc, NULL);
    cmif_decode(bytes, item->length, &request.hipc, &item->context, &cmif, NULL);
    request.method_id = cmif.method_id;
    request.version = cmif.version;
    request.token = cmif.has_domain ? cmif.domain.token : cmif.token;
    request.is_domain = cmif.has_domain;
    request.kind = cmif.domain.kind;
    request.object_id = cmif.domain.object_id;
    request.data_size = argument_size(table, row);
    request.data = keep(corpus, bytes + cmif.data_offset, request.data_size);
    describe_objects(corpus, &cmif, bytes, item->length, &request);
    describe_sizes(corpus, table, row, &request);
    g_array_append_val(corpus->requests, request);
}

static void add_horizon(struct horizon_corpus *corpus, const struct vector_table *table, guint row,
                        bool is_reply)
{
    g_autoptr(GByteArray) bytes = vector_bytes(table, row, "hex");
    const char *kind = vector_text(table, row, "kind");
    struct horizon_item item = {
        .offset = corpus->bytes->len,
        .length = bytes->len,
        .context =
            {
                .direction = is_reply ? HIPC_REPLY : HIPC_REQUEST,
                .is_domain = !strcmp(vector_text(table, row, "domain"), "1"),
                .is_control = !strcmp(kind, "control"),
            },
        .is_cmif = !strcmp(kind, "cmif") || !strcmp(kind, "control"),
        .is_tipc = !strcmp(kind, "tipc"),
    };

    g_byte_array_append(corpus->bytes, bytes->data, bytes->len);
    g_array_append_val(corpus->items, item);
    if (!is_reply && !item.is_tipc)
        describe_request(corpus, table, row, &item, bytes->data);
}

void corpus_load_horizon(struct horizon_corpus *corpus, const char *path, bool is_reply,
                         guint stride)
{
    static const uint8_t slack[CORPUS_SLACK];
    struct vector_table *table = vector_table_load(path);

    corpus->bytes = g_byte_array_new();
    corpus->items = g_array_new(FALSE, FALSE, sizeof(struct horizon_item));
    corpus->requests = g_array_new(FALSE, FALSE, sizeof(struct cmif_request));
    corpus->owned = g_ptr_array_new_with_free_func(g_free);
    for (guint row = 0; row < table->rows->len; row += stride)
        add_horizon(corpus, table, row, is_reply);
    g_byte_array_append(corpus->bytes, slack, sizeof slack);
    vector_table_free(table);
}

static void describe_ctr(struct ctr_corpus *corpus, const struct ctr_item *item,
                         const uint8_t *bytes)
{
    struct ctr_description description = {0};
    uint32_t *handle = description.handles;

    ctripc_decode(bytes, item->length, item->direction, &description.message, NULL);
    for (unsigned int i = 0; i < description.message.normal_captured; i++)
        description.normal[i] = ctripc_word(bytes, item->length, 1 + i);
    for (unsigned int i = 0; i < description.message.translate_count; i++) {
        const struct ctripc_translate *translate = &description.message.translate[i];

        for (unsigned int n = 0; n < translate->handle_count; n++)
            *handle++ = ctripc_word(bytes, item->length, translate->offset + 1u + n);
    }
    g_array_append_val(corpus->descriptions, description);
}

void corpus_load_ctr(struct ctr_corpus *corpus, const char *path, enum ctripc_direction direction,
                     guint stride)
{
    static const uint8_t slack[CORPUS_SLACK];
    struct vector_table *table = vector_table_load(path);

    corpus->bytes = g_byte_array_new();
    corpus->items = g_array_new(FALSE, FALSE, sizeof(struct ctr_item));
    corpus->descriptions = g_array_new(FALSE, FALSE, sizeof(struct ctr_description));
    for (guint row = 0; row < table->rows->len; row += stride) {
        uint8_t bytes[CTRIPC_BUFFER_SIZE];
        struct ctr_item item = {
            .offset = corpus->bytes->len,
            .length = (uint32_t)vector_words(table, row, "words", bytes, sizeof bytes),
            .direction = direction,
        };

        g_byte_array_append(corpus->bytes, bytes, item.length);
        g_array_append_val(corpus->items, item);
        describe_ctr(corpus, &item, bytes);
    }
    g_byte_array_append(corpus->bytes, slack, sizeof slack);
    vector_table_free(table);
}
