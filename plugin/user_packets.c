/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file user_packets.c
 * Packets of the link types that are everybody's own (DLT_USER0 to 15). What the table of the
 * preferences assigns is taken for that; else records and packets of ilia's are recognised by their
 * contents, and all others go where they would without this plugin: a user's own mapping stays.
 *
 * What is no record becomes one, so that everything else knows records alone. Its bytes are another
 * tab beside the packet's.
 */
#include "ipctap.h"

#include <epan/uat.h>
#include <ipcshark/ilia.h>

#define LINK_TYPES 16

enum packet_form {
    FORM_BY_CONTENTS,
    FORM_RECORD,
    FORM_HIPC,
    FORM_CTR,
    FORM_ILIA,
    FORM_OTHER, /* Never ours. */
};

static dissector_handle_t former[LINK_TYPES];
static compat_bool recognises = TRUE;

/* ---- The table in the preferences ---- */

struct user_mapping {
    unsigned int link_type;
    unsigned int form;
};

static struct user_mapping *mappings;
static unsigned int mapping_count;

static value_string link_type_names[LINK_TYPES + 1];

static const value_string form_names[] = {
    {FORM_RECORD, "record"}, {FORM_HIPC, "hipc"},   {FORM_CTR, "ctr"},
    {FORM_ILIA, "ilia"},     {FORM_OTHER, "other"}, {0, NULL},
};

UAT_VS_DEF(user_mapping, link_type, struct user_mapping, unsigned, 0, "DLT_USER0")
UAT_VS_DEF(user_mapping, form, struct user_mapping, unsigned, FORM_RECORD, "record")

static uat_field_t columns[] = {
    UAT_FLD_VS(user_mapping, link_type, "Link type", link_type_names, "Of the packets"),
    UAT_FLD_VS(user_mapping, form, "Contents", form_names,
               "record; hipc or ctr: a message from its first word; ilia; other: not looked at"),
    UAT_END_FIELDS,
};

static enum packet_form form_of(unsigned int link_type)
{
    for (unsigned int n = 0; n < mapping_count; n++) {
        if (mappings[n].link_type == link_type)
            return (enum packet_form)mappings[n].form;
    }
    return recognises ? FORM_BY_CONTENTS : FORM_OTHER;
}

void user_packets_register(module_t *preferences)
{
    uat_t *table;

    for (unsigned int n = 0; n < LINK_TYPES; n++) {
        link_type_names[n].value = n;
        link_type_names[n].strptr = wmem_strdup_printf(wmem_epan_scope(), "DLT_USER%u", n);
    }
    table = uat_new("Console IPC in DLT_USER", sizeof *mappings, "ipctap_users", TRUE, &mappings,
                    &mapping_count, UAT_AFFECTS_DISSECTION, NULL, NULL, NULL, NULL, NULL, NULL,
                    columns);
    prefs_register_uat_preference(preferences, "users", "Contents of DLT_USER packets",
                                  "What packets of the link types DLT_USER0 to 15 are", table);
    prefs_register_bool_preference(preferences, "recognise_users", "Recognise DLT_USER packets",
                                   "Records and packets of ilia's in link types that the table "
                                   "does not have are recognised by "
                                   "their contents",
                                   &recognises);
}

/* ---- Making records ---- */

static struct ipctap_header make_header(const packet_info *pinfo, uint8_t platform, uint8_t kind)
{
    struct ipctap_header header = ipctap_header_init(platform, kind, IPCTAP_SNAPSHOT);

    header.time = (uint64_t)pinfo->abs_ts.secs * 1000000000u + (uint64_t)pinfo->abs_ts.nsecs;
    header.clock = IPCTAP_CLOCK_UNIX;
    return header;
}

static void dissect_made(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree, uint8_t *bytes,
                         size_t size)
{
    tvbuff_t *record = tvb_new_child_real_data(tvb, bytes, (unsigned int)size, (int)size);

    add_new_data_source(pinfo, record, "Record");
    ipctap_dissect_record(record, pinfo, tree, ipctap_packet_scope(pinfo));
}

/* A message alone: which way it goes is known of the Switch's only. */
static void dissect_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, uint8_t platform)
{
    bool is_horizon = platform == IPCTAP_HORIZON;
    struct ipctap_header header =
        make_header(pinfo, platform, is_horizon ? IPCTAP_HIPC_MESSAGE : IPCTAP_CTR_COMMAND);
    uint32_t length = tvb_captured_length(tvb);
    size_t room = ilia_record_room(length);
    uint8_t *bytes = (uint8_t *)wmem_alloc(pinfo->pool, room);
    struct ipcshark_writer writer = ipcshark_writer(bytes, room);

    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_MESSAGE, 0, 0, tvb_get_ptr(tvb, 0, (int)length), length);
    dissect_made(pinfo, tvb, tree, bytes, ipctap_end(&writer));
}

