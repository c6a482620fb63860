/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The built-in descriptions against messages that a client library wrote: they contradict none;
 * arguments that were read build a message with the same arguments; and cut at any byte, a message
 * has none that lie outside.
 */
#include "session_path.h"
#include "vector_table.h"

#include <ipcshark/arguments.h>
#include <ipcshark/names.h>

#include <string.h>

/* A sanitizer makes each allocation slow. */
#ifdef __SANITIZE_ADDRESS__
#define CUT_STEP 13
#else
#define CUT_STEP 1
#endif

#define MAX_INPUTS (2 * IPCSHARK_ID_MAX_IN_OUT)

struct share {
    guint messages, described, contradicted, rebuilt;
};

/** A message and all views of it. */
struct view {
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ctripc_message ctr;
    struct ipcshark_message message;
};

static void view_horizon(struct view *view, const uint8_t *bytes, size_t length, bool is_domain,
                         bool is_tipc)
{
    const struct cmif_context context = {.direction = HIPC_REQUEST, .is_domain = is_domain};

    hipc_decode(bytes, length, HIPC_REQUEST, &view->hipc, NULL);
    cmif_decode(bytes, length, &view->hipc, &context, &view->cmif, NULL);
    htipc_decode(bytes, length, &view->hipc, false, &view->tipc, NULL);
    view->message = (struct ipcshark_message){bytes, length, .hipc = &view->hipc};
    view->message.cmif = is_tipc ? NULL : &view->cmif;
    view->message.tipc = is_tipc ? &view->tipc : NULL;
}

static void view_ctr(struct view *view, const uint8_t *bytes, size_t length, bool is_reply)
{
    ctripc_decode(bytes, length, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &view->ctr, NULL);
    view->message = (struct ipcshark_message){
        .bytes = bytes, .length = length, .ctr = &view->ctr, .is_reply = is_reply};
}

/* ---- Cut at every byte ---- */

static void check_places(const struct ipcshark_command *command,
                         const struct ipcshark_message *message)
{
    struct ipcshark_findings findings = {0};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    ipcshark_check_arguments(command, message, &findings);
    ipcshark_arguments_begin(&arguments, command, message);
    while (ipcshark_arguments_next(&arguments, &argument))
        g_assert_true(!argument.present || argument.offset + argument.length <= message->length);
}

/** In memory of just that size, so that a sanitizer or valgrind sees a read past the end. */
static void check_cuts(const struct ipcshark_command *command, const struct view *whole)
{
    bool is_domain = whole->message.cmif && whole->cmif.has_domain;

    for (size_t length = 0; length < whole->message.length; length += CUT_STEP) {
        g_autofree uint8_t *cut = g_memdup2(whole->message.bytes, length);
        struct view view;

        if (whole->message.ctr)
            view_ctr(&view, cut, length, whole->message.is_reply);
        else
            view_horizon(&view, cut, length, is_domain, whole->message.tipc != NULL);
        check_places(command, &view.message);
    }
}

/* ---- Built again of what was read ---- */

static size_t take_inputs(const struct ipcshark_command *command,
                          const struct ipcshark_message *message, struct ipcshark_input *input)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    size_t count = 0;

    ipcshark_arguments_begin(&arguments, command, message);
    for (; ipcshark_arguments_next(&arguments, &argument); count++) {
        g_assert_cmpuint(count, <, MAX_INPUTS);
        input[count] = (struct ipcshark_input){.value = argument.value,
                                               .address = argument.address,
                                               .buffer_size = argument.buffer_size};
        if (argument.place != IPCSHARK_PLACE_RAW || !argument.present)
            continue;
        input[count].bytes = message->bytes + argument.offset;
        input[count].size = argument.length;
    }
    return count;
}

static void assert_same_arguments(const struct ipcshark_command *command,
                                  const struct ipcshark_message *a,
                                  const struct ipcshark_message *b)
{
    struct ipcshark_arguments left, right;
    struct ipcshark_argument x, y;

    ipcshark_arguments_begin(&left, command, a);
    ipcshark_arguments_begin(&right, command, b);
    while (ipcshark_arguments_next(&left, &x)) {
        g_assert_true(ipcshark_arguments_next(&right, &y));
        g_assert_cmpint(x.present, ==, y.present);
        g_assert_cmphex(x.value, ==, y.value);
        g_assert_cmphex(x.address, ==, y.address);
        g_assert_cmphex(x.buffer_size, ==, y.buffer_size);
        if (x.place == IPCSHARK_PLACE_RAW)
            g_assert_cmpmem(a->bytes + x.offset, x.length, b->bytes + y.offset, y.length);
    }
    g_assert_false(ipcshark_arguments_next(&right, &y));
}

