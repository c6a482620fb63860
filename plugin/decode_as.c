/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file decode_as.c
 * What the user says of sessions that are older than the capture: "handle 0x1234 is fsp-srv". By
 * Decode As: its table "ipctap.session_handle" has a dissector for each service that the names
 * know; nothing calls them, their description is the service's name. Or by a table of the
 * preferences, which takes any name and can tell processes apart.
 */
#include "state.h"

#include <epan/decode_as.h>
#include <epan/uat.h>
#include <ipcshark/names.h>

static int proto_ipctap = -1;
static dissector_table_t handle_table;

/* ---- The table in the preferences ---- */

/* A row of it. */
struct named_session {
    unsigned int handle;
    unsigned int pid; /* 0: of any process. */
    char *service;
};

static struct named_session *named_sessions;
static unsigned int named_session_count;

UAT_HEX_CB_DEF(named_session, handle, struct named_session)
UAT_DEC_CB_DEF(named_session, pid, struct named_session)
UAT_CSTRING_CB_DEF(named_session, service, struct named_session)

static void *copy_row(void *target, const void *source, size_t size _U_)
{
    struct named_session *copy = (struct named_session *)target;

    *copy = *(const struct named_session *)source;
    copy->service = g_strdup(copy->service);
    return copy;
}

static void free_row(void *row)
{
    g_free(((struct named_session *)row)->service);
}

/* Wireshark shows the sentence beside the row, and does not close the table before it is mended. */
static compat_bool check_row(void *data, char **error)
{
    const struct named_session *row = (const struct named_session *)data;

    if (row->service && *row->service)
        return true;
    *error = g_strdup_printf("The session 0x%x is for no service: write a name such as fsp-srv.",
                             row->handle);
    return false;
}

static uat_field_t columns[] = {
    UAT_FLD_HEX(named_session, handle, "Handle or kid", "Hexadecimal"),
    UAT_FLD_DEC(named_session, pid, "Process id", "0 for every process"),
    UAT_FLD_CSTRING(named_session, service, "Service", "\"fsp-srv\""),
    UAT_END_FIELDS,
};

static void register_table(module_t *module)
{
    uat_t *table = uat_new("Console IPC sessions", sizeof(struct named_session), "ipctap_sessions",
                           TRUE, &named_sessions, &named_session_count, UAT_AFFECTS_DISSECTION,
                           NULL, copy_row, check_row, free_row, NULL, NULL, columns);

    prefs_register_uat_preference(module, "sessions", "Sessions of known services",
                                  "What sessions that are older than the capture are for", table);
}

static const char *named_service(uint32_t pid, uint32_t handle)
{
    for (unsigned int n = 0; n < named_session_count; n++) {
        const struct named_session *row = &named_sessions[n];

        if (row->handle == handle && (row->pid == pid || row->pid == 0) && *row->service)
            return row->service;
    }
    return NULL;
}

const char *decode_as_service(uint32_t pid, uint32_t handle)
{
    const char *service = named_service(pid, handle);
    dissector_handle_t chosen;

    if (service)
        return service;
    chosen = dissector_get_uint_handle(handle_table, handle);
    return chosen ? dissector_handle_get_description(chosen) : NULL;
}

/* ---- What is offered ---- */

static int dissect_nothing(tvbuff_t *tvb _U_, packet_info *pinfo _U_, proto_tree *tree _U_,
                           void *data _U_)
{
    return 0;
}

/* "acc:u0" as "acc-u0": what `tshark -d` takes. Wireshark wants a name of letters, digits, '-' and
 * '_', unlike all others of the protocol in more than case; since 4.2 it complains about handles
 * without. */
static const char *handle_name(GHashTable *names, const char *service)
{
    char *lower = wmem_ascii_strdown(wmem_epan_scope(), service, -1);
    char *name = g_strcanon(lower, G_CSET_a_2_z G_CSET_DIGITS "_", '-');

    while (!g_hash_table_add(names, name))
        name = wmem_strconcat(wmem_epan_scope(), name, "-", NULL);
    return name;
}

struct offered {
    GHashTable *services;
    GHashTable *names;
};

/* Two systems may have services of one name: it can be offered once. */
static void offer(const struct offered *offered, const char *service)
{
    if (!g_hash_table_add(offered->services, (void *)service))
        return;
    dissector_add_for_decode_as(
        "ipctap.session_handle",
        create_dissector_handle_with_name_and_description(
            dissect_nothing, proto_ipctap, handle_name(offered->names, service), service));
}

static void offer_services(void)
{
    const struct offered offered = {g_hash_table_new(g_str_hash, g_str_equal),
                                    g_hash_table_new(g_str_hash, g_str_equal)};
    const char *service, *interface_name;

    for (size_t n = 0; (service = horizon_service_at(n, &interface_name)); n++)
        offer(&offered, service);
    for (size_t n = 0; (service = ctr_service_at(n)); n++)
        offer(&offered, service);
    for (size_t n = 0; (service = orbis_service_at(n)); n++)
        offer(&offered, service);
    g_hash_table_destroy(offered.services);
    g_hash_table_destroy(offered.names);
}

/* ---- The selected packet ---- */

static uint32_t handle_of(packet_info *pinfo)
{
    const struct record_memo *memo = memo_of_packet(pinfo);

    return memo && memo->target->session ? memo->target->session->handle : 0;
}

static void describe(packet_info *pinfo, char *text)
{
    uint32_t handle = handle_of(pinfo);

    if (handle)
        g_snprintf(text, MAX_DECODE_AS_PROMPT_LEN, "session behind handle 0x%x as", handle);
    else
        g_snprintf(text, MAX_DECODE_AS_PROMPT_LEN, "session (opened in this capture)");
}

static void *value_of(packet_info *pinfo)
{
    return GUINT_TO_POINTER(handle_of(pinfo));
}

void decode_as_register(int protocol, module_t *preferences)
{
    static build_valid_func build_value[] = {value_of};
    static decode_as_value_t value = {describe, 1, build_value};
    static decode_as_t entry = {
        .name = "ipctap",
        .table_name = "ipctap.session_handle",
        .num_items = 1,
        .values = &value,
        .populate_list = decode_as_default_populate_list,
        .reset_value = decode_as_default_reset,
        .change_value = decode_as_default_change,
    };

    proto_ipctap = protocol;
    handle_table = register_dissector_table("ipctap.session_handle", "Console IPC session handle",
                                            protocol, FT_UINT32, BASE_HEX);
    register_decode_as(&entry);
    register_table(preferences);
}

void decode_as_handoff(void)
{
    offer_services();
}
