/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file check.c A message against its command's description. */
#include "arguments_internal.h"

#include <string.h>

/* ---- What the description asks for ---- */

static void count_buffer(const struct ipcshark_type *type, bool is_reply,
                         struct arguments_count *count)
{
    bool automatic = type->attribute & IPCSHARK_BUFFER_AUTO_SELECT;
    bool by_pointer = automatic || type->attribute & IPCSHARK_BUFFER_POINTER;
    bool by_map = automatic || !by_pointer;
    unsigned int direction = type->attribute & (IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT);

    if (is_reply) {
        count->pointer += by_pointer && direction == IPCSHARK_BUFFER_OUT;
        return;
    }
    count->send += by_map && direction == IPCSHARK_BUFFER_IN;
    count->receive += by_map && direction == IPCSHARK_BUFFER_OUT;
    count->exchange += by_map && direction == (IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT);
    count->pointer += by_pointer && direction & IPCSHARK_BUFFER_IN;
    if (!by_pointer || direction != IPCSHARK_BUFFER_OUT)
        return;
    count->receive_list++;
    count->out_pointer_sizes += !(type->attribute & IPCSHARK_BUFFER_FIXED_SIZE);
}

static void count_type(const struct ipcshark_type *type, bool is_reply,
                       struct arguments_count *count)
{
    if (type->kind == IPCSHARK_TYPE_BUFFER)
        count_buffer(type, is_reply, count);
    else if (type->kind == IPCSHARK_TYPE_HANDLE && type->attribute)
        count->move++;
    else if (type->kind == IPCSHARK_TYPE_HANDLE)
        count->copy++;
    else if (type->kind == IPCSHARK_TYPE_OBJECT)
        count->object++;
    else if (type->kind == IPCSHARK_TYPE_PID)
        count->pid = true;
}

void ipcshark_arguments_count(const struct ipcshark_command *command, bool is_reply,
                              struct arguments_count *count)
{
    const struct ipcshark_field *field;
    bool is_out;

    *count = (struct arguments_count){0};
    for (uint16_t n = 0; (field = ipcshark_arguments_field(command, n, &is_out)) != NULL; n++) {
        if (ipcshark_arguments_belongs(command, field, is_out, is_reply))
            count_type(field->type, is_reply, count);
    }
}

/* ---- Horizon ---- */

struct checker {
    const struct ipcshark_command *command;
    const struct ipcshark_message *message;
    struct ipcshark_findings *findings;
    struct arguments_count count;
};

static void compare(const struct checker *checker, enum ipcshark_finding_code code, uint32_t actual,
                    uint32_t expected)
{
    if (actual != expected)
        ipcshark_find(checker->findings, code, 0, HIPC_HEADER_SIZE, actual, expected);
}

/** Handles and objects: what a plain session gives back travels as move handles. */
static void check_handles(const struct checker *checker, bool is_reply,
                          enum ipcshark_finding_code copy, enum ipcshark_finding_code move,
                          enum ipcshark_finding_code object)
{
    const struct hipc_message *hipc = checker->message->hipc;
    const struct cmif_message *cmif = checker->message->cmif;
    bool in_domain = cmif && cmif->has_domain;

    compare(checker, copy, hipc->has_special ? hipc->special.copy_count : 0, checker->count.copy);
    compare(checker, move, hipc->has_special ? hipc->special.move_count : 0,
            checker->count.move + (in_domain || !is_reply ? 0u : checker->count.object));
    if (!in_domain && !is_reply && checker->count.object)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_OBJECTS_IN_PLAIN, 0,
                      HIPC_HEADER_SIZE, 0, checker->count.object);
    if (in_domain)
        compare(checker, object, cmif->domain.object_count, checker->count.object);
}

static void check_pid(const struct checker *checker)
{
    const struct hipc_message *hipc = checker->message->hipc;
    bool has_pid = hipc->has_special && hipc->special.has_pid;

    if (checker->count.pid && !has_pid)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_NO_PID, 0, HIPC_HEADER_SIZE, 0,
                      1);
    else if (has_pid && !checker->count.pid)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_NEEDLESS_PID,
                      hipc->special.pid_offset, 8, 1, 0);
}

