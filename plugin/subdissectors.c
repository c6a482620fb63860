/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file subdissectors.c Dissectors of others inside ours. See subdissectors.h. */
#include "subdissectors.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>

static dissector_table_t tables[SUBDISSECTOR_TABLES];
static const char *const table_names[] = {"cmif.interface", "ctripc.service", "sceipmi.service",
                                          "appmsg.type"};

bool subdissector_by_name(const struct call_context *context, enum subdissector_table table,
                          const char *name, tvbuff_t *tvb, proto_tree *tree)
{
    packet_info *pinfo = context->pinfo;
    volatile bool called = false;

    if (!name || !tvb || !dissector_get_string_handle(tables[table], name))
        return false;
    plugin_flush_info(context);
    TRY
    {
        called = compat_try_string(tables[table], name, tvb, pinfo, tree, NULL) != 0;
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    return called;
}

bool subdissector_by_number(const struct call_context *context, enum subdissector_table table,
                            uint32_t number, tvbuff_t *tvb, proto_tree *tree)
{
    packet_info *pinfo = context->pinfo;
    volatile bool called = false;

    if (!dissector_get_uint_handle(tables[table], number))
        return false;
    plugin_flush_info(context);
    TRY
    {
        called = compat_try_uint(tables[table], number, tvb, pinfo, tree, NULL) != 0;
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    return called;
}

void subdissector_call(const char *dissector, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    dissector_handle_t handle = find_dissector(dissector);

    if (!handle)
        return;
    col_set_writable(pinfo->cinfo, COL_PROTOCOL, FALSE);
    col_set_writable(pinfo->cinfo, COL_INFO, FALSE);
    TRY
    {
        call_dissector_only(handle, tvb, pinfo, tree, NULL);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    col_set_writable(pinfo->cinfo, COL_INFO, TRUE);
    col_set_writable(pinfo->cinfo, COL_PROTOCOL, TRUE);
}

static dissector_table_t by_name(enum subdissector_table table, const char *title,
                                 const char *protocol)
{
    return register_dissector_table(table_names[table], title,
                                    proto_get_id_by_filter_name(protocol), FT_STRING,
                                    0 /* Names differ in their case. */);
}

void subdissectors_register(void)
{
    tables[SUBDISSECTOR_HORIZON] =
        by_name(SUBDISSECTOR_HORIZON, "Switch interface or service", "cmif");
    tables[SUBDISSECTOR_CTR] = by_name(SUBDISSECTOR_CTR, "3DS service", "ctripc");
    tables[SUBDISSECTOR_IPMI] = by_name(SUBDISSECTOR_IPMI, "PlayStation service", "sceipmi");
    tables[SUBDISSECTOR_MESSAGE_TYPE] = register_dissector_table(
        table_names[SUBDISSECTOR_MESSAGE_TYPE], "App Messaging message type",
        proto_get_id_by_filter_name("appmsg"), FT_UINT32, BASE_HEX);
}

static void note_entry(const char *table _U_, ftenum_t type _U_, void *key _U_, void *value _U_,
                       void *exists)
{
    *(bool *)exists = true;
}

bool subdissectors_exist(void)
{
    bool exists = false;

    for (size_t n = 0; n < SUBDISSECTOR_TABLES; n++)
        dissector_table_foreach(table_names[n], note_entry, &exists);
    return exists;
}