static const char *interface_of(const packet_info *pinfo)
{
    const wtap_rec *rec = pinfo->rec;

    if (rec->rec_type != REC_TYPE_PACKET || !(rec->presence_flags & WTAP_HAS_INTERFACE_ID))
        return NULL;
    return compat_interface_name(pinfo, rec->rec_header.packet_header.interface_id);
}

/* ilia has one capture interface for each interface that it watches: objects are told apart by
 * it. */
static void dissect_ilia(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                         const struct ilia_call *call)
{
    struct ipctap_header header = make_header(pinfo, IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE);
    const char *interface_name = interface_of(pinfo);
    uint32_t length = tvb_captured_length(tvb);
    size_t room = ilia_record_room(length);

    header.call_id = pinfo->num;
    header.clock = IPCTAP_CLOCK_UNKNOWN;
    header.object = (uint32_t)ipctap_packet_scope(pinfo) + 1;
    for (int is_reply = 0; is_reply < 2; is_reply++) {
        uint8_t *bytes = (uint8_t *)wmem_alloc(pinfo->pool, room);
        size_t size = ilia_encode_record(call, tvb_get_ptr(tvb, 0, (int)length), is_reply, &header,
                                         interface_name, bytes, room);

        if (size)
            dissect_made(pinfo, tvb, tree, bytes, size);
    }
}

/* ---- Packets ---- */

static bool is_record(tvbuff_t *tvb)
{
    uint32_t length = tvb_captured_length(tvb);
    size_t size;

    return length >= IPCTAP_HEADER_SIZE &&
           ipctap_stream_next(tvb_get_ptr(tvb, 0, (int)length), length, &size, NULL) !=
               IPCTAP_STREAM_BAD;
}

static bool is_ilia(tvbuff_t *tvb, struct ilia_call *call)
{
    uint32_t length = tvb_captured_length(tvb);

    return length && ilia_decode(tvb_get_ptr(tvb, 0, (int)length), length, call);
}

/* What the packet is, FORM_OTHER if nothing of ours. */
static enum packet_form recognise(tvbuff_t *tvb, enum packet_form form, struct ilia_call *call)
{
    if (!tvb_captured_length(tvb))
        return FORM_OTHER;
    if (form == FORM_BY_CONTENTS && is_record(tvb))
        return FORM_RECORD;
    if (form == FORM_BY_CONTENTS || form == FORM_ILIA)
        return is_ilia(tvb, call) ? FORM_ILIA : FORM_OTHER;
    return form;
}

static void dissect_form(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum packet_form form,
                         const struct ilia_call *call)
{
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "IPCTAP");
    col_clear(pinfo->cinfo, COL_INFO);
    if (form == FORM_RECORD)
        ipctap_dissect_record(tvb, pinfo, tree, ipctap_packet_scope(pinfo));
    else if (form == FORM_ILIA)
        dissect_ilia(tvb, pinfo, tree, call);
    else
        dissect_message(tvb, pinfo, tree, form == FORM_HIPC ? IPCTAP_HORIZON : IPCTAP_CTR);
}

static int dissect_user(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    unsigned int link_type = MIN(pinfo->match_uint - WTAP_ENCAP_USER0, LINK_TYPES - 1);
    struct ilia_call call;
    enum packet_form form = recognise(tvb, form_of(link_type), &call);

    if (form == FORM_OTHER)
        return former[link_type]
                   ? call_dissector_with_data(former[link_type], tvb, pinfo, tree, data)
                   : call_data_dissector(tvb, pinfo, tree);
    dissect_form(tvb, pinfo, tree, form, &call);
    return (int)tvb_captured_length(tvb);
}

void user_packets_handoff(int protocol)
{
    dissector_handle_t handle = create_dissector_handle(dissect_user, protocol);
    dissector_table_t table = find_dissector_table("wtap_encap");

    for (unsigned int n = 0; n < LINK_TYPES; n++) {
        former[n] = dissector_get_uint_handle(table, WTAP_ENCAP_USER0 + n);
        dissector_add_uint("wtap_encap", WTAP_ENCAP_USER0 + n, handle);
    }
}
