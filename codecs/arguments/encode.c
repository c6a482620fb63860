/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file encode.c Requests and replies from values: the inverse of the iteration. */
#include "arguments_internal.h"

#include <ipcshark/reader.h>

#include <string.h>

#define MAX_HANDLE_WORDS 63

/** A message as it grows; of a reply `request` has what both have. */
struct builder {
    const struct ipcshark_command *command;
    const struct ipcshark_target *target;
    struct cmif_request request;
    struct ctripc_message ctr;
    uint32_t handles[MAX_HANDLE_WORDS]; /**< Of the 3DS's descriptors. */
    uint8_t handle_count;
    uint32_t objects[CMIF_MAX_IN_OBJECTS];
    uint16_t sizes[HIPC_MAX_RECEIVE_LIST];
    uint32_t pointer_room; /**< Left of the server's pointer buffer. */
    uint8_t data[ARGUMENTS_MAX_RAW];
    bool is_reply;
    bool failed;
};

static void put_number(uint8_t *to, uint32_t size, uint64_t value)
{
    for (uint32_t i = 0; i < size && i < 8; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static bool is_number(const struct ipcshark_type *type)
{
    return type->kind >= IPCSHARK_TYPE_UNSIGNED && type->kind <= IPCSHARK_TYPE_ENUM &&
           type->kind != IPCSHARK_TYPE_BYTES && type->kind != IPCSHARK_TYPE_TEXT;
}

static void put_raw(struct builder *builder, const struct ipcshark_field *field,
                    const struct ipcshark_input *input)
{
    bool is_ctr = builder->command->convention == IPCSHARK_CONVENTION_CTR;
    uint32_t start = !is_ctr ? 0 : builder->is_reply ? 2 * CTR_WORD : CTR_WORD;
    uint8_t *to = builder->data + field->offset - start;
    size_t size = input->size < field->type->size ? input->size : field->type->size;

    if (input->bytes && size)
        memcpy(to, input->bytes, size);
    else if (!input->bytes && (is_number(field->type) || field->type->size <= 8))
        put_number(to, field->type->size, input->value);
}

static void put_handle(struct builder *builder, bool moves, uint32_t handle)
{
    struct hipc_special *special = &builder->request.hipc.special;
    uint8_t *count = moves ? &special->move_count : &special->copy_count;

    if (*count == HIPC_MAX_HANDLES) {
        builder->failed = true;
        return;
    }
    builder->request.hipc.has_special = true;
    (moves ? special->move : special->copy)[(*count)++] = handle;
}

static void put_object(struct builder *builder, uint32_t object)
{
    if (!builder->request.is_domain)
        put_handle(builder, true, object);
    else if (builder->request.object_count == CMIF_MAX_IN_OBJECTS)
        builder->failed = true;
    else
        builder->objects[builder->request.object_count++] = object;
}

static void put_pid(struct builder *builder, uint64_t pid)
{
    builder->request.hipc.has_special = true;
    builder->request.hipc.special.has_pid = true;
    builder->request.hipc.special.pid = pid;
}

static uint8_t map_attribute(const struct ipcshark_type *type)
{
    if (type->attribute & IPCSHARK_BUFFER_NON_SECURE)
        return HIPC_MAP_NON_SECURE;
    return type->attribute & IPCSHARK_BUFFER_NON_DEVICE ? HIPC_MAP_NON_DEVICE : HIPC_MAP_NORMAL;
}

static void put_map(struct builder *builder, const struct ipcshark_type *type, uint64_t address,
                    uint64_t size)
{
    struct hipc_message *hipc = &builder->request.hipc;
    unsigned int direction = type->attribute & (IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT);
    struct hipc_map map = {.address = address, .size = size, .attribute = map_attribute(type)};
    uint8_t *count = direction == IPCSHARK_BUFFER_IN    ? &hipc->send_count
                     : direction == IPCSHARK_BUFFER_OUT ? &hipc->receive_count
                                                        : &hipc->exchange_count;
    struct hipc_map *list = direction == IPCSHARK_BUFFER_IN    ? hipc->send
                            : direction == IPCSHARK_BUFFER_OUT ? hipc->receive
                                                               : hipc->exchange;

    if (*count == HIPC_MAX_DESCRIPTORS)
        builder->failed = true;
    else
        list[(*count)++] = map;
}

static void put_in_pointer(struct builder *builder, uint64_t address, uint64_t size)
{
    struct hipc_message *hipc = &builder->request.hipc;
    uint8_t n = hipc->pointer_count;

    if (n == HIPC_MAX_DESCRIPTORS || size > UINT16_MAX) {
        builder->failed = true;
        return;
    }
    hipc->pointer[n] =
        (struct hipc_pointer){.address = address, .size = (uint16_t)size, .index = n};
    hipc->pointer_count++;
}

static void put_out_pointer(struct builder *builder, const struct ipcshark_type *type,
                            uint64_t address, uint64_t size)
{
    struct hipc_message *hipc = &builder->request.hipc;

    if (hipc->receive_list_count == HIPC_MAX_RECEIVE_LIST || size > UINT16_MAX) {
        builder->failed = true;
        return;
    }
    hipc->receive_list[hipc->receive_list_count++] =
        (struct hipc_receive_entry){.address = address, .size = (uint16_t)size};
    hipc->receive_list_mode = (uint8_t)(hipc->receive_list_count + 2);
    if (!(type->attribute & IPCSHARK_BUFFER_FIXED_SIZE))
        builder->sizes[builder->request.out_pointer_count++] = (uint16_t)size;
}

static void put_pointer(struct builder *builder, const struct ipcshark_type *type, uint64_t address,
                        uint64_t size)
{
    if (type->attribute & IPCSHARK_BUFFER_IN)
        put_in_pointer(builder, address, size);
    else
        put_out_pointer(builder, type, address, size);
    builder->pointer_room -= size < builder->pointer_room ? (uint32_t)size : builder->pointer_room;
}

/* As libnx's cmif.h does: a pointer if that fits what is left of the server's pointer buffer. */
static void put_auto_select(struct builder *builder, const struct ipcshark_type *type,
                            const struct ipcshark_input *input)
{
    bool by_pointer = builder->pointer_room && input->buffer_size <= builder->pointer_room;

    if (by_pointer) {
        put_pointer(builder, type, input->address, input->buffer_size);
        put_map(builder, type, 0, 0);
    } else {
        put_pointer(builder, type, 0, 0);
        put_map(builder, type, input->address, input->buffer_size);
    }
}

/* sf_impl_command_serialization.hpp: a reply has a pointer descriptor for each out pointer and out
 * auto-select buffer; what was mapped has none, or one of zeros. */
static void put_out_buffer(struct builder *builder, const struct ipcshark_type *type,
                           const struct ipcshark_input *input)
{
    unsigned int by_pointer = IPCSHARK_BUFFER_POINTER | IPCSHARK_BUFFER_AUTO_SELECT;
    unsigned int direction = type->attribute & (IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT);

    if (type->attribute & by_pointer && direction == IPCSHARK_BUFFER_OUT)
        put_in_pointer(builder, input->address, input->buffer_size);
}

static void put_buffer(struct builder *builder, const struct ipcshark_type *type,
                       const struct ipcshark_input *input)
{
    if (builder->is_reply)
        put_out_buffer(builder, type, input);
    else if (type->attribute & IPCSHARK_BUFFER_AUTO_SELECT)
        put_auto_select(builder, type, input);
    else if (type->attribute & IPCSHARK_BUFFER_POINTER)
        put_pointer(builder, type, input->address, input->buffer_size);
    else
        put_map(builder, type, input->address, input->buffer_size);
}

static void put_horizon(struct builder *builder, const struct ipcshark_field *field,
                        const struct ipcshark_input *input)
{
    switch (field->type->kind) {
    case IPCSHARK_TYPE_PID:
        put_pid(builder, input->value);
        break;
    case IPCSHARK_TYPE_HANDLE:
        put_handle(builder, field->type->attribute != 0, (uint32_t)input->value);
        break;
    case IPCSHARK_TYPE_OBJECT:
        put_object(builder, (uint32_t)input->value);
        break;
    case IPCSHARK_TYPE_BUFFER:
        put_buffer(builder, field->type, input);
        break;
    default:
        builder->failed = true;
    }
}

/** Handles that follow each other share a descriptor. */
static bool extend_handles(struct builder *builder, enum ctripc_kind kind)
{
    struct ctripc_translate *last;

    if (!builder->ctr.translate_count ||
        (kind != CTRIPC_COPY_HANDLES && kind != CTRIPC_MOVE_HANDLES))
        return false;
    last = &builder->ctr.translate[builder->ctr.translate_count - 1];
    if (last->kind != kind)
        return false;
    last->handle_count++;
    last->words++;
    last->descriptor = ctripc_descriptor(kind, last->handle_count, 0);
    return true;
}

static void put_ctr_word(struct builder *builder, enum ctripc_kind kind, uint32_t value)
{
    if (builder->handle_count == MAX_HANDLE_WORDS) {
        builder->failed = true;
        return;
    }
    builder->handles[builder->handle_count++] = value;
    if (extend_handles(builder, kind))
        return;
    builder->ctr.translate[builder->ctr.translate_count++] =
        (struct ctripc_translate){.descriptor = ctripc_descriptor(kind, 1, 0),
                                  .kind = (uint8_t)kind,
                                  .words = 2,
                                  .handle_count = 1};
}

static void put_ctr(struct builder *builder, const struct ipcshark_field *field,
                    const struct ipcshark_input *input)
{
    enum ctripc_kind kind = ctr_kind_of_type(field->type);
    uint8_t id = (uint8_t)(field->type->kind == IPCSHARK_TYPE_MAPPED ? 0 : field->type->attribute);
    struct ctripc_translate translate = {.kind = (uint8_t)kind,
                                         .words = 2,
                                         .id = id,
                                         .size = (uint32_t)input->buffer_size,
                                         .address = (uint32_t)input->address};

    if (builder->ctr.translate_count == CTRIPC_MAX_TRANSLATE || kind == CTRIPC_KIND_COUNT) {
        builder->failed = true;
    } else if (kind <= CTRIPC_PROCESS_ID) {
        put_ctr_word(builder, kind, (uint32_t)input->value);
    } else {
        translate.descriptor = ctripc_descriptor(kind, translate.size, id);
        builder->ctr.translate[builder->ctr.translate_count++] = translate;
    }
}

static void put(struct builder *builder, const struct ipcshark_field *field,
                const struct ipcshark_input *input)
{
    if (type_is_raw(field->type))
        put_raw(builder, field, input);
    else if (builder->command->convention == IPCSHARK_CONVENTION_CTR)
        put_ctr(builder, field, input);
    else
        put_horizon(builder, field, input);
}

/** Whether objects and what has handles of its own are put apart: in a plain CMIF reply the
 *  objects' handles stand first. */
static bool objects_first(const struct builder *builder)
{
    return builder->is_reply && builder->command->convention == IPCSHARK_CONVENTION_CMIF &&
           !builder->request.is_domain;
}

enum pass {
    PASS_ALL,
    PASS_OBJECTS,
    PASS_REST,
};

/** All inputs; false if they are not as many as the message has arguments. */
static bool put_pass(struct builder *builder, const struct ipcshark_input *input, size_t count,
                     enum pass pass)
{
    const struct ipcshark_field *field;
    size_t used = 0;
    bool is_out;

    for (uint16_t n = 0; (field = ipcshark_arguments_field(builder->command, n, &is_out)) != NULL;
         n++) {
        bool is_object = field->type->kind == IPCSHARK_TYPE_OBJECT;

        if (!ipcshark_arguments_belongs(builder->command, field, is_out, builder->is_reply))
            continue;
        if (used == count)
            return false;
        if (pass == PASS_ALL || is_object == (pass == PASS_OBJECTS))
            put(builder, field, &input[used]);
        used++;
    }
    return used == count && !builder->failed;
}

static bool put_all(struct builder *builder, const struct ipcshark_input *input, size_t count)
{
    if (!objects_first(builder))
        return put_pass(builder, input, count, PASS_ALL);
    return put_pass(builder, input, count, PASS_OBJECTS) &&
           put_pass(builder, input, count, PASS_REST);
}

static size_t encode_cmif(struct builder *builder, uint8_t *bytes, size_t capacity)
{
    struct cmif_request *request = &builder->request;
    bool with_token = request->token != 0;

    request->hipc.type = with_token ? HIPC_TYPE_INVOKE_2_METHOD_WITH_CONTEXT
                                    : HIPC_TYPE_INVOKE_2_METHOD;
    request->version = with_token;
    request->method_id = builder->command->id;
    request->kind = CMIF_REQUEST_KIND_SEND;
    request->objects = builder->objects;
    request->data = builder->data;
    request->data_size = (uint16_t)builder->command->in_size;
    request->out_pointer_sizes = builder->sizes;
    return cmif_encode_request(request, bytes, capacity);
}

static size_t encode_cmif_reply(struct builder *builder, uint8_t *bytes, size_t capacity)
{
    struct cmif_reply reply = {
        .hipc = builder->request.hipc,
        .result = builder->target->result,
        .interface_id = builder->target->interface_id,
        .is_domain = builder->request.is_domain,
        .objects = builder->objects,
        .object_count = builder->request.object_count,
        .data = builder->data,
        .data_size = (uint16_t)builder->command->out_size,
    };

    return cmif_encode_reply(&reply, bytes, capacity);
}

static size_t encode_tipc(struct builder *builder, uint8_t *bytes, size_t capacity)
{
    const struct ipcshark_command *command = builder->command;
    const struct hipc_message *hipc = &builder->request.hipc;

    if (command->id > UINT16_MAX - HIPC_TYPE_TIPC_FIRST_COMMAND)
        return SIZE_MAX;
    if (builder->is_reply)
        return htipc_encode_reply(hipc, (uint16_t)command->id, builder->target->result,
                                  builder->data, (uint16_t)command->out_size, bytes, capacity);
    return htipc_encode_request(hipc, (uint16_t)command->id, builder->data,
                                (uint16_t)command->in_size, bytes, capacity);
}

/** Normal words: in a reply the result, then the values unless it is an error. */
static uint32_t ctr_normal_words(const struct builder *builder,
                                 uint32_t normal[CTRIPC_BUFFER_WORDS])
{
    uint32_t size = builder->is_reply ? builder->command->out_size : builder->command->in_size;
    uint32_t count = 0;

    if (builder->is_reply)
        normal[count++] = builder->target->result;
    if (builder->is_reply && builder->target->result)
        return count;
    for (uint32_t at = 0; at + CTR_WORD <= size && count < CTRIPC_BUFFER_WORDS; at += CTR_WORD)
        normal[count++] = ipcshark_load_u32(builder->data + at);
    return count;
}

static size_t encode_ctr(struct builder *builder, uint8_t *bytes, size_t capacity)
{
    uint32_t normal[CTRIPC_BUFFER_WORDS] = {0};
    uint32_t count = ctr_normal_words(builder, normal);
    uint32_t translate_words = 0;

    if (builder->command->id > UINT16_MAX)
        return SIZE_MAX;
    if (builder->is_reply && builder->target->result)
        builder->ctr.translate_count = 0;
    for (uint8_t i = 0; i < builder->ctr.translate_count; i++)
        translate_words += builder->ctr.translate[i].words;
    if (count + translate_words >= CTRIPC_BUFFER_WORDS)
        return SIZE_MAX;
    builder->ctr.command_id = (uint16_t)builder->command->id;
    builder->ctr.normal_count = (uint8_t)count;
    builder->ctr.translate_words = (uint8_t)translate_words;
    builder->ctr.header =
        ctripc_header(builder->ctr.command_id, (uint8_t)count, (uint8_t)translate_words);
    return ctripc_encode(&builder->ctr, normal, builder->handles, bytes, capacity);
}

static size_t encode(struct builder *builder, uint8_t *bytes, size_t capacity)
{
    switch (builder->command->convention) {
    case IPCSHARK_CONVENTION_CMIF:
        return builder->is_reply ? encode_cmif_reply(builder, bytes, capacity)
                                 : encode_cmif(builder, bytes, capacity);
    case IPCSHARK_CONVENTION_TIPC:
        return encode_tipc(builder, bytes, capacity);
    case IPCSHARK_CONVENTION_CTR:
        return encode_ctr(builder, bytes, capacity);
    default:
        return SIZE_MAX;
    }
}

static size_t build(struct builder *builder, const struct ipcshark_command *command,
                    const struct ipcshark_input *input, size_t count,
                    const struct ipcshark_target *target, uint8_t *bytes, size_t capacity)
{
    static const struct ipcshark_target plain;

    builder->command = command;
    builder->target = target ? target : &plain;
    builder->pointer_room = builder->target->pointer_buffer_size;
    builder->request.is_domain = builder->target->is_domain &&
                                 command->convention == IPCSHARK_CONVENTION_CMIF;
    builder->request.object_id = builder->target->object_id;
    builder->request.token = builder->target->token;
    if (!put_all(builder, input, count))
        return SIZE_MAX;
    return encode(builder, bytes, capacity);
}

size_t ipcshark_encode_request(const struct ipcshark_command *command,
                               const struct ipcshark_input *input, size_t count,
                               const struct ipcshark_target *target, uint8_t *bytes,
                               size_t capacity)
{
    struct builder builder;

    if (!command->in_layout)
        return SIZE_MAX;
    memset(&builder, 0, sizeof builder);
    return build(&builder, command, input, count, target, bytes, capacity);
}

/* An error in TIPC keeps the shape, with zeros; in CMIF and on the 3DS it stands alone. */
size_t ipcshark_encode_reply(const struct ipcshark_command *command,
                             const struct ipcshark_input *input, size_t count,
                             const struct ipcshark_target *target, uint8_t *bytes, size_t capacity)
{
    bool is_error = target && target->result;
    struct ipcshark_command bare = *command;
    struct builder builder;

    if (!command->out_layout && !is_error)
        return SIZE_MAX;
    memset(&builder, 0, sizeof builder);
    builder.is_reply = true;
    if (is_error && command->convention != IPCSHARK_CONVENTION_TIPC) {
        bare.in_count = bare.out_count = 0;
        bare.out_size = 0;
        return build(&builder, &bare, NULL, 0, target, bytes, capacity);
    }
    return build(&builder, command, input, count, target, bytes, capacity);
}
