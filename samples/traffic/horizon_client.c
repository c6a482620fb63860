/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon_client.h"

#include <ipcshark/htipc.h>
#include <string.h>

#define ARGUMENT_SPACING 0x2000000

static void place_arguments(struct horizon_command *command)
{
    for (unsigned int i = 0; i < HORIZON_ARGUMENTS; i++) {
        struct horizon_argument *argument = &command->argument[i];

        if (argument->kind != HORIZON_NO_ARGUMENT && argument->address == 0)
            argument->address = HORIZON_CLIENT_HEAP + i * ARGUMENT_SPACING;
    }
}

static bool is_auto(const struct horizon_argument *argument)
{
    return argument->kind == HORIZON_AUTO_IN || argument->kind == HORIZON_AUTO_OUT;
}

/* libnx's rule: the pointer when the size fits what is left of the service's pointer buffer. */
static bool takes_pointer(const struct horizon_argument *argument, uint32_t *left)
{
    if (!is_auto(argument) || *left == 0 || argument->size > *left)
        return false;
    *left -= argument->size;
    return true;
}

static void add_pointer(struct hipc_message *hipc, uint64_t address, uint32_t size)
{
    struct hipc_pointer *pointer = &hipc->pointer[hipc->pointer_count];

    pointer->address = address;
    pointer->size = (uint16_t)size;
    pointer->index = hipc->pointer_count++;
}

static void add_receive_entry(struct hipc_message *hipc, uint64_t address, uint32_t size)
{
    struct hipc_receive_entry *entry = &hipc->receive_list[hipc->receive_list_count++];

    entry->address = address;
    entry->size = (uint16_t)size;
    hipc->receive_list_mode = hipc->receive_list_count + 2;
}

static void add_map(struct hipc_map *map, uint8_t *count, const struct horizon_argument *argument,
                    bool is_null)
{
    map[*count] = (struct hipc_map){.attribute = argument->attribute};
    if (!is_null) {
        map[*count].address = argument->address;
        map[*count].size = argument->size;
    }
    ++*count;
}

struct sizes {
    uint16_t size[HORIZON_ARGUMENTS];
    uint8_t count;
};

static void add_argument(struct hipc_message *hipc, const struct horizon_argument *argument,
                         bool pointer, struct sizes *sizes)
{
    uint64_t address = is_auto(argument) && !pointer ? 0 : argument->address;
    uint32_t size = is_auto(argument) && !pointer ? 0 : argument->size;

    switch (argument->kind) {
    case HORIZON_NO_ARGUMENT:
        break;
    case HORIZON_AUTO_IN:
        add_map(hipc->send, &hipc->send_count, argument, pointer);
        add_pointer(hipc, address, size);
        break;
    case HORIZON_POINTER_IN:
        add_pointer(hipc, address, size);
        break;
    case HORIZON_AUTO_OUT:
        add_map(hipc->receive, &hipc->receive_count, argument, pointer);
        add_receive_entry(hipc, address, size);
        sizes->size[sizes->count++] = (uint16_t)size;
        break;
    case HORIZON_POINTER_OUT:
        sizes->size[sizes->count++] = (uint16_t)size;
        add_receive_entry(hipc, address, size);
        break;
    case HORIZON_FIXED_POINTER_OUT:
        add_receive_entry(hipc, address, size);
        break;
    case HORIZON_MAP_IN:
        add_map(hipc->send, &hipc->send_count, argument, false);
        break;
    case HORIZON_MAP_OUT:
        add_map(hipc->receive, &hipc->receive_count, argument, false);
        break;
    case HORIZON_MAP_EXCHANGE:
        add_map(hipc->exchange, &hipc->exchange_count, argument, false);
        break;
    }
}

static void describe(const struct horizon_service *service, const struct horizon_command *command,
                     struct hipc_message *hipc, struct sizes *sizes)
{
    uint32_t left = service->pointer_buffer_size;

    for (unsigned int i = 0; i < HORIZON_ARGUMENTS; i++)
        add_argument(hipc, &command->argument[i], takes_pointer(&command->argument[i], &left),
                     sizes);
    if (command->receive_mode)
        hipc->receive_list_mode = command->receive_mode;
    if (command->receive_mode == HIPC_RECEIVE_IN_MESSAGE)
        hipc->receive_list_count = 0;
    hipc->has_special = command->send_pid || command->copy_count || command->move_count;
    hipc->special.has_pid = command->send_pid;
    hipc->special.copy_count = command->copy_count;
    hipc->special.move_count = command->move_count;
    memcpy(hipc->special.copy, command->copy, sizeof command->copy);
    memcpy(hipc->special.move, command->move, sizeof command->move);
}

