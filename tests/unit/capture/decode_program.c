/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program itself: thousands of lines through both commands, answers at once, exit statuses, the
 * tables for people, and every example of docs/decode-json.md.
 */
#include "vector_table.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define PROGRAM TEST_BINARY_DIR "/bin/ipcshark"

struct outcome {
    char *out;
    char *err;
    int status;
};

static struct outcome run(const char *input, const char *const *arguments)
{
    struct outcome outcome = {0};
    g_autoptr(GError) error = NULL;
    GSubprocessFlags flags = G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                             G_SUBPROCESS_FLAGS_STDERR_PIPE;
    g_autoptr(GSubprocess) process = g_subprocess_newv(arguments, flags, &error);
    g_autoptr(GBytes) given = g_bytes_new(input, strlen(input));
    g_autoptr(GBytes) out = NULL;
    g_autoptr(GBytes) err = NULL;

    g_assert_no_error(error);
    g_subprocess_communicate(process, given, NULL, &out, &err, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    outcome.out = g_strndup(g_bytes_get_data(out, NULL), g_bytes_get_size(out));
    outcome.err = g_strndup(g_bytes_get_data(err, NULL), g_bytes_get_size(err));
    outcome.status = g_subprocess_get_exit_status(process);
    return outcome;
}

#define RUN(input, ...) run((input), (const char *const[]){PROGRAM, __VA_ARGS__, NULL})

static void outcome_free(struct outcome *outcome)
{
    g_free(outcome->out);
    g_free(outcome->err);
}

/** Every eighth request of libnx, with what encode must answer. */
static char *many_lines(GString *expected)
{
    struct vector_table *table = vector_table_load("vectors/horizon/requests.tsv.gz");
    GString *input = g_string_new(NULL);

    for (guint row = 0; row < table->rows->len; row++) {
        const char *hex = vector_text(table, row, "hex");

        g_string_append_printf(input, "{\"id\":%u,\"platform\":\"horizon\",\"hex\":\"%s\"}\n", row,
                               hex);
        g_string_append_printf(expected, "{\"id\":%u,\"hex\":\"%s\"}\n", row, hex);
    }
    vector_table_free(table);
    return g_string_free(input, FALSE);
}

static void test_many_lines(void)
{
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autofree char *input = many_lines(expected);
    struct outcome decoded = RUN(input, "decode", "--json");
    struct outcome encoded = RUN(decoded.out, "encode");

    g_assert_cmpint(decoded.status, ==, 0);
    g_assert_cmpint(encoded.status, ==, 0);
    g_assert_cmpstr(encoded.out, ==, expected->str);
    outcome_free(&decoded);
    outcome_free(&encoded);
}

static void test_bad_lines(void)
{
    g_autofree char *long_line = g_strnfill((17u << 20), 'x');
    g_autofree char *input =
        g_strdup_printf("\n  \n{\"platform\":\"ctr\",\"words\":[0]}\nnonsense\n"
                        "\xFF\n%s\n{\"platform\":\"ctr\",\"words\":[65536]}",
                        long_line);
    struct outcome outcome = RUN(input, "decode", "--json");
    g_auto(GStrv) lines = g_strsplit(outcome.out, "\n", -1);

    g_assert_cmpint(outcome.status, ==, 1);
    g_assert_cmpuint(g_strv_length(lines), ==, 6);
    g_assert_nonnull(strstr(lines[0], "\"command_id\":0"));
    g_assert_nonnull(strstr(lines[1], "{\"error\":\"not JSON"));
    g_assert_nonnull(strstr(lines[2], "{\"error\":\"the text is not UTF-8\"}"));
    g_assert_nonnull(strstr(lines[3], "{\"error\":\"the line is longer than"));
    g_assert_nonnull(strstr(lines[4], "\"command_id\":1"));
    outcome_free(&outcome);
}

/** With the input still open: a program at the other end of two pipes waits for each answer. */
static void test_answers_at_once(void)
{
    const char line[] = "{\"platform\":\"ctr\",\"words\":[65536]}\n";
    g_autoptr(GSubprocess)
        process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                   NULL, PROGRAM, "decode", "--json", NULL);
    GOutputStream *in = g_subprocess_get_stdin_pipe(process);
    g_autoptr(GDataInputStream)
        out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));

    for (int i = 0; i < 3; i++) {
        g_autofree char *answer = NULL;

        g_assert_true(g_output_stream_write_all(in, line, strlen(line), NULL, NULL, NULL));
        g_assert_true(g_output_stream_flush(in, NULL, NULL));
        answer = g_data_input_stream_read_line(out, NULL, NULL, NULL);
        g_assert_nonnull(answer);
        g_assert_nonnull(strstr(answer, "\"command_id\":1"));
    }
    g_output_stream_close(in, NULL, NULL);
    g_assert_true(g_subprocess_wait_check(process, NULL, NULL));
}

