/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structures that are no parameter blocks: configurations, the packet info, the headers of packets.
 * Sources and confidence: docs/orbis.md.
 */
#include "layout_table.h"

/* 32 sizes of message queues, one u64 each; the array begins at `start`. */
#define QUEUE(start, n) FIELD("queue_size_" #n, "Size of queue " #n, (start) + 8 * (n), 8, DECIMAL)
#define QUEUES(start)                                                                              \
    QUEUE(start, 0), QUEUE(start, 1), QUEUE(start, 2), QUEUE(start, 3), QUEUE(start, 4),           \
        QUEUE(start, 5), QUEUE(start, 6), QUEUE(start, 7), QUEUE(start, 8), QUEUE(start, 9),       \
        QUEUE(start, 10), QUEUE(start, 11), QUEUE(start, 12), QUEUE(start, 13), QUEUE(start, 14),  \
        QUEUE(start, 15), QUEUE(start, 16), QUEUE(start, 17), QUEUE(start, 18), QUEUE(start, 19),  \
        QUEUE(start, 20), QUEUE(start, 21), QUEUE(start, 22), QUEUE(start, 23), QUEUE(start, 24),  \
        QUEUE(start, 25), QUEUE(start, 26), QUEUE(start, 27), QUEUE(start, 28), QUEUE(start, 29),  \
        QUEUE(start, 30), QUEUE(start, 31)

/* What a client may ask at once: in its configuration, and as the server sees it, at 0x08. */
#define CLIENT_LIMITS                                                                              \
    FIELD("sync_max_outstanding", "Outstanding sync requests", 0x08, 4, DECIMAL),                  \
        FIELD("padding_0c", "Padding", 0x0C, 4, PADDING),                                          \
        FIELD("sync_in_limit", "Sync input limit", 0x10, 8, DECIMAL),                              \
        FIELD("sync_out_limit", "Sync output limit", 0x18, 8, DECIMAL),                            \
        FIELD("async_max_outstanding", "Outstanding async requests", 0x20, 4, DECIMAL),            \
        FIELD("padding_24", "Padding", 0x24, 4, PADDING),                                          \
        FIELD("async_in_limit", "Async input limit", 0x28, 8, DECIMAL),                            \
        FIELD("async_out_limit", "Async output limit", 0x30, 8, DECIMAL)

static const struct sceipmi_field client_config_fields[] = {
    FIELD("size", "Size of this structure", 0x00, 8, HEX),
    CLIENT_LIMITS,
    FIELD("num_queues", "Number of message queues", 0x38, 4, DECIMAL),
    FIELD("padding_3c", "Padding", 0x3C, 4, PADDING),
    QUEUES(0x40),
    FIELD("unknown_140", "Unknown", 0x140, 4, HEX),
    FIELD("unknown_144", "Unknown", 0x144, 4, HEX),
    POINTER("user_data", "User data", 0x148, OBJECT),
};

static const struct sceipmi_field server_config_fields[] = {
    FIELD("size", "Size of this structure", 0x00, 8, HEX),
    FIELD("unknown_08", "Unknown (pool or message size)", 0x08, 4, HEX),
    FIELD("unknown_0c", "Unknown", 0x0C, 4, HEX),
    FIELD("unknown_10", "Unknown", 0x10, 4, HEX),
    FIELD("unknown_14", "Unknown", 0x14, 4, HEX),
    FIELD("multiple_threads", "Several server threads", 0x18, 4, DECIMAL),
    FIELD("unknown_1c", "Unknown", 0x1C, 4, HEX),
    FIELD("unknown_20", "Unknown", 0x20, 8, HEX),
    POINTER("user_data", "User data", 0x28, OBJECT),
    POINTER("event_handler", "Event handler", 0x30, OBJECT),
};

static const struct sceipmi_field session_config_fields[] = {
    FIELD("size", "Size of this structure", 0x00, 8, HEX),
    POINTER("user_data", "User data", 0x08, OBJECT),
};

