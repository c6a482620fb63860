/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipctap.h The parts of the record's dissector. */
#ifndef PLUGIN_IPCTAP_H
#define PLUGIN_IPCTAP_H

#include "handles.h"
#include "state.h"

/** Dissects one of a frame's records, in their order. Returns how many bytes of `tvb` it took. */
int ipctap_dissect_record(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, uint64_t scope);

/** The header's fields, and what the record's own item says (ipctap_header.c). */
void ipctap_add_header(const struct call_context *context, proto_tree *tree);
void ipctap_describe(const struct call_context *context);
void ipctap_header_register(int protocol);

/** The call's other frames and its time; behind the message what is odd about it
 *  (ipctap_call.c). */
void ipctap_add_call(const struct call_context *context);
void ipctap_judge_call(const struct call_context *context);
void ipctap_call_register(int protocol, expert_module_t *expert, module_t *module);

/** The processes and the service at both ends: to context->learnt on the first pass, to the
 *  packet's addresses, and to the tree (ipctap_ends.c). */
void ipctap_learn_ends(const struct call_context *context);
void ipctap_set_ends(const struct call_context *context);
void ipctap_add_process(const struct call_context *context);
void ipctap_add_ends(const struct call_context *context);
void ipctap_ends_register(int protocol);

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
