/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every field that libnx's own parser reads in the messages that libnx itself wrote, compared with
 * what the codec reads; the messages encoded again; cut off at every byte.
 */
#include "vectors.h"

#include <string.h>

#define DIRECTORY "vectors/horizon/"

/* A sanitizer makes each allocation of the cuts slow; every message is cut without. */
#ifdef __SANITIZE_ADDRESS__
#define CUT_STEP 16
#else
#define CUT_STEP 1
#endif

typedef char *(*render_column)(const struct vector *vector, const char *column);
typedef GByteArray *(*rebuild_message)(const struct vector *vector);

struct kind {
    const char *file;
    const char *name;
    guint count; /**< As many as the table must have. */
    bool is_reply;
    bool is_refused; /**< Made to be refused, so findings may be errors. */
    render_column render;
    rebuild_message rebuild;
};

static const struct kind requests = {
    DIRECTORY "requests.tsv.gz", "requests", 8586, false, false, render_request, rebuild_request};
static const struct kind replies = {
    DIRECTORY "replies.tsv.gz", "replies", 8452, true, false, render_reply, rebuild_reply};
static const struct kind headers = {
    DIRECTORY "made-headers.tsv.gz", "made headers", 105, false, true, render_request, NULL};

static void decode(struct vector *vector, const struct kind *kind)
{
    const uint8_t *bytes = vector->bytes->data;
    size_t length = vector->bytes->len;
    const char *name = vector_text(vector->table, vector->row, "kind");
    bool is_tipc = kind->is_reply ? !strcmp(name, "tipc") : htipc_is_type(vector->hipc.type);
    struct cmif_context context = {
        .direction = kind->is_reply ? HIPC_REPLY : HIPC_REQUEST,
        .is_domain = !strcmp(vector_text(vector->table, vector->row, "domain"), "1"),
        .is_control = !strcmp(name, "control"),
    };

    vector->findings.count = vector->findings.dropped = 0;
    hipc_decode(bytes, length, context.direction, &vector->hipc, &vector->findings);
    if (!kind->is_reply)
        is_tipc = htipc_is_type(vector->hipc.type);
    memset(&vector->tipc, 0, sizeof vector->tipc);
    memset(&vector->cmif, 0, sizeof vector->cmif);
    if (is_tipc)
        htipc_decode(bytes, length, &vector->hipc, kind->is_reply, &vector->tipc,
                     &vector->findings);
    else
        cmif_decode(bytes, length, &vector->hipc, &context, &vector->cmif, &vector->findings);
}

static struct vector load(const struct vector_table *table, guint row, const struct kind *kind)
{
    struct vector vector = {.table = table, .row = row, .bytes = vector_bytes(table, row, "hex")};

    decode(&vector, kind);
    return vector;
}

static void compare_columns(const struct vector *vector, const struct kind *kind)
{
    guint compared = 0;

    for (char **name = vector->table->names; *name; name++) {
        g_autofree char *actual = kind->render(vector, *name);
        const char *expected = vector_text(vector->table, vector->row, *name);

        if (!actual)
            continue;
        compared++;
        if (strcmp(actual, expected) != 0)
            g_error("%s of %s: %s, expected %s", *name,
                    vector_text(vector->table, vector->row, "id"), actual, expected);
    }
    g_assert_cmpuint(compared, >, 9);
}

/** What the kernel and servers take must not be called refused. Exchange buffers of TIPC are
 *  not. */
static void check_findings(const struct vector *vector, const struct kind *kind)
{
    for (unsigned int i = 0; i < vector->findings.count; i++) {
        enum ipcshark_finding_code code = (enum ipcshark_finding_code)vector->findings.item[i].code;

        if (code == IPCSHARK_FINDING_HTIPC_DESCRIPTORS && vector->hipc.exchange_count)
            continue;
        if (!kind->is_refused && ipcshark_finding_severity(code) == IPCSHARK_ERROR)
            g_error("%s: %s", vector_text(vector->table, vector->row, "id"),
                    ipcshark_finding_name(code));
    }
}

static void test_fields(gconstpointer data)
{
    const struct kind *kind = data;
    struct vector_table *table = vector_table_load(kind->file);

    g_assert_cmpuint(table->rows->len, ==, kind->count);
    for (guint row = 0; row < table->rows->len; row++) {
        struct vector vector = load(table, row, kind);

        g_assert_true(vector.hipc.complete);
        compare_columns(&vector, kind);
        check_findings(&vector, kind);
        g_byte_array_unref(vector.bytes);
    }
    g_test_message("%u of %u %s: every field equal", table->rows->len, kind->count, kind->name);
    vector_table_free(table);
}

