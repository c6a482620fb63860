/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments in messages: what ipcshark_encode_request() builds of values, the iteration reads, and
 * the check finds nothing in it; and what the check says of messages that differ. */
#include "built.h"

#include <ipcshark/contents.h>
#include <ipcshark/names.h>
#include <ipcshark/writer.h>

#include <string.h>

static const struct ipcshark_command *echo(uint32_t id)
{
    const struct ipcshark_command *command = horizon_command_description("echo", id, 0);

    g_assert_nonnull(command);
    return command;
}

static bool has(const struct ipcshark_findings *findings, enum ipcshark_finding_code code)
{
    for (uint16_t n = 0; n < findings->count; n++) {
        if (findings->item[n].code == code)
            return true;
    }
    return false;
}

/* ---- Round trips over everything that is described ---- */

static uint64_t some_value(const struct ipcshark_type *type)
{
    uint64_t value = (uint64_t)g_test_rand_int() << 32 | (uint32_t)g_test_rand_int();

    if (type->kind == IPCSHARK_TYPE_BOOL)
        return value & 1;
    return type->size < 8 ? value & ((UINT64_C(1) << 8 * type->size) - 1) : value;
}

static void make_input(const struct ipcshark_type *type, uint8_t *memory,
                       struct ipcshark_input *input)
{
    *input = (struct ipcshark_input){0};
    if (type->kind < IPCSHARK_TYPE_PID && type->size <= 8 && type->kind != IPCSHARK_TYPE_STRUCT) {
        input->value = some_value(type);
    } else if (type->kind < IPCSHARK_TYPE_PID) {
        input->bytes = memory;
        input->size = type->size;
        for (uint32_t i = 0; i < type->size; i++)
            memory[i] = (uint8_t)g_test_rand_int();
    } else if (type->kind < IPCSHARK_TYPE_BUFFER) {
        input->value = (uint32_t)g_test_rand_int_range(1, G_MAXINT32);
    } else {
        input->address = (uint64_t)g_test_rand_int_range(0x1000, 0x7FFFFFFF);
        input->buffer_size = (uint64_t)g_test_rand_int_range(1, 0x800);
    }
}

static bool is_signed(const struct ipcshark_type *type)
{
    return type->kind == IPCSHARK_TYPE_SIGNED ||
           (type->kind == IPCSHARK_TYPE_ENUM && type->element->kind == IPCSHARK_TYPE_SIGNED);
}

static void compare_input(const struct built *built, const struct ipcshark_argument *argument,
                          const struct ipcshark_input *input)
{
    uint64_t value = argument->value;

    g_assert_true(argument->present);
    g_assert_cmpuint(argument->offset + argument->length, <=, built->length);
    if (is_signed(argument->type) && argument->type->size < 8)
        value &= (UINT64_C(1) << 8 * argument->type->size) - 1;
    if (argument->type->kind >= IPCSHARK_TYPE_BUFFER) {
        g_assert_cmphex(argument->address, ==, input->address);
        g_assert_cmphex(argument->buffer_size, ==, input->buffer_size);
    } else if (input->bytes) {
        g_assert_cmpmem(built->bytes + argument->offset, argument->length, input->bytes,
                        input->size);
    } else {
        g_assert_cmphex(value, ==, input->value);
    }
}

static size_t make_inputs(const struct ipcshark_command *command, uint8_t *memory,
                          struct ipcshark_input *input)
{
    size_t count = 0, used = 0;

    for (uint16_t n = 0; n < command->in_count + command->out_count; n++) {
        bool is_out = n >= command->in_count;
        const struct ipcshark_type *type = is_out ? command->out[n - command->in_count].type
                                                  : command->in[n].type;

        if (is_out &&
            (type->kind != IPCSHARK_TYPE_BUFFER || !(type->attribute & IPCSHARK_BUFFER_OUT)))
            continue;
        make_input(type, memory + used, &input[count++]);
        used += type->kind < IPCSHARK_TYPE_PID ? type->size : 0;
    }
    return count;
}

