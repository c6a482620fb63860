/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file subdissectors.h
 * Tables in which others, Lua scripts too, add dissectors for a service or a message type, and
 * calls of Wireshark's own dissectors for payloads.
 */
#ifndef PLUGIN_SUBDISSECTORS_H
#define PLUGIN_SUBDISSECTORS_H

#include "plugin.h"

/** Tables by name: "cmif.interface", "ctripc.service", "sceipmi.service"; by number:
 *  "appmsg.type". */
enum subdissector_table {
    SUBDISSECTOR_HORIZON,
    SUBDISSECTOR_CTR,
    SUBDISSECTOR_IPMI,
    SUBDISSECTOR_MESSAGE_TYPE,
    SUBDISSECTOR_TABLES,
};

void subdissectors_register(void);

/** Whether anybody has added one. */
bool subdissectors_exist(void);

/** Calls what somebody added for that name; false if nobody did, `name` is NULL or `tvb` is. What
 *  goes wrong in there is shown and stays there. */
bool subdissector_by_name(const struct call_context *context, enum subdissector_table table,
                          const char *name, tvbuff_t *tvb, proto_tree *tree);
bool subdissector_by_number(const struct call_context *context, enum subdissector_table table,
                            uint32_t number, tvbuff_t *tvb, proto_tree *tree);

/** Calls a dissector of Wireshark's own; the packet list's columns stay ours. */
void subdissector_call(const char *dissector, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
