/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies: what ipcshark_encode_reply() builds of values, the iteration reads, for every command
 * that is described; and replies with an error. */
#include "built.h"

#include <string.h>

#define BOTH (IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT)

/* ---- Round trips ---- */

static bool is_in_reply(const struct ipcshark_command *command, uint16_t n,
                        const struct ipcshark_type **type)
{
    bool is_out = n >= command->in_count;

    *type = is_out ? command->out[n - command->in_count].type : command->in[n].type;
    return is_out ||
           (command->convention != IPCSHARK_CONVENTION_CTR &&
            (*type)->kind == IPCSHARK_TYPE_BUFFER && (*type)->attribute & IPCSHARK_BUFFER_OUT);
}

static void make_input(const struct ipcshark_type *type, uint8_t *memory,
                       struct ipcshark_input *input)
{
    *input = (struct ipcshark_input){0};
    if (type->kind < IPCSHARK_TYPE_PID) {
        input->bytes = memory;
        input->size = type->size;
        for (uint32_t i = 0; i < type->size; i++)
            memory[i] = (uint8_t)g_test_rand_int();
        if (type->kind == IPCSHARK_TYPE_BOOL)
            memory[0] = (uint8_t)g_test_rand_bit();
    } else if (type->kind < IPCSHARK_TYPE_BUFFER) {
        input->value = (uint32_t)g_test_rand_int_range(1, G_MAXINT32);
    } else {
        input->address = (uint64_t)g_test_rand_int_range(0x1000, 0x7FFFFFFF);
        input->buffer_size = (uint64_t)g_test_rand_int_range(1, 0x800);
    }
}

static bool has_descriptor(const struct ipcshark_type *type)
{
    return type->kind != IPCSHARK_TYPE_BUFFER ||
           (type->attribute & (IPCSHARK_BUFFER_POINTER | IPCSHARK_BUFFER_AUTO_SELECT) &&
            (type->attribute & BOTH) != BOTH);
}

static void compare(const struct built *built, const struct ipcshark_argument *argument,
                    const struct ipcshark_input *input)
{
    if (!has_descriptor(argument->type))
        return;
    g_assert_true(argument->present);
    g_assert_cmpuint(argument->offset + argument->length, <=, built->length);
    if (input->bytes)
        g_assert_cmpmem(built->bytes + argument->offset, argument->length, input->bytes,
                        input->size);
    g_assert_cmphex(argument->address, ==, input->address);
    g_assert_cmphex(argument->buffer_size, ==, input->buffer_size);
    if (!input->bytes)
        g_assert_cmphex(argument->value, ==, input->value);
}

static void round_trip(const struct ipcshark_command *command, const struct ipcshark_target *target)
{
    struct ipcshark_input input[BUILT_MAX_INPUTS];
    uint8_t memory[HIPC_MAX_RAW_WORDS * 4];
    const struct ipcshark_type *type;
    size_t count = 0, used = 0, n = 0;
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    static struct built built;

    for (uint16_t i = 0; i < command->in_count + command->out_count; i++) {
        if (!is_in_reply(command, i, &type))
            continue;
        make_input(type, memory + used, &input[count++]);
        used += type->kind < IPCSHARK_TYPE_PID ? type->size : 0;
    }
    build_reply(&built, command, input, count, target);
    ipcshark_arguments_begin(&arguments, command, &built.message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        g_assert_cmpuint(n, <, count);
        compare(&built, &argument, &input[n++]);
    }
    g_assert_cmpuint(n, ==, count);
    for (uint16_t i = 0; i < built.findings.count; i++)
        g_test_message("%s: %s", command->name, ipcshark_finding_name(built.findings.item[i].code));
    g_assert_cmpuint(built.findings.count, ==, 0);
}

static guint round_trips(const struct ipcshark_command *command)
{
    struct ipcshark_target domain = {.is_domain = true, .interface_id = 0x12345678};

    if (!command->out_layout || command->undocumented)
        return 0;
    round_trip(command, NULL);
    if (command->convention == IPCSHARK_CONVENTION_CMIF)
        round_trip(command, &domain);
    return 1;
}

static void test_round_trips(void)
{
    g_assert_cmpuint(count_commands(round_trips), >, 2500);
}

/* ---- Single cases ---- */

static size_t count_arguments(const struct ipcshark_command *command, const struct built *built)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;
    size_t count = 0;

    ipcshark_arguments_begin(&arguments, command, &built->message);
    while (ipcshark_arguments_next(&arguments, &argument))
        count++;
    return count;
}

static void test_cmif_error(void)
{
    const struct ipcshark_command *command = horizon_command_description("IFileSystem", 8, 0);
    struct ipcshark_target target = {.result = 0x202};
    static struct built built;

    build_reply(&built, command, NULL, 0, &target);
    g_assert_cmphex(built.cmif.result, ==, 0x202);
    g_assert_cmpuint(built.hipc.special.move_count, ==, 0);
    g_assert_cmpuint(built.hipc.raw_words, ==, 8);
    g_assert_cmpuint(count_arguments(command, &built), ==, 0);
}

static void test_ctr(void)
{
    const struct ipcshark_command *command = ctr_command_description("File", 0x0802);
    struct ipcshark_input input[] = {{.value = 5}, {.address = 0x8000000, .buffer_size = 0x20}};
    struct ipcshark_target error = {.result = 0xC92044E6};
    static struct built built;

    build_reply(&built, command, input, 2, NULL);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 0), ==, 0x08020082);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 1), ==, 0);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 2), ==, 5);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 3), ==, 0x20C);
    build_reply(&built, command, NULL, 0, &error);
    g_assert_cmpuint(built.length, ==, 8);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 0), ==, 0x08020040);
    g_assert_cmphex(ctripc_word(built.bytes, built.length, 1), ==, 0xC92044E6);
}

/* tipc_impl_command_serialization.hpp: on failure the shape is unchanged. */
static void test_tipc_error(void)
{
    const struct ipcshark_command *command = horizon_tipc_command_description("sm:", 1, 0);
    struct ipcshark_input input = {.value = 0};
    struct ipcshark_target target = {.result = 0xE15};
    static struct built built;

    build_reply(&built, command, &input, 1, &target);
    g_assert_cmphex(built.tipc.result, ==, 0xE15);
    g_assert_cmpuint(built.hipc.special.move_count, ==, 1);
}

static void test_refused(void)
{
    const struct ipcshark_command *command = horizon_command_description("IFile", 4, 0);
    struct ipcshark_input input = {.value = 1};
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];

    g_assert_cmpuint(ipcshark_encode_reply(command, &input, 0, NULL, bytes, sizeof bytes), ==,
                     SIZE_MAX);
    g_assert_cmpuint(ipcshark_encode_reply(command, &input, 1, NULL, bytes, 8), >, 8);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/arguments/replies/round-trips", test_round_trips);
    g_test_add_func("/arguments/replies/cmif-error", test_cmif_error);
    g_test_add_func("/arguments/replies/ctr", test_ctr);
    g_test_add_func("/arguments/replies/tipc-error", test_tipc_error);
    g_test_add_func("/arguments/replies/refused", test_refused);
    return g_test_run();
}
