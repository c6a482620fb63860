/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures of ilia, which recorded Switch services from 2018 to 2019 inside the serving process:
 * one packet a call. Link type USER1: chunks (u8 type, u64 size, bytes) with the raw data of
 * request and reply. Link type USER0, of its early versions: the request's 0x100 bytes, the
 * contents of its descriptors, the reply's 0x100 bytes. Times are always 0 and an interface's name
 * is the IPC interface's, with its zero byte. Source: ilia's pcapng.cpp, InterfaceSniffer.cpp and
 * dissect.lua.
 */
#include "importer.h"

#include <ipcshark/hipc.h>
#include <ipcshark/reader.h>
#include <ipcshark/writer.h>

#include <string.h>

enum {
    SECTION_BLOCK = 0x0A0D0D0A,
    INTERFACE_BLOCK = 1,
    PACKET_BLOCK = 6,
    LITTLE_ENDIAN_MAGIC = 0x1A2B3C4D,
    OPTION_NAME = 2,
    BLOCK_OVERHEAD = 12, /**< Type, size, and the size again. */
    MAX_BLOCK = 16 << 20,
    MAX_INTERFACES = 1024,
    LINK_USER0 = 147,
    LINK_USER1 = 148,
    MAX_BUFFERS = 16,
    ROOM = 4096, /**< In a record beside contents. */
};

enum chunk_type {
    CHUNK_REQUEST_PLACE = 0, /**< u64 address, u64 size */
    CHUNK_REQUEST = 1,
    CHUNK_META = 2,
    CHUNK_REPLY_PLACE = 3,
    CHUNK_REPLY = 4,
    CHUNK_RESULT = 5,
    CHUNK_BUFFERS = 6, /**< Each: u64 size, bytes. */
    CHUNKS = 7,
};

#define META_BUFFER_COUNT      0x18
#define META_BUFFER_ATTRIBUTES 0x2C
#define ATTRIBUTE_OUT          2

struct ilia_interface {
    uint16_t link_type;
    char name[IPCTAP_MAX_NAME + 1];
};

struct ilia {
    struct importer *importer;
    struct import_lines *lines;
    GArray *interfaces; /**< struct ilia_interface */
    uint8_t *block;
    unsigned long block_number;
    uint64_t call_id;
};

/** Part of a packet. */
struct span {
    const uint8_t *bytes;
    size_t size;
};

static const uint8_t pcapng_magic[] = {0x0A, 0x0D, 0x0D, 0x0A};

bool import_is_ilia(const struct importer *importer, struct import_lines *lines)
{
    return importer_reads(importer, IMPORT_ILIA) &&
           (importer->options->format == IMPORT_ILIA ||
            import_lines_begin_with(lines, pcapng_magic, sizeof pcapng_magic));
}

static void unreadable(struct ilia *ilia, const char *why)
{
    importer_unreadable(ilia->importer, ilia->block_number, why);
}

/* ---- Records ---- */

/** The record of one edge being built. */
struct edge {
    struct ipctap_header header;
    struct ipcshark_writer writer;
    GByteArray *bytes;
};

static void edge_begin(struct ilia *ilia, struct edge *edge, uint8_t phase, size_t contents,
                       const struct ilia_interface *interface)
{
    edge->header = ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, phase);
    edge->header.clock = IPCTAP_CLOCK_UNKNOWN;
    edge->header.flags = IPCTAP_SERVER;
    edge->header.call_id = ilia->call_id;
    edge->header.source = ilia->importer->options->source;
    edge->bytes = g_byte_array_new();
    g_byte_array_set_size(edge->bytes, (guint)(contents + ROOM));
    edge->writer = ipcshark_writer(edge->bytes->data, edge->bytes->len);
    ipctap_begin(&edge->writer, &edge->header);
    ipctap_add_text(&edge->writer, IPCTAP_INTERFACE, 0, interface->name);
}

