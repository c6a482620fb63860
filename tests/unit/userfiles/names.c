/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user's own names: the three forms, what wins, what is refused and where. */
#include <ipcshark/names.h>
#include <ipcshark/user_names.h>

#include <glib.h>
#include <string.h>

#define CMIF IPCSHARK_CONVENTION_CMIF

struct read {
    uint8_t *memory;
    struct ipcshark_names names;
    struct ipcshark_id_error error;
    bool good;
};

static void read_all(struct read *read, const char *file, const char *text, size_t length,
                     const struct ipcshark_names *known)
{
    size_t size = ipcshark_names_memory(length);
    struct ipcshark_arena arena;

    memset(read, 0, sizeof *read);
    read->memory = g_malloc(size);
    arena = (struct ipcshark_arena){read->memory, size, 0};
    read->good = ipcshark_names_read(file, text, length, known, &arena, &read->names.description,
                                     &read->error);
}

static void read_with(struct read *read, const char *file, const char *text,
                      const struct ipcshark_names *known)
{
    read_all(read, file, text, strlen(text), known);
}

static void read_text(struct read *read, const char *file, const char *text)
{
    read_all(read, file, text, strlen(text), NULL);
}

static void read_good(struct read *read, const char *file, const char *text)
{
    read_text(read, file, text);
    g_assert_cmpstr(read->error.text, ==, "");
    g_assert_true(read->good);
}

static const char *name_of(const struct read *read, enum ipcshark_convention convention,
                           const char *name, uint32_t id)
{
    return ipcshark_names_command(&read->names, convention, name, id, 0);
}

static void test_table(void)
{
    struct read read;

    read_good(&read, "own.tsv",
              "# interface, then its commands\r\n"
              "[nn::own::IThing is own:u, own:a]\n"
              "0\tGetThing\r\n"
              "0x10\tSetThing\t3.0.0\t4.1.2\tcolumns\tbehind\n"
              "\n"
              "[tipc own:t]\n1\tDo\n"
              "[ctr own:U]\n0x0802\tOpen\t1\t0\n"
              "[ipmi SceOwn]\n0x20001\tRead\n"
              "nn::own::IOther\t3\tThird\n"
              "nn::own::IOther\t4\tFourth");
    g_assert_cmpstr(name_of(&read, CMIF, "nn::own::IThing", 0), ==, "GetThing");
    g_assert_cmpstr(name_of(&read, CMIF, "own:a", 0x10), ==, "SetThing");
    g_assert_cmpstr(name_of(&read, CMIF, "IThing", 0x10), ==, "SetThing");
    g_assert_null(
        ipcshark_names_command(&read.names, CMIF, "IThing", 0x10, HORIZON_VERSION(4, 1, 3)));
    g_assert_cmpstr(name_of(&read, IPCSHARK_CONVENTION_TIPC, "own:t", 1), ==, "Do");
    g_assert_cmpstr(name_of(&read, IPCSHARK_CONVENTION_CTR, "own:U", 0x0802), ==, "Open");
    g_assert_cmpstr(name_of(&read, IPCSHARK_CONVENTION_IPMI, "SceOwn", 0x20001), ==, "Read");
    g_assert_cmpstr(name_of(&read, CMIF, "IOther", 4), ==, "Fourth");
    g_assert_cmpstr(ipcshark_names_service_interface(&read.names, "own:u"), ==, "nn::own::IThing");
    g_assert_null(ipcshark_names_description(&read.names, CMIF, "IThing", 0, 0));
    g_free(read.memory);
}

static void test_json(void)
{
    struct read read;

    read_good(&read, "own.json",
              "{\"nn::own::IThing\": {\"0\": \"GetThing\", \"7\": \"Seven\"},\n"
              " \"IShort\": {\"1\": \"One\", \"_NOTE\": [1, {\"a\": null}], \"2\": false}}\n");
    g_assert_cmpstr(name_of(&read, CMIF, "nn::own::IThing", 7), ==, "Seven");
    g_assert_cmpstr(name_of(&read, CMIF, "nn::x::IShort", 1), ==, "One");
    g_assert_null(name_of(&read, CMIF, "nn::x::IThing", 7));
    g_assert_cmpstr(name_of(&read, CMIF, "IShort", 1), ==, "One");
    g_free(read.memory);
}

