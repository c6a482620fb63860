/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of `.id` files: what it understands, what it refuses and where, and that it reads of
 * the built-in files what generate.py wrote. */
#include <ipcshark/arguments.h>
#include <ipcshark/names.h>

#include <glib.h>
#include <string.h>

#define ARENA_SIZE (1u << 20)

struct file {
    uint8_t *memory;
    struct ipcshark_arena arena;
    struct ipcshark_description description;
    struct ipcshark_id_error error;
    bool good;
};

static void file_read_sized(struct file *file, const char *text, size_t length, size_t arena)
{
    memset(file, 0, sizeof *file);
    file->memory = g_malloc(arena ? arena : 1);
    file->arena = (struct ipcshark_arena){file->memory, arena, 0};
    file->good =
        ipcshark_read_id("x.id", text, length, &file->arena, &file->description, &file->error);
}

static void file_read(struct file *file, const char *text)
{
    file_read_sized(file, text, strlen(text), ARENA_SIZE);
}

static void file_free(struct file *file)
{
    g_free(file->memory);
}

static const struct ipcshark_command *only_command(struct file *file, const char *text)
{
    file_read(file, text);
    g_assert_cmpstr(file->error.text, ==, "");
    g_assert_true(file->good);
    g_assert_cmpuint(file->description.interface_count, ==, 1);
    g_assert_cmpuint(file->description.interface[0].command_count, ==, 1);
    return &file->description.interface[0].command[0];
}

static void test_layout(void)
{
    struct file file;
    const struct ipcshark_command *command =
        only_command(&file, "interface I { [0] F(u8 a, u64 b, u16 c, u32 d, pid) -> u16; }");

    /* The example of the rule: u8@0, u16@2, u32@4, u64@8. */
    g_assert_cmpuint(command->in[0].offset, ==, 0);
    g_assert_cmpuint(command->in[1].offset, ==, 8);
    g_assert_cmpuint(command->in[2].offset, ==, 2);
    g_assert_cmpuint(command->in[3].offset, ==, 4);
    g_assert_cmpuint(command->in_size, ==, 16);
    g_assert_cmpuint(command->out_size, ==, 2);
    g_assert_cmpstr(command->in[1].name, ==, "b");
    g_assert_cmpstr(command->out[0].name, ==, "");
    g_assert_cmpuint(command->in[4].type->kind, ==, IPCSHARK_TYPE_PID);
    file_free(&file);
}

static void test_declared_order(void)
{
    struct file file;
    const struct ipcshark_command *command =
        only_command(&file, "tipc \"sm:\" { [2] R(text<8> n, i32 max, bool light) -> (); }");

    g_assert_cmpuint(command->convention, ==, IPCSHARK_CONVENTION_TIPC);
    g_assert_cmpuint(command->in[1].offset, ==, 8);
    g_assert_cmpuint(command->in[2].offset, ==, 12);
    file_free(&file);
    command = only_command(&file, "interface s { [2] R(text<8> n, i32 max, bool light) -> (); }");
    g_assert_cmpuint(command->in[1].offset, ==, 12);
    g_assert_cmpuint(command->in[2].offset, ==, 8);
    file_free(&file);
}

static void test_ctr(void)
{
    struct file file;
    const struct ipcshark_command *command =
        only_command(&file, "ctr \"fs:USER\" { [0x0802] Read(u8 a, u64 offset, u32 size, "
                            "mapped<unknown, w> buffer) -> (u32 bytes_read); }");

    g_assert_cmpuint(command->in[0].offset, ==, 4);
    g_assert_cmpuint(command->in[1].offset, ==, 8);
    g_assert_cmpuint(command->in[2].offset, ==, 16);
    g_assert_cmpuint(command->in_size, ==, 16);
    g_assert_cmpuint(command->in[3].type->kind, ==, IPCSHARK_TYPE_MAPPED);
    g_assert_cmpuint(command->in[3].type->attribute, ==, 2);
    g_assert_cmpuint(command->out[0].offset, ==, 8);
    g_assert_cmpuint(command->out_size, ==, 4);
    file_free(&file);
}

