/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file export_objects.c
 * File → Export Objects and `--export-objects ipctap,DIR`: what buffers hold. Reads and writes of
 * one opened file are put together by their offsets, as an object with the file's name; every other
 * buffer is an object of its own.
 */
#include "tap.h"

#include <epan/export_object.h>
#include <ipcshark/reader.h>

#include <string.h>

/* Offsets come from messages: gaps between what was read cost memory that no captured byte pays
 * for. All together may be as large as this. */
#define MAX_GAPS (64u << 20)

/* A service's way to read or write a file at an offset. */
struct file_access {
    uint8_t kind;
    bool writes;
    uint8_t offset_at; /* Where among the arguments. */
    uint8_t wide;      /* Bytes of the number of bytes that a read gives back. */
    const char *group; /* Interface, or a 3DS's service. */
    const char *command;
};

/* Sources: switchbrew "Filesystem services", 3dbrew "FSFile:Read". */
static const struct file_access accesses[] = {
    {IPCTAP_HIPC_MESSAGE, false, 8, 8, "IFile", "Read"},
    {IPCTAP_HIPC_MESSAGE, true, 8, 8, "IFile", "Write"},
    {IPCTAP_HIPC_MESSAGE, false, 0, 0, "IStorage", "Read"},
    {IPCTAP_HIPC_MESSAGE, true, 0, 0, "IStorage", "Write"},
    {IPCTAP_CTR_COMMAND, false, 0, 4, "File", "Read"},
    {IPCTAP_CTR_COMMAND, true, 0, 4, "File", "Write"},
};

/* A read whose reply is awaited. */
struct pending_read {
    uint64_t offset;  /* In the file. */
    uint64_t address; /* Of the buffer, 0 unknown: replies bring parts of it. */
};

static GHashTable *reads; /* struct call_exchange * -> struct pending_read * */
static GHashTable *files; /* What was opened -> export_object_entry_t *, the list's own. */
static const void *current_list;
static uint64_t gaps;

static void reset(void)
{
    g_clear_pointer(&reads, g_hash_table_destroy);
    g_clear_pointer(&files, g_hash_table_destroy);
    current_list = NULL;
    gaps = 0;
}

/* Entries belong to one list: another one starts anew. */
static void begin(const export_object_list_t *list)
{
    if (current_list == list->gui_data && files)
        return;
    reset();
    current_list = list->gui_data;
    reads = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    files = g_hash_table_new(g_direct_hash, g_direct_equal);
}

/* ---- Entries ---- */

/* A path becomes one name; what nothing but dots are would be a folder. */
static char *file_name(const char *path)
{
    path += strspn(path, "/");
    if (path[strspn(path, ".")] == '\0')
        return g_strconcat("_", path, NULL);
    return g_strdelimit(g_strdup(path), "/", '_');
}

static export_object_entry_t *new_entry(const struct tap_call *call, const packet_info *pinfo,
                                        char *name, const char *type)
{
    export_object_entry_t *entry = g_new0(export_object_entry_t, 1);

    entry->pkt_num = pinfo->num;
    entry->hostname = g_strdup(call->service ? call->service : call->peer);
    entry->content_type = g_strdup(type);
    entry->filename = name;
    return entry;
}

static void add_entry(export_object_list_t *list, export_object_entry_t *entry,
                      const uint8_t *bytes, size_t size)
{
    entry->payload_data = (uint8_t *)g_malloc(size ? size : 1);
    memcpy(entry->payload_data, bytes, size);
    entry->payload_len = size;
    list->add_entry(list->gui_data, entry);
}

/* ---- Files ---- */

static const struct file_access *find_access(const struct tap_call *call)
{
    for (size_t n = 0; n < array_length(accesses); n++) {
        if (accesses[n].kind == call->record.header.kind &&
            strcmp(accesses[n].command, tap_command(call)) == 0 &&
            strcmp(accesses[n].group, tap_group(call)) == 0)
            return &accesses[n];
    }
    return NULL;
}

/* "data.bin", or "IFile-42" for one that was opened before the capture. */
static char *name_of_file(const struct tap_call *call, const packet_info *pinfo)
{
    if (call->file)
        return file_name(call->file);
    return g_strdup_printf("%s-%u.bin", tap_group(call), pinfo->num);
}

static export_object_entry_t *file_entry(export_object_list_t *list, const struct tap_call *call,
                                         const packet_info *pinfo)
{
    export_object_entry_t *entry =
        (export_object_entry_t *)g_hash_table_lookup(files, call->object);

    if (!entry) {
        entry = new_entry(call, pinfo, name_of_file(call, pinfo), "file");
        add_entry(list, entry, (const uint8_t *)"", 0);
        g_hash_table_insert(files, (void *)call->object, entry);
    }
    return entry;
}

