/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manager calls and their parameter blocks. Names, sizes and offsets: docs/orbis.md, "Manager
 * calls" and "Parameter blocks", with the source and the confidence of each.
 */
#include "layout_table.h"

#define CERTAIN SCEIPMI_CERTAIN
#define LIKELY  SCEIPMI_LIKELY
#define GUESS   SCEIPMI_GUESS

static const struct sceipmi_field create_server_fields[] = {
    POINTER("server_impl", "Server object", 0x00, OBJECT),
    POINTER("name", "Name", 0x08, NAME),
    POINTER("config", "Configuration", 0x10, CONFIG),
};

static const struct sceipmi_field create_client_fields[] = {
    POINTER("client_impl", "Client object", 0x00, OBJECT),
    POINTER("name", "Service name", 0x08, NAME),
    POINTER("config", "Configuration", 0x10, CONFIG),
};

static const struct sceipmi_field create_session_fields[] = {
    POINTER("session_impl", "Session object", 0x00, OBJECT),
    POINTER("config", "User data descriptor", 0x08, CONFIG),
};

static const struct sceipmi_field trace_fields[] = {
    FIELD("client_kid", "Client kid", 0x00, 4, KID),
    FIELD("unknown_04", "Unknown", 0x04, 4, HEX),
    FIELD("name", "Name", 0x08, 25, TEXT),
    FIELD("padding_21", "Padding", 0x21, 1, PADDING),
    FIELD("padding_22", "Padding", 0x22, 2, PADDING),
    FIELD("unknown_24", "Unknown", 0x24, 4, HEX),
    FIELD("unknown_28", "Unknown", 0x28, 4, HEX),
    FIELD("unknown_2c", "Unknown", 0x2C, 4, HEX),
    FIELD("unknown_30", "Unknown", 0x30, 4, HEX),
    FIELD("unknown_34", "Unknown", 0x34, 4, HEX),
    FIELD("unknown_38", "Unknown", 0x38, 4, HEX),
    FIELD("unknown_3c", "Unknown", 0x3C, 4, HEX),
};

static const struct sceipmi_field receive_packet_fields[] = {
    POINTER("packet", "Packet buffer", 0x00, PACKET),
    FIELD("packet_size", "Packet buffer size", 0x08, 8, DECIMAL),
    POINTER("packet_info", "Packet info", 0x10, PACKET_INFO),
    POINTER("value", "Unknown value", 0x18, VALUE),
};

static const struct sceipmi_field old_connect_fields[] = {
    POINTER("packet", "Connect data", 0x00, PACKET),
    FIELD("unknown_08", "Unknown", 0x08, 8, HEX),
    FIELD("packet_size", "Connect data size", 0x10, 8, DECIMAL),
    FIELD("unknown_18", "Unknown", 0x18, 8, HEX),
};

static const struct sceipmi_field connect_result_fields[] = {
    FIELD("status", "Connect status", 0x00, 4, RESULT),
};

static const struct sceipmi_field old_connect_result_fields[] = {
    POINTER("session_key", "Session key", 0x00, OTHER),
    POINTER("unknown", "Unknown value", 0x08, OTHER),
    POINTER("session_id", "Session id", 0x10, OTHER),
    POINTER("result", "Result", 0x18, RESULT),
};

static const struct sceipmi_field respond_sync_fields[] = {
    FIELD("result", "Method result", 0x00, 4, RESULT),
    FIELD("num_out", "Output count", 0x04, 4, DECIMAL),
    POINTER("out", "Outputs", 0x08, BUFFER_INFO),
    FIELD("flags", "Flags", 0x10, 4, HEX),
    FIELD("padding_14", "Padding", 0x14, 4, PADDING),
};

static const struct sceipmi_field invoke_async_fields[] = {
    FIELD("method", "Method index", 0x00, 4, METHOD),
    FIELD("event_flag", "Event flag index", 0x04, 4, SIGNED),
    FIELD("pattern", "Event pattern", 0x08, 8, HEX),
    FIELD("num_in", "Input count", 0x10, 4, DECIMAL),
    FIELD("padding_14", "Padding", 0x14, 4, PADDING),
    POINTER("in", "Inputs", 0x18, DATA_INFO),
    POINTER("ticket", "Ticket", 0x20, TICKET),
    FIELD("flags", "Flags", 0x28, 4, HEX),
    FIELD("padding_2c", "Padding", 0x2C, 4, PADDING),
};