/** False if the layout of its raw data is not known. */
static bool check_rebuilt(const struct ipcshark_command *command, const struct view *view)
{
    const struct ipcshark_message *message = &view->message;
    bool is_domain = message->cmif && view->cmif.has_domain;
    struct ipcshark_target target = {.is_domain = is_domain};
    struct ipcshark_input input[MAX_INPUTS];
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    struct view again;
    size_t size;

    if (is_domain)
        target.object_id = view->cmif.domain.object_id;
    if (message->is_reply)
        target.result = ctripc_word(message->bytes, message->length, 1);
    size = (message->is_reply ? ipcshark_encode_reply : ipcshark_encode_request)(
        command, input, take_inputs(command, message, input), &target, bytes, sizeof bytes);
    if (size > sizeof bytes)
        return false;
    if (message->ctr)
        view_ctr(&again, bytes, size, message->is_reply);
    else
        view_horizon(&again, bytes, size, is_domain, message->tipc != NULL);
    assert_same_arguments(command, message, &again.message);
    return true;
}

static uint32_t firmware_of(const char *text)
{
    g_auto(GStrv) part = g_strsplit(text, ".", 3);

    g_assert_cmpuint(g_strv_length(part), ==, 3);
    return HORIZON_VERSION(atoi(part[0]), atoi(part[1]), atoi(part[2]));
}

/* The client library does send empty buffers, and objects to sessions that are no domain: it was
 * never told that its messages would be refused. */
static bool contradicts(const struct ipcshark_finding *finding)
{
    return finding->code != IPCSHARK_FINDING_ARGUMENT_BUFFER_EMPTY &&
           finding->code != IPCSHARK_FINDING_ARGUMENT_OBJECTS_IN_PLAIN;
}

static void print_contradictions(const char *id, const char *interface_name,
                                 const struct ipcshark_command *command,
                                 const struct ipcshark_findings *findings, struct share *share)
{
    char text[256];
    bool any = false;

    for (guint n = 0; n < findings->count; n++) {
        if (!contradicts(&findings->item[n]))
            continue;
        any = true;
        ipcshark_finding_format(&findings->item[n], text, sizeof text);
        g_test_message("%s %s/%u %s: %s", id, interface_name, command->id, command->name, text);
    }
    share->contradicted += any;
}

static const struct ipcshark_command *describe(const char *session, const char *interface_name,
                                               const struct htipc_message *tipc,
                                               const struct cmif_message *cmif, uint32_t firmware)
{
    if (tipc)
        return horizon_tipc_command_description(session, tipc->command_id, firmware);
    return horizon_command_description(interface_name, cmif->method_id, firmware);
}

static void check_request(const struct vector_table *table, guint row, const char *session,
                          uint32_t firmware, struct share *share)
{
    g_autoptr(GByteArray) bytes = vector_bytes(table, row, "hex");
    bool is_tipc = g_str_equal(vector_text(table, row, "kind"), "tipc");
    bool is_domain = g_str_equal(vector_text(table, row, "domain"), "1");
    const char *interface_name = session_interface(session);
    const struct ipcshark_command *command;
    struct ipcshark_findings findings = {0};
    struct view view;

    view_horizon(&view, bytes->data, bytes->len, is_domain, is_tipc);
    share->messages++;
    command = describe(session, interface_name, view.message.tipc, &view.cmif, firmware);
    if (!command)
        return;
    share->described++;
    ipcshark_check_arguments(command, &view.message, &findings);
    print_contradictions(vector_text(table, row, "id"), is_tipc ? session : interface_name, command,
                         &findings, share);
    share->rebuilt += !findings.count && check_rebuilt(command, &view);
    check_cuts(command, &view);
}

