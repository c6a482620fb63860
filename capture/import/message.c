/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/names.h>

#include <string.h>

#include "orbis.h"
#include "own_names.h"
#include "text.h"

enum {
    RECORD_ROOM = 64 * 1024, /**< Beside the bytes and the texts: headers and names. */
};

/** What the codecs make of the bytes. */
struct verdict {
    uint8_t platform;
    uint8_t kind; /**< Of Orbis alone; the others' follows from the platform. */
    bool is_fragment;
    bool is_domain;
    bool is_request;
    uint64_t needed; /**< Size of the whole message; 0 unknown. */
};

void import_message_init(struct import_message *message)
{
    memset(message, 0, sizeof *message);
    message->pid = IPCTAP_UNKNOWN_ID;
    message->tid = IPCTAP_UNKNOWN_ID;
}

/** A 3DS service in the user's own files. */
static bool is_own_ctr_service(const char *name)
{
    for (const struct ipcshark_names *names = own_names(); names; names = names->next) {
        for (uint32_t i = 0; i < names->description.interface_count; i++) {
            const struct ipcshark_interface *interface = &names->description.interface[i];

            if (interface->convention == IPCSHARK_CONVENTION_CTR && !strcmp(interface->name, name))
                return true;
        }
    }
    return false;
}

bool import_is_service(uint8_t platform, const char *name)
{
    const char *other;

    if (platform == IPCTAP_HORIZON)
        return ipcshark_names_service_interface(own_names(), name) != NULL;
    if (is_own_ctr_service(name))
        return true;
    for (size_t n = 0; (other = ctr_service_at(n)); n++) {
        if (!strcmp(name, other))
            return true;
    }
    return false;
}

void import_message_set_port(struct import_message *message, const char *port)
{
    bool is_interface = port[0] == 'I' && g_ascii_isupper(port[1]);
    char *target = is_interface ? message->interface_name : message->service;

    g_strlcpy(target, port, IPCTAP_MAX_NAME + 1);
}

void import_message_set_function(struct import_message *message, const char *name)
{
    uint64_t number;

    if (!text_is_number(name, &number))
        g_strlcpy(message->function, name, sizeof message->function);
}

bool import_is_whole_command(const uint8_t *bytes, size_t length)
{
    struct ctripc_message message;

    return ctripc_decode(bytes, length, CTRIPC_DIRECTION_UNKNOWN, &message, NULL) &&
           (size_t)message.words * 4 == length;
}

static bool has_right_magic(const struct cmif_message *cmif)
{
    return cmif->has_header &&
           cmif->magic == (cmif->is_reply ? (uint32_t)CMIF_OUT_MAGIC : (uint32_t)CMIF_IN_MAGIC);
}

static bool decode_cmif(const uint8_t *bytes, size_t length, bool is_domain,
                        struct hipc_message *hipc, struct cmif_message *cmif)
{
    struct cmif_context context = {HIPC_DIRECTION_UNKNOWN, is_domain, false};

    hipc_decode(bytes, length, HIPC_DIRECTION_UNKNOWN, hipc, NULL);
    cmif_decode(bytes, length, hipc, &context, cmif, NULL);
    return has_right_magic(cmif);
}

/** A HIPC message whose CMIF header stands where it must, outside or inside a domain. */
static bool is_cmif_message(const uint8_t *bytes, size_t length, struct verdict *verdict)
{
    struct hipc_message hipc;
    struct cmif_message cmif;
    bool found = decode_cmif(bytes, length, false, &hipc, &cmif) ||
                 decode_cmif(bytes, length, true, &hipc, &cmif);

    if (!found)
        return false;
    verdict->platform = IPCTAP_HORIZON;
    verdict->is_domain = cmif.has_domain;
    verdict->is_request = !cmif.is_reply;
    verdict->needed = hipc.end;
    return true;
}

/** Puts a message's beginning before raw data, for the codec that expects one. */
static size_t wrap_fragment(const uint8_t *fragment, size_t length, uint8_t *bytes, size_t capacity)
{
    struct hipc_message hipc = {.type = HIPC_TYPE_INVOKE_2_METHOD};
    uint8_t raw[HIPC_MAX_RAW_WORDS * 4] = {0};
    size_t padding = CMIF_ALIGNMENT - HIPC_HEADER_SIZE;

    length = MIN(length, sizeof raw - padding);
    memcpy(raw + padding, fragment, length);
    hipc.raw_words = (uint16_t)((padding + length + 3) / 4);
    return hipc_encode(&hipc, raw, bytes, capacity);
}