static void check_counts(const struct checker *checker)
{
    const struct hipc_message *hipc = checker->message->hipc;

    check_pid(checker);
    compare(checker, IPCSHARK_FINDING_ARGUMENT_POINTER_COUNT, hipc->pointer_count,
            checker->count.pointer);
    compare(checker, IPCSHARK_FINDING_ARGUMENT_SEND_COUNT, hipc->send_count, checker->count.send);
    compare(checker, IPCSHARK_FINDING_ARGUMENT_RECEIVE_COUNT, hipc->receive_count,
            checker->count.receive);
    compare(checker, IPCSHARK_FINDING_ARGUMENT_EXCHANGE_COUNT, hipc->exchange_count,
            checker->count.exchange);
    check_handles(checker, false, IPCSHARK_FINDING_ARGUMENT_COPY_COUNT,
                  IPCSHARK_FINDING_ARGUMENT_MOVE_COUNT, IPCSHARK_FINDING_ARGUMENT_OBJECT_COUNT);
    /* One or two mean "no list of ours": into the message, or into one buffer. */
    if (hipc->receive_list_mode == HIPC_RECEIVE_NONE ||
        hipc->receive_list_mode >= HIPC_RECEIVE_INDEXED)
        compare(checker, IPCSHARK_FINDING_ARGUMENT_RECEIVE_LIST_COUNT, hipc->receive_list_count,
                checker->count.receive_list);
}

static uint32_t expected_attribute(const struct ipcshark_type *type)
{
    if (type->attribute & IPCSHARK_BUFFER_NON_SECURE)
        return HIPC_MAP_NON_SECURE;
    return type->attribute & IPCSHARK_BUFFER_NON_DEVICE ? HIPC_MAP_NON_DEVICE : HIPC_MAP_NORMAL;
}

static void check_auto_select(const struct checker *checker, const struct hipc_map *map,
                              uint32_t pointer_offset, uint32_t pointer_size)
{
    if (map->size && pointer_size)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_BUFFER_TWICE, map->offset,
                      HIPC_MAP_SIZE, map->size, pointer_size);
    else if (!map->size && !pointer_size)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_BUFFER_EMPTY, pointer_offset,
                      HIPC_POINTER_SIZE, 0, 0);
}

/** Counters of descriptors while the buffers of a request are walked. */
struct walk {
    uint8_t pointer, send, receive, receive_list;
};

/** The descriptors of an in or out buffer; a missing one has a finding already. */
static void check_buffer(const struct checker *checker, const struct ipcshark_type *type,
                         struct walk *walk)
{
    const struct hipc_message *hipc = checker->message->hipc;
    bool is_in = type->attribute & IPCSHARK_BUFFER_IN;
    bool automatic = type->attribute & IPCSHARK_BUFFER_AUTO_SELECT;
    const struct hipc_map *map = NULL;
    uint8_t n;

    if (!(type->attribute & IPCSHARK_BUFFER_POINTER)) {
        n = is_in ? walk->send++ : walk->receive++;
        if (n < (is_in ? hipc->send_count : hipc->receive_count))
            map = is_in ? &hipc->send[n] : &hipc->receive[n];
    }
    if (map && map->attribute != expected_attribute(type) && (map->size || !automatic))
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_MAP_ATTRIBUTE, map->offset,
                      HIPC_MAP_SIZE, map->attribute, expected_attribute(type));
    if (!automatic && map)
        return;
    n = is_in ? walk->pointer++ : walk->receive_list++;
    if (map && is_in && n < hipc->pointer_count)
        check_auto_select(checker, map, hipc->pointer[n].offset, hipc->pointer[n].size);
    else if (map && !is_in && n < hipc->receive_list_count)
        check_auto_select(checker, map, hipc->receive_list[n].offset, hipc->receive_list[n].size);
}

static void check_buffers(const struct checker *checker)
{
    const struct ipcshark_field *field;
    struct walk walk = {0, 0, 0, 0};
    unsigned int both = IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT;
    bool is_out;

    for (uint16_t n = 0; (field = ipcshark_arguments_field(checker->command, n, &is_out)) != NULL;
         n++) {
        if (field->type->kind == IPCSHARK_TYPE_BUFFER && (field->type->attribute & both) != both)
            check_buffer(checker, field->type, &walk);
    }
}

/* The server gives the command its raw data less 16 bytes and the headers, a domain what
 * in_raw_size says. */
static uint32_t cmif_room(const struct ipcshark_message *message)
{
    uint32_t raw = message->hipc->raw_words * 4u;
    uint32_t headers = CMIF_ALIGNMENT + CMIF_HEADER_SIZE;

    if (message->cmif->has_domain) {
        raw = message->cmif->domain.in_raw_size;
        headers = CMIF_HEADER_SIZE;
    }
    return raw > headers ? raw - headers : 0;
}