/* What the files of SwIPC have beyond its grammar's present names, old and new. */
static void test_swipc(void)
{
    struct file file;
    const struct ipcshark_interface *interface;

    file_read(&file,
              "type Name = bytes<8>;\n"
              "type Tail = struct {\n\tu8 count;\n\tarray<Name, 0x0> rest;\n};\n"
              "// ---- a line ----\n"
              "interface nn::own::I is own: {\n"
              "\t# # Arguments\n\t# - `x`: [text](http://x \"wikilink\") \\[2.0.0+\\]\n\t# \n"
              "\t[0] A(pid, s32, uint8_t other) -> KHandle<move, session>;\n"
              "\t@version(1.0.0)\n\t@undocumented\n"
              "\t[1] B(KObject<copy, process>, buffer<bytes, 5>, buffer<Tail, 5, 9> t);\n"
              "\t[2] C(pid KObject) -> (Name<0x8> entries, object<IUnknown>, u128 id);\n"
              "}\n\ninterface nn::own::Empty is own, own:0, own-x {\n}\n");
    g_assert_cmpstr(file.error.text, ==, "");
    g_assert_cmpuint(file.description.interface_count, ==, 2);
    interface = &file.description.interface[1];
    g_assert_cmpstr(interface->service[0], ==, "own:");
    g_assert_cmpuint(interface->command[0].in[1].type->kind, ==, IPCSHARK_TYPE_SIGNED);
    g_assert_cmpuint(interface->command[0].out[0].type->kind, ==, IPCSHARK_TYPE_HANDLE);
    g_assert_cmpuint(interface->command[0].out[0].type->attribute, ==, 1);
    g_assert_cmphex(interface->command[1].until, ==, HORIZON_VERSION(1, 0, 0));
    g_assert_cmpuint(interface->command[1].in[2].type->size, ==, 9);
    g_assert_cmpuint(interface->command[2].out[0].type->size, ==, 8);
    g_assert_cmpstr(interface->command[2].in[0].name, ==, "KObject");
    file_free(&file);
}

static void test_types(void)
{
    struct file file;
    const struct ipcshark_command *command = only_command(
        &file, "// A comment\n"
               "# documentation\n"
               "interface I is fsp-srv, a:b {\n"
               "  @version(2.0.0-3.0.2) @undocumented\n"
               "  [1] F(S s, E e, u16[3] list, Unheard u, buffer<S, 0x15, 24> b) -> E e;\n"
               "}\n"
               "type S = struct { u8 a; T b; u8 c; };\n"
               "type T = u64;\n"
               "type E = enum<u16> { One = 1; Two = 0x2; };\n");
    const struct ipcshark_interface *interface = &file.description.interface[0];

    g_assert_cmpuint(interface->service_count, ==, 2);
    g_assert_cmpstr(interface->service[0], ==, "fsp-srv");
    g_assert_cmpstr(interface->service[1], ==, "a:b");
    g_assert_cmphex(command->since, ==, HORIZON_VERSION(2, 0, 0));
    g_assert_cmphex(command->until, ==, HORIZON_VERSION(3, 0, 2));
    g_assert_true(command->undocumented);
    g_assert_false(command->in_layout); /* Nobody knows how large Unheard is. */
    g_assert_true(command->out_layout);
    g_assert_cmpuint(command->in[0].type->size, ==, 24);
    g_assert_cmpuint(command->in[0].type->field[1].offset, ==, 8);
    g_assert_cmpstr(command->in[0].type->field[1].type->name, ==, "T");
    g_assert_cmpstr(ipcshark_enumerator_name(command->in[1].type, 2), ==, "Two");
    g_assert_null(ipcshark_enumerator_name(command->in[1].type, 3));
    g_assert_cmpuint(command->in[2].type->size, ==, 6);
    g_assert_cmpuint(command->in[4].type->attribute, ==, 0x15);
    g_assert_cmpuint(command->in[4].type->element->size, ==, 24);
    file_free(&file);
}

static void test_lookup(void)
{
    struct file file;
    const struct ipcshark_command *command;

    file_read(&file, "interface B is b:srv { @version(1.0.0-2.0.0) [7] Old();"
                     " @version(3.0.0+) [7] New(); [1] F(); }\n"
                     "interface A { [0] G(); } tipc B { [7] Other(); }\n"
                     "interface B { [9] Later(); }\n");
    g_assert_cmpstr(file.error.text, ==, "");
#define FIND(convention, name, id, firmware)                                                       \
    ipcshark_find_command(&file.description, convention, name, id, firmware)
    command = FIND(IPCSHARK_CONVENTION_CMIF, "B", 7, 0);
    g_assert_cmpstr(command->name, ==, "New");
    command = FIND(IPCSHARK_CONVENTION_CMIF, "b:srv", 7, HORIZON_VERSION(1, 5, 0));
    g_assert_cmpstr(command->name, ==, "Old");
    g_assert_null(FIND(IPCSHARK_CONVENTION_CMIF, "B", 7, HORIZON_VERSION(2, 5, 0)));
    command = FIND(IPCSHARK_CONVENTION_TIPC, "B", 7, 0);
    g_assert_cmpstr(command->name, ==, "Other");
    command = FIND(IPCSHARK_CONVENTION_CMIF, "B", 9, 0);
    g_assert_cmpstr(command->name, ==, "Later");
    g_assert_null(FIND(IPCSHARK_CONVENTION_CMIF, "C", 7, 0));
    g_assert_null(FIND(IPCSHARK_CONVENTION_CMIF, NULL, 7, 0));
    file_free(&file);
}

