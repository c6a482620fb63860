/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opening.h"

#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/reader.h>

#include <string.h>

#define TID                    1
#define MESSAGE_SIZE           0x100
#define MESSAGE_ADDRESS        0x1000
#define SERVICE_NAME_SIZE      8
#define RECORD_ROOM            1024
#define CTR_REGISTER_CLIENT    0x0001
#define CTR_GET_SERVICE_HANDLE 0x0005

enum sm_command {
    SM_REGISTER_CLIENT = 0,
    SM_GET_SERVICE_HANDLE = 1,
};

/** A reply's record and its message; free `bytes`. */
struct answer {
    GBytes *bytes;
    struct ipctap_record record;
    struct ipctap_section message;
};

static struct ipctap_header make_header(struct opener *opener, guint8 kind, guint32 object)
{
    struct ipctap_header header = ipctap_header_init(opener->platform, kind, IPCTAP_ENTER);

    header.flags = IPCTAP_SYNTHETIC;
    header.pid = opener->pid;
    header.tid = TID;
    header.object = object;
    header.call_id = connection_next_call_id(opener->connection);
    return header;
}

/** FALSE: no reply, or one with an error; nothing is to be freed then. */
static gboolean ask(struct opener *opener, struct ipcshark_writer *writer, guint64 call_id,
                    uint16_t section, struct answer *answer)
{
    g_autoptr(GByteArray) request = g_byte_array_new();
    const guint8 *bytes;
    gsize size;

    g_byte_array_append(request, writer->bytes, (guint)ipctap_end(writer));
    if (!connection_send(opener->connection, request))
        return FALSE;
    answer->bytes = connection_wait(opener->connection, call_id, opener->timeout);
    if (!answer->bytes)
        return FALSE;
    bytes = g_bytes_get_data(answer->bytes, &size);
    if (ipctap_record_decode(bytes, size, &answer->record, NULL) && !answer->record.header.result &&
        ipctap_section_find(&answer->record, section, 0, &answer->message))
        return TRUE;
    g_bytes_unref(answer->bytes);
    return FALSE;
}

static guint32 connect_to_port(struct opener *opener, const char *name)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CONNECT_TO_PORT};
    const struct ipctap_header header = make_header(opener, IPCTAP_KERNEL_CALL, 0);
    guint8 room[RECORD_ROOM], encoded[IPCTAP_KERNEL_CALL_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(room, sizeof room);
    struct ipctap_kernel_call result;
    struct answer answer;

    ipctap_kernel_call_encode(&call, encoded, sizeof encoded);
    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_SECTION_KERNEL_CALL, 0, 0, encoded, sizeof encoded);
    ipctap_add_text(&writer, IPCTAP_OBJECT_NAME, 0, name);
    if (!ask(opener, &writer, header.call_id, IPCTAP_SECTION_KERNEL_CALL, &answer))
        return 0;
    ipctap_kernel_call_decode(answer.message.bytes, answer.message.captured_size, &result, NULL);
    g_bytes_unref(answer.bytes);
    return result.handle;
}

static gboolean send_message(struct opener *opener, guint8 kind, guint32 handle,
                             const guint8 *message, struct answer *answer)
{
    const struct ipctap_header header = make_header(opener, kind, handle);
    const guint8 table[CTRIPC_STATIC_TABLE_SIZE] = {0};
    guint8 room[RECORD_ROOM];
    struct ipcshark_writer writer = ipcshark_writer(room, sizeof room);

    ipctap_begin(&writer, &header);
    ipctap_add(&writer, IPCTAP_MESSAGE, 0, MESSAGE_ADDRESS, message, MESSAGE_SIZE);
    if (kind == IPCTAP_CTR_COMMAND)
        ipctap_add(&writer, IPCTAP_RECEIVE_CONTEXT, 0, 0, table, sizeof table);
    return ask(opener, &writer, header.call_id, IPCTAP_MESSAGE, answer);
}

/* ---- Horizon ---- */

/** A command of sm:'s; `handle` (may be NULL) gets what it moves. */
static gboolean call_sm(struct opener *opener, enum sm_command command, const void *data,
                        guint32 *handle)
{
    const struct cmif_request request = {
        .hipc = {.type = HIPC_TYPE_INVOKE_2_METHOD,
                 .has_special = command == SM_REGISTER_CLIENT,
                 .special = {.has_pid = command == SM_REGISTER_CLIENT}},
        .method_id = command,
        .data = data,
        .data_size = SERVICE_NAME_SIZE, /* As long as the place of the process id. */
    };
    guint8 message[MESSAGE_SIZE] = {0};
    struct hipc_message reply;
    struct answer answer;

    cmif_encode_request(&request, message, sizeof message);
    if (!send_message(opener, IPCTAP_HIPC_MESSAGE, opener->manager, message, &answer))
        return FALSE;
    hipc_decode(answer.message.bytes, answer.message.captured_size, HIPC_REPLY, &reply, NULL);
    if (handle && reply.has_special && reply.special.move_count)
        *handle = reply.special.move[0];
    g_bytes_unref(answer.bytes);
    return TRUE;
}