static const struct sceipmi_field packet_info_fields[] = {
    FIELD("input_size", "Packet size", 0x00, 8, DECIMAL),
    FIELD("type", "Packet type", 0x08, 4, HEX),
    FIELD("client_kid", "Client kid", 0x0C, 4, KID),
    POINTER("event_handler", "Event handler", 0x10, OBJECT),
};

static const struct sceipmi_field sync_packet_fields[] = {
    POINTER("session_impl", "Session object", 0x00, OBJECT),
    FIELD("pid", "Client process", 0x08, 4, DECIMAL),
    FIELD("method", "Method index", 0x0C, 4, METHOD),
    FIELD("num_in", "Input count", 0x10, 4, DECIMAL),
    FIELD("num_out", "Output count", 0x14, 4, DECIMAL),
};

/* +0x0C: RPCSX writes the client's pid; the responding call needs the ticket of the request, which
 * nothing else in the packet could give. docs/orbis.md, "Async packets". */
static const struct sceipmi_field async_packet_fields[] = {
    POINTER("session_impl", "Session object", 0x00, OBJECT),
    FIELD("method", "Method index", 0x08, 4, METHOD),
    FIELD("ticket", "Ticket or process", 0x0C, 4, HEX),
    FIELD("num_in", "Input count", 0x10, 4, DECIMAL),
};

static const struct sceipmi_field connect_packet_fields[] = {
    FIELD("pid", "Client process", 0x00, 4, DECIMAL),
    FIELD("client_kid", "Client kid", 0x04, 4, KID),
    CLIENT_LIMITS,
    FIELD("num_event_flags", "Number of event flags", 0x38, 4, DECIMAL),
    FIELD("unknown_3c", "Unknown", 0x3C, 4, HEX),
    FIELD("num_queues", "Number of message queues", 0x40, 4, DECIMAL),
    FIELD("padding_44", "Padding", 0x44, 4, PADDING),
    QUEUES(0x48),
    FIELD("memory_size", "Client memory size", 0x148, 8, DECIMAL),
};

static const struct sceipmi_layout client_config =
    LAYOUT("ClientConfig", 0x150, client_config_fields);
static const struct sceipmi_layout server_config =
    LAYOUT("ServerConfig", 0x38, server_config_fields);
static const struct sceipmi_layout session_config =
    LAYOUT("SessionConfig", 0x10, session_config_fields);
static const struct sceipmi_layout packet_info =
    LAYOUT("PacketInfo", SCEIPMI_PACKET_INFO_SIZE, packet_info_fields);
static const struct sceipmi_layout sync_packet = LAYOUT("SyncPacket", 0x18, sync_packet_fields);
static const struct sceipmi_layout async_packet = LAYOUT("AsyncPacket", 0x14, async_packet_fields);
static const struct sceipmi_layout connect_packet =
    LAYOUT("ConnectPacket", 0x150, connect_packet_fields);

const struct sceipmi_layout *sceipmi_client_config(void)
{
    return &client_config;
}

const struct sceipmi_layout *sceipmi_server_config(void)
{
    return &server_config;
}

const struct sceipmi_layout *sceipmi_session_config(void)
{
    return &session_config;
}

const struct sceipmi_layout *sceipmi_config_layout(uint32_t op)
{
    switch (op) {
    case SCEIPMI_CREATE_SERVER:
        return &server_config;
    case SCEIPMI_CREATE_CLIENT:
        return &client_config;
    case SCEIPMI_CREATE_SESSION:
        return &session_config;
    default:
        return NULL;
    }
}

const struct sceipmi_layout *sceipmi_packet_info(void)
{
    return &packet_info;
}

const struct sceipmi_layout *sceipmi_sync_packet(void)
{
    return &sync_packet;
}

const struct sceipmi_layout *sceipmi_async_packet(void)
{
    return &async_packet;
}

const struct sceipmi_layout *sceipmi_connect_packet(void)
{
    return &connect_packet;
}
