/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel does to a command buffer on its way from one process to another. After Azahar's
 * TranslateCommandBuffer (kernel/ipc.cpp); a move closes the source handle also where several are
 * moved at once (3dbrew: "closing the ones of the source process").
 */
#include "ctr.h"

#include <ipcshark/contents.h>

struct ctr_buffer *ctr_buffer_new(uint16_t section, uint8_t word, uint32_t address,
                                  GByteArray *bytes)
{
    struct ctr_buffer *buffer = g_new0(struct ctr_buffer, 1);

    buffer->section = section;
    buffer->word = word;
    buffer->address = address;
    buffer->bytes = bytes;
    return buffer;
}

void ctr_buffer_free(struct ctr_buffer *buffer)
{
    g_byte_array_unref(buffer->bytes);
    g_free(buffer);
}

void ctr_packet_clear(struct ctr_packet *packet)
{
    g_clear_pointer(&packet->buffers, g_ptr_array_unref);
    g_clear_pointer(&packet->handles, g_array_unref);
}

static char *find_section_fault(const struct ipctap_section *section,
                                const struct ctripc_translate *translate, bool is_range)
{
    uint64_t end = section->address + section->declared_size;
    uint64_t buffer_end = (uint64_t)translate->address + translate->size;
    bool is_room = !section->captured_size && translate->kind == CTRIPC_MAPPED_W;

    if (section->captured_size != section->declared_size && !is_room)
        return g_strdup_printf("%s %u holds %u of %" G_GUINT64_FORMAT " bytes",
                               ipctap_section_name(section->type), section->index,
                               section->captured_size, section->declared_size);
    if (is_range && section->address >= translate->address && end >= section->address &&
        end <= buffer_end)
        return NULL;
    if (section->address == translate->address && section->declared_size == translate->size)
        return NULL;
    return g_strdup_printf("%s %u has %" G_GUINT64_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
                           "X, its descriptor says %u at 0x%X",
                           ipctap_section_name(section->type), section->index,
                           section->declared_size, section->address, translate->size,
                           translate->address);
}

static const struct ctripc_translate *find_parameter(const struct ctripc_message *message,
                                                     uint16_t section, uint16_t word)
{
    for (unsigned int i = 0; i < message->translate_count; i++) {
        const struct ctripc_translate *translate = &message->translate[i];

        if (translate->offset == word && ctripc_contents_section(translate->kind) == section)
            return translate;
    }
    return NULL;
}

char *ctr_find_fault(const struct server_call *call, const uint8_t *bytes, bool is_reply)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ctripc_message message;
    char *fault = NULL;

    ctripc_decode(bytes, CTRIPC_BUFFER_SIZE, is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &message,
                  NULL);
    while (!fault && ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        const struct ctripc_translate *translate =
            find_parameter(&message, section.type, section.index);

        if (translate)
            fault =
                find_section_fault(&section, translate, is_reply && section.type == IPCTAP_MAPPED);
    }
    return fault;
}

static void store(struct ctr_packet *packet, size_t word, uint32_t value)
{
    ipcshark_store_u32(packet->bytes + word * 4, value);
}

static GByteArray *copy_bytes(const void *bytes, size_t captured, size_t size)
{
    GByteArray *copy = g_byte_array_sized_new((guint)size);

    g_byte_array_set_size(copy, (guint)size);
    if (size)
        memset(copy->data, 0, size);
    if (captured)
        memcpy(copy->data, bytes, captured);
    return copy;
}

/** The sender's bytes of a parameter; NULL: memory that it does not have. */
static GByteArray *find_contents(const struct ctr_transfer *transfer,
                                 const struct ctripc_translate *translate)
{
    struct ipctap_section section;

    if (!translate->size)
        return g_byte_array_new();
    if (transfer->call) {
        if (!server_call_section(transfer->call, ctripc_contents_section(translate->kind),
                                 translate->offset, &section))
            return NULL;
        return copy_bytes(section.bytes, MIN(section.captured_size, translate->size),
                          translate->size);
    }
    for (guint i = 0; transfer->contents && i < transfer->contents->len; i++) {
        const struct ctr_buffer *buffer = transfer->contents->pdata[i];

        if (buffer->word == translate->offset && buffer->bytes->len == translate->size)
            return g_byte_array_ref(buffer->bytes);
    }
    return NULL;
}

static void add_buffer(struct ctr_packet *packet, const struct ctripc_translate *translate,
                       uint32_t address, GByteArray *bytes)
{
    struct ctr_buffer *buffer =
        ctr_buffer_new(ctripc_contents_section(translate->kind), translate->offset, address, bytes);

    buffer->is_writable = translate->kind == CTRIPC_MAPPED_W ||
                          translate->kind == CTRIPC_MAPPED_RW || translate->kind == CTRIPC_PXI_RW;
    g_ptr_array_add(packet->buffers, buffer);
}