static GHashTable *index_sessions(const struct vector_table *sessions)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint row = 0; row < sessions->rows->len; row++)
        g_hash_table_insert(index, (gpointer)vector_text(sessions, row, "id"),
                            GUINT_TO_POINTER(row + 1));
    return index;
}

static void test_requests(void)
{
    struct vector_table *sessions = vector_table_load("unit/arguments/sessions.tsv.gz");
    struct vector_table *table = vector_table_load("vectors/horizon/requests.tsv.gz");
    g_autoptr(GHashTable) index = index_sessions(sessions);
    struct share share = {0};

    for (guint row = 0; row < table->rows->len; row++) {
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(index, vector_text(table, row, "id")));

        if (known)
            check_request(table, row, vector_text(sessions, known - 1, "session"),
                          firmware_of(vector_text(sessions, known - 1, "firmware")), &share);
    }
    g_test_message("%u requests, %u of commands that are described (%.1f %%), %u contradicted, %u "
                   "built again",
                   share.messages, share.described, 100.0 * share.described / share.messages,
                   share.contradicted, share.rebuilt);
    g_assert_cmpuint(share.described * 100, >, share.messages * 98);
    g_assert_cmpuint(share.contradicted, ==, 0);
    g_assert_cmpuint(share.rebuilt * 100, >, share.described * 95);
    vector_table_free(table);
    vector_table_free(sessions);
}

/* ---- 3DS ---- */

/** "fs:USER:File/0x0802/…" is a session of fs:USER's that names.h calls "File". */
static const struct ipcshark_command *describe_ctr(const char *id, uint16_t command_id)
{
    g_auto(GStrv) part = g_strsplit(id, "/", 3);
    const char *service = g_str_has_prefix(part[0], "R:") ? part[0] + 2 : part[0];
    const char *session = g_str_has_prefix(service, "fs:USER:") ? service + strlen("fs:USER:")
                                                                : service;

    return ctr_command_description(session, command_id);
}

static GByteArray *ctr_bytes(const struct vector_table *table, guint row)
{
    g_auto(GStrv) word = g_strsplit(vector_text(table, row, "words"), ",", -1);
    GByteArray *bytes = g_byte_array_new();

    for (guint n = 0; word[n]; n++) {
        guint32 value = GUINT32_TO_LE((guint32)g_ascii_strtoull(word[n], NULL, 16));

        g_byte_array_append(bytes, (const guint8 *)&value, sizeof value);
    }
    return bytes;
}

static void check_ctr(const struct vector_table *table, guint row, bool is_reply,
                      struct share *share)
{
    g_autoptr(GByteArray) bytes = ctr_bytes(table, row);
    const char *id = vector_text(table, row, "id");
    struct ipcshark_findings findings = {0};
    const struct ipcshark_command *command;
    struct view view;

    view_ctr(&view, bytes->data, bytes->len, is_reply);
    share->messages++;
    command = describe_ctr(id, view.ctr.command_id);
    if (!command)
        return;
    share->described++;
    ipcshark_check_arguments(command, &view.message, &findings);
    print_contradictions(id, "3DS", command, &findings, share);
    share->rebuilt += !findings.count && check_rebuilt(command, &view);
    check_cuts(command, &view);
}

static void test_ctr(gconstpointer data)
{
    bool is_reply = GPOINTER_TO_INT(data);
    struct vector_table *table =
        vector_table_load(is_reply ? "vectors/ctr/replies.tsv.gz" : "vectors/ctr/requests.tsv.gz");
    struct share share = {0};

    for (guint row = 0; row < table->rows->len; row++)
        check_ctr(table, row, is_reply, &share);
    g_test_message("3DS: %u messages, %u of commands that are described, %u contradicted, %u built "
                   "again",
                   share.messages, share.described, share.contradicted, share.rebuilt);
    g_assert_cmpuint(share.described * 100, >, share.messages * 99);
    g_assert_cmpuint(share.contradicted, ==, 0);
    g_assert_cmpuint(share.rebuilt * 100, >, share.described * 95);
    vector_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/arguments/vectors/requests", test_requests);
    g_test_add_data_func("/arguments/vectors/ctr-requests", GINT_TO_POINTER(0), test_ctr);
    g_test_add_data_func("/arguments/vectors/ctr-replies", GINT_TO_POINTER(1), test_ctr);
    return g_test_run();
}