static const struct sceipmi_field respond_async_fields[] = {
    FIELD("method", "Method index", 0x00, 4, METHOD),
    FIELD("ticket", "Ticket", 0x04, 4, HEX),
    FIELD("result", "Method result", 0x08, 4, RESULT),
    FIELD("num_out", "Output count", 0x0C, 4, DECIMAL),
    POINTER("out", "Outputs", 0x10, DATA_INFO),
    FIELD("flags", "Flags", 0x18, 4, HEX),
    FIELD("padding_1c", "Padding", 0x1C, 4, PADDING),
};

static const struct sceipmi_field try_get_result_fields[] = {
    FIELD("method", "Method index", 0x00, 4, METHOD),
    FIELD("ticket", "Ticket", 0x04, 4, HEX),
    POINTER("result", "Method result", 0x08, RESULT),
    FIELD("num_out", "Output count", 0x10, 4, DECIMAL),
    FIELD("padding_14", "Padding", 0x14, 4, PADDING),
    POINTER("out", "Outputs", 0x18, BUFFER_INFO),
    FIELD("unknown_20", "Unknown", 0x20, 8, HEX),
};

static const struct sceipmi_field get_message_fields[] = {
    FIELD("queue", "Message queue index", 0x00, 4, DECIMAL),
    FIELD("padding_04", "Padding", 0x04, 4, PADDING),
    POINTER("message", "Message buffer", 0x08, MESSAGE),
    POINTER("size", "Message size", 0x10, SIZE),
    FIELD("max_size", "Message buffer size", 0x18, 8, DECIMAL),
    POINTER("timeout", "Timeout", 0x20, TIMEOUT),
};

static const struct sceipmi_field send_message_fields[] = {
    FIELD("queue", "Message queue index", 0x00, 4, DECIMAL),
    FIELD("padding_04", "Padding", 0x04, 4, PADDING),
    POINTER("message", "Message", 0x08, MESSAGE),
    FIELD("message_size", "Message size", 0x10, 8, DECIMAL),
    POINTER("timeout", "Timeout", 0x18, TIMEOUT),
};

static const struct sceipmi_field empty_queue_fields[] = {
    FIELD("queue", "Message queue index", 0x00, 4, DECIMAL),
};

static const struct sceipmi_field value_fields[] = {
    POINTER("value", "Value", 0x00, VALUE),
};

static const struct sceipmi_field name_fields[] = {
    POINTER("name", "Name", 0x00, NAME),
};

static const struct sceipmi_field disconnect_fields[] = {
    POINTER("status", "Disconnect status", 0x00, STATUS),
};

static const struct sceipmi_field invoke_sync_fields[] = {
    FIELD("method", "Method index", 0x00, 4, METHOD),
    FIELD("num_in", "Input count", 0x04, 4, DECIMAL),
    FIELD("num_out", "Output count", 0x08, 4, DECIMAL),
    FIELD("padding_0c", "Padding", 0x0C, 4, PADDING),
    POINTER("in", "Inputs", 0x10, DATA_INFO),
    POINTER("out", "Outputs", 0x18, BUFFER_INFO),
    POINTER("result", "Method result", 0x20, RESULT),
    FIELD("flags", "Flags", 0x28, 4, HEX),
    FIELD("padding_2c", "Padding", 0x2C, 4, PADDING),
};

static const struct sceipmi_field connect_fields[] = {
    POINTER("user_data", "User data", 0x00, USER_DATA),
    FIELD("user_data_size", "User data size", 0x08, 8, DECIMAL),
    POINTER("status", "Connect status", 0x10, STATUS),
    POINTER("timeout", "Timeout", 0x18, TIMEOUT),
};

static const struct sceipmi_field wait_event_flag_fields[] = {
    FIELD("event_flag", "Event flag index", 0x00, 4, DECIMAL),
    FIELD("padding_04", "Padding", 0x04, 4, PADDING),
    FIELD("pattern", "Event pattern", 0x08, 8, HEX),
    FIELD("mode", "Wait mode", 0x10, 4, HEX),
    FIELD("padding_14", "Padding", 0x14, 4, PADDING),
    POINTER("result_pattern", "Result pattern", 0x18, PATTERN),
    POINTER("timeout", "Timeout", 0x20, TIMEOUT),
};