/* The newer form, with pages and services around the interfaces. */
static void test_json_services(void)
{
    struct read read;

    read_good(&read, "own.json",
              "{\"Services:\": {\"Own_services\": {"
              "\"own:u, own:a (gone)\": {\"nn::own::IThing\": "
              "{\"400\": {\"name\": \"OpenOther\", \"out\": \"nn::own::IOther\"}}},"
              "\"IOther\": {\"nn::own::IOther\": {\"1\": \"Use\"}},"
              "\"_disabled\": {\"nn::own::INever\": {\"1\": \"Never\"}}}}}");
    g_assert_cmpstr(ipcshark_names_service_interface(&read.names, "own:a"), ==, "nn::own::IThing");
    g_assert_null(ipcshark_names_service_interface(&read.names, "IOther"));
    g_assert_cmpstr(ipcshark_names_out_interface(&read.names, CMIF, "own:u", 400, 0), ==,
                    "nn::own::IOther");
    g_assert_null(ipcshark_names_out_interface(&read.names, CMIF, "own:u", 400, 1));
    g_assert_cmpstr(name_of(&read, CMIF, "nn::own::IOther", 1), ==, "Use");
    g_assert_null(name_of(&read, CMIF, "nn::own::INever", 1));
    g_free(read.memory);
}

static void test_id(void)
{
    struct read read;
    const struct ipcshark_command *command;

    read_good(&read, "own.id",
              "interface nn::own::IThing is own:u { [0] Get(u32 which) -> object<nn::own::IO>; "
              "@undocumented [1] Unknown1(); @undocumented [2] Named(); }\n"
              "ctr \"own:U\" { [1] Open(u32 flags) -> object<OwnFile> file; }");
    command = ipcshark_names_description(&read.names, CMIF, "own:u", 0, 0);
    g_assert_nonnull(command);
    g_assert_cmpstr(command->in[0].name, ==, "which");
    g_assert_null(name_of(&read, CMIF, "own:u", 1));
    g_assert_cmpstr(name_of(&read, CMIF, "own:u", 2), ==, "Named");
    g_assert_cmpstr(
        ipcshark_names_out_interface(&read.names, IPCSHARK_CONVENTION_CTR, "own:U", 1, 0), ==,
        "OwnFile");
    g_free(read.memory);
}

/* Later files first, then what is built in. */
static void test_precedence(void)
{
    struct read early, late;

    read_good(&early, "a.tsv", "[nn::fssrv::sf::IFile]\n0\tEarly\n1\tKept\n");
    read_good(&late, "b.json", "{\"IFile\": {\"0\": \"Late\"}}");
    late.names.next = &early.names;
    g_assert_cmpstr(name_of(&late, CMIF, "nn::fssrv::sf::IFile", 0), ==, "Late");
    g_assert_cmpstr(name_of(&late, CMIF, "nn::fssrv::sf::IFile", 1), ==, "Kept");
    g_assert_cmpstr(name_of(&late, CMIF, "nn::fssrv::sf::IFile", 2), ==, "Flush");
    g_assert_cmpstr(ipcshark_names_command(NULL, CMIF, "nn::fssrv::sf::IFile", 1, 0), ==, "Write");
    g_assert_cmpstr(ipcshark_names_command(NULL, IPCSHARK_CONVENTION_CTR, "fs:USER", 0x0802, 0), ==,
                    "OpenFile");
    g_assert_cmpstr(ipcshark_names_service_interface(&late.names, "fsp-srv"), ==,
                    "nn::fssrv::sf::IFileSystemProxy");
    /* What only has a name leaves the built-in description in place. */
    g_assert_nonnull(ipcshark_names_description(&late.names, CMIF, "nn::fssrv::sf::IFile", 0, 0));
    g_assert_cmpstr(
        ipcshark_names_out_interface(&late.names, CMIF, "nn::fssrv::sf::IFileSystem", 8, 0), ==,
        "nn::fssrv::sf::IFile");
    g_free(early.memory);
    g_free(late.memory);
}