static void assert_table(struct outcome outcome, const char *const *parts)
{
    g_assert_cmpint(outcome.status, ==, 0);
    for (; *parts; parts++) {
        if (!strstr(outcome.out, *parts))
            g_error("the table lacks \"%s\":\n%s", *parts, outcome.out);
    }
    outcome_free(&outcome);
}

#define PARTS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void test_horizon_table(void)
{
    const char *request = "04 00 01 00 08 00 00 80 23 00 00 00  51 00 00 00 00 00 00 00"
                          "c0 00 00 00  a0 00 00 00  00 00 10 00 00 10 00 00 00 00 00 00 00000000"
                          "0000000000000000 0000000000000000 00000000";

    assert_table(RUN("", "decode", "--horizon", request),
                 PARTS("type 4 (Invoke2Method)", "Process id: 81", "Copy handle [0]: 0xc0",
                       "Move handle [0]: 0xa0", "Pointer descriptor [0] (X): 0x10 bytes at 0x1000",
                       "error: A request must not move handles", "[hipc.move_handles_in_request]"));
    assert_table(RUN("0x0 0x8 0x0 0x0 0x4F434653 0x0 0x402 0x0 0x0 0x0", "decode", "--horizon",
                     "--reply", "-"),
                 PARTS("Horizon reply, 40 bytes", "CMIF reply: fs PathAlreadyExists (2002-0002)"));
    assert_table(RUN("", "decode", "--horizon", "0x00000004 0x00000008"),
                 PARTS("(cut off)", "warning: Only 8 of the 40 bytes"));
}

static void test_horizon_payload_tables(void)
{
    assert_table(
        RUN("", "decode", "--horizon", "--domain",
            "0x4 0x80000d 0x0 0x0 0x100101 0x1 0x0 0x70ce 0x49434653 0x1 0x3 0x0 0x2 0x0 0x0"),
        PARTS("Padding to 16 bytes", "Domain: send to object 1, 1 objects, 16 bytes",
              "token 0x70ce", "CMIF request: command 3, version 1", "Domain object [0]: 2"));
    assert_table(RUN("", "decode", "--horizon", "--domain",
                     "0x00000004 0x8 0x0 0x0 0x2 0x7 0x0 0x0 0x0 0x0"),
                 PARTS("Domain: close to object 7"));
    assert_table(RUN("", "decode", "--horizon", "--domain", "--reply",
                     "0x0 0xd 0x0 0x0 0x1 0x0 0x0 0x0 0x4f434653 0x0 0x0 0x0 0x9 0x0 0x0"),
                 PARTS("Domain: 1 objects out", "CMIF reply: ok", "Domain object [0]: 9"));
    assert_table(RUN("", "decode", "--horizon", "--domain", "--reply",
                     "0x0 0xe 0x0 0x0 0x1 0x0 0x0 0x0 0x4f434653 0x0 0x0 0x0 0xffffffff "
                     "0xabcdef01 0x0 0x0"),
                 PARTS("1 domain objects, at a place that the bytes cannot tell"));
    assert_table(RUN("", "decode", "--horizon", "0x5 0x8 0x0 0x0 0x49434653 0x0 0x3 0x0 0x0 0x0"),
                 PARTS("control command 3 QueryPointerBufferSize"));
    assert_table(RUN("", "decode", "--horizon",
                     "0x01100011 0xc01 0x10 0x1000 0x1 0x20 0x2000 0x0 "
                     "0x1234 0x3000 0x300000"),
                 PARTS("Send descriptor (A) [0]: 0x10 bytes at 0x1000, NonSecure",
                       "Receive descriptor (B) [0]: 0x20 bytes at 0x2000, Normal",
                       "Arguments of TIPC command 1", "Receive list [0] (C): 0x30 bytes at 0x3000",
                       "[htipc.descriptors]"));
    assert_table(RUN("", "decode", "--horizon", "--reply", "0x11 0x2 0x615 0x1"),
                 PARTS("TIPC result: ", "Return values of TIPC command 1"));
    assert_table(RUN("", "decode", "--horizon", "0x00000008 0x1 0xff"), PARTS("Raw data"));
}

