/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message has room for so many of each kind of argument: as many are built, and one more is
 * refused, whatever a description says. */
#include <ipcshark/arguments.h>
#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/hipc.h>

#include <glib.h>
#include <string.h>

#define ARENA_SIZE (1u << 20)

struct limit {
    const char *name;
    const char *interface; /**< How the description begins. */
    const char *argument;
    size_t most;
    uint64_t size; /**< Of buffers. */
    bool is_domain;
};

static const struct limit limits[] = {
    {"moved handles", "interface I", "handle<move>", HIPC_MAX_HANDLES, 0, false},
    {"copied handles", "interface I", "handle<copy>", HIPC_MAX_HANDLES, 0, false},
    {"objects of a domain", "interface I", "object<I>", CMIF_MAX_IN_OBJECTS, 0, true},
    {"handles of objects", "interface I", "object<I>", HIPC_MAX_HANDLES, 0, false},
    {"send buffers", "interface I", "buffer<unknown, 5>", HIPC_MAX_DESCRIPTORS, 8, false},
    {"receive buffers", "interface I", "buffer<unknown, 6>", HIPC_MAX_DESCRIPTORS, 8, false},
    {"exchange buffers", "interface I", "buffer<unknown, 7>", HIPC_MAX_DESCRIPTORS, 8, false},
    {"pointers", "interface I", "buffer<unknown, 9>", HIPC_MAX_DESCRIPTORS, 8, false},
    {"receive list", "interface I", "buffer<unknown, 10>", HIPC_MAX_RECEIVE_LIST, 8, false},
    {"handles of TIPC", "tipc \"t\"", "handle<move>", HIPC_MAX_HANDLES, 0, false},
    /* The header's word, and a descriptor of one for all of them. */
    {"3DS handles", "ctr \"c\"", "handle<move>", CTRIPC_BUFFER_WORDS - 2, 0, false},
    {"3DS static buffers", "ctr \"c\"", "static<unknown, 1>", (CTRIPC_BUFFER_WORDS - 1) / 2, 8,
     false},
    {"3DS mapped buffers", "ctr \"c\"", "mapped<unknown, r>", (CTRIPC_BUFFER_WORDS - 1) / 2, 8,
     false},
    {"3DS words", "ctr \"c\"", "u32", CTRIPC_BUFFER_WORDS - 1, 0, false},
};

/** The only command of a description with that many arguments; NULL if it is refused. */
static const struct ipcshark_command *describe(struct ipcshark_arena *arena, const char *interface,
                                               const char *argument, size_t count)
{
    g_autoptr(GString) text = g_string_new(interface);
    struct ipcshark_description description;
    struct ipcshark_id_error error;

    g_string_append(text, " { [1] F(");
    for (size_t n = 0; n < count; n++)
        g_string_append_printf(text, "%s%s a%zu", n ? ", " : "", argument, n);
    g_string_append(text, "); }");
    arena->used = 0;
    if (!ipcshark_read_id("x.id", text->str, text->len, arena, &description, &error))
        return NULL;
    return &description.interface[0].command[0];
}

static size_t build(const struct limit *limit, const struct ipcshark_command *command, size_t count,
                    uint8_t *bytes)
{
    struct ipcshark_input input[IPCSHARK_ID_MAX_IN_OUT] = {{0}};
    struct ipcshark_target target = {.is_domain = limit->is_domain, .object_id = 1};

    for (size_t n = 0; n < count; n++)
        input[n] = (struct ipcshark_input){
            .value = n + 1, .address = 0x1000 * (n + 1), .buffer_size = limit->size};
    return ipcshark_encode_request(command, input, count, &target, bytes, HIPC_MAX_MESSAGE_SIZE);
}

static void test_limit(gconstpointer data)
{
    const struct limit *limit = data;
    g_autofree uint8_t *memory = g_malloc(ARENA_SIZE);
    struct ipcshark_arena arena = {memory, ARENA_SIZE, 0};
    const struct ipcshark_command *command;
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];

    command = describe(&arena, limit->interface, limit->argument, limit->most);
    g_assert_nonnull(command);
    g_assert_cmpuint(build(limit, command, limit->most, bytes), <=, sizeof bytes);
    command = describe(&arena, limit->interface, limit->argument, limit->most + 1);
    g_assert_nonnull(command);
    g_assert_cmpuint(build(limit, command, limit->most + 1, bytes), ==, SIZE_MAX);
}

static void test_large_identifiers(void)
{
    g_autofree uint8_t *memory = g_malloc(ARENA_SIZE);
    struct ipcshark_arena arena = {memory, ARENA_SIZE, 0};
    static const char *const beginnings[] = {"tipc \"t\"", "ctr \"c\""};
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];

    for (size_t n = 0; n < G_N_ELEMENTS(beginnings); n++) {
        struct ipcshark_command command = *describe(&arena, beginnings[n], "u32", 0);

        g_assert_cmpuint(ipcshark_encode_request(&command, NULL, 0, NULL, bytes, sizeof bytes), <=,
                         sizeof bytes);
        command.id = UINT16_MAX + 1u;
        g_assert_cmpuint(ipcshark_encode_request(&command, NULL, 0, NULL, bytes, sizeof bytes), ==,
                         SIZE_MAX);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t n = 0; n < G_N_ELEMENTS(limits); n++) {
        g_autofree char *path = g_strconcat("/arguments/limits/", limits[n].name, NULL);

        g_test_add_data_func(path, &limits[n], test_limit);
    }
    g_test_add_func("/arguments/limits/large identifiers", test_large_identifiers);
    return g_test_run();
}