/** Raw data without its message: a CMIF header at the start, or behind a domain header. */
static bool is_cmif_fragment(const uint8_t *fragment, size_t length, struct verdict *verdict)
{
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
    size_t size = wrap_fragment(fragment, length, bytes, sizeof bytes);
    struct hipc_message hipc;
    struct cmif_message cmif;

    if (!decode_cmif(bytes, size, false, &hipc, &cmif) &&
        !decode_cmif(bytes, size, true, &hipc, &cmif))
        return false;
    verdict->platform = IPCTAP_HORIZON;
    verdict->is_fragment = true;
    verdict->is_domain = cmif.has_domain;
    verdict->is_request = true;
    if (cmif.has_domain)
        verdict->needed = CMIF_DOMAIN_HEADER_SIZE + cmif.domain.in_raw_size;
    return true;
}

static void judge_horizon(const uint8_t *bytes, size_t length, struct verdict *verdict)
{
    struct hipc_message hipc;

    if (is_cmif_message(bytes, length, verdict))
        return;
    hipc_decode(bytes, length, HIPC_DIRECTION_UNKNOWN, &hipc, NULL);
    verdict->platform = IPCTAP_HORIZON;
    verdict->needed = hipc.end;
}

static void judge_ctr(const uint8_t *bytes, size_t length, struct verdict *verdict)
{
    struct ctripc_message message;

    ctripc_decode(bytes, length, CTRIPC_DIRECTION_UNKNOWN, &message, NULL);
    verdict->platform = IPCTAP_CTR;
    verdict->needed = (uint64_t)message.words * 4;
}

/** TIPC, and messages with nothing behind their header, have no magic: the size must fit. */
static bool is_whole_hipc(const uint8_t *bytes, size_t length)
{
    struct hipc_message hipc;

    return hipc_decode(bytes, length, HIPC_DIRECTION_UNKNOWN, &hipc, NULL) && hipc.end == length;
}

/** A dump of which nobody said what it is. */
static bool judge_unknown(const uint8_t *bytes, size_t length, struct verdict *verdict)
{
    bool is_command = import_is_whole_command(bytes, length);

    if (is_cmif_message(bytes, length, verdict) || is_cmif_fragment(bytes, length, verdict))
        return true;
    if (is_command == is_whole_hipc(bytes, length))
        return false;
    if (is_command)
        judge_ctr(bytes, length, verdict);
    else
        judge_horizon(bytes, length, verdict);
    return true;
}

static bool judge(struct import_message *message, struct verdict *verdict, const char **why)
{
    const uint8_t *bytes = message->bytes;
    size_t length = message->length;

    memset(verdict, 0, sizeof *verdict);
    verdict->platform = message->platform;
    verdict->is_fragment = message->is_fragment;
    *why = "these bytes could be a message of several systems, or of none; --platform decides";
    if (message->platform == IPCTAP_ORBIS) {
        verdict->kind = import_orbis_judge(message, why);
        return verdict->kind != 0;
    }
    if (message->is_fragment && message->platform == IPCTAP_HORIZON)
        is_cmif_fragment(bytes, length, verdict);
    else if (message->platform == IPCTAP_HORIZON)
        judge_horizon(bytes, length, verdict);
    else if (message->platform == IPCTAP_CTR && !message->is_fragment)
        judge_ctr(bytes, length, verdict);
    else if (message->platform == IPCTAP_OTHER)
        return judge_unknown(bytes, length, verdict);
    return true;
}

static uint8_t kind_of(const struct verdict *verdict)
{
    if (verdict->kind)
        return verdict->kind;
    return verdict->platform == IPCTAP_CTR ? IPCTAP_CTR_COMMAND : IPCTAP_HIPC_MESSAGE;
}