/* "Zero or invalid: writes 0 to the target word and translation goes on without error." */
static uint32_t translate_handle(const struct ctr_transfer *transfer, uint32_t handle, bool moves,
                                 struct ctr_packet *packet, size_t word)
{
    struct ctr_object *object = handle ? ctr_handle_resolve(transfer->from, handle) : NULL;
    uint32_t translated = 0;

    if (object) {
        translated = ctr_handle_new(transfer->to, object);
        ctr_object_unref(object);
        if (!translated)
            return CTR_OUT_OF_HANDLES;
        g_array_append_val(packet->handles, translated);
        if (moves)
            ctr_handle_close(transfer->from, handle);
    }
    store(packet, word, translated);
    return 0;
}

/* 3dbrew: what is moved is closed. Azahar looks whether the descriptor is 0x10 and nothing else, so
 * that only a handle that is moved alone is closed. */
static bool closes_moved(const struct ctr_transfer *transfer,
                         const struct ctripc_translate *translate)
{
    return translate->kind == CTRIPC_MOVE_HANDLES &&
           (translate->handle_count == 1 ||
            !server_choice(transfer->from->kernel->server, CHOICE_CTR_MULTI_MOVE));
}

static uint32_t translate_handles(const struct ctr_transfer *transfer,
                                  const struct ctripc_translate *translate,
                                  struct ctr_packet *packet)
{
    uint32_t result = 0;

    if (translate->handle_count != (translate->descriptor >> 26) + 1)
        return CTR_COMMAND_TOO_LARGE;
    for (unsigned int i = 0; i < translate->handle_count && !result; i++) {
        size_t word = translate->offset + 1u + i;

        result = translate_handle(transfer, ctripc_word(transfer->bytes, CTRIPC_BUFFER_SIZE, word),
                                  closes_moved(transfer, translate), packet, word);
    }
    return result;
}

/* 3dbrew: a size above the target's "will result in an error"; which one is a choice. */
static uint32_t translate_static(const struct ctr_transfer *transfer,
                                 const struct ctripc_translate *translate,
                                 struct ctr_packet *packet)
{
    const struct ctripc_static_slot *slot = &transfer->table[translate->id];
    GByteArray *bytes = find_contents(transfer, translate);

    if (!bytes)
        return CTR_INVALID_ADDRESS;
    if (slot->size < translate->size) {
        g_byte_array_unref(bytes);
        return CTR_INVALID_DESCRIPTOR;
    }
    store(packet, translate->offset + 1u, slot->address);
    add_buffer(packet, translate, slot->address, bytes);
    return 0;
}

static uint32_t map_buffer(const struct ctr_transfer *transfer,
                           const struct ctripc_translate *translate, struct ctr_packet *packet)
{
    GByteArray *bytes = find_contents(transfer, translate);
    struct ctr_mapping *mapping;

    if (!bytes)
        return CTR_INVALID_ADDRESS;
    mapping = ctr_mapping_new(transfer->to, translate->address, translate->size);
    if (!mapping) {
        g_byte_array_unref(bytes);
        return CTR_OUT_OF_MEMORY;
    }
    mapping->session = transfer->session;
    mapping->descriptor = translate->descriptor;
    mapping->bytes = g_byte_array_ref(bytes);
    store(packet, translate->offset + 1u, mapping->target);
    add_buffer(packet, translate, mapping->target, bytes);
    return 0;
}

static struct ctr_mapping *find_mapping(const struct ctr_transfer *transfer,
                                        const struct ctripc_translate *translate)
{
    for (guint i = 0; i < transfer->from->mappings->len; i++) {
        struct ctr_mapping *mapping = transfer->from->mappings->pdata[i];

        if (mapping->session == transfer->session && mapping->target == translate->address &&
            mapping->descriptor == translate->descriptor)
            return mapping;
    }
    return NULL;
}

/** What the serving process wrote: ranges, as its record has them. */
static void store_ranges(const struct server_call *call, const struct ctripc_translate *translate,
                         const struct ctr_mapping *mapping)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(&call->record, &iterator, &section, NULL)) {
        uint64_t offset = section.address - mapping->target;

        if (section.type == IPCTAP_MAPPED && section.index == translate->offset &&
            offset <= mapping->bytes->len && section.captured_size <= mapping->bytes->len - offset)
            memcpy(mapping->bytes->data + offset, section.bytes, section.captured_size);
    }
}

