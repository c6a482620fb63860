/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a delivered message to a command's arguments, with the checks in the framework's order. */
#include "sf.h"

/* What a command's declaration makes of the message. */
struct counts {
    unsigned int pointers;
    unsigned int sends;
    unsigned int receives;
    unsigned int exchanges;
    unsigned int out_pointers;
    unsigned int sizes; /* entries of the out pointer size table */
};

const struct sf_command *sf_find_command(const struct sf_interface *interface, uint32_t id)
{
    for (size_t i = 0; i < interface->command_count; i++) {
        if (interface->commands[i].id == id)
            return &interface->commands[i];
    }
    return NULL;
}

/* Header, data and object ids lie within the raw data, the 16 bytes of padding aside. */
static bool is_domain_data_there(const struct sf_context *context)
{
    const struct cmif_domain *domain = &context->cmif.domain;
    uint64_t needed = CMIF_DOMAIN_HEADER_SIZE + domain->in_raw_size +
                      UINT64_C(4) * domain->object_count;

    return 0x10 + needed <= 4u * context->request->delivered.raw_words;
}

static uint32_t find_in_domain(struct sf_context *context)
{
    const struct cmif_domain *domain = &context->cmif.domain;

    if (!context->cmif.has_domain)
        return SF_INVALID_HEADER_SIZE;
    if (domain->kind != CMIF_REQUEST_KIND_SEND)
        return SF_INVALID_IN_HEADER;
    context->object = sf_domain_find(context->session->domain, domain->object_id);
    if (!context->object)
        return SF_TARGET_NOT_FOUND;
    if (!is_domain_data_there(context) || domain->object_count != domain->objects_captured)
        return SF_INVALID_HEADER_SIZE;
    return domain->object_count > SF_MAX_OBJECTS ? SF_INVALID_NUM_IN_OBJECTS : 0;
}

uint32_t sf_find_target(struct sf_context *context)
{
    if (context->session->domain)
        return find_in_domain(context);
    context->object = context->session->object;
    return 0;
}

/* "the server compares the whole u32 with 0 or 1" (0 before 5.0.0). */
bool sf_is_header_valid(const struct sf_context *context)
{
    const struct cmif_message *cmif = &context->cmif;
    uint16_t newest = context->kernel->version >= HORIZON_VERSION(5, 0, 0);

    return cmif->magic == CMIF_IN_MAGIC && cmif->version <= newest && cmif->reserved == 0;
}

static uint32_t check_header(struct sf_context *context)
{
    const struct cmif_message *cmif = &context->cmif;

    if (!cmif->has_header)
        return SF_INVALID_HEADER_SIZE;
    if (!sf_is_header_valid(context))
        return SF_INVALID_IN_HEADER;
    context->command = sf_find_command(context->object->interface, cmif->method_id);
    return context->command && context->command->since <= context->kernel->version
               ? 0
               : SF_UNKNOWN_COMMAND_ID;
}

static void count_buffer(struct counts *counts, uint8_t attributes)
{
    bool is_auto = attributes & SF_AUTO_SELECT;
    bool has_map = is_auto || (attributes & SF_MAP_ALIAS);
    bool has_pointer = is_auto || (attributes & SF_POINTER);

    if ((attributes & SF_IN) && (attributes & SF_OUT)) {
        counts->exchanges++;
        return;
    }
    if (attributes & SF_IN) {
        counts->sends += has_map;
        counts->pointers += has_pointer;
    } else {
        counts->receives += has_map;
        counts->out_pointers += has_pointer;
        counts->sizes += has_pointer && !(attributes & SF_FIXED_SIZE);
    }
}

static struct counts count_buffers(const struct sf_command *command)
{
    struct counts counts = {0};

    for (unsigned int i = 0; i < SF_MAX_BUFFERS && command->buffer[i].attributes; i++)
        count_buffer(&counts, command->buffer[i].attributes);
    return counts;
}

/* "The server demands raw >= 0x10 and gives the command raw - 0x10 bytes": what follows the headers
 * in the last 16 bytes is padding, never arguments. */