static void test_errors(void)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"type A", "x.id:1:7: '=' is expected here"},
        {"type A = u8", "x.id:1:12: ';' is expected here"},
        {"\n\n  interfac X {}", "x.id:3:3: a definition starts with type, interface, tipc or ctr"},
        {"interface I {\n [0] F(u8;", "x.id:2:10: ')' is expected here"},
        {"interface I {\n [x] F();", "x.id:2:3: a number is expected here"},
        {"interface I { [0x100000000] F(); }", "x.id:1:16: the number is too large"},
        {"type A = bytes<99999999999999999999>;", "x.id:1:16: the number does not fit 64 bits"},
        {"type A = bytes<8, 3>;", "x.id:1:10: an alignment is 1, 2, 4, 8 or 16"},
        {"type A = 0x;", "x.id:1:10: this is no number"},
        {"type A = A;", "x.id:1:10: this type contains itself"},
        {"type A = struct { B x; }; type B = A[2];", "x.id:1:19: this type contains itself"},
        {"type A = buffer<u8, 3>;",
         "x.id:1:10: a buffer's attribute has a direction and exactly one mode"},
        {"type A = mapped<u8, x>;", "x.id:1:10: a mapped buffer is mapped<type, r|w|rw>"},
        {"type A = handle<keep>;", "x.id:1:10: a handle is handle<copy> or handle<move>"},
        {"@version(1.0) interface I {}", "x.id:1:13: '.' is expected here"},
        {"@other interface I {}", "x.id:1:2: a decoration is @version(…) or @undocumented"},
        {"type A = \"u8", "x.id:1:10: the text has no closing quote on its line"},
        {"type A = u8; $", "x.id:1:14: this character has no meaning here"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct file file;

        file_read(&file, cases[i].text);
        g_assert_false(file.good);
        g_assert_cmpstr(file.error.text, ==, cases[i].error);
        g_assert_cmpuint(file.description.interface_count, ==, 0);
        file_free(&file);
    }
}

static void test_hostile(void)
{
    g_autoptr(GString) text = g_string_new("type A = ");
    struct file file;

    for (unsigned int i = 0; i < 100000; i++)
        g_string_append(text, "buffer<");
    file_read(&file, text->str);
    g_assert_nonnull(strstr(file.error.text, "types nest too deep"));
    file_free(&file);
    g_string_assign(text, "");
    for (unsigned int i = 0; i < 2000; i++)
        g_string_append_printf(text, "type T%u = T%u;", i, i + 1);
    g_string_append(text, "type T2000 = u8;");
    file_read(&file, text->str);
    g_assert_true(file.good || strstr(file.error.text, "nest too deep"));
    file_free(&file);
    /* Sizes multiply: 4096 to the fourth. */
    file_read(&file, "type A = u8[4096]; type B = A[4096]; type C = B[4096]; type D = C[4096];");
    g_assert_nonnull(strstr(file.error.text, "too large"));
    file_free(&file);
    g_string_assign(text, "interface I { [0] F(");
    for (unsigned int i = 0; i < 100; i++)
        g_string_append(text, i ? ", u8" : "u8");
    g_string_append(text, "); }");
    file_read(&file, text->str);
    g_assert_nonnull(strstr(file.error.text, "too many"));
    file_free(&file);
    file_read_sized(&file, "interface I { [0] F(); }", 24, 100);
    g_assert_nonnull(strstr(file.error.text, "memory"));
    file_free(&file);
    file_read_sized(&file, "type A = u8;\0 nothing", 20, ARENA_SIZE);
    g_assert_cmpstr(file.error.text, ==, "x.id:1:13: a control character (0x00); this is no text");
    file_free(&file);
}

/* ---- The built-in files ---- */

static void compare_types(const struct ipcshark_type *a, const struct ipcshark_type *b)
{
    g_assert_cmpuint(a->kind, ==, b->kind);
    g_assert_cmpuint(a->alignment, ==, b->alignment);
    g_assert_cmpuint(a->sized, ==, b->sized);
    g_assert_cmpuint(a->depth, ==, b->depth);
    g_assert_cmpuint(a->attribute, ==, b->attribute);
    g_assert_cmpuint(a->size, ==, b->size);
    g_assert_cmpuint(a->count, ==, b->count);
    g_assert_cmpstr(a->name, ==, b->name);
    g_assert_cmpint(!a->element, ==, !b->element);
    if (a->element)
        compare_types(a->element, b->element);
    for (uint32_t i = 0; i < a->count && a->kind == IPCSHARK_TYPE_STRUCT; i++) {
        g_assert_cmpstr(a->field[i].name, ==, b->field[i].name);
        g_assert_cmpuint(a->field[i].offset, ==, b->field[i].offset);
        compare_types(a->field[i].type, b->field[i].type);
    }
    for (uint32_t i = 0; i < a->count && a->kind == IPCSHARK_TYPE_ENUM; i++) {
        g_assert_cmpstr(a->enumerator[i].name, ==, b->enumerator[i].name);
        g_assert_cmpuint(a->enumerator[i].value, ==, b->enumerator[i].value);
    }
}