static void round_trip(const struct ipcshark_command *command, const struct ipcshark_target *target)
{
    struct ipcshark_input input[BUILT_MAX_INPUTS];
    uint8_t memory[HIPC_MAX_RAW_WORDS * 4];
    size_t count = make_inputs(command, memory, input), n = 0;
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    static struct built built;

    build_request(&built, command, input, count, target);
    ipcshark_arguments_begin(&arguments, command, &built.message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        g_assert_cmpuint(n, <, count);
        compare_input(&built, &argument, &input[n++]);
    }
    g_assert_cmpuint(n, ==, count);
    for (uint16_t i = 0; i < built.findings.count; i++)
        g_test_message("%s: %s", command->name, ipcshark_finding_name(built.findings.item[i].code));
    g_assert_cmpuint(built.findings.count, ==, 0);
}

static bool takes_object(const struct ipcshark_command *command)
{
    for (uint16_t n = 0; n < command->in_count; n++) {
        if (command->in[n].type->kind == IPCSHARK_TYPE_OBJECT)
            return true;
    }
    return false;
}

static bool moves_handle(const struct ipcshark_command *command)
{
    for (uint16_t n = 0; n < command->in_count; n++) {
        if (command->in[n].type->kind == IPCSHARK_TYPE_HANDLE && command->in[n].type->attribute)
            return true;
    }
    return false;
}

static guint round_trips(const struct ipcshark_command *command)
{
    struct ipcshark_target plain = {.pointer_buffer_size = 0x500};
    struct ipcshark_target domain = {
        .is_domain = true, .object_id = 7, .pointer_buffer_size = 0x500};
    struct ipcshark_target no_pointers = {.is_domain = true, .object_id = 1, .token = 0x1234};

    if (!command->in_layout || command->undocumented || moves_handle(command))
        return 0;
    if (!takes_object(command))
        round_trip(command, &plain);
    if (command->convention != IPCSHARK_CONVENTION_CMIF)
        return 1;
    round_trip(command, &domain);
    round_trip(command, &no_pointers);
    return 1;
}

static void test_round_trips(void)
{
    g_assert_cmpuint(count_commands(round_trips), >, 3800);
}

/* ---- Single cases ---- */

static void test_values(void)
{
    const struct ipcshark_command *command =
        horizon_command_description("IFileSystem", 8, 0); /* OpenFile(path, u32 mode) */
    struct ipcshark_input input[] = {{.address = 0x1000, .buffer_size = 0x301}, {.value = 3}};
    struct ipcshark_target target = {.is_domain = true, .object_id = 2};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    static struct built built;

    build_request(&built, command, input, 2, &target);
    g_assert_cmpuint(built.findings.count, ==, 0);
    ipcshark_arguments_begin(&arguments, command, &built.message);
    g_assert_true(ipcshark_arguments_next(&arguments, &argument));
    g_assert_cmpuint(argument.place, ==, IPCSHARK_PLACE_POINTER);
    g_assert_cmpstr(argument.name, ==, "path");
    g_assert_cmpuint(argument.buffer_size, ==, 0x301);
    g_assert_true(ipcshark_arguments_next(&arguments, &argument));
    g_assert_cmpstr(argument.name, ==, "mode");
    g_assert_cmpuint(argument.value, ==, 3);
    g_assert_cmpuint(argument.offset, ==, built.cmif.data_offset);
    g_assert_false(ipcshark_arguments_next(&arguments, &argument));
    g_assert_false(ipcshark_arguments_next(&arguments, &argument));
}