static uint32_t argument_size(const struct sf_context *context)
{
    const struct cmif_message *cmif = &context->cmif;
    uint32_t size = 4u * context->request->delivered.raw_words;
    uint32_t used = 0x10 + CMIF_HEADER_SIZE;

    if (cmif->has_domain)
        return cmif->domain.in_raw_size < CMIF_HEADER_SIZE
                   ? 0
                   : cmif->domain.in_raw_size - CMIF_HEADER_SIZE;
    return size < used ? 0 : size - used;
}

static uint32_t check_counts(const struct sf_context *context, const struct counts *counts)
{
    const struct hipc_message *hipc = &context->request->delivered;
    const struct sf_command *command = context->command;

    if (context->session->domain && context->cmif.domain.object_count != command->in_objects)
        return SF_INVALID_NUM_IN_OBJECTS;
    if (hipc->special.has_pid != command->has_pid || hipc->pointer_count != counts->pointers ||
        hipc->send_count != counts->sends || hipc->receive_count != counts->receives ||
        hipc->exchange_count != counts->exchanges ||
        hipc->special.copy_count != command->in_handles ||
        argument_size(context) < command->in_size || context->cmif.data_size < command->in_size)
        return HIPC_INVALID_CMIF_REQUEST;
    return 0;
}

/* Where the framework is in the message's descriptors, and in the pointer buffer. */
struct walk {
    unsigned int pointer;
    unsigned int send;
    unsigned int receive;
    unsigned int exchange;
    unsigned int size;
    struct cmif_out_pointer_sizes sizes;
    uint64_t pointers_end; /* end of the in pointers */
    uint64_t free_end;     /* out pointers are cut from here downwards */
};

static uint8_t wanted_attribute(uint8_t attributes)
{
    if (attributes & SF_NON_SECURE)
        return HIPC_MAP_NON_SECURE;
    return attributes & SF_NON_DEVICE ? HIPC_MAP_NON_DEVICE : HIPC_MAP_NORMAL;
}

/* False if the map's attribute is not the declared one. */
static bool take_map(struct sf_context *context, struct walk *walk, uint8_t attributes,
                     struct sf_buffer *buffer)
{
    enum horizon_map_kind kind = HORIZON_SEND;
    unsigned int number;

    if ((attributes & SF_IN) && (attributes & SF_OUT)) {
        kind = HORIZON_EXCHANGE;
        number = walk->exchange++;
    } else if (attributes & SF_OUT) {
        kind = HORIZON_RECEIVE;
        number = walk->receive++;
    } else {
        number = walk->send++;
    }
    buffer->map = horizon_map_find(context->request, kind, number);
    if (!buffer->map || buffer->map->attribute != wanted_attribute(attributes))
        return false;
    buffer->bytes = buffer->map->bytes;
    buffer->size = buffer->map->size;
    return true;
}

static void take_in_pointer(struct sf_context *context, struct walk *walk, struct sf_buffer *buffer)
{
    const struct hipc_pointer *pointer = &context->request->delivered.pointer[walk->pointer++];

    buffer->map = NULL;
    buffer->address = pointer->address;
    buffer->size = pointer->size;
    buffer->bytes =
        horizon_pointer_buffer(context->session->process, pointer->address, pointer->size);
    if (!buffer->bytes)
        buffer->size = 0;
    if (buffer->size)
        walk->pointers_end = MAX(walk->pointers_end, pointer->address + pointer->size);
}

static uint16_t out_pointer_size(struct sf_context *context, struct walk *walk,
                                 const struct sf_buffer_kind *kind)
{
    uint32_t offset;

    if (kind->attributes & SF_FIXED_SIZE)
        return kind->size;
    if (walk->size >= walk->sizes.count)
        return 0;
    offset = walk->sizes.offset + 2 * walk->size++;
    return ipcshark_load_u16(context->request->server_buffer.bytes + offset);
}

/* "out pointers are cut from the end downwards, each start rounded down to 16; must not meet." */
static uint32_t take_out_pointer(struct sf_context *context, struct walk *walk,
                                 const struct sf_buffer_kind *kind, struct sf_buffer *buffer)
{
    uint16_t size = out_pointer_size(context, walk, kind);

    if (buffer->map && buffer->map->server_address)
        return 0;
    if (walk->free_end - HORIZON_POINTER_BUFFER_ADDRESS < size)
        return HIPC_POINTER_BUFFER_TOO_SMALL;
    walk->free_end = (walk->free_end - size) & ~UINT64_C(15);
    *buffer = (struct sf_buffer){.size = size, .address = walk->free_end};
    buffer->bytes = horizon_pointer_buffer(context->session->process, buffer->address, size);
    return buffer->bytes ? 0 : HIPC_POINTER_BUFFER_TOO_SMALL;
}

