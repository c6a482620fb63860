/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A callback in the shape of a 3DS emulator's IPC recorder, which is called with whole calls:
 * request and reply, the static buffers, and the service's and command's names if it knows them.
 *
 *     example_ctr_recorder [DESTINATION]      file:recorder.pcapng
 */
#include <ipcshark/ctripc.h>
#include <ipcshark/writer.h>
#include <ipctap.h>

#include <stdio.h>
#include <string.h>

/** What such a recorder is called with. */
struct recorded_call {
    uint32_t process_id;
    uint32_t thread_id;
    uint32_t session_handle;
    uint32_t result;
    const char *service;
    const char *command;
    const uint8_t *request;
    size_t request_size;
    const uint8_t *reply; /**< NULL: none came. */
    size_t reply_size;
    const uint8_t *(*read)(uint32_t address,
                           uint32_t size); /**< Guest memory, NULL if not there. */
};

#define MAX_PARTS (CTRIPC_MAX_TRANSLATE + 2)

static size_t add_text(struct ipctap_part *parts, size_t count, uint16_t type, const char *text)
{
    if (!text)
        return count;
    parts[count] =
        (struct ipctap_part){.type = type, .bytes = text, .size = (uint32_t)strlen(text)};
    return count + 1;
}

/** Contents of static and mapped buffers, numbered by the word of their descriptor. */
static size_t add_buffers(struct ipctap_part *parts, const struct recorded_call *call,
                          const struct ctripc_message *message)
{
    size_t count = 0;

    for (unsigned int i = 0; i < message->translate_count; i++) {
        const struct ctripc_translate *translate = &message->translate[i];
        bool is_static = translate->kind == CTRIPC_STATIC_BUFFER;
        bool is_mapped = translate->kind >= CTRIPC_MAPPED_R && translate->kind <= CTRIPC_MAPPED_RW;
        const uint8_t *bytes;

        if (!is_static && !is_mapped)
            continue;
        bytes = call->read(translate->address, translate->size);
        parts[count++] = (struct ipctap_part){
            .type = is_static ? IPCTAP_STATIC : IPCTAP_MAPPED,
            .index = translate->offset,
            .address = translate->address,
            .bytes = bytes,
            .size = bytes ? translate->size : 0,
            .declared = translate->size,
        };
    }
    return count;
}

static void emit(struct ipctap *tap, const struct recorded_call *call,
                 const struct ipctap_header *header, const uint8_t *bytes, size_t size)
{
    struct ipctap_part parts[MAX_PARTS];
    struct ctripc_message message;
    size_t count;

    ctripc_decode(bytes, size, header->phase == IPCTAP_ENTER ? CTRIPC_REQUEST : CTRIPC_REPLY,
                  &message, NULL);
    count = add_buffers(parts, call, &message);
    count = add_text(parts, count, IPCTAP_SERVICE, call->service);
    count = add_text(parts, count, IPCTAP_FUNCTION, call->command);
    ipctap_emit_message(tap, header, 0, bytes, (uint32_t)size, parts, count);
}

static void on_call(struct ipctap *tap, const struct recorded_call *call)
{
    struct ipctap_header header = ipctap_header_init(IPCTAP_CTR, IPCTAP_CTR_COMMAND, IPCTAP_ENTER);

    header.pid = call->process_id;
    header.tid = call->thread_id;
    header.object = call->session_handle;
    header.call_id = ipctap_next_call_id(tap);
    if (!call->reply)
        header.flags |= IPCTAP_NO_EXIT;
    emit(tap, call, &header, call->request, call->request_size);
    if (!call->reply)
        return;
    header.phase = IPCTAP_EXIT;
    header.flags |= IPCTAP_RESULT;
    header.result = call->result;
    emit(tap, call, &header, call->reply, call->reply_size);
}

static const uint8_t *read_guest(uint32_t address, uint32_t size)
{
    static const uint8_t memory[0x100] = "srv:";

    return address == 0x100000 && size <= sizeof memory ? memory : NULL;
}

int main(int argc, char **argv)
{
    struct ctripc_message request = {
        .command_id = 0x0005, .normal_count = 4, .translate_words = 0, .words = 5};
    const uint32_t name_and_flags[] = {0x553A7366, 0x00524553, 7, 0}; /* "fs:USER", length */
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    struct ipctap_options options = {
        .destination = argc > 1 ? argv[1] : "file:recorder.pcapng",
        .producer = "example 3DS recorder 1.0",
        .platform = IPCTAP_CTR,
    };
    struct recorded_call call = {
        .process_id = 34,
        .thread_id = 1,
        .session_handle = 0x28001,
        .service = "srv:",
        .command = "GetServiceHandle",
        .request = bytes,
        .request_size = ctripc_encode(&request, name_and_flags, NULL, bytes, sizeof bytes),
        .read = read_guest,
    };
    char error[256];
    struct ipctap *tap = ipctap_open(&options, error, sizeof error);

    if (!tap) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    on_call(tap, &call);
    ipctap_close(tap);
    return 0;
}