/* The kernel panics where nothing of this kind, size and address is mapped; that it is the client
 * that gets an error is a choice. The word is the client's own address again. */
static uint32_t unmap_buffer(const struct ctr_transfer *transfer,
                             const struct ctripc_translate *translate, struct ctr_packet *packet)
{
    struct ctr_mapping *mapping = find_mapping(transfer, translate);

    if (!mapping)
        return CTR_INVALID_DESCRIPTOR;
    store(packet, translate->offset + 1u,
          server_choice(transfer->from->kernel->server, CHOICE_CTR_MAPPED_WORD) ? mapping->target
                                                                                : mapping->source);
    if (translate->kind != CTRIPC_MAPPED_R) {
        if (transfer->call)
            store_ranges(transfer->call, translate, mapping);
        add_buffer(packet, translate, mapping->source, g_byte_array_ref(mapping->bytes));
    }
    g_ptr_array_remove(transfer->from->mappings, mapping);
    return 0;
}

static uint32_t translate_mapped(const struct ctr_transfer *transfer,
                                 const struct ctripc_translate *translate,
                                 struct ctr_packet *packet)
{
    if (!translate->size) {
        store(packet, translate->offset + 1u, 0);
        return 0;
    }
    return transfer->is_reply ? unmap_buffer(transfer, translate, packet)
                              : map_buffer(transfer, translate, packet);
}

/* No tables are made: the address stays, the contents come along. */
static uint32_t translate_pxi(const struct ctr_transfer *transfer,
                              const struct ctripc_translate *translate, struct ctr_packet *packet)
{
    GByteArray *bytes = find_contents(transfer, translate);

    if (!bytes)
        return CTR_INVALID_ADDRESS;
    add_buffer(packet, translate, translate->address, bytes);
    return 0;
}

static uint32_t translate_one(const struct ctr_transfer *transfer,
                              const struct ctripc_translate *translate, struct ctr_packet *packet)
{
    if (translate->words < 2)
        return CTR_COMMAND_TOO_LARGE;
    switch ((enum ctripc_kind)translate->kind) {
    case CTRIPC_COPY_HANDLES:
    case CTRIPC_MOVE_HANDLES:
        return translate_handles(transfer, translate, packet);
    case CTRIPC_PROCESS_ID:
        store(packet, translate->offset + 1u, transfer->from->process->pid);
        return 0;
    case CTRIPC_STATIC_BUFFER:
        return translate_static(transfer, translate, packet);
    case CTRIPC_PXI_RW:
    case CTRIPC_PXI_RO:
        return translate_pxi(transfer, translate, packet);
    case CTRIPC_MAPPED_R:
    case CTRIPC_MAPPED_W:
    case CTRIPC_MAPPED_RW:
        return translate_mapped(transfer, translate, packet);
    default: /* The kernel panics or nobody knows: a choice. */
        return CTR_INVALID_DESCRIPTOR;
    }
}

static void close_made_handles(const struct ctr_transfer *transfer, struct ctr_packet *packet)
{
    for (guint i = 0; i < packet->handles->len; i++)
        ctr_handle_close(transfer->to, g_array_index(packet->handles, uint32_t, i));
    g_array_set_size(packet->handles, 0);
}

/** All contents together, so that no size drives an allocation that no record could carry. */
static bool is_too_large(const struct ctripc_message *message)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < message->translate_count; i++)
        sum += message->translate[i].size;
    return sum > IPCTAP_MAX_RECORD_SIZE - 0x10000;
}

uint32_t ctr_translate(const struct ctr_transfer *transfer, struct ctr_packet *packet)
{
    struct ctripc_message message;
    uint32_t result = 0;

    packet->buffers = g_ptr_array_new_with_free_func((GDestroyNotify)ctr_buffer_free);
    packet->handles = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    memcpy(packet->bytes, transfer->bytes, sizeof packet->bytes);
    ctripc_decode(transfer->bytes, CTRIPC_BUFFER_SIZE,
                  transfer->is_reply ? CTRIPC_REPLY : CTRIPC_REQUEST, &message, NULL);
    packet->size = message.words * 4u;
    /* More than 64 words: the kernel does not look, which no simulation can follow; a choice. */
    if (!message.complete)
        return CTR_COMMAND_TOO_LARGE;
    if (is_too_large(&message))
        return CTR_OUT_OF_MEMORY;
    for (unsigned int i = 0; i < message.translate_count && !result; i++)
        result = translate_one(transfer, &message.translate[i], packet);
    if (result)
        close_made_handles(transfer, packet);
    return result;
}