static uint16_t message_type(const struct horizon_command *command, bool is_domain)
{
    if (command->is_close && !is_domain)
        return HIPC_TYPE_RELEASE;
    return command->is_control ? HIPC_TYPE_INVOKE_2_MANAGER_METHOD : HIPC_TYPE_INVOKE_2_METHOD;
}

static void encode(const struct horizon_service *service, struct horizon_command *command)
{
    bool is_domain = service->object_id && !command->is_control;
    struct cmif_request request = {.method_id = command->id,
                                   .is_domain = is_domain,
                                   .kind = command->is_close ? CMIF_REQUEST_KIND_CLOSE
                                                             : CMIF_REQUEST_KIND_SEND,
                                   .object_id = service->object_id,
                                   .objects = command->object,
                                   .object_count = command->object_count,
                                   .data = command->data,
                                   .data_size = command->data_size};
    struct sizes sizes = {0};

    describe(service, command, &request.hipc, &sizes);
    memset(command->message, 0, sizeof command->message);
    if (command->is_tipc) {
        htipc_encode_request(&request.hipc, (uint16_t)command->id, command->data,
                             command->data_size, command->message, sizeof command->message);
        return;
    }
    request.hipc.type = message_type(command, is_domain);
    if (request.hipc.type == HIPC_TYPE_RELEASE) {
        hipc_encode(&request.hipc, NULL, command->message, sizeof command->message);
        return;
    }
    request.out_pointer_sizes = sizes.size;
    request.out_pointer_count = sizes.count;
    cmif_encode_request(&request, command->message, sizeof command->message);
}

static const struct horizon_argument *find_argument(const struct horizon_command *command,
                                                    uint64_t address, uint64_t size)
{
    for (unsigned int i = 0; i < HORIZON_ARGUMENTS; i++) {
        const struct horizon_argument *argument = &command->argument[i];

        if (argument->kind != HORIZON_NO_ARGUMENT && address >= argument->address &&
            address - argument->address <= argument->size &&
            size <= argument->size - (address - argument->address))
            return argument;
    }
    return NULL;
}

static void add_memory(struct record_builder *request, const struct horizon_command *command,
                       uint16_t type, uint16_t index, uint64_t address, uint64_t size)
{
    const struct horizon_argument *argument = find_argument(command, address, size);

    if (size == 0 || !argument || argument->is_absent)
        return;
    if (type == IPCTAP_RECEIVE || type == IPCTAP_RECEIVE_LIST)
        record_builder_add_room(request, type, index, address, size);
    else
        record_builder_add(request, type, index, address,
                           (const uint8_t *)argument->bytes + (address - argument->address), size);
}

static void add_contents(struct record_builder *request, const struct horizon_command *command)
{
    struct hipc_message hipc;

    hipc_decode(command->message, sizeof command->message, HIPC_REQUEST, &hipc, NULL);
    for (uint16_t i = 0; i < hipc.pointer_count; i++)
        add_memory(request, command, IPCTAP_POINTER, i, hipc.pointer[i].address,
                   hipc.pointer[i].size);
    for (uint16_t i = 0; i < hipc.send_count; i++)
        add_memory(request, command, IPCTAP_SEND, i, hipc.send[i].address, hipc.send[i].size);
    for (uint16_t i = 0; i < hipc.receive_count; i++)
        add_memory(request, command, IPCTAP_RECEIVE, i, hipc.receive[i].address,
                   hipc.receive[i].size);
    for (uint16_t i = 0; i < hipc.exchange_count; i++)
        add_memory(request, command, IPCTAP_EXCHANGE, i, hipc.exchange[i].address,
                   hipc.exchange[i].size);
    for (uint16_t i = 0; i < hipc.receive_list_count; i++)
        add_memory(request, command, IPCTAP_RECEIVE_LIST, i, hipc.receive_list[i].address,
                   hipc.receive_list[i].size);
}

void horizon_call_begin(const struct horizon_service *service, struct horizon_command *command,
                        struct record_builder *request)
{
    place_arguments(command);
    encode(service, command);
    traffic_client_begin(service->client, request, IPCTAP_HIPC_MESSAGE);
    request->header.object = service->handle;
    if (command->tid)
        request->header.tid = command->tid;
    record_builder_add(request, IPCTAP_MESSAGE, 0, HORIZON_CLIENT_TLS, command->message,
                       sizeof command->message);
    add_contents(request, command);
}

static void store(struct horizon_command *command, const struct ipctap_section *section)
{
    const struct horizon_argument *argument;

    if (section->type == IPCTAP_MESSAGE) {
        command->is_odd |= section->captured_size > sizeof command->message;
        memcpy(command->message, section->bytes,
               MIN(section->captured_size, sizeof command->message));
        return;
    }
    if (section->type != IPCTAP_POINTER && section->type != IPCTAP_RECEIVE &&
        section->type != IPCTAP_EXCHANGE)
        return;
    argument = find_argument(command, section->address, section->captured_size);
    if (argument && section->captured_size)
        memcpy((uint8_t *)argument->bytes + (section->address - argument->address), section->bytes,
               section->captured_size);
    command->is_odd |= !argument;
}

