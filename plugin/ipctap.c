/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipctap.c The record's own dissector, to which all others belong. */
#include "state.h"

static int proto_ipctap = -1;
static dissector_table_t kind_table;
static dissector_handle_t ipctap_handle;

static int dissect_ipctap(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_,
                          void *data _U_)
{
    (void)kind_table;
    return (int)tvb_captured_length(tvb);
}

void ipctap_register(void)
{
    proto_ipctap = proto_register_protocol("Console IPC record", "IPCTAP", "ipctap");
    kind_table = register_dissector_table("ipctap.kind", "Console IPC record kind", proto_ipctap,
                                          FT_UINT8, BASE_DEC);
    ipctap_handle = register_dissector("ipctap", dissect_ipctap, proto_ipctap);
    state_register();
}

void ipctap_handoff(void)
{
    (void)ipctap_handle;
}