static bool make_room(export_object_entry_t *entry, uint64_t offset, size_t size)
{
    uint64_t gap = offset > entry->payload_len ? offset - entry->payload_len : 0;
    size_t end;

    if (gap > MAX_GAPS - gaps)
        return false;
    gaps += gap;
    end = (size_t)offset + size;
    if (end <= entry->payload_len)
        return true;
    entry->payload_data = (uint8_t *)g_realloc(entry->payload_data, end);
    memset(entry->payload_data + entry->payload_len, 0, end - entry->payload_len);
    entry->payload_len = end;
    return true;
}

/* Too far behind the rest: an object of its own. */
static void add_distant_part(export_object_list_t *list, const struct tap_call *call,
                             const packet_info *pinfo, uint64_t offset,
                             const struct ipctap_section *section, size_t size)
{
    char *file = name_of_file(call, pinfo);
    char *name = g_strdup_printf("%s-at-0x%" PRIx64, file, offset);

    g_free(file);
    add_entry(list, new_entry(call, pinfo, name, "part of a file"), section->bytes, size);
}

static void add_part(export_object_list_t *list, const struct tap_call *call,
                     const packet_info *pinfo, uint64_t offset,
                     const struct ipctap_section *section, size_t size)
{
    export_object_entry_t *entry = file_entry(list, call, pinfo);

    if (make_room(entry, offset, size))
        memcpy(entry->payload_data + offset, section->bytes, size);
    else
        add_distant_part(list, call, pinfo, offset, section, size);
}

static bool is_data_buffer(const struct ipctap_section *section, bool writes)
{
    if (section->type == IPCTAP_MAPPED)
        return true;
    return writes ? section->type == IPCTAP_SEND || section->type == IPCTAP_POINTER
                  : section->type == IPCTAP_RECEIVE;
}

static void remember_read(const struct tap_call *call, uint64_t offset)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct pending_read *pending = g_new0(struct pending_read, 1);

    pending->offset = offset;
    while (ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        if (is_data_buffer(&section, false)) {
            pending->address = section.address;
            break;
        }
    }
    g_hash_table_replace(reads, (void *)call->exchange, pending);
}

static void add_written(export_object_list_t *list, const struct tap_call *call,
                        const packet_info *pinfo, uint64_t offset)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        if (is_data_buffer(&section, true) && section.captured_size) {
            add_part(list, call, pinfo, offset, &section, section.captured_size);
            return;
        }
    }
}

/* How many bytes the reply says were read; buffers are often larger than the rest of the file. */
static uint64_t bytes_read(const struct tap_call *call, const struct file_access *access)
{
    struct ipcshark_reader reader = ipcshark_reader(call->values, call->values_size);
    uint64_t size = access->wide == 8 ? ipcshark_read_u64(&reader) : ipcshark_read_u32(&reader);

    return access->wide == 0 || reader.failed ? UINT64_MAX : size;
}

static void add_read(export_object_list_t *list, const struct tap_call *call,
                     const packet_info *pinfo, const struct file_access *access)
{
    const struct pending_read *pending =
        (const struct pending_read *)g_hash_table_lookup(reads, call->exchange);
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    uint64_t limit = bytes_read(call, access), start;

    while (pending && ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        if (!is_data_buffer(&section, false) || !section.captured_size)
            continue;
        start = pending->address && section.address > pending->address
                    ? section.address - pending->address
                    : 0;
        if (start < limit && pending->offset <= UINT64_MAX - start)
            add_part(list, call, pinfo, pending->offset + start, &section,
                     (size_t)MIN(limit - start, section.captured_size));
    }
    g_hash_table_remove(reads, call->exchange);
}

/* Returns false if the call is no access to a file. */
static bool add_file(export_object_list_t *list, const struct tap_call *call,
                     const packet_info *pinfo)
{
    const struct file_access *access = find_access(call);
    struct ipcshark_reader reader;
    uint64_t offset;

    if (!access || !call->object || !call->exchange)
        return false;
    if (call->is_reply) {
        if (!access->writes && !call->is_error)
            add_read(list, call, pinfo, access);
        return true;
    }
    reader = ipcshark_reader(call->values, call->values_size);
    (void)ipcshark_read_bytes(&reader, access->offset_at);
    offset = ipcshark_read_u64(&reader);
    if (reader.failed)
        return false;
    if (access->writes)
        add_written(list, call, pinfo, offset);
    else
        remember_read(call, offset);
    return true;
}

/* ---- Other buffers ---- */

/* What stands in a name behind the frame, NULL for sections that are no buffer. */
static const char *buffer_word(uint16_t type)
{
    switch (type) {
    case IPCTAP_POINTER:
        return "pointer";
    case IPCTAP_SEND:
        return "send";
    case IPCTAP_RECEIVE:
        return "receive";
    case IPCTAP_EXCHANGE:
        return "exchange";
    case IPCTAP_BUFFER:
        return "buffer";
    case IPCTAP_STATIC:
        return "static";
    case IPCTAP_MAPPED:
        return "mapped";
    case IPCTAP_PXI:
        return "pxi";
    case IPCTAP_IPMI_IN:
        return "in";
    case IPCTAP_IPMI_OUT:
        return "out";
    case IPCTAP_IPMI_MESSAGE:
    case IPCTAP_APPMSG_MESSAGE:
        return "message";
    case IPCTAP_APPMSG_PAYLOAD:
        return "payload";
    default:
        return NULL;
    }
}