static void test_other_tables(void)
{
    assert_table(RUN("", "decode", "--ctr", "0x00010044", "0x00000005", "0x00000010", "0x00000009",
                     "0x00010402", "0x00000010"),
                 PARTS("command 0x0001", "move_handles", "handle 0x00000009",
                       "static_buffer id 1, 0x4 bytes"));
    assert_table(RUN("", "decode", "--orbis", "--op", "0x253",
                     "0100000000000000001000000000000020000000000000000000000000000000"),
                 PARTS("0x253 SendMsg", "0x1000"));
    assert_table(RUN("", "decode", "--orbis", "--what", "appmsg_request",
                     "0100000002000000030000000000000001000000ffffffff"),
                 PARTS("Destination app id: 0x00000001", "(overwrite)"));
    assert_table(RUN("", "decode", "--json", "--ctr", "0x00010000"), PARTS("\"command_id\":1"));
}

static void test_orbis_tables(void)
{
    assert_table(RUN("", "decode", "--orbis", "--what", "call",
                     "2003000005000000000000000000000000000000000000003000000000000000"
                     "afbefecaadbeadde0200000000000000160002800700000000000000000000"
                     "00"),
                 PARTS("0x320 InvokeSyncMethod", "Kid: 0x5", "0x2 (an errno)", "0x80020016"));
    assert_table(
        RUN("", "decode", "--orbis", "--what", "data_info", "00100000000000002000000000000000"),
        PARTS("Input [0]: 0x20 bytes at 0x1000"));
    assert_table(RUN("", "decode", "--orbis", "--what", "buffer_info",
                     "001000000000000020000000000000001000000000000000"),
                 PARTS("Output [0]: 0x10 of 0x20 bytes at 0x1000"));
    assert_table(RUN("", "decode", "--orbis", "--what", "session_config", "10000000"),
                 PARTS("session_config, 4 bytes"));
    assert_table(RUN("", "decode", "--orbis", "--what", "packet", "--type", "0x41", "01"),
                 PARTS("packet, 1 bytes", "-- --"));
    assert_table(RUN("", "decode", "--orbis", "--what", "appmsg_message", "01000000050000004142"),
                 PARTS("Sender app id: 0x00000001", "41 42", "Payload"));
    assert_table(RUN("", "decode", "--orbis", "--what", "appmsg_call", "01000000"),
                 PARTS("sceAppMessagingSendMsg"));
}

/** A file may hold text or the bytes themselves. */
static void test_files(void)
{
    const char binary[] = {0, 0, 1, 0};
    g_autofree char *directory = g_dir_make_tmp("ipcshark-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "message", NULL);

    g_assert_true(g_file_set_contents(path, binary, sizeof binary, NULL));
    assert_table(RUN("", "decode", "--ctr", "--reply", "-f", path), PARTS("command 0x0001"));
    g_assert_true(g_file_set_contents(path, "00000000: 0000 0200  ....\n", -1, NULL));
    assert_table(RUN("", "decode", "--ctr", "--file", path), PARTS("command 0x0002"));
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(directory), ==, 0);
}

static void assert_fails(struct outcome outcome, int status, const char *part)
{
    g_assert_cmpint(outcome.status, ==, status);
    if (!strstr(outcome.err, part))
        g_error("\"%s\" lacks \"%s\"", outcome.err, part);
    outcome_free(&outcome);
}

static void test_usage(void)
{
    assert_fails(RUN("", "decode"), 2, "--horizon, --ctr or --orbis");
    assert_fails(RUN("", "decode", "--horizon", "--ctr", "00"), 2, "--horizon, --ctr or --orbis");
    assert_fails(RUN("", "decode", "--no-such-option"), 2, "Unknown option");
    assert_fails(RUN("", "decode", "--horizon", "0g"), 1, "character 1");
    assert_fails(RUN("", "decode", "--horizon", "-f", "/nonexistent"), 1, "/nonexistent");
    assert_fails(RUN("", "decode", "--orbis", "00"), 1, "\"op\"");
    assert_fails(RUN("", "encode", "a", "b"), 2, "one file");
    assert_fails(RUN("", "encode", "/nonexistent"), 1, "/nonexistent");
    assert_fails(RUN("{}", "encode", "-"), 1, "\"platform\"");
}

static void test_encode_file(void)
{
    g_autofree char *directory = g_dir_make_tmp("ipcshark-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "message.json", NULL);
    struct outcome hex;

    g_assert_true(g_file_set_contents(
        path, "{\"platform\": \"ctr\",\n \"command_id\": 1,\n \"normal\": [5]}\n", -1, NULL));
    hex = RUN("", "encode", "--hex", path);
    g_assert_cmpint(hex.status, ==, 0);
    g_assert_cmpstr(hex.out, ==, "4000010005000000\n");
    outcome_free(&hex);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(directory), ==, 0);
}

