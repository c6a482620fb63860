/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ipctap_ends.c
 * Who speaks and who is spoken to: processes and services, as texts, as Source and Destination, and
 * as the fields that tables of conversations filter by.
 */
#include "ipctap.h"
#include "keep.h"
#include "state.h"

#include <epan/address.h>

static int hf_process = -1;
static int hf_peer = -1;
static int hf_stream = -1;
static int hf_src = -1;
static int hf_dst = -1;
static int hf_endpoint = -1;

/* ---- Whose record it is ---- */

/* "PROCESS_NAME: 0 this side's, 1 the peer's." */
enum {
    OWN_NAME,
    PEERS_NAME
};

static void note_process_name(const struct call_context *context, struct process_state *process,
                              uint16_t index)
{
    struct ipctap_section section;

    if (process->pid < IPCTAP_NO_PEER &&
        record_find(context, IPCTAP_PROCESS_NAME, index, &section) && record_is_whole(&section))
        state_name_process(context, process, &section);
}

static const char *make_process_text(const char *name, uint32_t pid)
{
    struct text text;

    if (pid == IPCTAP_UNKNOWN_ID)
        return name ? name : "unknown process";
    if (pid == IPCTAP_NO_PEER)
        return "emulator";
    text_begin(&text);
    text_add(&text, name);
    text_add(&text, name ? " (pid " : "pid ");
    text_add_unsigned(&text, pid);
    text_add(&text, name ? ")" : NULL);
    return keep_unique(text_end(&text));
}

static const char *process_text(struct process_state *process)
{
    if (!process->text)
        process->text = make_process_text(process->name, process->pid);
    return process->text;
}

const char *call_process_text(const struct call_context *context, uint32_t pid)
{
    return process_text(state_process(context, pid));
}

/* Who speaks in a note of no process is its producer. */
static const char *own_text(const struct call_context *context)
{
    const char *producer = NULL;

    if (context->header->pid == IPCTAP_UNKNOWN_ID && context->header->kind == IPCTAP_NOTE)
        producer = record_kept_text(context, IPCTAP_PRODUCER, 0);
    return producer ? producer : process_text(context->process);
}

static const char *peer_text(const struct call_context *context, struct process_state *peer)
{
    switch (context->header->kind) {
    case IPCTAP_KERNEL_CALL:
        return "kernel";
    case IPCTAP_NOTE:
        return "note";
    default:
        return process_text(peer);
    }
}

void ipctap_learn_ends(const struct call_context *context)
{
    struct process_state *peer = state_process(context, context->header->peer_pid);

    note_process_name(context, context->process, OWN_NAME);
    note_process_name(context, peer, PEERS_NAME);
    context->learnt->process = own_text(context);
    context->learnt->peer = peer_text(context, peer);
}

void call_set_peer(const struct call_context *context, const char *peer)
{
    if (context->learnt && peer)
        context->learnt->peer = peer;
}

void ipctap_add_process(const struct call_context *context)
{
    plugin_add_generated_string(context->tree, hf_process, context->tvb, context->target->process);
}

/* ---- Source and Destination ---- */

/* A request goes from the client to the server, seen from either side. */
static bool is_outbound(const struct call_context *context)
{
    return call_is_exit(context) == call_is_server(context);
}

/* The texts live as long as the file. */
static void set_endpoint(address *target, const char *text, uint32_t size)
{
    set_address(target, AT_STRINGZ, (int)size, text);
}

/* Follow Stream takes port 0 for "none yet", so both ports are never 0. */
static uint32_t port_of(uint32_t pid)
{
    return pid < IPCTAP_NO_PEER && pid != 0 ? pid : 1;
}

/* On a TCP connection the addresses are the connection's: reassembly still needs them. */
void ipctap_set_ends(const struct call_context *context)
{
    const struct record_target *target = context->memo->target;
    packet_info *pinfo = context->pinfo;
    bool outbound = is_outbound(context);
    uint32_t own = port_of(context->header->pid), other = port_of(context->header->peer_pid);

    if (call_is_streamed(context))
        return;
    set_endpoint(outbound ? &pinfo->src : &pinfo->dst, target->process, target->process_size);
    set_endpoint(outbound ? &pinfo->dst : &pinfo->src, target->peer, target->peer_size);
    pinfo->srcport = outbound ? own : other;
    pinfo->destport = outbound ? other : own;
    pinfo->p2p_dir = outbound ? P2P_DIR_SENT : P2P_DIR_RECV;
}

static void add_hidden(const struct call_context *context, int hf, const char *text)
{
    proto_item_set_hidden(proto_tree_add_string(context->tree, hf, context->tvb, 0, 0, text));
}

/* The hidden ones are what conversation and endpoint tables filter by. */
void ipctap_add_ends(const struct call_context *context)
{
    const struct record_target *target = context->target;
    bool outbound = is_outbound(context);

    plugin_add_generated_string(context->tree, hf_peer, context->tvb, target->peer);
    add_hidden(context, hf_src, outbound ? target->process : target->peer);
    add_hidden(context, hf_dst, outbound ? target->peer : target->process);
    add_hidden(context, hf_endpoint, target->process);
    add_hidden(context, hf_endpoint, target->peer);
    if (target->session)
        plugin_add_generated_uint(context->tree, hf_stream, context->tvb, target->session->stream);
}

void ipctap_ends_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_process,
         {"Process", "ipctap.process", FT_STRING, BASE_NONE, NULL, 0, "Whose side this is", HFILL}},
        {&hf_peer,
         {"Peer", "ipctap.peer", FT_STRING, BASE_NONE, NULL, 0,
          "Service or process at the other end", HFILL}},
        {&hf_stream,
         {"Stream", "ipctap.stream", FT_UINT32, BASE_DEC, NULL, 0,
          "Numbers what processes know as sessions, kids included, from 0; for Follow", HFILL}},
        {&hf_src,
         {"Source", "ipctap.src", FT_STRING, BASE_NONE, NULL, 0, "Process or service that speaks",
          HFILL}},
        {&hf_dst,
         {"Destination", "ipctap.dst", FT_STRING, BASE_NONE, NULL, 0,
          "Process or service that is spoken to", HFILL}},
        {&hf_endpoint,
         {"Endpoint", "ipctap.endpoint", FT_STRING, BASE_NONE, NULL, 0, "Source or destination",
          HFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
}