static void store_all(struct horizon_command *command, const struct traffic_exit *exit)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;

    while (ipctap_section_next(&exit->record, &iterator, &section, NULL))
        store(command, &section);
}

static void read_cmif(const struct horizon_service *service, struct horizon_command *command,
                      uint8_t out_objects)
{
    const struct cmif_context context = {.direction = HIPC_REPLY,
                                         .is_domain = service->object_id && !command->is_control,
                                         .is_control = command->is_control};
    struct cmif_message cmif;

    cmif_decode(command->message, sizeof command->message, &command->reply, &context, &cmif, NULL);
    command->result = cmif.result;
    command->interface_id = cmif.interface_id;
    command->out_offset = cmif.data_offset;
    command->out_size = cmif.data_size;
    for (uint8_t i = 0; i < out_objects && i < G_N_ELEMENTS(command->out_object); i++) {
        if (i < cmif.domain.object_count)
            command->out_object[i] =
                cmif_domain_object(command->message, sizeof command->message, &cmif, i);
    }
}

static void read_tipc(struct horizon_command *command)
{
    struct htipc_message message;

    htipc_decode(command->message, sizeof command->message, &command->reply, true, &message, NULL);
    command->result = message.result;
    command->out_offset = message.data_offset;
    command->out_size = message.data_size;
}

void horizon_call_end(const struct horizon_service *service, struct horizon_command *command,
                      const struct traffic_exit *exit, uint8_t out_objects)
{
    command->result = exit->result;
    command->was_delivered = exit->result == 0;
    if (!command->was_delivered)
        return;
    store_all(command, exit);
    hipc_decode(command->message, sizeof command->message, HIPC_REPLY, &command->reply, NULL);
    if (command->is_close)
        return;
    if (command->is_tipc)
        read_tipc(command);
    else
        read_cmif(service, command, out_objects);
}

uint32_t horizon_call(const struct horizon_service *service, struct horizon_command *command)
{
    struct record_builder request;
    struct traffic_exit exit;

    horizon_call_begin(service, command, &request);
    command->result = UINT32_MAX;
    if (!traffic_client_call(service->client, &request, &exit))
        return UINT32_MAX;
    horizon_call_end(service, command, &exit, G_N_ELEMENTS(command->out_object));
    traffic_exit_clear(&exit);
    return command->result;
}

uint32_t horizon_command_u32(const struct horizon_command *command, uint32_t offset)
{
    return command->out_size >= offset + 4
               ? ipcshark_load_u32(command->message + command->out_offset + offset)
               : 0;
}

uint64_t horizon_command_u64(const struct horizon_command *command, uint32_t offset)
{
    return command->out_size >= offset + 8
               ? ipcshark_load_u64(command->message + command->out_offset + offset)
               : 0;
}

uint32_t horizon_connect_port(struct traffic_client *client, const char *name, uint32_t *handle)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CONNECT_TO_PORT};
    struct ipctap_kernel_call results;
    uint32_t result = traffic_client_kernel_call(client, &call, name, &results);

    *handle = result == 0 ? results.handle : 0;
    return result;
}

void horizon_close_handle(struct traffic_client *client, uint32_t handle)
{
    const struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CLOSE_HANDLE, .handle = handle};

    traffic_client_kernel_call(client, &call, NULL, NULL);
}

uint32_t horizon_get_service(const struct horizon_service *sm, const char *name,
                             struct horizon_service *service)
{
    struct horizon_command query = {.id = CMIF_QUERY_POINTER_BUFFER_SIZE, .is_control = true};
    char bytes[8] = {0};
    struct horizon_command get = {.id = 1, .data = bytes, .data_size = sizeof bytes};

    memcpy(bytes, name, MIN(strlen(name), sizeof bytes));
    if (horizon_call(sm, &get) != 0)
        return get.result;
    *service = (struct horizon_service){.client = sm->client, .handle = get.reply.special.move[0]};
    if (horizon_call(service, &query) == 0)
        service->pointer_buffer_size = ipcshark_load_u16(query.message + query.out_offset);
    return query.result;
}

uint32_t horizon_convert_to_domain(struct horizon_service *service)
{
    struct horizon_command convert = {.id = CMIF_CONVERT_CURRENT_OBJECT_TO_DOMAIN,
                                      .is_control = true};

    if (horizon_call(service, &convert) == 0)
        service->object_id = horizon_command_u32(&convert, 0);
    return convert.result;
}