static bool is_app_message(const struct tap_call *call, uint16_t type)
{
    return type == IPCTAP_APPMSG_MESSAGE ||
           (type == IPCTAP_IPMI_MESSAGE && g_strcmp0(call->service, APPMSG_SERVICE) == 0);
}

/* Of a message of App Messaging only the payload is of use outside. */
static void cut_payload(const struct tap_call *call, struct ipctap_section *section)
{
    struct appmsg_message message = {0};

    if (!is_app_message(call, section->type) ||
        !appmsg_message_decode(section->bytes, section->captured_size, &message, NULL))
        return;
    section->bytes += message.payload_offset;
    section->captured_size = message.payload_captured;
}

static bool begins_with(const struct ipctap_section *section, const char *magic, size_t size)
{
    return section->captured_size >= size && memcmp(section->bytes, magic, size) == 0;
}

/* What the bytes are: other programs go by the extension, the dialog's Preview by the type. */
struct format {
    const char *extension;
    const char *type; /* NULL: input or output. */
};

static const struct format png = {"png", "image/png"};
static const struct format jpeg = {"jpg", "image/jpeg"};
static const struct format json = {"json", "application/json"};
static const struct format text = {"txt", "text/plain"};
static const struct format binary = {"bin", NULL};

static const struct format *format_of(const packet_info *pinfo,
                                      const struct ipctap_section *section)
{
    if (begins_with(section, "\x89PNG", 4))
        return &png;
    if (begins_with(section, "\xFF\xD8\xFF", 3))
        return &jpeg;
    if (!plugin_printable_text(pinfo->pool, section->bytes, section->captured_size))
        return &binary;
    return begins_with(section, "{", 1) || begins_with(section, "[", 1) ? &json : &text;
}

static char *buffer_name(const struct tap_call *call, const packet_info *pinfo,
                         const struct ipctap_section *section, uint64_t offset,
                         const char *extension)
{
    char *part = offset ? g_strdup_printf("-at-0x%" PRIx64, offset) : g_strdup("");
    char *name = g_strdup_printf("%s-%s-%u-%s%u%s.%s", tap_group(call), tap_command(call),
                                 pinfo->num, buffer_word(section->type), section->index, part,
                                 extension);

    g_free(part);
    return g_strdelimit(name, "/: ", '_');
}

/* A text is often in a larger buffer, padded with zeros: with these it would be no text to other
 * programs, and Preview shows the folder then. */
static size_t size_of(const struct ipctap_section *section, const struct format *format)
{
    size_t size = section->captured_size;

    if (format != &text && format != &json)
        return size;
    while (size && section->bytes[size - 1] == 0)
        size--;
    return size;
}

/* The request that goes before a payload of App Messaging says nothing that the tree does not. */
static bool is_object(const struct tap_call *call, const struct ipctap_section *section)
{
    bool is_request = section->type == IPCTAP_IPMI_IN && section->index == 0 &&
                      g_strcmp0(call->service, APPMSG_SERVICE) == 0;

    return buffer_word(section->type) && section->captured_size && !is_request;
}

static void add_buffer(export_object_list_t *list, const struct tap_call *call,
                       const packet_info *pinfo, const struct ipctap_section *section,
                       uint64_t offset)
{
    const struct format *format = format_of(pinfo, section);
    const char *type = call->is_reply ? "output" : "input";

    add_entry(list,
              new_entry(call, pinfo, buffer_name(call, pinfo, section, offset, format->extension),
                        format->type ? format->type : type),
              section->bytes, size_of(section, format));
}

/* A buffer may come back in parts: how far this one is behind the first, which is `section` itself
 * if it is of another buffer than the one before. */
static uint64_t part_offset(struct ipctap_section *first, const struct ipctap_section *section)
{
    if (first->type != section->type || first->index != section->index)
        *first = *section;
    return section->address > first->address ? section->address - first->address : 0;
}

static void add_buffers(export_object_list_t *list, const struct tap_call *call,
                        const packet_info *pinfo)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section, first = {0};

    while (ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        uint64_t offset = part_offset(&first, &section);

        if (!is_object(call, &section))
            continue;
        cut_payload(call, &section);
        if (section.captured_size)
            add_buffer(list, call, pinfo, &section, offset);
    }
}

/* Kernel calls carry what another record has, too. */
static tap_packet_status add_objects(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                     const void *tapped, tap_flags_t flags _U_)
{
    const struct tap_call *call = (const struct tap_call *)tapped;
    export_object_list_t *list = (export_object_list_t *)data;

    if (call->is_repeated || call->record.header.kind == IPCTAP_KERNEL_CALL)
        return TAP_PACKET_DONT_REDRAW;
    begin(list);
    if (!add_file(list, call, pinfo))
        add_buffers(list, call, pinfo);
    return TAP_PACKET_REDRAW;
}

int export_objects_register(int protocol)
{
    return register_export_object(protocol, add_objects, reset);
}