/** Runs one "$ …" line of the document in a directory of its own. */
static char *run_example(const char *command, const char *directory)
{
    const char *const arguments[] = {"sh", "-c", command, NULL};
    g_autofree char *path = g_strconcat(TEST_BINARY_DIR "/bin:", g_getenv("PATH"), NULL);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_autoptr(GSubprocess) process = NULL;
    char *out = NULL;

    g_subprocess_launcher_set_cwd(launcher, directory);
    g_subprocess_launcher_setenv(launcher, "PATH", path, TRUE);
    process = g_subprocess_launcher_spawnv(launcher, arguments, NULL);
    g_assert_nonnull(process);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, NULL));
    return out;
}

/** The lines below "$ …" up to the next one or the end of the block. */
static char **check_example(char **line, const char *directory)
{
    g_autofree char *actual = run_example(*line + 2, directory);
    g_autoptr(GString) expected = g_string_new(NULL);

    for (line++; *line && !g_str_has_prefix(*line, "$ ") && strcmp(*line, "```") != 0; line++)
        g_string_append_printf(expected, "%s\n", *line);
    g_assert_cmpstr(actual, ==, expected->str);
    return line;
}

static void test_document(void)
{
    g_autofree char *path = g_build_filename(TEST_SOURCE_DIR, "../docs/decode-json.md", NULL);
    g_autofree char *directory = g_dir_make_tmp("ipcshark-XXXXXX", NULL);
    g_autofree char *message = g_build_filename(directory, "message.json", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint examples = 0;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line;) {
        if (!g_str_has_prefix(*line, "$ ")) {
            line++;
            continue;
        }
        line = check_example(line, directory);
        examples++;
    }
    g_assert_cmpuint(examples, >=, 7);
    g_test_message("%u examples of docs/decode-json.md print what it says", examples);
    g_remove(message);
    g_assert_cmpint(g_rmdir(directory), ==, 0);
}

#define OWN_WORDS                                                                                  \
    "04000000 08000000 00000000 00000000 53464349 00000000 07000000 00000000"                      \
    " 00000000 00000000"

/* --names, IPCSHARK_NAMES, and what is said of files that cannot be read. */
static void test_names(void)
{
    g_autofree char *folder = g_dir_make_tmp("ipcshark-names-XXXXXX", NULL);
    g_autofree char *good = g_build_filename(folder, "own.tsv", NULL);
    g_autofree char *bad = g_build_filename(folder, "bad.id", NULL);
    struct outcome outcome;

    g_assert_true(g_file_set_contents(good, "[nn::own::IThing is own:u]\n7\tSeventh\n", -1, NULL));
    outcome = RUN("", "decode", "--horizon", "-s", "own:u", "--names", folder, OWN_WORDS);
    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_nonnull(strstr(outcome.out, "nn::own::IThing.Seventh"));
    outcome_free(&outcome);
    g_setenv("IPCSHARK_NAMES", good, TRUE);
    outcome = RUN("", "decode", "--horizon", "-i", "IThing", OWN_WORDS);
    g_assert_nonnull(strstr(outcome.out, "IThing.Seventh"));
    outcome_free(&outcome);
    g_unsetenv("IPCSHARK_NAMES");
    g_assert_true(g_file_set_contents(bad, "interface\n  {", -1, NULL));
    outcome = RUN("", "decode", "--horizon", "--names", folder, OWN_WORDS);
    g_assert_cmpint(outcome.status, ==, 1);
    g_assert_nonnull(strstr(outcome.err, "bad.id:2:3: a name is expected here"));
    outcome_free(&outcome);
    /* What nobody asked for is told, and does not stop anything. */
    g_setenv("IPCSHARK_NAMES", bad, TRUE);
    outcome = RUN("{\"platform\":\"ctr\",\"normal\":[1]}", "encode");
    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_nonnull(strstr(outcome.err, "bad.id:2:3: "));
    outcome_free(&outcome);
    g_unsetenv("IPCSHARK_NAMES");
    g_remove(good);
    g_remove(bad);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decode/program/many-lines", test_many_lines);
    g_test_add_func("/decode/program/bad-lines", test_bad_lines);
    g_test_add_func("/decode/program/at-once", test_answers_at_once);
    g_test_add_func("/decode/program/horizon", test_horizon_table);
    g_test_add_func("/decode/program/horizon/payload", test_horizon_payload_tables);
    g_test_add_func("/decode/program/tables", test_other_tables);
    g_test_add_func("/decode/program/tables/orbis", test_orbis_tables);
    g_test_add_func("/decode/program/files", test_files);
    g_test_add_func("/decode/program/usage", test_usage);
    g_test_add_func("/decode/program/encode-file", test_encode_file);
    g_test_add_func("/decode/program/names", test_names);
    g_test_add_func("/decode/program/document", test_document);
    return g_test_run();
}