static void test_members(void)
{
    const struct ipcshark_command *command =
        horizon_command_description("nn::fssrv::sf::IFileSystemProxy", 51, 0);
    static const uint8_t bytes[0x40] = {
        [0] = 0x11, [0x1F] = 9, [0x20] = 0x22, [0x21] = 1, [0x22] = 0x34, [0x23] = 0x12};
    struct ipcshark_argument attribute, member;
    uint32_t n = 0;

    g_assert_cmpstr(command->name, ==, "OpenSaveDataFileSystem");
    g_assert_cmpuint(command->in[1].type->size, ==, 0x40);
    ipcshark_read_value(command->in[1].type, "attribute", bytes, sizeof bytes, 0, &attribute);
    g_assert_true(attribute.present);
    g_assert_true(ipcshark_read_member(&attribute, 0, bytes, sizeof bytes, &member));
    g_assert_cmpstr(member.name, ==, "program_id");
    g_assert_cmpuint(member.value, ==, 0x11);
    g_assert_true(ipcshark_read_member(&attribute, 5, bytes, sizeof bytes, &member));
    g_assert_cmpstr(member.name, ==, "index");
    g_assert_cmphex(member.value, ==, 0x1234);
    while (ipcshark_read_member(&attribute, n, bytes, 0x21, &member))
        n++;
    g_assert_cmpuint(n, ==, 7);
    g_assert_false(member.present);
}

static void test_auto_select(void)
{
    const struct ipcshark_command *command = echo(3);
    struct ipcshark_input input[] = {{.address = 0x1000, .buffer_size = 0x40},
                                     {.address = 0x2000, .buffer_size = 0x600}};
    struct ipcshark_target target = {.pointer_buffer_size = 0x100};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    static struct built built;
    uint16_t index;

    build_request(&built, command, input, 2, &target);
    g_assert_cmpuint(built.findings.count, ==, 0);
    ipcshark_arguments_begin(&arguments, command, &built.message);
    g_assert_true(ipcshark_arguments_next(&arguments, &argument));
    g_assert_cmpuint(argument.place, ==, IPCSHARK_PLACE_POINTER);
    g_assert_cmphex(ipcshark_argument_section(&built.message, &argument, &index), ==,
                    IPCTAP_POINTER);
    g_assert_cmpuint(index, ==, 0);
    g_assert_true(ipcshark_arguments_next(&arguments, &argument));
    g_assert_true(argument.is_out);
    g_assert_cmpuint(argument.place, ==, IPCSHARK_PLACE_RECEIVE);
    g_assert_cmphex(ipcshark_argument_section(&built.message, &argument, &index), ==,
                    IPCTAP_RECEIVE);
    g_assert_cmpuint(argument.buffer_size, ==, 0x600);
    input[0] = (struct ipcshark_input){0};
    build_request(&built, command, input, 2, &target);
    g_assert_true(has(&built.findings, IPCSHARK_FINDING_ARGUMENT_BUFFER_EMPTY));
}

/** Builds one command's request and checks it as another's. */
static void check_as(uint32_t built_as, uint32_t checked_as, struct ipcshark_findings *findings)
{
    struct ipcshark_input input[BUILT_MAX_INPUTS];
    uint8_t memory[HIPC_MAX_RAW_WORDS * 4];
    const struct ipcshark_command *command = echo(built_as);
    struct ipcshark_target target = {.is_domain = true, .object_id = 1};
    static struct built built;

    build_request(&built, command, input, make_inputs(command, memory, input), &target);
    g_assert_cmpuint(built.findings.count, ==, 0);
    *findings = (struct ipcshark_findings){0};
    ipcshark_check_arguments(echo(checked_as), &built.message, findings);
}