static void edge_end(struct ilia *ilia, struct edge *edge)
{
    struct importer *importer = ilia->importer;
    size_t size = ipctap_end(&edge->writer);

    edge->header.record_size = (uint32_t)size;
    if (size && !importer->sink(importer->sink_data, &edge->header, edge->bytes->data, size))
        importer->report->stopped = true;
    g_byte_array_unref(edge->bytes);
}

static void add_span(struct edge *edge, uint16_t type, uint16_t index, uint64_t address,
                     struct span span)
{
    if (span.size)
        ipctap_add(&edge->writer, type, index, address, span.bytes, (uint32_t)span.size);
}

/* ---- USER1: chunks ---- */

static bool split(struct span packet, struct span chunks[CHUNKS])
{
    struct ipcshark_reader reader = ipcshark_reader(packet.bytes, packet.size);

    while (reader.offset < packet.size) {
        uint8_t type = ipcshark_read_u8(&reader);
        uint64_t size = ipcshark_read_u64(&reader);
        const uint8_t *bytes;

        if (reader.failed || size > packet.size)
            return false;
        bytes = ipcshark_read_bytes(&reader, (size_t)size);
        if (reader.failed)
            return false;
        if (type < CHUNKS)
            chunks[type] = (struct span){bytes, (size_t)size};
    }
    return chunks[CHUNK_REQUEST].size != 0;
}

static uint64_t address_of(struct span place)
{
    struct ipcshark_reader reader = ipcshark_reader(place.bytes, place.size);

    return ipcshark_read_u64(&reader);
}

static bool is_out_buffer(struct span meta, unsigned int n)
{
    struct ipcshark_reader reader = ipcshark_reader(meta.bytes, meta.size);

    ipcshark_reader_seek(&reader, META_BUFFER_ATTRIBUTES + 4 * n);
    return ipcshark_read_u32(&reader) & ATTRIBUTE_OUT;
}

/** "All CMIF buffers after the call": what goes out belongs to the reply. */
static void add_buffers(struct edge *edge, const struct span chunks[CHUNKS], bool is_reply)
{
    const struct span *buffers = &chunks[CHUNK_BUFFERS];
    struct ipcshark_reader reader = ipcshark_reader(buffers->bytes, buffers->size);

    for (uint16_t n = 0; n < MAX_BUFFERS && reader.offset < buffers->size; n++) {
        uint64_t size = ipcshark_read_u64(&reader);
        const uint8_t *bytes = size <= buffers->size ? ipcshark_read_bytes(&reader, (size_t)size)
                                                     : NULL;

        if (!bytes || reader.failed)
            return;
        if (is_out_buffer(chunks[CHUNK_META], n) == is_reply)
            add_span(edge, IPCTAP_BUFFER, n, 0, (struct span){bytes, (size_t)size});
    }
}

/** What ProcessCommand returned; it says nothing about what the client gets. */
static void add_result(struct edge *edge, struct span chunk)
{
    struct ipcshark_reader reader = ipcshark_reader(chunk.bytes, chunk.size);
    uint32_t result = ipcshark_read_u32(&reader);
    g_autofree char *text = g_strdup_printf("ilia: ProcessCommand returned 0x%x", result);

    if (!reader.failed && result)
        ipctap_add_text(&edge->writer, IPCTAP_COMMENT, 0, text);
}

static bool import_chunks(struct ilia *ilia, const struct ilia_interface *interface,
                          struct span packet)
{
    struct span chunks[CHUNKS] = {{0}};
    struct edge edge;

    if (!split(packet, chunks))
        return false;
    edge_begin(ilia, &edge, IPCTAP_ENTER, packet.size, interface);
    add_span(&edge, IPCTAP_FRAGMENT, 0, address_of(chunks[CHUNK_REQUEST_PLACE]),
             chunks[CHUNK_REQUEST]);
    add_buffers(&edge, chunks, false);
    edge_end(ilia, &edge);
    edge_begin(ilia, &edge, IPCTAP_EXIT, packet.size, interface);
    add_span(&edge, IPCTAP_FRAGMENT, 0, address_of(chunks[CHUNK_REPLY_PLACE]), chunks[CHUNK_REPLY]);
    add_buffers(&edge, chunks, true);
    add_result(&edge, chunks[CHUNK_RESULT]);
    edge_end(ilia, &edge);
    return true;
}