static void compare_fields(const struct ipcshark_field *a, const struct ipcshark_field *b,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        g_assert_cmpstr(a[i].name, ==, b[i].name);
        g_assert_cmpuint(a[i].offset, ==, b[i].offset);
        compare_types(a[i].type, b[i].type);
    }
}

static void compare_commands(const struct ipcshark_command *a, const struct ipcshark_command *b)
{
    g_assert_nonnull(b);
    g_assert_cmpstr(a->name, ==, b->name);
    g_assert_cmphex(a->until, ==, b->until);
    g_assert_cmpuint(a->in_layout, ==, b->in_layout);
    g_assert_cmpuint(a->out_layout, ==, b->out_layout);
    g_assert_cmpuint(a->in_size, ==, b->in_size);
    g_assert_cmpuint(a->out_size, ==, b->out_size);
    g_assert_cmpuint(a->in_count, ==, b->in_count);
    g_assert_cmpuint(a->out_count, ==, b->out_count);
    compare_fields(a->in, b->in, a->in_count);
    compare_fields(a->out, b->out, a->out_count);
}

static char *all_files(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *folder =
        g_build_filename(TEST_SOURCE_DIR, "..", "codecs", "names", "types", NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *contents = NULL;

        if (!g_str_has_suffix(name, ".id"))
            continue;
        g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
        g_string_append(text, contents);
    }
    g_dir_close(dir);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_built_in(void)
{
    g_autofree char *text = all_files();
    struct file file;
    guint commands = 0;

    file_read_sized(&file, text, strlen(text), 64 * strlen(text) + 1024);
    g_assert_cmpstr(file.error.text, ==, "");
    for (uint32_t i = 0; i < file.description.interface_count; i++) {
        const struct ipcshark_interface *interface = &file.description.interface[i];

        for (uint32_t n = 0; n < interface->command_count; n++, commands++) {
            const struct ipcshark_command *command = &interface->command[n];

            compare_commands(command, ipcshark_find_command(&ipcshark_builtin_description,
                                                            interface->convention, interface->name,
                                                            command->id,
                                                            command->since ? command->since : 1));
        }
    }
    g_test_message("%u commands, %zu bytes of text, %zu of memory", commands, strlen(text),
                   file.arena.used);
    g_assert_cmpuint(commands, >, 850);
    file_free(&file);
}

/* Every beginning of a file, and every file with one byte changed: an answer, and no crash. */
static void test_mutations(void)
{
    static const char seed[] = "type A = struct<8, 4> { u8[3] x; b8 y; };\n"
                               "interface I is a-b {\n @version(1.0.0+)\n [0] F(A a, pid, "
                               "handle<move> h) -> (object<I>, array<A, 0x22> q);\n}\n"
                               "ctr \"c\" { [1] G(static<A, 2> s, pxi<A, 1, r> p); }\n";
    struct file file;

    for (size_t length = 0; length < sizeof seed; length++) {
        file_read_sized(&file, seed, length, ARENA_SIZE);
        g_assert_cmpint(file.good, ==, file.error.text[0] == '\0');
        file_free(&file);
    }
    for (unsigned int i = 0; i < 20000; i++) {
        char copy[sizeof seed];

        memcpy(copy, seed, sizeof seed);
        copy[g_test_rand_int_range(0, sizeof seed - 1)] = (char)g_test_rand_int_range(0, 127);
        file_read_sized(&file, copy, sizeof seed - 1, ARENA_SIZE / 16);
        g_assert_cmpint(file.good, ==, file.error.text[0] == '\0');
        file_free(&file);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/arguments/id/layout", test_layout);
    g_test_add_func("/arguments/id/declared-order", test_declared_order);
    g_test_add_func("/arguments/id/ctr", test_ctr);
    g_test_add_func("/arguments/id/swipc", test_swipc);
    g_test_add_func("/arguments/id/types", test_types);
    g_test_add_func("/arguments/id/lookup", test_lookup);
    g_test_add_func("/arguments/id/errors", test_errors);
    g_test_add_func("/arguments/id/hostile", test_hostile);
    g_test_add_func("/arguments/id/built-in", test_built_in);
    g_test_add_func("/arguments/id/mutations", test_mutations);
    return g_test_run();
}