static void test_findings(void)
{
    static const struct {
        uint32_t built_as, checked_as;
        enum ipcshark_finding_code code;
    } cases[] = {
        {9, 0, IPCSHARK_FINDING_ARGUMENT_RAW_TOO_SMALL},
        {0, 9, IPCSHARK_FINDING_ARGUMENT_RAW_LONGER},
        {10, 6, IPCSHARK_FINDING_ARGUMENT_NO_PID},
        {6, 10, IPCSHARK_FINDING_ARGUMENT_NEEDLESS_PID},
        {2, 1, IPCSHARK_FINDING_ARGUMENT_POINTER_COUNT},
        {1, 2, IPCSHARK_FINDING_ARGUMENT_SEND_COUNT},
        {1, 2, IPCSHARK_FINDING_ARGUMENT_RECEIVE_COUNT},
        {1, 2, IPCSHARK_FINDING_ARGUMENT_RECEIVE_LIST_COUNT},
        {4, 9, IPCSHARK_FINDING_ARGUMENT_EXCHANGE_COUNT},
        {5, 9, IPCSHARK_FINDING_ARGUMENT_COPY_COUNT},
        {9, 11, IPCSHARK_FINDING_ARGUMENT_OBJECT_COUNT},
        {2, 7, IPCSHARK_FINDING_ARGUMENT_MAP_ATTRIBUTE},
        {8, 7, IPCSHARK_FINDING_ARGUMENT_MAP_ATTRIBUTE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct ipcshark_findings findings;

        check_as(cases[i].built_as, cases[i].checked_as, &findings);
        g_assert_true(has(&findings, cases[i].code));
    }
}

static void test_objects_need_a_domain(void)
{
    struct ipcshark_input input = {.value = 3};
    static struct built built;

    build_request(&built, echo(11), &input, 1, NULL);
    g_assert_true(has(&built.findings, IPCSHARK_FINDING_ARGUMENT_OBJECTS_IN_PLAIN));
}

static void test_refused(void)
{
    struct ipcshark_input input[3] = {{0}};
    uint8_t bytes[0x100];

    /* Too few and too many values, and a pointer buffer that no descriptor can hold. */
    g_assert_cmpuint(ipcshark_encode_request(echo(2), input, 1, NULL, bytes, sizeof bytes), ==,
                     SIZE_MAX);
    g_assert_cmpuint(ipcshark_encode_request(echo(2), input, 3, NULL, bytes, sizeof bytes), ==,
                     SIZE_MAX);
    input[0].buffer_size = 0x10000;
    g_assert_cmpuint(ipcshark_encode_request(echo(1), input, 2, NULL, bytes, sizeof bytes), ==,
                     SIZE_MAX);
    g_assert_cmpuint(ipcshark_encode_request(echo(0), input, 1, NULL, bytes, 8), >, 8);
}

/* ---- Replies ---- */

static void decode_reply(struct built *built, const struct cmif_reply *reply)
{
    struct cmif_context context = {.direction = HIPC_REPLY, .is_domain = reply->is_domain};

    built->length = cmif_encode_reply(reply, built->bytes, sizeof built->bytes);
    built->findings.count = 0;
    hipc_decode(built->bytes, built->length, HIPC_REPLY, &built->hipc, NULL);
    cmif_decode(built->bytes, built->length, &built->hipc, &context, &built->cmif, NULL);
    built->message = (struct ipcshark_message){
        .bytes = built->bytes, .length = built->length, .hipc = &built->hipc, .cmif = &built->cmif};
}

static void first_argument(struct built *built, const struct ipcshark_command *command,
                           struct ipcshark_argument *argument)
{
    struct ipcshark_arguments arguments;

    ipcshark_check_arguments(command, &built->message, &built->findings);
    ipcshark_arguments_begin(&arguments, command, &built->message);
    g_assert_true(ipcshark_arguments_next(&arguments, argument));
}

static void test_reply_object(void)
{
    uint32_t id = 5;
    struct cmif_reply reply = {.is_domain = true, .objects = &id, .object_count = 1};
    struct ipcshark_argument argument;
    static struct built built;

    decode_reply(&built, &reply);
    first_argument(&built, echo(9), &argument);
    g_assert_cmpuint(argument.place, ==, IPCSHARK_PLACE_OBJECT_ID);
    g_assert_cmpuint(argument.value, ==, 5);
    g_assert_cmpstr(argument.type->name, ==, "ipcshark::IEcho");
    g_assert_cmpuint(built.findings.count, ==, 0);
    reply = (struct cmif_reply){.hipc.has_special = true};
    reply.hipc.special.move_count = 1;
    reply.hipc.special.move[0] = 0x83FF;
    decode_reply(&built, &reply);
    first_argument(&built, echo(9), &argument);
    g_assert_cmpuint(argument.place, ==, IPCSHARK_PLACE_MOVE_HANDLE);
    g_assert_cmphex(argument.value, ==, 0x83FF);
    g_assert_cmpuint(built.findings.count, ==, 0);
}

static void test_reply_data(void)
{
    uint8_t data[8] = {0x20};
    struct cmif_reply reply = {.data = data, .data_size = sizeof data};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    static struct built built;

    reply.hipc.pointer_count = 1;
    reply.hipc.pointer[0] = (struct hipc_pointer){.address = 0x5000, .size = 0x20};
    decode_reply(&built, &reply);
    first_argument(&built, echo(1), &argument);
    g_assert_cmpuint(argument.value, ==, 0x20);
    g_assert_cmpuint(built.findings.count, ==, 0);
    reply.result = 0x202;
    decode_reply(&built, &reply);
    ipcshark_arguments_begin(&arguments, echo(1), &built.message);
    g_assert_false(ipcshark_arguments_next(&arguments, &argument));
}

static void test_reply_findings(void)
{
    struct cmif_reply reply = {0};
    static struct built built;

    decode_reply(&built, &reply);
    ipcshark_check_arguments(echo(1), &built.message, &built.findings);
    g_assert_true(has(&built.findings, IPCSHARK_FINDING_ARGUMENT_REPLY_COUNT));
}

/* ---- 3DS ---- */

static void test_ctr_handles(void)
{
    const struct ipcshark_command *command = ctr_command_description("File", 0x0802);
    struct ipcshark_input input[] = {{.value = 0x1122334455667788},
                                     {.value = 0x20},
                                     {.address = 0x8000000, .buffer_size = 0x20}};
    struct ipcshark_findings findings = {0};
    static struct built built;

    build_request(&built, command, input, 3, NULL);
    g_assert_cmpuint(built.findings.count, ==, 0);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 0), ==, 0x080200C2);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 1), ==, 0x55667788);
    ipcshark_check_arguments(ctr_command_description("File", 0x0803), &built.message, &findings);
    g_assert_true(has(&findings, IPCSHARK_FINDING_ARGUMENT_CTR_NORMAL));
    g_assert_true(has(&findings, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE));
    findings.count = 0;
    ipcshark_check_arguments(ctr_command_description("File", 0x0805), &built.message, &findings);
    g_assert_true(has(&findings, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE_COUNT));
}

