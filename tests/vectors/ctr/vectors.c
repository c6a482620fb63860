/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every field of the command buffers that libctru wrote, compared with what the codec reads; the
 * messages encoded again; cut off at every byte.
 */
#include <vector_table.h>

#include <ipcshark/ctripc.h>

#include <string.h>

/** How many messages and parameters a table must have, and errors that are right. */
struct kind {
    const char *path;
    enum ctripc_direction direction;
    guint messages;
    guint parameters;
    guint slots;
    guint errors;
};

static const struct kind requests = {
    "vectors/ctr/requests.tsv.gz", CTRIPC_REQUEST, 4724, 3139, 361, 1};
static const struct kind replies = {"vectors/ctr/replies.tsv.gz", CTRIPC_REPLY, 642, 690, 0, 0};

struct figures {
    guint parameters;
    guint slots;
    guint errors;
    guint cuts;
};

static void render_parameter(GString *text, const struct ctripc_translate *translate,
                             const uint8_t *bytes, size_t length)
{
    g_string_append_printf(text, "%s%u:%x:%s:%u:%u:%x:", text->len ? ";" : "", translate->offset,
                           translate->descriptor,
                           ctripc_kind_name((enum ctripc_kind)translate->kind), translate->size,
                           translate->id, translate->address);
    for (unsigned int i = 0; i < translate->handle_count; i++)
        g_string_append_printf(text, "%s%x", i ? "+" : "",
                               ctripc_word(bytes, length, translate->offset + 1u + i));
}

static void check_fields(const struct vector_table *table, guint row,
                         const struct ctripc_message *message, const uint8_t *bytes, size_t length)
{
    g_autofree char *expect = g_strdup_printf("%u,%u,%u", message->command_id,
                                              message->normal_count, message->translate_words);
    g_autoptr(GString) translate = g_string_new(NULL);

    for (unsigned int i = 0; i < message->translate_count; i++)
        render_parameter(translate, &message->translate[i], bytes, length);
    g_assert_cmpstr(expect, ==, vector_text(table, row, "expect"));
    g_assert_cmpstr(translate->len ? translate->str : "-", ==,
                    vector_text(table, row, "translate"));
}

static void check_encode(const struct ctripc_message *message, const uint8_t *bytes, size_t length)
{
    uint32_t normal[64] = {0};
    uint32_t handles[64] = {0};
    uint8_t encoded[CTRIPC_BUFFER_SIZE];
    unsigned int count = 0;

    for (unsigned int i = 0; i < message->normal_count; i++)
        normal[i] = ctripc_word(bytes, length, 1 + i);
    for (unsigned int i = 0; i < message->translate_count; i++) {
        for (unsigned int j = 0; j < message->translate[i].handle_count; j++)
            handles[count++] = ctripc_word(bytes, length, message->translate[i].offset + 1u + j);
    }
    g_assert_cmpuint(ctripc_encode(message, normal, handles, encoded, sizeof encoded), ==, length);
    g_assert_cmpmem(encoded, length, bytes, length);
}

static guint count_errors(const struct ipcshark_findings *findings)
{
    guint errors = 0;

    for (unsigned int i = 0; i < findings->count; i++)
        errors += ipcshark_finding_severity(findings->item[i].code) == IPCSHARK_ERROR;
    return errors;
}

static guint check_slots(const char *text)
{
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS] = {0};
    struct ctripc_static_slot decoded[CTRIPC_STATIC_BUFFERS];
    uint8_t bytes[CTRIPC_STATIC_TABLE_SIZE];
    g_auto(GStrv) items = g_strsplit(text, ";", -1);

    if (!strcmp(text, "-"))
        return 0;
    for (char **item = items; *item; item++) {
        g_auto(GStrv) part = g_strsplit(*item, ":", -1);
        guint64 index = g_ascii_strtoull(part[0], NULL, 10);

        g_assert_cmpuint(index, <, CTRIPC_STATIC_BUFFERS);
        slot[index].descriptor = (uint32_t)g_ascii_strtoull(part[1], NULL, 16);
        slot[index].size = (uint32_t)g_ascii_strtoull(part[2], NULL, 10);
        slot[index].address = (uint32_t)g_ascii_strtoull(part[3], NULL, 16);
    }
    g_assert_cmpuint(ctripc_encode_static_table(slot, bytes, sizeof bytes), ==, sizeof bytes);
    g_assert_cmpuint(ctripc_decode_static_table(bytes, sizeof bytes, decoded, NULL), ==,
                     CTRIPC_STATIC_BUFFERS);
    g_assert_cmpmem(decoded, sizeof decoded, slot, sizeof slot);
    return 1;
}

/** Every prefix, in memory of exactly its size, so that a sanitizer sees a read past it. */
static guint check_cuts(const uint8_t *bytes, size_t length, enum ctripc_direction direction)
{
    for (size_t cut = 0; cut < length; cut++) {
        g_autofree uint8_t *part = g_memdup2(bytes, cut);
        struct ctripc_message message;

        g_assert_false(ctripc_decode(part, cut, direction, &message, NULL));
    }
    return (guint)length;
}

static void check_row(const struct vector_table *table, guint row, const struct kind *kind,
                      struct figures *figures)
{
    struct ipcshark_findings findings = {0};
    struct ctripc_message message;
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    size_t length = vector_words(table, row, "words", bytes, sizeof bytes);

    g_assert_true(ctripc_decode(bytes, length, kind->direction, &message, &findings));
    check_fields(table, row, &message, bytes, length);
    check_encode(&message, bytes, length);
    figures->parameters += message.translate_count;
    figures->errors += count_errors(&findings);
    figures->slots += check_slots(vector_text(table, row, "table"));
    figures->cuts += check_cuts(bytes, length, kind->direction);
}

static void test_table(gconstpointer data)
{
    const struct kind *kind = data;
    struct vector_table *table = vector_table_load(kind->path);
    struct figures figures = {0};

    g_assert_cmpuint(table->rows->len, ==, kind->messages);
    for (guint row = 0; row < table->rows->len; row++)
        check_row(table, row, kind, &figures);
    g_test_message("%u messages: %u translate parameters, every field equal and encoded back to "
                   "the same bytes; %u with static buffers; %u errors; %u cuts",
                   table->rows->len, figures.parameters, figures.slots, figures.errors,
                   figures.cuts);
    g_assert_cmpuint(figures.parameters, ==, kind->parameters);
    g_assert_cmpuint(figures.slots, ==, kind->slots);
    /* FRD_SendInvitation writes a buffer's address where its descriptor belongs. */
    g_assert_cmpuint(figures.errors, ==, kind->errors);
    vector_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vectors/ctr/requests", &requests, test_table);
    g_test_add_data_func("/vectors/ctr/replies", &replies, test_table);
    return g_test_run();
}
