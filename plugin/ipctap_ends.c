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

static void note_process_names(const struct call_context *context)
{
    const uint32_t pids[2] = {context->header->pid, context->header->peer_pid};
    struct ipctap_section section;

    for (uint16_t n = 0; n < 2; n++) {
        if (pids[n] < IPCTAP_NO_PEER && record_find(context, IPCTAP_PROCESS_NAME, n, &section) &&
            record_is_whole(&section))
            state_name_process(context, pids[n], &section);
    }
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

const char *call_process_text(const struct call_context *context, uint32_t pid)
{
    struct process_state *process = state_process(context, pid);

    if (!process->text)
        process->text = make_process_text(process->name, pid);
    return process->text;
}

/* Who speaks in a note of no process is its producer. */
static const char *own_text(const struct call_context *context)
{
    const char *producer = record_text(context, IPCTAP_PRODUCER, 0);

    if (context->header->pid == IPCTAP_UNKNOWN_ID && context->header->kind == IPCTAP_NOTE &&
        producer)
        return keep_unique(producer);
    return call_process_text(context, context->header->pid);
}

static const char *peer_text(const struct call_context *context)
{
    switch (context->header->kind) {
    case IPCTAP_KERNEL_CALL:
        return "kernel";
    case IPCTAP_NOTE:
        return "note";
    default:
        return call_process_text(context, context->header->peer_pid);
    }
}

void ipctap_learn_ends(const struct call_context *context)
{
    note_process_names(context);
    context->learnt->process = own_text(context);
    context->learnt->peer = peer_text(context);
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
static void set_endpoint(address *target, const char *text)
{
    set_address(target, AT_STRINGZ, (int)strlen(text) + 1, text);
}

/* Follow Stream takes port 0 for "none yet", so both ports are never 0. */
static uint32_t port_of(uint32_t pid)
{
    return pid < IPCTAP_NO_PEER && pid != 0 ? pid : 1;
}

/* On a TCP connection the addresses are the connection's: reassembly still needs them. */
void ipctap_set_ends(const struct call_context *context)
{
    packet_info *pinfo = context->pinfo;
    bool outbound = is_outbound(context);
    uint32_t own = port_of(context->header->pid), other = port_of(context->header->peer_pid);

    if (call_is_streamed(context))
        return;
    set_endpoint(outbound ? &pinfo->src : &pinfo->dst, context->target->process);
    set_endpoint(outbound ? &pinfo->dst : &pinfo->src, context->target->peer);
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
