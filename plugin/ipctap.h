/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipctap.h The parts of the record's dissector. */
#ifndef PLUGIN_IPCTAP_H
#define PLUGIN_IPCTAP_H

#include "handles.h"
#include "state.h"

/** Dissects one of a frame's records, in their order. Returns how many bytes of `tvb` it took. */
int ipctap_dissect_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, uint64_t scope);

/** The tree of one section (ipctap_section.c). */
void ipctap_add_sections(const struct call_context *context, proto_tree *tree,
                         struct ipcshark_findings *findings);
void ipctap_section_register(int protocol);

/** Kernel calls and notes: kinds 5 and 6 (ipctap_kernel.c, ipctap_note.c). */
void ipctap_add_kernel_call(const struct call_context *context, proto_tree *tree, tvbuff_t *tvb);
/** First pass: what the call does to handles and processes. */
void ipctap_track_kernel_call(const struct call_context *context);
void ipctap_dissect_kernel_call(const struct call_context *context);
void ipctap_kernel_register(int protocol);
void ipctap_dissect_note(const struct call_context *context);

/** The record stream over TCP (ipctap_stream.c). */
void ipctap_stream_register(int protocol);
void ipctap_stream_handoff(int protocol);

/** Names from the codecs' functions as Wireshark's value strings, so that they stand in one place.
 */
const value_string *plugin_value_strings(const char *(*name)(uint32_t number), uint32_t limit);

/** What state of a capture file's packet belongs to: its section and interface. */
uint64_t ipctap_packet_scope(const packet_info *pinfo);

/** user_packets.c: packets of DLT_USER0 to 15. */
void user_packets_register(module_t *preferences);
void user_packets_handoff(int protocol);

#endif