/** Where a buffer is missing, nothing that the decoder has not filled in is told as its kind. */
static void test_ctr_missing(void)
{
    static const uint8_t bytes[16] = {0xC0, 0x00, 0x02, 0x08};
    const struct ipcshark_command *command = ctr_command_description("File", 0x0802);
    struct ipcshark_findings findings = {0};
    struct ctripc_message ctr;
    struct ipcshark_message message = {.bytes = bytes, .length = sizeof bytes, .ctr = &ctr};

    memset(&ctr, 0xA5, sizeof ctr);
    g_assert_true(ctripc_decode(bytes, sizeof bytes, CTRIPC_REQUEST, &ctr, &findings));
    ipcshark_check_arguments(command, &message, &findings);
    g_assert_cmpuint(findings.count, ==, 1);
    g_assert_cmpuint(findings.item[0].code, ==, IPCSHARK_FINDING_ARGUMENT_CTR_TRANSLATE);
    g_assert_cmpuint(findings.item[0].offset, ==, 0);
    g_assert_cmpuint(findings.item[0].actual, ==, CTRIPC_KIND_COUNT);
}

/* Without a description, header and descriptors say what there is. */
static void test_ctr_generic(void)
{
    static const uint32_t words[] = {0x12340088, 5, 6,          0x04000010, 7,          8,
                                     0x20,       9, 0x00104042, 0x1000,     0x0000020A, 0x2000};
    static const struct {
        const char *name;
        uint64_t value;
        uint8_t kind;
        uint32_t offset;
    } expected[] = {
        {"word1", 5, IPCSHARK_TYPE_UNSIGNED, 4},    {"word2", 6, IPCSHARK_TYPE_UNSIGNED, 8},
        {"handle", 7, IPCSHARK_TYPE_HANDLE, 16},    {"handle", 8, IPCSHARK_TYPE_HANDLE, 20},
        {"pid", 9, IPCSHARK_TYPE_PID, 28},          {"static", 0x41, IPCSHARK_TYPE_STATIC, 32},
        {"mapped", 0x20, IPCSHARK_TYPE_MAPPED, 40},
    };
    uint8_t bytes[sizeof words];
    struct ctripc_message ctr;
    struct ipcshark_message message = {.bytes = bytes, .length = sizeof bytes, .ctr = &ctr};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    size_t n = 0;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
    bytes[0] = 0x89; /* 2 normal words, 9 of translate parameters. */
    ctripc_decode(bytes, sizeof bytes, CTRIPC_REQUEST, &ctr, NULL);
    ipcshark_arguments_begin(&arguments, NULL, &message);
    for (; ipcshark_arguments_next(&arguments, &argument); n++) {
        g_assert_cmpuint(n, <, G_N_ELEMENTS(expected));
        g_assert_cmpstr(argument.name, ==, expected[n].name);
        g_assert_cmpuint(argument.type->kind, ==, expected[n].kind);
        g_assert_cmpuint(argument.offset, ==, expected[n].offset);
        g_assert_cmpuint(argument.buffer_size + argument.value, ==, expected[n].value);
        g_assert_true(argument.present);
    }
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(expected));
    message.is_reply = true; /* Word 1 is the result: a success gives something, whatever it is. */
    ipcshark_arguments_begin(&arguments, NULL, &message);
    g_assert_true(ipcshark_arguments_next(&arguments, &argument));
    bytes[7] |= 0x80; /* An error gives nothing. */
    ipcshark_arguments_begin(&arguments, NULL, &message);
    g_assert_false(ipcshark_arguments_next(&arguments, &argument));
    message.ctr = NULL;
    ipcshark_arguments_begin(&arguments, NULL, &message);
    g_assert_false(ipcshark_arguments_next(&arguments, &argument));
}