static void assert_same(const struct vector *vector, const uint8_t *bytes, size_t size)
{
    if (size != vector->bytes->len || memcmp(bytes, vector->bytes->data, size) != 0)
        g_error("%s is encoded differently", vector_text(vector->table, vector->row, "id"));
}

static void test_encode(gconstpointer data)
{
    const struct kind *kind = data;
    struct vector_table *table = vector_table_load(kind->file);

    for (guint row = 0; row < table->rows->len; row++) {
        struct vector vector = load(table, row, kind);
        uint8_t bytes[0x400];
        size_t size = hipc_encode(&vector.hipc, vector.bytes->data + vector.hipc.raw_offset, bytes,
                                  sizeof bytes);

        assert_same(&vector, bytes, size);
        g_byte_array_unref(vector.bytes);
    }
    g_test_message("%u of %u %s: encoded to the same bytes", table->rows->len, kind->count,
                   kind->name);
    vector_table_free(table);
}

/** Takes over the bytes that libnx never wrote. */
static void mask_undefined(const struct vector *vector, GByteArray *bytes)
{
    g_autoptr(GArray) undefined = vector_numbers(vector->table, vector->row, "undefined");

    for (guint i = 0; i + 1 < undefined->len; i += 2) {
        uint64_t at = g_array_index(undefined, uint64_t, i);
        uint64_t size = g_array_index(undefined, uint64_t, i + 1);

        g_assert_cmpuint(at + size, <=, bytes->len);
        memcpy(bytes->data + at, vector->bytes->data + at, size);
    }
}

static void test_rebuild(gconstpointer data)
{
    const struct kind *kind = data;
    struct vector_table *table = vector_table_load(kind->file);

    for (guint row = 0; row < table->rows->len; row++) {
        struct vector vector = load(table, row, kind);
        g_autoptr(GByteArray) bytes = kind->rebuild(&vector);

        if (!kind->is_reply && bytes->len == vector.bytes->len)
            mask_undefined(&vector, bytes);
        assert_same(&vector, bytes->data, bytes->len);
        g_byte_array_unref(vector.bytes);
    }
    g_test_message("%u of %u %s: built from their description to the same bytes", table->rows->len,
                   kind->count, kind->name);
    vector_table_free(table);
}

/** In memory of just that size, so that a sanitizer sees a read past the end. */
static void decode_cut(const struct vector *whole, const struct kind *kind, guint length)
{
    struct vector cut = *whole;

    cut.bytes = g_byte_array_new_take(g_memdup2(whole->bytes->data, length), length);
    decode(&cut, kind);
    g_assert_false(cut.hipc.complete);
    g_assert_cmpuint(cut.hipc.pointer_count, <=, whole->hipc.pointer_count);
    g_assert_cmpuint(cut.hipc.raw_captured, <=, length);
    g_assert_cmpuint(cut.cmif.data_size, <=, length);
    g_assert_cmpuint(cut.findings.count, >, 0);
    g_assert_cmpuint(cut.findings.item[0].code, ==, IPCSHARK_FINDING_HIPC_TRUNCATED);
    g_assert_cmpuint(cut.findings.item[0].actual, ==, length);
    g_byte_array_unref(cut.bytes);
}

static void test_cut(gconstpointer data)
{
    const struct kind *kind = data;
    struct vector_table *table = vector_table_load(kind->file);
    guint cuts = 0;

    for (guint row = 0; row < table->rows->len; row += CUT_STEP) {
        struct vector vector = load(table, row, kind);

        for (guint length = 0; length < vector.bytes->len; length++, cuts++)
            decode_cut(&vector, kind, length);
        g_byte_array_unref(vector.bytes);
    }
    g_test_message("%u cuts of %s: each decoded as far as it goes", cuts, kind->name);
    vector_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vectors/horizon/requests/fields", &requests, test_fields);
    g_test_add_data_func("/vectors/horizon/requests/encode", &requests, test_encode);
    g_test_add_data_func("/vectors/horizon/requests/rebuild", &requests, test_rebuild);
    g_test_add_data_func("/vectors/horizon/requests/cut", &requests, test_cut);
    g_test_add_data_func("/vectors/horizon/replies/fields", &replies, test_fields);
    g_test_add_data_func("/vectors/horizon/replies/encode", &replies, test_encode);
    g_test_add_data_func("/vectors/horizon/replies/rebuild", &replies, test_rebuild);
    g_test_add_data_func("/vectors/horizon/replies/cut", &replies, test_cut);
    g_test_add_data_func("/vectors/horizon/headers/fields", &headers, test_fields);
    g_test_add_data_func("/vectors/horizon/headers/encode", &headers, test_encode);
    g_test_add_data_func("/vectors/horizon/headers/cut", &headers, test_cut);
    return g_test_run();
}