static const struct sceipmi_field set_event_flag_fields[] = {
    FIELD("event_flag", "Event flag index", 0x00, 4, DECIMAL),
    FIELD("padding_04", "Padding", 0x04, 4, PADDING),
    FIELD("pattern", "Event pattern", 0x08, 8, HEX),
};

/* TryGetMsg, TrySendMsg and PollEventFlag are the waiting forms without their last field. */
#define WITHOUT_TIMEOUT(name, size, fields)                                                        \
    {                                                                                              \
        name, size, (uint8_t)(FIELD_COUNT(fields) - 1), fields                                     \
    }

static const struct sceipmi_layout create_server =
    LAYOUT("CreateServer", 0x18, create_server_fields);
static const struct sceipmi_layout create_client =
    LAYOUT("CreateClient", 0x18, create_client_fields);
static const struct sceipmi_layout create_session =
    LAYOUT("CreateSession", 0x10, create_session_fields);
static const struct sceipmi_layout trace = LAYOUT("Trace", 0x40, trace_fields);
static const struct sceipmi_layout receive_packet =
    LAYOUT("ServerReceivePacket", 0x20, receive_packet_fields);
static const struct sceipmi_layout old_connect =
    LAYOUT("SendConnectRequest", 0x20, old_connect_fields);
static const struct sceipmi_layout connect_result =
    LAYOUT("SendConnectResult", 4, connect_result_fields);
static const struct sceipmi_layout old_connect_result =
    LAYOUT("ReceiveConnectResult", 0x20, old_connect_result_fields);
static const struct sceipmi_layout respond_sync =
    LAYOUT("RespondToSyncMethodRequest", 0x18, respond_sync_fields);
static const struct sceipmi_layout invoke_async =
    LAYOUT("InvokeAsyncMethod", 0x30, invoke_async_fields);
static const struct sceipmi_layout respond_async =
    LAYOUT("RespondToAsyncMethodRequest", 0x20, respond_async_fields);
static const struct sceipmi_layout try_get_result =
    LAYOUT("TryGetResult", 0x28, try_get_result_fields);
static const struct sceipmi_layout get_message = LAYOUT("GetMsg", 0x28, get_message_fields);
static const struct sceipmi_layout try_get_message =
    WITHOUT_TIMEOUT("TryGetMsg", 0x20, get_message_fields);
static const struct sceipmi_layout send_message = LAYOUT("SendMsg", 0x20, send_message_fields);
static const struct sceipmi_layout try_send_message =
    WITHOUT_TIMEOUT("TrySendMsg", 0x18, send_message_fields);
static const struct sceipmi_layout empty_queue = LAYOUT("EmptyMsgQueue", 4, empty_queue_fields);
static const struct sceipmi_layout value_query = LAYOUT("Query", 8, value_fields);
static const struct sceipmi_layout name_query = LAYOUT("GetName", 8, name_fields);
static const struct sceipmi_layout disconnect = LAYOUT("Disconnect", 8, disconnect_fields);
static const struct sceipmi_layout invoke_sync =
    LAYOUT("InvokeSyncMethod", 0x30, invoke_sync_fields);
static const struct sceipmi_layout connect_block = LAYOUT("Connect", 0x20, connect_fields);
static const struct sceipmi_layout wait_event_flag =
    LAYOUT("WaitEventFlag", 0x28, wait_event_flag_fields);
static const struct sceipmi_layout poll_event_flag =
    WITHOUT_TIMEOUT("PollEventFlag", 0x20, wait_event_flag_fields);
static const struct sceipmi_layout set_event_flag =
    LAYOUT("SetEventFlag", 0x10, set_event_flag_fields);

#define NONE    SCEIPMI_NO_OBJECT
#define SERVER  SCEIPMI_SERVER
#define CLIENT  SCEIPMI_CLIENT
#define SESSION SCEIPMI_SESSION
#define ANY     (SCEIPMI_SERVER | SCEIPMI_CLIENT | SCEIPMI_SESSION)