static struct ipctap_header make_header(const struct import_message *message,
                                        const struct verdict *verdict, bool is_truncated)
{
    bool is_request = !message->is_snapshot &&
                      (message->is_request || (verdict->is_request && !message->is_reply));
    uint8_t phase = is_request ? IPCTAP_ENTER : message->is_reply ? IPCTAP_EXIT : IPCTAP_SNAPSHOT;
    struct ipctap_header header = ipctap_header_init(verdict->platform, kind_of(verdict), phase);

    header.clock = IPCTAP_CLOCK_UNKNOWN;
    if (message->has_time)
        header.time = message->time;
    header.pid = message->pid;
    header.tid = message->tid;
    header.program_id = message->program_id;
    header.flags = (uint16_t)((is_request ? IPCTAP_NO_EXIT : 0) |
                              (is_truncated ? IPCTAP_TRUNCATED : 0) |
                              (verdict->is_domain || message->is_domain ? IPCTAP_DOMAIN : 0));
    if (message->from_emulator) {
        header.flags |= IPCTAP_UNIMPLEMENTED;
        header.peer_pid = IPCTAP_NO_PEER;
    }
    return header;
}

static void add_bounded_text(struct ipcshark_writer *writer, uint16_t type, const GString *text)
{
    g_autofree char *valid = NULL;

    if (!text || text->len == 0)
        return;
    valid = g_utf8_make_valid(text->str, (gssize)text->len);
    if (strlen(valid) > IPCTAP_MAX_TEXT) {
        const char *end = g_utf8_find_prev_char(valid, valid + IPCTAP_MAX_TEXT);

        valid[end - valid] = '\0';
    }
    ipctap_add_text(writer, type, 0, valid);
}

static void add_name(struct ipcshark_writer *writer, uint16_t type, const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);

    if (strlen(valid) <= IPCTAP_MAX_NAME)
        ipctap_add_text(writer, type, 0, valid);
}

static void add_texts(struct ipcshark_writer *writer, const struct import_message *message)
{
    add_name(writer, IPCTAP_SERVICE, message->service);
    add_name(writer, IPCTAP_INTERFACE, message->interface_name);
    add_name(writer, IPCTAP_FUNCTION, message->function);
    add_name(writer, IPCTAP_PROCESS_NAME, message->process_name);
    add_name(writer, IPCTAP_THREAD_NAME, message->thread_name);
    add_bounded_text(writer, IPCTAP_COMMENT, message->comment);
    add_bounded_text(writer, IPCTAP_SOURCE_TEXT, message->source_text);
}

static void add_sections(struct ipcshark_writer *writer, const struct import_message *message,
                         const struct verdict *verdict, uint64_t declared)
{
    uint16_t type = verdict->is_fragment ? IPCTAP_FRAGMENT : IPCTAP_MESSAGE;

    if (verdict->kind) {
        import_orbis_add(writer, message);
        add_texts(writer, message);
        return;
    }
    ipctap_add_part(writer, type, 0, message->address, message->bytes, (uint32_t)message->length,
                    declared);
    for (unsigned int n = 0; n < message->buffer_count; n++) {
        const struct import_buffer *buffer = &message->buffer[n];

        ipctap_add_part(writer, IPCTAP_BUFFER, buffer->index, buffer->address, NULL, 0,
                        buffer->size);
    }
    add_texts(writer, message);
}

static size_t text_room(const GString *text)
{
    /* A byte that is no UTF-8 becomes the three of U+FFFD. */
    return text ? 3 * text->len : 0;
}

GByteArray *import_message_record(struct import_message *message, uint16_t source,
                                  struct ipctap_header *header, const char **why)
{
    struct verdict verdict;
    uint64_t declared;
    size_t capacity = RECORD_ROOM + message->length + text_room(message->comment) +
                      text_room(message->source_text);
    g_autofree uint8_t *bytes = g_malloc(capacity);
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    size_t size;
    bool is_truncated;

    if (!judge(message, &verdict, why))
        return NULL;
    is_truncated = verdict.needed > message->length || message->dropped || message->buffer_count;
    declared = MAX(verdict.needed, message->length + message->dropped);
    declared = MAX(declared, message->buffer_size);
    *header = make_header(message, &verdict, is_truncated);
    header->source = source;
    ipctap_begin(&writer, header);
    add_sections(&writer, message, &verdict, declared);
    size = ipctap_end(&writer);
    header->record_size = (uint32_t)size;
    *why = "its record is too large";
    return size ? g_byte_array_append(g_byte_array_new(), bytes, (guint)size) : NULL;
}