/* ---- USER0: messages with contents between them ---- */

static size_t map_sizes(const struct hipc_map *map, unsigned int count)
{
    uint64_t size = 0;

    for (unsigned int n = 0; n < count; n++)
        size += map[n].size;
    return size > MAX_BLOCK ? MAX_BLOCK : (size_t)size;
}

static void add_maps(struct edge *edge, uint16_t type, const struct hipc_map *map,
                     unsigned int count, struct span *left)
{
    for (unsigned int n = 0; n < count; n++) {
        struct span span = {left->bytes, (size_t)MIN(map[n].size, left->size)};

        add_span(edge, type, (uint16_t)n, map[n].address, span);
        left->bytes += span.size;
        left->size -= span.size;
    }
}

static void add_contents(struct edge *edge, const struct hipc_message *hipc, struct span left)
{
    for (unsigned int n = 0; n < hipc->pointer_count; n++) {
        struct span span = {left.bytes, MIN(hipc->pointer[n].size, left.size)};

        add_span(edge, IPCTAP_POINTER, (uint16_t)n, hipc->pointer[n].address, span);
        left.bytes += span.size;
        left.size -= span.size;
    }
    add_maps(edge, IPCTAP_SEND, hipc->send, hipc->send_count, &left);
}

/** The order of the contents is known of pointers and send buffers alone. */
static bool has_known_contents(const struct hipc_message *hipc, size_t size)
{
    size_t known = map_sizes(hipc->send, hipc->send_count);

    for (unsigned int n = 0; n < hipc->pointer_count; n++)
        known += hipc->pointer[n].size;
    return known == size;
}

static bool import_messages(struct ilia *ilia, const struct ilia_interface *interface,
                            struct span packet)
{
    const size_t ends = 2 * HIPC_TLS_MESSAGE_SIZE;
    struct hipc_message hipc;
    struct edge edge;
    struct span middle;

    if (packet.size < ends)
        return false;
    middle = (struct span){packet.bytes + HIPC_TLS_MESSAGE_SIZE, packet.size - ends};
    hipc_decode(packet.bytes, HIPC_TLS_MESSAGE_SIZE, HIPC_REQUEST, &hipc, NULL);
    edge_begin(ilia, &edge, IPCTAP_ENTER, packet.size, interface);
    ipctap_add(&edge.writer, IPCTAP_MESSAGE, 0, 0, packet.bytes, HIPC_TLS_MESSAGE_SIZE);
    if (has_known_contents(&hipc, middle.size))
        add_contents(&edge, &hipc, middle);
    else
        add_span(&edge, IPCTAP_BUFFER, 0, 0, middle);
    edge_end(ilia, &edge);
    edge_begin(ilia, &edge, IPCTAP_EXIT, packet.size, interface);
    ipctap_add(&edge.writer, IPCTAP_MESSAGE, 0, 0, middle.bytes + middle.size,
               HIPC_TLS_MESSAGE_SIZE);
    edge_end(ilia, &edge);
    return true;
}

/* ---- Blocks of the file ---- */

/** The first name among the options; ilia counts its zero byte. */
static void read_name(struct ipcshark_reader *reader, struct ilia_interface *interface)
{
    while (!reader->failed) {
        uint16_t code = ipcshark_read_u16(reader);
        uint16_t size = ipcshark_read_u16(reader);
        const uint8_t *bytes = ipcshark_read_bytes(reader, size);

        if (!code || !bytes)
            return;
        if (code == OPTION_NAME) {
            memcpy(interface->name, bytes, MIN(size, IPCTAP_MAX_NAME));
            return;
        }
        ipcshark_read_bytes(reader, (size_t)-size & 3);
    }
}