/* What is described, but in no table of names: its command, its object, its service's interface. */
static void test_described(void)
{
    g_assert_cmpstr(ipcshark_names_service_interface(NULL, "echo"), ==, "ipcshark::IEcho");
    g_assert_cmpstr(ipcshark_names_command(NULL, CMIF, "ipcshark::IEcho", 5, 0), ==, "EchoHandle");
    g_assert_cmpstr(ipcshark_names_command(NULL, CMIF, "echo", 9, 0), ==, "MakeObject");
    g_assert_cmpstr(ipcshark_names_out_interface(NULL, CMIF, "ipcshark::IEcho", 9, 0), ==,
                    "ipcshark::IEcho");
    g_assert_null(ipcshark_names_command(NULL, CMIF, "ipcshark::IEcho", 5000, 0));
    g_assert_null(ipcshark_names_out_interface(NULL, CMIF, "ipcshark::IEcho", 9, 1));
    g_assert_null(ipcshark_names_service_interface(NULL, NULL));
}

/* A service of the user's for an interface of ours, and the other way round. */
static void test_services_meet(void)
{
    struct read read;

    read_good(&read, "own.tsv", "[nn::fssrv::sf::IFileSystemProxy is fsp-own]\n");
    g_assert_cmpstr(name_of(&read, CMIF, "fsp-own", 18), ==, "OpenSdCardFileSystem");
    g_free(read.memory);
    read_good(&read, "own.tsv", "[nn::fssrv::sf::IFileSystemProxy]\n77\tOwn\n");
    g_assert_cmpstr(name_of(&read, CMIF, "fsp-srv", 77), ==, "Own");
    g_free(read.memory);
}