/* Auto-select: "map if its delivered address is non-zero", else the pointer. */
static uint32_t take_buffer(struct sf_context *context, struct walk *walk,
                            const struct sf_buffer_kind *kind, struct sf_buffer *buffer)
{
    uint8_t attributes = kind->attributes;
    bool is_auto = attributes & SF_AUTO_SELECT;
    struct sf_buffer pointer = {0};

    if ((is_auto || (attributes & SF_MAP_ALIAS)) && !take_map(context, walk, attributes, buffer))
        return HIPC_INVALID_CMIF_REQUEST;
    if (!is_auto && !(attributes & SF_POINTER))
        return 0;
    if (attributes & SF_OUT)
        return take_out_pointer(context, walk, kind, buffer);
    take_in_pointer(context, walk, &pointer);
    if (!buffer->map || !buffer->map->server_address)
        *buffer = pointer;
    return 0;
}

static uint32_t take_buffers(struct sf_context *context, const struct counts *counts)
{
    struct walk walk = {.pointers_end = HORIZON_POINTER_BUFFER_ADDRESS,
                        .free_end = HORIZON_POINTER_BUFFER_ADDRESS +
                                    context->session->process->pointer_buffer_size};
    uint32_t result = 0;

    if (counts->sizes)
        cmif_locate_out_pointer_sizes(
            context->request->delivered_size, &context->request->delivered, &context->cmif,
            context->command->in_size, (uint16_t)counts->sizes, &walk.sizes, NULL);
    if (walk.sizes.count < counts->sizes)
        return HIPC_INVALID_CMIF_REQUEST;
    for (unsigned int i = 0;
         result == 0 && i < SF_MAX_BUFFERS && context->command->buffer[i].attributes; i++)
        result = take_buffer(context, &walk, &context->command->buffer[i], &context->buffer[i]);
    if (result == 0 && counts->out_pointers && walk.pointers_end > walk.free_end)
        result = HIPC_POINTER_BUFFER_TOO_SMALL;
    return result;
}

static bool is_wanted(const struct sf_context *context, const struct sf_object *object)
{
    const struct sf_interface *wanted = context->command->in_interface;

    return object && (!wanted || object->interface == wanted);
}

static uint32_t take_objects(struct sf_context *context)
{
    for (unsigned int i = 0; i < context->command->in_objects; i++) {
        uint32_t id;

        if (!context->session->domain)
            return SF_NOT_SUPPORTED;
        id = cmif_domain_object(context->request->server_buffer.bytes,
                                context->request->delivered_size, &context->cmif, i);
        context->in_object[i] = sf_domain_find(context->session->domain, id);
        if (!is_wanted(context, context->in_object[i]))
            return SF_INVALID_IN_OBJECT;
    }
    return 0;
}

/* "value kept, must equal the pid or 0" */
static uint32_t check_user_id(const struct sf_context *context)
{
    const struct sf_command *command = context->command;
    uint64_t id = command->has_user_id ? ipcshark_load_u64(context->in + command->user_id_offset)
                                       : 0;

    return id == 0 || id == context->pid ? 0 : SF_PRECONDITION_VIOLATION;
}

uint32_t sf_read_request(struct sf_context *context)
{
    const struct hipc_special *special = &context->request->delivered.special;
    struct counts counts;
    uint32_t result = sf_find_target(context);

    if (result == 0)
        result = check_header(context);
    if (result != 0)
        return result;

    counts = count_buffers(context->command);
    result = check_counts(context, &counts);
    if (result == 0)
        result = take_buffers(context, &counts);
    if (result == 0)
        result = take_objects(context);
    context->in = context->request->server_buffer.bytes + context->cmif.data_offset;
    context->pid = special->pid;
    for (unsigned int i = 0; i < MIN(special->copy_count, SF_MAX_HANDLES); i++)
        context->in_handle[i] = special->copy[i];
    return result == 0 ? check_user_id(context) : result;
}