/* op, name, kid, confidence, is the block's size known, block */
static const struct sceipmi_operation operations[] = {
    {0x000, "CreateServer", NONE, CERTAIN, true, &create_server},
    {0x001, "DestroyServer", SERVER, CERTAIN, true, NULL},
    {0x002, "CreateClient", NONE, CERTAIN, true, &create_client},
    {0x003, "DestroyClient", CLIENT, CERTAIN, true, NULL},
    {0x004, "CreateSession", NONE, CERTAIN, true, &create_session},
    {0x005, "DestroySession", SESSION, CERTAIN, true, NULL},
    {0x010, "Trace", ANY, LIKELY, true, &trace},
    {0x201, "ServerReceivePacket", SERVER, CERTAIN, true, &receive_packet},
    {0x202, "ShutdownDispatcher", SERVER, LIKELY, false, NULL},
    {0x211, "SendConnectRequest", CLIENT, LIKELY, true, &old_connect},
    {0x212, "SendConnectResult", ANY, CERTAIN, true, &connect_result},
    {0x213, "ReceiveConnectResult", CLIENT, LIKELY, true, &old_connect_result},
    {0x222, "SendDisconnectResult", SESSION, LIKELY, false, NULL},
    {0x223, "ReceiveDisconnectResult", CLIENT, GUESS, false, NULL},
    {0x231, "SendInvokeSyncRequest", CLIENT, LIKELY, false, NULL},
    {0x232, "RespondToSyncMethodRequest", SESSION, CERTAIN, true, &respond_sync},
    {0x233, "ReceiveInvokeSyncResult", CLIENT, LIKELY, false, NULL},
    {0x241, "InvokeAsyncMethod", CLIENT, CERTAIN, true, &invoke_async},
    {0x242, "RespondToAsyncMethodRequest", SESSION, CERTAIN, true, &respond_async},
    {0x243, "TryGetResult", CLIENT, CERTAIN, true, &try_get_result},
    {0x251, "GetMsg", CLIENT, CERTAIN, true, &get_message},
    {0x252, "TryGetMsg", CLIENT, CERTAIN, true, &try_get_message},
    {0x253, "SendMsg", SESSION, CERTAIN, true, &send_message},
    {0x254, "TrySendMsg", SESSION, CERTAIN, true, &try_send_message},
    {0x255, "EmptyMsgQueue", SESSION, CERTAIN, false, &empty_queue},
    {0x302, "SessionGetClientPid", SESSION, CERTAIN, true, &value_query},
    {0x310, "Disconnect", CLIENT, CERTAIN, true, &disconnect},
    {0x320, "InvokeSyncMethod", CLIENT, CERTAIN, true, &invoke_sync},
    {0x400, "Connect", CLIENT, CERTAIN, true, &connect_block},
    {0x444, "CompleteAsyncDispatch", ANY, GUESS, false, NULL},
    {0x456, "GetMessage", ANY, GUESS, false, NULL},
    {0x457, "TryGetMessage", ANY, GUESS, false, NULL},
    {0x463, "SessionGetClientAppId", SESSION, LIKELY, true, &value_query},
    {0x464, "SessionIsPeerPrivileged", SESSION, LIKELY, true, &value_query},
    {0x465, "GetServer", SESSION, LIKELY, true, &value_query},
    {0x466, "ServerGetUserData", SERVER, LIKELY, true, &value_query},
    {0x467, "ClientGetUserData", CLIENT, LIKELY, true, &value_query},
    {0x468, "SessionGetUserData", SESSION, CERTAIN, true, &value_query},
    {0x469, "GetSessionPidByClientKid", SERVER, LIKELY, false, NULL},
    {0x46A, "ServerGetName", SERVER, LIKELY, true, &name_query},
    {0x46B, "ClientGetName", CLIENT, LIKELY, true, &name_query},
    {0x490, "WaitEventFlag", CLIENT, CERTAIN, true, &wait_event_flag},
    {0x491, "PollEventFlag", CLIENT, CERTAIN, true, &poll_event_flag},
    {0x493, "SetEventFlag", SESSION, CERTAIN, true, &set_event_flag},
    {0x520, "TerminateConnection", CLIENT, LIKELY, false, NULL},
};

const struct sceipmi_operation *sceipmi_operations(size_t *count)
{
    *count = FIELD_COUNT(operations);
    return operations;
}

const struct sceipmi_operation *sceipmi_operation(uint32_t op)
{
    size_t low = 0;
    size_t high = FIELD_COUNT(operations);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (operations[middle].op == op)
            return &operations[middle];
        if (operations[middle].op < op)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