static void take_interface(struct ilia *ilia, struct span body)
{
    struct ipcshark_reader reader = ipcshark_reader(body.bytes, body.size);
    struct ilia_interface interface = {.link_type = ipcshark_read_u16(&reader)};

    ipcshark_reader_seek(&reader, 8);
    read_name(&reader, &interface);
    if (ilia->interfaces->len < MAX_INTERFACES)
        g_array_append_val(ilia->interfaces, interface);
}

static const char *import_packet(struct ilia *ilia, uint32_t id, struct span packet)
{
    const struct ilia_interface *interface;

    if (id >= ilia->interfaces->len)
        return "its interface is not declared";
    interface = &g_array_index(ilia->interfaces, struct ilia_interface, id);
    ilia->call_id++;
    if (interface->link_type == LINK_USER1)
        return import_chunks(ilia, interface, packet) ? NULL : "these are no chunks with a request";
    if (interface->link_type == LINK_USER0)
        return import_messages(ilia, interface, packet)
                   ? NULL
                   : "it is shorter than a request and a reply";
    return "its link type is not ilia's, USER1 (148) or USER0 (147); other captures are opened as "
           "they are";
}

static void take_packet(struct ilia *ilia, struct span body)
{
    struct ipcshark_reader reader = ipcshark_reader(body.bytes, body.size);
    uint32_t id = ipcshark_read_u32(&reader);
    const char *why = "its packet is cut off";
    uint32_t size;
    const uint8_t *bytes;

    ipcshark_reader_seek(&reader, 12);
    size = ipcshark_read_u32(&reader);
    ipcshark_read_u32(&reader);
    bytes = ipcshark_read_bytes(&reader, size);
    if (bytes && !reader.failed)
        why = import_packet(ilia, id, (struct span){bytes, size});
    if (why)
        unreadable(ilia, why);
    else
        ilia->importer->report->messages += 2;
}

/** False: the file cannot be read any further. */
static bool take_block(struct ilia *ilia, uint32_t type, uint32_t size)
{
    struct span body = {ilia->block, size - BLOCK_OVERHEAD};

    if (!import_lines_read(ilia->lines, ilia->block, size - 8)) {
        unreadable(ilia, "the file ends inside a block");
        return false;
    }
    if (type == SECTION_BLOCK) {
        struct ipcshark_reader reader = ipcshark_reader(body.bytes, body.size);

        g_array_set_size(ilia->interfaces, 0);
        if (ipcshark_read_u32(&reader) != LITTLE_ENDIAN_MAGIC) {
            unreadable(ilia, "a file of a big-endian machine is not ilia's");
            return false;
        }
    } else if (type == INTERFACE_BLOCK) {
        take_interface(ilia, body);
    } else if (type == PACKET_BLOCK) {
        take_packet(ilia, body);
    }
    return true;
}

static bool next_block(struct ilia *ilia)
{
    uint8_t head[8] = {0};
    struct ipcshark_reader reader = ipcshark_reader(head, sizeof head);
    uint32_t type, size;

    if (!import_lines_read(ilia->lines, head, sizeof head))
        return false;
    type = ipcshark_read_u32(&reader);
    size = ipcshark_read_u32(&reader);
    ilia->block_number++;
    if (size < BLOCK_OVERHEAD || size % 4 || size > MAX_BLOCK) {
        unreadable(ilia, "this is no block of a pcapng file");
        return false;
    }
    return take_block(ilia, type, size);
}

void import_ilia(struct importer *importer, struct import_lines *lines)
{
    struct ilia ilia = {
        .importer = importer,
        .lines = lines,
        .interfaces = g_array_new(FALSE, FALSE, sizeof(struct ilia_interface)),
        .block = g_malloc(MAX_BLOCK),
    };

    while (!importer->report->stopped && next_block(&ilia)) {
        if (importer->options->progress && ilia.block_number % 256 == 0)
            importer->options->progress(importer->options->progress_data, lines->bytes);
    }
    importer->report->lines = ilia.block_number;
    g_array_unref(ilia.interfaces);
    g_free(ilia.block);
}