/* Every described command on cut and random messages: nothing is read outside. */
static void test_random(void)
{
    static struct built built;

    for (unsigned int i = 0; i < 20000; i++) {
        const struct ipcshark_command *command = echo((uint32_t)g_test_rand_int_range(0, 13));
        struct ipcshark_arguments arguments;
        struct ipcshark_argument argument;
        uint8_t *exact;

        built.length = (size_t)g_test_rand_int_range(0, 0x100);
        for (size_t n = 0; n < built.length; n++)
            built.bytes[n] = g_test_rand_bit() ? 0 : (uint8_t)g_test_rand_int();
        built_decode(&built, command, false, g_test_rand_bit());
        exact = g_memdup2(built.bytes, built.length);
        built.message.bytes = exact;
        ipcshark_check_arguments(command, &built.message, &built.findings);
        ipcshark_arguments_begin(&arguments, command, &built.message);
        while (ipcshark_arguments_next(&arguments, &argument))
            g_assert_true(!argument.present || argument.offset + argument.length <= built.length);
        g_free(exact);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/arguments/messages/round-trips", test_round_trips);
    g_test_add_func("/arguments/messages/values", test_values);
    g_test_add_func("/arguments/messages/members", test_members);
    g_test_add_func("/arguments/messages/auto-select", test_auto_select);
    g_test_add_func("/arguments/messages/findings", test_findings);
    g_test_add_func("/arguments/messages/objects-need-a-domain", test_objects_need_a_domain);
    g_test_add_func("/arguments/messages/refused", test_refused);
    g_test_add_func("/arguments/messages/reply-object", test_reply_object);
    g_test_add_func("/arguments/messages/reply-data", test_reply_data);
    g_test_add_func("/arguments/messages/reply-findings", test_reply_findings);
    g_test_add_func("/arguments/messages/ctr", test_ctr_handles);
    g_test_add_func("/arguments/messages/ctr-missing", test_ctr_missing);
    g_test_add_func("/arguments/messages/ctr-generic", test_ctr_generic);
    g_test_add_func("/arguments/messages/random", test_random);
    return g_test_run();
}