guint32 opening_domain(struct opener *opener, guint32 handle)
{
    const struct cmif_request request = {
        .hipc = {.type = HIPC_TYPE_INVOKE_2_MANAGER_METHOD},
        .method_id = CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN,
    };
    const struct cmif_context context = {.direction = HIPC_REPLY, .is_control = true};
    guint8 message[MESSAGE_SIZE] = {0};
    struct ipcshark_reader reader;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct answer answer;
    guint32 object;

    cmif_encode_request(&request, message, sizeof message);
    if (!send_message(opener, IPCTAP_HIPC_MESSAGE, handle, message, &answer))
        return 0;
    hipc_decode(answer.message.bytes, answer.message.captured_size, HIPC_REPLY, &hipc, NULL);
    cmif_decode(answer.message.bytes, answer.message.captured_size, &hipc, &context, &cmif, NULL);
    reader = ipcshark_reader(answer.message.bytes + cmif.data_offset, cmif.data_size);
    object = cmif.has_header && !cmif.result ? ipcshark_read_u32(&reader) : 0;
    g_bytes_unref(answer.bytes);
    return object;
}

/* ---- CTR ---- */

/** A command of srv:'s; `handle` (may be NULL) gets the first that it hands out. */
static gboolean call_srv(struct opener *opener, const struct ctripc_message *command,
                         const guint32 *words, guint32 *handle)
{
    guint8 message[MESSAGE_SIZE] = {0};
    const guint32 no_handle = 0;
    struct ctripc_message reply;
    struct answer answer;

    ctripc_encode(command, words, &no_handle, message, sizeof message);
    if (!send_message(opener, IPCTAP_CTR_COMMAND, opener->manager, message, &answer))
        return FALSE;
    ctripc_decode(answer.message.bytes, answer.message.captured_size, CTRIPC_REPLY, &reply, NULL);
    if (handle && reply.translate_count && reply.translate[0].handle_count)
        *handle = ctripc_word(answer.message.bytes, answer.message.captured_size,
                              reply.translate[0].offset + 1u);
    g_bytes_unref(answer.bytes);
    return TRUE;
}

static gboolean register_with_srv(struct opener *opener)
{
    const struct ctripc_message command = {
        .command_id = CTR_REGISTER_CLIENT,
        .translate_words = 2,
        .translate_count = 1,
        .translate = {{.descriptor = ctripc_descriptor(CTRIPC_PROCESS_ID, 1, 0),
                       .kind = CTRIPC_PROCESS_ID,
                       .handle_count = 1}},
    };

    return call_srv(opener, &command, NULL, NULL);
}

static guint32 get_from_srv(struct opener *opener, const char *service)
{
    const struct ctripc_message command = {.command_id = CTR_GET_SERVICE_HANDLE, .normal_count = 4};
    char name[SERVICE_NAME_SIZE + 1] = "";
    struct ipcshark_reader reader;
    guint32 words[4] = {0};
    guint32 handle = 0;

    g_strlcpy(name, service, sizeof name);
    reader = ipcshark_reader((const guint8 *)name, SERVICE_NAME_SIZE);
    words[0] = ipcshark_read_u32(&reader);
    words[1] = ipcshark_read_u32(&reader);
    words[2] = (guint32)strlen(name);
    call_srv(opener, &command, words, &handle);
    return handle;
}

/* ---- Both ---- */

static const char *manager_name(const struct opener *opener)
{
    return opener->platform == IPCTAP_CTR ? "srv:" : "sm:";
}

static gboolean find_manager(struct opener *opener)
{
    const guint8 no_pid[SERVICE_NAME_SIZE] = {0};

    if (opener->manager)
        return TRUE;
    opener->manager = connect_to_port(opener, manager_name(opener));
    if (!opener->manager)
        return FALSE;
    return opener->platform == IPCTAP_CTR ? register_with_srv(opener)
                                          : call_sm(opener, SM_REGISTER_CLIENT, no_pid, NULL);
}

guint32 opening_service(struct opener *opener, const char *service)
{
    char name[SERVICE_NAME_SIZE] = "";
    guint32 handle = 0;

    if (!*service || !find_manager(opener))
        return 0;
    if (!strcmp(service, manager_name(opener)))
        return opener->manager;
    memcpy(name, service, MIN(strlen(service), sizeof name));
    if (opener->platform == IPCTAP_CTR)
        handle = get_from_srv(opener, service);
    else
        call_sm(opener, SM_GET_SERVICE_HANDLE, name, &handle);
    return handle ? handle : connect_to_port(opener, service);
}