static void test_errors(void)
{
    static const struct {
        const char *file, *text, *error;
    } cases[] = {
        {"a.tsv", "0\tRead\n", "a.tsv:1:1: a [heading] is expected before the first command"},
        {"a.tsv", "[I]\n0\n",
         "a.tsv:2:2: a command's number, a tab and its name are expected here"},
        {"a.tsv", "[I]\n0\tA\n1x\tB\n", "a.tsv:3:1: this is no number"},
        {"a.tsv", "[I]\n4294967296\tB\n", "a.tsv:2:1: the number is too large"},
        {"a.tsv", "[I]\n1\tB\t3.0\n", "a.tsv:2:8: '.' is expected here"},
        {"a.tsv", "[I]\n1\tB\t3.0.0+\n", "a.tsv:2:10: this does not belong here"},
        {"a.tsv", "[I\n", "a.tsv:1:1: a heading is [interface] or [interface is service, service]"},
        {"a.tsv", "[I is a,,b]\n", "a.tsv:1:9: a service's name is expected here"},
        {"a.tsv", "\t1\n", "a.tsv:1:1: the line begins with an empty column"},
        {"a.tsv", "I\n", "a.tsv:1:2: a tab and a command's number are expected here"},
        {"a.json", "[]", "a.json:1:1: '{' is expected here"},
        {"a.json", "{\"I\": {\"0\": \"A\"}\n", "a.json:2:1: ',' is expected here"},
        {"a.json", "{\"I\": {\"0\": \"A}\n}",
         "a.json:1:13: the text has no closing quote on its line"},
        {"a.json", "{\"I\" {}}", "a.json:1:6: ':' is expected here"},
        {"a.json", "{\"I\": [1}", "a.json:1:9: this bracket closes nothing"},
        {"a.json", "{\"I\": [[", "a.json:1:9: a value is expected here"},
        {"a.json", "{} x", "a.json:1:4: something stands behind the end"},
        {"a.json", "{\"a\":", "a.json:1:6: a value is expected here"},
        {"a.id", "interface I {\n  [1] A(E[2] x);\n}\ntype E = handle<copy>;\n",
         "a.id:2:3: an array holds raw data only"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct read read;

        read_text(&read, cases[i].file, cases[i].text);
        g_assert_cmpstr(read.error.text, ==, cases[i].error);
        g_assert_false(read.good);
        g_assert_cmpuint(read.names.description.interface_count, ==, 0);
        g_free(read.memory);
    }
}

/* Types of other files and of the built-in ones; those of the file come first. */
static void test_known_types(void)
{
    struct read types, own;
    const struct ipcshark_command *command;

    read_good(&types, "auto.id",
              "type nn::own::Id = u64; type nn::own::Kind = enum<u8> { One = 1; };");
    read_with(&own, "own.id",
              "type nn::own::Both = struct { nn::own::Kind kind; nn::own::Id id; };\n"
              "interface I { [0] A(nn::own::Both both, nn::ncm::ProgramId program_id); }",
              &types.names);
    g_assert_true(own.good);
    g_assert_cmpstr(own.error.text, ==, "");
    command = ipcshark_names_description(&own.names, CMIF, "I", 0, 0);
    g_assert_true(command->in_layout);
    g_assert_cmpuint(command->in_size, ==, 24);
    g_assert_cmpstr(command->in[0].type->field[0].type->name, ==, "nn::own::Kind");
    g_assert_cmpstr(ipcshark_enumerator_name(command->in[0].type->field[0].type, 1), ==, "One");
    g_assert_cmpstr(command->in[1].type->name, ==, "nn::ncm::ProgramId");
    g_free(own.memory);
    read_with(&own, "own.id", "type nn::own::Id = u16; interface I { [0] A(nn::own::Id id); }",
              &types.names);
    command = ipcshark_names_description(&own.names, CMIF, "I", 0, 0);
    g_assert_cmpuint(command->in_size, ==, 2);
    g_free(own.memory);
    g_free(types.memory);
}

/* Said where it stands, and no error; of a buffer's contents and an object it does no harm. */
static void test_undefined_types(void)
{
    struct read read;

    read_text(
        &read, "own.id",
        "type T = struct {\n Nowhere a; Nowhere b;\n};\ninterface I { [0] A(T t, Other o); }");
    g_assert_true(read.good);
    g_assert_cmpstr(read.error.text, ==,
                    "own.id:2:2: nobody defines this type, nor some others: where the arguments "
                    "stand is not known");
    g_assert_false(ipcshark_names_description(&read.names, CMIF, "I", 0, 0)->in_layout);
    g_free(read.memory);
    read_good(&read, "own.id",
              "type T = unknown; interface I { [0] A(T t, buffer<fd_set, 0x21, 0> set, "
              "handle<copy, process> h) -> (object<nn::own::IThing>, KObject k); }");
    g_free(read.memory);
}

/* However they are ordered: what was resolved before counts, too. */
static void test_deep_types(void)
{
    g_autoptr(GString) up = g_string_new(NULL), down = g_string_new(NULL);
    struct read read;

    for (unsigned int n = 1; n <= 40; n++) {
        g_string_append_printf(up, "type T%u = struct { T%u t; };\n", n, n - 1);
        g_string_append_printf(down, "type T%u = struct { T%u t; };\n", 41 - n, 40 - n);
    }
    g_string_append(up, "type T0 = u8;\ninterface I { [0] A(T40 t); }");
    g_string_append(down, "type T0 = u8;\ninterface I { [0] A(T40 t); }");
    read_text(&read, "up.id", up->str);
    g_assert_nonnull(strstr(read.error.text, "types nest too deep"));
    g_free(read.memory);
    read_text(&read, "down.id", down->str);
    g_assert_nonnull(strstr(read.error.text, "types nest too deep"));
    g_free(read.memory);
}

/* What is no text of UTF-8 is refused where that begins, whatever the form. */
static void test_no_text(void)
{
    static const struct {
        const char *file, *text;
        size_t length;
        const char *error;
    } cases[] = {
#define TEXT(text) text, sizeof(text) - 1
        {"a.tsv", TEXT("\xFF\xFE[\0I\0]\0\n\0"), "a.tsv:1:1: this is UTF-16; UTF-8 is read"},
        {"a.json", TEXT("\xFE\xFF\0{\0}"), "a.json:1:1: this is UTF-16; UTF-8 is read"},
        {"a.id",
         TEXT("\x7F"
              "ELF\2\1\1\0"),
         "a.id:1:1: a control character (0x7F); this is no text"},
        {"a.tsv", TEXT("[I]\n0\tA\0B\n"), "a.tsv:2:4: a control character (0x00); this is no text"},
        {"a.tsv", TEXT("[I]\n0\tA\xE4\n"), "a.tsv:2:4: the byte 0xE4 is no UTF-8 here"},
        {"a.tsv", TEXT("[I]\n0\tA\xC0\x80\n"), "a.tsv:2:4: the byte 0xC0 is no UTF-8 here"},
        {"a.tsv", TEXT("[I]\n0\tA\xED\xA0\x80\n"), "a.tsv:2:4: the byte 0xED is no UTF-8 here"},
        {"a.tsv", TEXT("[I]\n0\tA\xF4\x90\x80\x80\n"), "a.tsv:2:4: the byte 0xF4 is no UTF-8 here"},
        {"a.json", TEXT("{\"I\": {\"0\": \"\xE2\x82"),
         "a.json:1:14: the byte 0xE2 is no UTF-8 here"},
        {"a.id", TEXT("# \x1B[2J\n"), "a.id:1:3: a control character (0x1B); this is no text"},
#undef TEXT
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct read read;

        read_all(&read, cases[i].file, cases[i].text, cases[i].length, NULL);
        g_assert_cmpstr(read.error.text, ==, cases[i].error);
        g_assert_false(read.good);
        g_free(read.memory);
    }
}

/* Editors of Windows begin a file with a byte order mark and end lines with CR LF. */
static void test_windows(void)
{
    struct read read;

    read_good(&read, "a.tsv", "\xEF\xBB\xBF[nn::own::IThing is own:u]\r\n0\tGetThing\r\n\r\n");
    g_assert_cmpstr(name_of(&read, CMIF, "own:u", 0), ==, "GetThing");
    g_free(read.memory);
    read_good(&read, "a.json", "\xEF\xBB\xBF{\"IThing\":\r\n {\"0\": \"GetThing\"}}\r\n");
    g_assert_cmpstr(name_of(&read, CMIF, "IThing", 0), ==, "GetThing");
    g_free(read.memory);
    read_good(&read, "a", "\xEF\xBB\xBFinterface I {\r\n[0] A(); # \xE3\x82\xB2\r\n}");
    g_assert_cmpstr(name_of(&read, CMIF, "I", 0), ==, "A");
    g_free(read.memory);
    read_text(&read, "a.tsv", "\xEF\xBB\xBF[I\r\n");
    g_assert_cmpstr(read.error.text, ==,
                    "a.tsv:1:1: a heading is [interface] or [interface is service, service]");
    g_free(read.memory);
}

/* What is well-formed and has nothing in it is no silent nothing. */
static void test_empty(void)
{
    static const struct {
        const char *file, *text, *error;
    } cases[] = {
        {"a.id", "", "a.id:1:1: there are no names in this file"},
        {"a.tsv", "", "a.tsv:1:1: there are no names in this file"},
        {"a.tsv", "# only\n# comments\n", "a.tsv:3:1: there are no names in this file"},
        {"a.json", "", "a.json:1:1: '{' is expected here"},
        {"a.json", "{\"IThing\": {\"_hash\": \"1d0a\"}}",
         "a.json:1:30: there are no names in this file"},
        {"", "", ":1:1: there are no names in this file"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct read read;

        read_text(&read, cases[i].file, cases[i].text);
        g_assert_cmpstr(read.error.text, ==, cases[i].error);
        g_free(read.memory);
    }
}

/* Of a long path the end is told: there the file's name is. */
static void test_long_path(void)
{
    g_autofree char *folder = g_strnfill(600, 'x');
    g_autofree char *path = g_strconcat("/", folder, "/own.tsv", NULL);
    struct read read;

    read_text(&read, path, "I\n");
    g_assert_true(g_str_has_prefix(read.error.text, "...xxx"));
    g_assert_true(g_str_has_suffix(
        read.error.text, "x/own.tsv:1:2: a tab and a command's number are expected here"));
    g_free(read.memory);
}

/* Deep nesting, endless lists, bytes of any kind: read or refused, within the memory that is
 * promised. */
static void test_hostile(void)
{
    GRand *rand = g_rand_new_with_seed(7);
    static const char *const seeds[] = {
        "{\"I\":{\"0\":\"A\",\"1\":{\"name\":\"B\",\"out\":\"C\"}},\"P\":{\"s:a,b\":{\"X\":{\"1\":"
        "\"1\"}}}}",
        "[a is b,c,d]\n0\tA\n1\tB\t1.0.0\t2.0.0\n[ctr x]\n2\tC\nI\t3\tD\n",
    };

    for (unsigned int round = 0; round < 20000; round++) {
        g_autofree char *text = g_strdup(seeds[round % 2]);
        size_t length = strlen(text);
        struct read read;

        for (unsigned int n = 0; n < 1 + round % 3; n++)
            text[g_rand_int_range(rand, 0, (gint32)length)] =
                "{}[]\",:\\\t\n 019a#_"[g_rand_int_range(rand, 0, 17)];
        read_text(&read, round % 2 ? "x.tsv" : "x.json", text);
        g_assert_null(strstr(read.error.text, "memory"));
        g_assert_true(read.good || read.error.line >= 1);
        g_free(read.memory);
    }
    g_rand_free(rand);
}

static void read_repeated(const char *file, const char *head, const char *piece, const char *tail)
{
    GString *text = g_string_new(head);
    struct read read;

    for (unsigned int n = 0; n < 1000; n++)
        g_string_append(text, piece);
    g_string_append(text, tail);
    read_text(&read, file, text->str);
    g_assert_null(strstr(read.error.text, "memory"));
    g_free(read.memory);
    g_string_free(text, TRUE);
}

static void test_memory(void)
{
    read_repeated("x.tsv", "[a]\n", "0\tA\n", "");
    read_repeated("x.tsv", "", "[a]\n", "");
    read_repeated("x.tsv", "[a is ", "b,", "b]");
    read_repeated("x.json", "{\"a\":{\"0\":\"A\"", ",\"0\":\"A\"", "}}");
    read_repeated("x.json", "{\"a\":{\"0\":\"A\"}", ",\"a\":{\"0\":\"A\"}", "}");
    read_repeated("x.json", "", "{\"a\":", "");
    read_repeated("x.json", "{\"a\":", "[", "");
    read_repeated("x.id", "interface I {", "[0]A();", "}");
    read_repeated("x.id", "", "interface I{}", "");
    read_repeated("x.id", "interface I is a", ",b", "{}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user-names/table", test_table);
    g_test_add_func("/user-names/json", test_json);
    g_test_add_func("/user-names/json-services", test_json_services);
    g_test_add_func("/user-names/id", test_id);
    g_test_add_func("/user-names/precedence", test_precedence);
    g_test_add_func("/user-names/described", test_described);
    g_test_add_func("/user-names/services-meet", test_services_meet);
    g_test_add_func("/user-names/errors", test_errors);
    g_test_add_func("/user-names/known-types", test_known_types);
    g_test_add_func("/user-names/undefined-types", test_undefined_types);
    g_test_add_func("/user-names/deep-types", test_deep_types);
    g_test_add_func("/user-names/no-text", test_no_text);
    g_test_add_func("/user-names/windows", test_windows);
    g_test_add_func("/user-names/empty", test_empty);
    g_test_add_func("/user-names/long-path", test_long_path);
    g_test_add_func("/user-names/hostile", test_hostile);
    g_test_add_func("/user-names/memory", test_memory);
    return g_test_run();
}
