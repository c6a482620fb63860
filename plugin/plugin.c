/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file plugin.c What Wireshark looks for in a plugin, and the list of its dissectors. */
#include "subdissectors.h"
#include "tap.h"

#define TEXT(token)          #token
#define DOTTED(major, minor) TEXT(major) "." TEXT(minor)

WS_DLL_PUBLIC_DEF const char plugin_version[] = IPCSHARK_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC_DEF void plugin_register(void);
WS_DLL_PUBLIC_DEF uint32_t plugin_describe(void);

static void register_all(void)
{
    ipctap_register();
    findings_register(proto_get_id_by_filter_name("ipctap"));
    horizon_register();
    ctripc_register();
    findings_register(proto_get_id_by_filter_name("ctripc"));
    sceipmi_register();
    findings_register(proto_get_id_by_filter_name("sceipmi"));
    appmsg_register();
    findings_register(proto_get_id_by_filter_name("appmsg"));
    tap_register(proto_get_id_by_filter_name("ipctap"));
    subdissectors_register();
    wants_register();
}

static void hand_off_all(void)
{
    ipctap_handoff();
    horizon_handoff();
    ctripc_handoff();
    sceipmi_handoff();
    appmsg_handoff();
    wants_handoff();
}

void plugin_register(void)
{
    static proto_plugin plugin;

    plugin.register_protoinfo = register_all;
    plugin.register_handoff = hand_off_all;
    proto_register_plugin(&plugin);
}

uint32_t plugin_describe(void)
{
    return COMPAT_PLUGIN_DISSECTOR;
}
