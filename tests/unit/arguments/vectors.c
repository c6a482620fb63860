/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The built-in descriptions against messages that a client library wrote: they contradict none. */
#include "../../vectors/vector_table.h"

#include <ipcshark/arguments.h>
#include <ipcshark/names.h>

#include <string.h>

struct share {
    guint messages, described, contradicted;
};

static uint32_t firmware_of(const char *text)
{
    g_auto(GStrv) part = g_strsplit(text, ".", 3);

    g_assert_cmpuint(g_strv_length(part), ==, 3);
    return HORIZON_VERSION(atoi(part[0]), atoi(part[1]), atoi(part[2]));
}

/** Follows "nifm:u/5/4" from the service through what each command gives back. */
static const char *interface_of_session(const char *session)
{
    g_auto(GStrv) part = g_strsplit(session, "/", -1);
    const char *name = horizon_service_interface(part[0]);

    if (!name && strstr(part[0], "::"))
        name = g_intern_string(part[0]);
    for (guint n = 1; name && part[n]; n++)
        name = horizon_command_out_interface(name, (guint32)atoi(part[n]), 0);
    return name;
}

/* The client library does send empty buffers, and objects to sessions that are no domain: it was never
 * told that its messages would be refused. */
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
    struct cmif_context context = {
        .direction = HIPC_REQUEST,
        .is_domain = g_str_equal(vector_text(table, row, "domain"), "1")};
    const char *interface_name = interface_of_session(session);
    const struct ipcshark_command *command;
    struct ipcshark_findings findings = {0};
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ipcshark_message message = {bytes->data, bytes->len, .hipc = &hipc};

    hipc_decode(bytes->data, bytes->len, HIPC_REQUEST, &hipc, NULL);
    cmif_decode(bytes->data, bytes->len, &hipc, &context, &cmif, NULL);
    htipc_decode(bytes->data, bytes->len, &hipc, false, &tipc, NULL);
    message.cmif = is_tipc ? NULL : &cmif;
    message.tipc = is_tipc ? &tipc : NULL;
    share->messages++;
    command = describe(session, interface_name, message.tipc, &cmif, firmware);
    if (!command)
        return;
    share->described++;
    ipcshark_check_arguments(command, &message, &findings);
    print_contradictions(vector_text(table, row, "id"), is_tipc ? session : interface_name, command,
                         &findings, share);
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
    struct share share = {0, 0, 0};

    for (guint row = 0; row < table->rows->len; row++) {
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(index, vector_text(table, row, "id")));

        if (known)
            check_request(table, row, vector_text(sessions, known - 1, "session"),
                          firmware_of(vector_text(sessions, known - 1, "firmware")), &share);
    }
    g_test_message("%u requests, %u of commands that are described (%.1f %%), %u contradicted",
                   share.messages, share.described, 100.0 * share.described / share.messages,
                   share.contradicted);
    g_assert_cmpuint(share.described * 100, >, share.messages * 98);
    g_assert_cmpuint(share.contradicted, ==, 0);
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
    struct ctripc_message ctr;
    struct ipcshark_message message = {
        .bytes = bytes->data, .length = bytes->len, .ctr = &ctr, .is_reply = is_reply};
    const struct ipcshark_command *command;

    ctripc_decode(bytes->data, bytes->len, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &ctr, NULL);
    share->messages++;
    command = describe_ctr(id, ctr.command_id);
    if (!command)
        return;
    share->described++;
    ipcshark_check_arguments(command, &message, &findings);
    print_contradictions(id, "3DS", command, &findings, share);
}

static void test_ctr(gconstpointer data)
{
    bool is_reply = GPOINTER_TO_INT(data);
    struct vector_table *table =
        vector_table_load(is_reply ? "vectors/ctr/replies.tsv.gz" : "vectors/ctr/requests.tsv.gz");
    struct share share = {0, 0, 0};

    for (guint row = 0; row < table->rows->len; row++)
        check_ctr(table, row, is_reply, &share);
    g_test_message("3DS: %u messages, %u of commands that are described, %u contradicted",
                   share.messages, share.described, share.contradicted);
    g_assert_cmpuint(share.described * 100, >, share.messages * 99);
    g_assert_cmpuint(share.contradicted, ==, 0);
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
