/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file compat.h
 * The only place that knows one Wireshark from another: 4.0, 4.2, 4.4 and 4.6 are built from one
 * source. Include it first, in place of epan's own headers.
 *
 * What needs no #if is written the way that all of them take: pinfo->pool for packet scope, ett
 * handles that start at -1, val_to_str_const() and try_val_to_str() in place of val_to_str().
 */
#ifndef PLUGIN_COMPAT_H
#define PLUGIN_COMPAT_H

#include <wireshark.h>
#include <ws_version.h>

#include <epan/charsets.h>
#include <epan/column-utils.h>
#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/epan.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/stats_tree.h>
#include <epan/strutil.h>
#include <epan/tfs.h>
#include <epan/to_str.h>
#include <wiretap/wtap.h>

#include <stdbool.h>
#include <stdint.h>

#define COMPAT_VERSION_AT_LEAST(major, minor)                                                      \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Results of heuristic dissectors, variables behind boolean preferences, booleans by pointer. */
#if COMPAT_VERSION_AT_LEAST(4, 4)
typedef bool compat_bool;
#else
typedef gboolean compat_bool;
#endif

/* The text was of unsigned characters in 4.0 and is not any more: void suits both. */
static inline char *compat_format_text(wmem_allocator_t *pool, const void *bytes, size_t length)
{
    return format_text(pool, bytes, length);
}

/* 4.6 renamed dissector_try_uint_new() and leaves the old name as a deprecated inline function. */
#if COMPAT_VERSION_AT_LEAST(4, 6)
#define compat_try_uint(table, value, tvb, pinfo, tree, data)                                      \
    dissector_try_uint_with_data(table, value, tvb, pinfo, tree, true, data)
#else
#define compat_try_uint(table, value, tvb, pinfo, tree, data)                                      \
    dissector_try_uint_new(table, value, tvb, pinfo, tree, TRUE, data)
#endif

#if COMPAT_VERSION_AT_LEAST(4, 6)
#define compat_try_string(table, name, tvb, pinfo, tree, data)                                     \
    dissector_try_string_with_data(table, name, tvb, pinfo, tree, true, data)
#else
#define compat_try_string(table, name, tvb, pinfo, tree, data)                                     \
    dissector_try_string_new(table, name, tvb, pinfo, tree, TRUE, data)
#endif

/* 4.4 asks for the section of the file, too: interfaces are numbered in each anew. */
#if COMPAT_VERSION_AT_LEAST(4, 4)
#define compat_interface_name(pinfo, number)                                                       \
    epan_get_interface_name(                                                                       \
        (pinfo)->epan, number,                                                                     \
        (pinfo)->rec->presence_flags &WTAP_HAS_SECTION_NUMBER ? (pinfo)->rec->section_number : 0)
#else
#define compat_interface_name(pinfo, number) epan_get_interface_name((pinfo)->epan, number)
#endif

/* Between the levels of a statistics menu; 4.0 has no name for it. */
#ifdef STATS_TREE_MENU_SEPARATOR
#define COMPAT_MENU_SEPARATOR STATS_TREE_MENU_SEPARATOR
#else
#define COMPAT_MENU_SEPARATOR "/"
#endif

/* 4.4 gave filters a pointer of the registering dissector's. */
#if COMPAT_VERSION_AT_LEAST(4, 4)
#define COMPAT_FILTER_DATA , void *filter_data _U_
#define compat_conversation_filter(protocol, name, is_valid, build)                                \
    register_conversation_filter(protocol, name, is_valid, build, NULL)
#else
#define COMPAT_FILTER_DATA
#define compat_conversation_filter(protocol, name, is_valid, build)                                \
    register_conversation_filter(protocol, name, is_valid, build)
#endif

/* 4.2 gave Follow the number of streams and a search for sub-streams. */
#if COMPAT_VERSION_AT_LEAST(4, 2)
#define compat_register_follow(protocol, tap, packet_filter, index_filter, address_filter, port,   \
                               listener, stream_count)                                             \
    register_follow_stream(protocol, tap, packet_filter, index_filter, address_filter, port,       \
                           listener, stream_count, NULL)
#else
#define compat_register_follow(protocol, tap, packet_filter, index_filter, address_filter, port,   \
                               listener, stream_count)                                             \
    register_follow_stream(protocol, tap, packet_filter, index_filter, address_filter, port,       \
                           listener)
#endif

/* What plugin_describe() answers (4.4 and later ask): WS_PLUGIN_DESC_DISSECTOR, whose header 4.0
 * and 4.2 do not ship. */
#define COMPAT_PLUGIN_DISSECTOR 1u

#endif