/** Raw data as client libraries build it: headers, arguments, out pointer sizes, whole words. */
static uint32_t cmif_expected_words(const struct checker *checker)
{
    const struct cmif_message *cmif = checker->message->cmif;
    uint32_t headers = CMIF_ALIGNMENT + CMIF_HEADER_SIZE;
    uint32_t arguments = checker->command->in_size;

    if (cmif->has_domain) {
        headers += CMIF_DOMAIN_HEADER_SIZE;
        arguments += 4 * cmif->domain.object_count;
    }
    arguments = (uint32_t)align_up(arguments, 2);
    return (headers + arguments + 2u * checker->count.out_pointer_sizes + 3) / 4;
}

static void check_cmif_raw(const struct checker *checker)
{
    const struct cmif_message *cmif = checker->message->cmif;
    uint32_t room = cmif_room(checker->message);
    uint32_t words = cmif_expected_words(checker);

    if (!checker->command->in_layout)
        return;
    if (room < checker->command->in_size)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_RAW_TOO_SMALL, cmif->data_offset,
                      room, room, checker->command->in_size);
    else if (checker->message->hipc->raw_words > words)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_RAW_LONGER,
                      checker->message->hipc->raw_offset, 4u * words,
                      4u * checker->message->hipc->raw_words, 4u * words);
}

static void check_resource_user(const struct checker *checker,
                                const struct ipcshark_argument *argument)
{
    uint64_t pid = checker->message->process_id;

    if (pid && argument->value && argument->value != pid)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_RESOURCE_USER, argument->offset,
                      argument->length, argument->value, pid);
}

/** Values that the server has rules for. */
static void check_values(const struct checker *checker)
{
    const struct ipcshark_message *message = checker->message;
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    ipcshark_arguments_begin(&arguments, checker->command, message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        if (!argument.present || argument.place != IPCSHARK_PLACE_RAW)
            continue;
        if (argument.type->kind == IPCSHARK_TYPE_BOOL && message->bytes[argument.offset] > 1)
            ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_BOOL, argument.offset, 1,
                          message->bytes[argument.offset], 0);
        if (!strcmp(argument.type->name, "nn::applet::AppletResourceUserId"))
            check_resource_user(checker, &argument);
    }
}

/** Header and special header exactly as the command's; htipc_decode() has said what TIPC never
 *  has. */
static void check_tipc(const struct checker *checker)
{
    const struct hipc_message *hipc = checker->message->hipc;
    uint32_t words = (checker->command->in_size + 3) / 4;
    uint32_t copies = hipc->has_special ? hipc->special.copy_count : 0;
    enum ipcshark_finding_code code = IPCSHARK_FINDING_ARGUMENT_TIPC_HEADER;

    check_pid(checker);
    if (checker->command->in_layout)
        compare(checker, code, hipc->raw_words, words);
    compare(checker, code, hipc->send_count, checker->count.send);
    compare(checker, code, hipc->receive_count, checker->count.receive);
    compare(checker, code, copies, checker->count.copy);
}

static void check_reply(const struct checker *checker)
{
    const struct ipcshark_message *message = checker->message;
    const struct hipc_message *hipc = message->hipc;
    uint32_t offset = message->tipc ? message->tipc->data_offset : message->cmif->data_offset;
    uint32_t end = hipc->raw_offset + 4u * hipc->raw_words;
    uint32_t room = end > offset ? end - offset : 0;
    enum ipcshark_finding_code code = IPCSHARK_FINDING_ARGUMENT_REPLY_COUNT;

    if (!checker->command->out_layout)
        return;
    compare(checker, code, hipc->pointer_count, checker->count.pointer);
    check_handles(checker, true, code, code, code);
    if (checker->command->out_layout && room < checker->command->out_size)
        ipcshark_find(checker->findings, IPCSHARK_FINDING_ARGUMENT_REPLY_RAW, offset, room, room,
                      checker->command->out_size);
}

void ipcshark_check_arguments(const struct ipcshark_command *command,
                              const struct ipcshark_message *message,
                              struct ipcshark_findings *findings)
{
    struct checker checker = {command, message, findings, {0}};
    struct ipcshark_arguments arguments;

    ipcshark_arguments_begin(&arguments, command, message);
    if (arguments.next == UINT16_MAX)
        return;
    if (command->convention == IPCSHARK_CONVENTION_CTR) {
        ctr_check_arguments(command, message, findings);
        return;
    }
    checker.message = &arguments.message;
    check_values(&checker);
    ipcshark_arguments_count(command, arguments.is_reply, &checker.count);
    if (arguments.is_reply) {
        check_reply(&checker);
    } else if (command->convention == IPCSHARK_CONVENTION_TIPC) {
        check_tipc(&checker);
    } else {
        check_counts(&checker);
        check_buffers(&checker);
        check_cmif_raw(&checker);
    }
}
