/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address.h"
#include "command.h"
#include "listener.h"
#include "proxy.h"
#include "recorder.h"
#include "usage.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    TICK_MILLISECONDS = 200,
};

struct options {
    char **listen;
    char **proxy;
    char *write;
    char *form;
    char *stop_after;
    char *compress;
    char *filter;
    char *max_bytes;
    char *ring_size;
    gint64 count;
    gint64 ring_files;
    gint64 ring_seconds;
    double statistics;
    gboolean allow_remote;
    gboolean is_quiet;
    guint64 duration;
};

struct session {
    struct options options;
    GMainLoop *loop;
    struct recorder *recorder;
    struct record_filter *filter; /**< NULL: everything is recorded. */
    GPtrArray *listeners;
    GPtrArray *proxies;
    guint signals[3]; /**< Sources. */
    guint timer[3];
    guint timers;
    gboolean is_terminal; /**< Standard error is. */
};

static const char description[] =
    "Producers (emulators, hooks, servers with --tap) connect and push records; the\n"
    "file has an interface for each. Stop with Ctrl-C; it is whole at any time.\n\n"
    "Examples:\n"
    "  ipcshark record -w out.pcapng\n"
    "  ipcshark record -w day.pcapng.zst -z zstd --ring-size 200M --ring-files 20\n"
    "  ipcshark record --listen unix:/tmp/ipc -w - | wireshark -k -i -\n"
    "  ipcshark record -p tcp:127.0.0.1:18260=tcp:127.0.0.1:18253 -w calls.pcapng\n";

static gboolean parse_options(struct options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options->listen,
         "take records here (" IPCSHARK_DEFAULT_RECORDER ")", "ADDRESS"},
        {"proxy", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options->proxy,
         "forward to a server, and record", "LISTEN=SERVER"},
        {"write", 'w', 0, G_OPTION_ARG_FILENAME, &options->write, "the file, - for standard output",
         "FILE"},
        {"form", 'F', 0, G_OPTION_ARG_STRING, &options->form, "pcapng (default) or pcap", "FORM"},
        {"count", 'c', 0, G_OPTION_ARG_INT64, &options->count, "stop after N records", "N"},
        {"autostop", 'a', 0, G_OPTION_ARG_STRING, &options->stop_after, "stop after so long",
         "duration:SECONDS"},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &options->filter,
         "only: service=fsp-srv pid=81 buffers=off", "WORDS"},
        {"max-bytes", 0, 0, G_OPTION_ARG_STRING, &options->max_bytes,
         "stop after so many bytes (k, M, G)", "SIZE"},
        {"ring-size", 0, 0, G_OPTION_ARG_STRING, &options->ring_size,
         "a new file after so many bytes", "SIZE"},
        {"ring-seconds", 0, 0, G_OPTION_ARG_INT64, &options->ring_seconds,
         "a new file after so many seconds", "N"},
        {"ring-files", 0, 0, G_OPTION_ARG_INT64, &options->ring_files, "keep the last N files only",
         "N"},
        {"compress", 'z', 0, G_OPTION_ARG_STRING, &options->compress,
         "zstd or gzip; Wireshark opens both", "FORM"},
        {"statistics", 0, 0, G_OPTION_ARG_DOUBLE, &options->statistics,
         "counts so often (terminal: 1)", "SECONDS"},
        {"allow-remote", 0, 0, G_OPTION_ARG_NONE, &options->allow_remote,
         "let other machines connect", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->is_quiet, "no summary at the end", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("-w FILE - record console IPC");

    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

static gboolean parse_duration(struct options *options, GError **error)
{
    const char *text = options->stop_after;

    if (!text)
        return TRUE;
    if (g_str_has_prefix(text, "duration:") &&
        g_ascii_string_to_unsigned(text + strlen("duration:"), 10, 1, G_MAXUINT32,
                                   &options->duration, NULL))
        return TRUE;
    return usage_error(error, "-a \"%s\": this must be duration:SECONDS", text);
}

/** "5", "10k", "2M", "1G". */
static gboolean parse_size(const char *name, const char *text, guint64 *size, GError **error)
{
    static const char units[] = "kMG";
    const char *unit;
    char *end = NULL;

    *size = text ? g_ascii_strtoull(text, &end, 10) : 0;
    if (!text)
        return TRUE;
    unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        for (int i = 0; i <= unit - units; i++)
            *size = *size > G_MAXUINT64 / 1024 ? 0 : *size * 1024;
        end++;
    }
    if (*end == '\0' && g_ascii_isdigit(*text) && *size)
        return TRUE;
    return usage_error(error, "%s \"%s\": this must be a number of bytes such as 500k, 20M, 1G",
                       name, text);
}

static gboolean parse_compression(const char *text, enum output_compression *compression,
                                  GError **error)
{
    *compression = !text ? OUTPUT_PLAIN : !strcmp(text, "gzip") ? OUTPUT_GZIP : OUTPUT_ZSTD;
    if (*compression != OUTPUT_ZSTD || !strcmp(text, "zstd"))
        return TRUE;
    return usage_error(error, "--compress \"%s\": the forms are zstd and gzip", text);
}

static gboolean check_ring(const struct options *options, GError **error)
{
    if (options->ring_files < 0 || options->ring_files > G_MAXUINT16 || options->ring_seconds < 0)
        return usage_error(error, "--ring-files and --ring-seconds take numbers from 1 on (at most "
                                  "65535 files)");
    if (options->ring_files && !options->ring_size && !options->ring_seconds)
        return usage_error(error, "--ring-files alone never begins a second file: --ring-size or "
                                  "--ring-seconds says when");
    if ((options->ring_size || options->ring_seconds) && !strcmp(options->write, "-"))
        return usage_error(error, "standard output cannot be cut into files");
    return TRUE;
}

static gboolean check_options(struct options *options, int argc, char **argv, GError **error)
{
    if (argc > 1)
        return usage_error(error, "what is \"%s\"? The file is named with -w", argv[1]);
    if (!options->write)
        return usage_error(error, "no file is named: -w FILE, or -w - for standard output");
    if (options->count < 0)
        return usage_error(error, "--count %" G_GINT64_FORMAT " is negative", options->count);
    return check_ring(options, error) && parse_duration(options, error);
}

static void on_recorder_stopped(gpointer data)
{
    struct session *session = data;

    g_main_loop_quit(session->loop);
}

static gboolean on_end(gpointer data)
{
    struct session *session = data;

    g_main_loop_quit(session->loop);
    return G_SOURCE_CONTINUE;
}

/** Loopback and Unix sockets only, unless told otherwise in so many words. */
static GSocketAddress *parse_listen_address(const struct options *options, const char *text,
                                            GError **error)
{
    g_autoptr(GSocketAddress) address = ipcshark_address_parse(text, error);

    if (!address)
        return NULL;
    if (ipcshark_address_is_local(address) || options->allow_remote)
        return g_steal_pointer(&address);
    usage_error(error, "%s can be reached from other machines; if that is wanted: --allow-remote",
                text);
    return NULL;
}

static gboolean add_listener(struct session *session, const char *text, GError **error)
{
    g_autoptr(GSocketAddress) address = parse_listen_address(&session->options, text, error);
    struct listener *listener;

    if (!address)
        return FALSE;
    listener = listener_open(address, session->recorder, error);
    if (listener)
        g_ptr_array_add(session->listeners, listener);
    return listener != NULL;
}

/** "--proxy tcp:127.0.0.1:1=127.0.0.1:2": the server's "tcp:" may be left out. */
static char *with_scheme(const char *text)
{
    gboolean has_scheme = g_str_has_prefix(text, "tcp:") || g_str_has_prefix(text, "unix:");

    return g_strconcat(has_scheme ? "" : "tcp:", text, NULL);
}

static gboolean add_proxy(struct session *session, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "=", 2);
    g_autoptr(GSocketAddress) listen = NULL;
    g_autoptr(GSocketAddress) server = NULL;
    struct proxy *proxy;

    g_autofree char *to = NULL;

    if (!parts[0] || !parts[1])
        return usage_error(error, "--proxy \"%s\": this must be LISTEN=SERVER", text);
    listen = parse_listen_address(&session->options, parts[0], error);
    to = with_scheme(parts[1]);
    server = listen ? ipcshark_address_parse(to, error) : NULL;
    if (!server)
        return FALSE;
    proxy = proxy_open(listen, server, session->recorder, error);
    if (proxy)
        g_ptr_array_add(session->proxies, proxy);
    return proxy != NULL;
}

static gboolean open_inputs(struct session *session, GError **error)
{
    struct options *options = &session->options;

    for (char **text = options->listen; text && *text; text++) {
        if (!add_listener(session, *text, error))
            return FALSE;
    }
    for (char **text = options->proxy; text && *text; text++) {
        if (!add_proxy(session, *text, error))
            return FALSE;
    }
    if (!options->listen && !options->proxy)
        return add_listener(session, IPCSHARK_DEFAULT_RECORDER, error);
    return TRUE;
}

static void announce_listener(gpointer listener, gpointer data G_GNUC_UNUSED)
{
    listener_announce(listener);
}

static void announce_proxy(gpointer proxy, gpointer data G_GNUC_UNUSED)
{
    proxy_announce(proxy);
}

static gboolean recorder_options_of(const struct options *from, struct recorder_options *options,
                                    GError **error)
{
    *options = (struct recorder_options){
        .path = from->write,
        .waits_for_space = TRUE,
        .max_records = (guint64)from->count,
        .ring_files = (guint)from->ring_files,
        .ring_seconds = (guint64)from->ring_seconds,
    };
    return capture_file_form_parse(from->form, &options->form, error) &&
           parse_compression(from->compress, &options->compression, error) &&
           parse_size("--max-bytes", from->max_bytes, &options->max_bytes, error) &&
           parse_size("--ring-size", from->ring_size, &options->ring_size, error);
}

static gboolean make_filter(struct session *session, GError **error)
{
    if (!session->options.filter)
        return TRUE;
    session->filter = record_filter_new();
    return record_filter_set(session->filter, session->options.filter, error);
}

/**
 * The file last: a second recorder that finds the port in use must not empty the file of the first.
 */
static gboolean open_session(struct session *session, GError **error)
{
    struct recorder_options options;

    if (!recorder_options_of(&session->options, &options, error) || !make_filter(session, error))
        return FALSE;
    options.filter = session->filter;
    if (!open_inputs(session, error) || !recorder_open(session->recorder, &options, error))
        return FALSE;
    if (!recorder_flush(session->recorder)) {
        g_propagate_error(error, g_error_copy(recorder_error(session->recorder)));
        return FALSE;
    }
    if (recorder_is_waiting(session->recorder)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "there is no room for %s",
                    session->options.write);
        return FALSE;
    }
    g_ptr_array_foreach(session->listeners, announce_listener, NULL);
    g_ptr_array_foreach(session->proxies, announce_proxy, NULL);
    return TRUE;
}

/** Before anybody can know that it listens, and thus stop it. */
static void watch_signals(struct session *session)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    G_STATIC_ASSERT(G_N_ELEMENTS(numbers) == G_N_ELEMENTS(session->signals));
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        session->signals[i] = g_unix_signal_add(numbers[i], on_end, session);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is a full disk */
}

static void forget_signals(struct session *session)
{
    for (gsize i = 0; i < G_N_ELEMENTS(session->signals); i++)
        g_source_remove(session->signals[i]);
}

/** While nothing is recorded no write would tell. */
static gboolean on_reader_gone(gint descriptor G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                               gpointer data)
{
    return on_end(data);
}

static gboolean on_tick(gpointer data)
{
    struct session *session = data;

    recorder_tick(session->recorder);
    return G_SOURCE_CONTINUE;
}

static gboolean on_live(gpointer data)
{
    struct session *session = data;

    recorder_print_live(session->recorder, session->is_terminal && !session->options.statistics);
    return G_SOURCE_CONTINUE;
}

static void add_timer(struct session *session, guint milliseconds, GSourceFunc function)
{
    if (milliseconds)
        session->timer[session->timers++] = g_timeout_add(milliseconds, function, session);
}

static guint live_milliseconds(const struct session *session)
{
    if (session->options.statistics > 0)
        return (guint)(CLAMP(session->options.statistics, 0.01, 86400) * 1000);
    return session->is_terminal && !session->options.is_quiet ? 1000 : 0;
}

static void run_loop(struct session *session)
{
    guint watch = strcmp(session->options.write, "-")
                      ? 0
                      : g_unix_fd_add(STDOUT_FILENO, G_IO_ERR, on_reader_gone, session);

    session->is_terminal = isatty(STDERR_FILENO);
    add_timer(session, TICK_MILLISECONDS, on_tick);
    add_timer(session, live_milliseconds(session), on_live);
    add_timer(session, (guint)MIN(session->options.duration, G_MAXUINT / 1000) * 1000, on_end);
    g_main_loop_run(session->loop);
    while (session->timers)
        g_source_remove(session->timer[--session->timers]);
    if (watch)
        g_source_remove(watch);
    if (session->is_terminal && live_milliseconds(session))
        fputc('\n', stderr);
}

/** Inputs first: what has arrived already still goes into the file. */
static gboolean close_session(struct session *session, GError **error)
{
    gboolean good = TRUE;

    g_ptr_array_foreach(session->listeners, (GFunc)(void (*)(void))listener_close, NULL);
    g_ptr_array_foreach(session->proxies, (GFunc)(void (*)(void))proxy_close, NULL);
    g_ptr_array_set_size(session->listeners, 0);
    g_ptr_array_set_size(session->proxies, 0);
    recorder_flush(session->recorder);
    if (!session->options.is_quiet)
        recorder_print_summary(session->recorder);
    if (recorder_error(session->recorder)) {
        g_propagate_error(error, g_error_copy(recorder_error(session->recorder)));
        good = FALSE;
    }
    return recorder_close(session->recorder, good ? error : NULL) && good;
}

/** Whoever read standard output has seen enough: that is a way to stop. */
static gboolean reader_has_gone(const GError *error)
{
    return g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PIPE);
}

static void free_session(struct session *session)
{
    g_strfreev(session->options.listen);
    g_strfreev(session->options.proxy);
    g_free(session->options.write);
    g_free(session->options.form);
    g_free(session->options.stop_after);
    g_free(session->options.compress);
    g_free(session->options.filter);
    g_free(session->options.max_bytes);
    g_free(session->options.ring_size);
    record_filter_free(session->filter);
    g_ptr_array_unref(session->listeners);
    g_ptr_array_unref(session->proxies);
    g_main_loop_unref(session->loop);
}

static int report(const GError *error)
{
    fprintf(stderr, "%s: %s\n", g_get_prgname(), error ? error->message : "cannot write");
    return error && error->domain == G_OPTION_ERROR ? EXIT_USAGE : EXIT_FAILED;
}

static int run_session(struct session *session)
{
    g_autoptr(GError) error = NULL;
    gboolean is_open;
    gboolean is_written;

    session->recorder = recorder_new(on_recorder_stopped, session);
    watch_signals(session);
    is_open = open_session(session, &error);
    if (is_open)
        run_loop(session);
    else
        session->options.is_quiet = TRUE;
    is_written = close_session(session, is_open ? &error : NULL);
    forget_signals(session);
    if (is_open && (is_written || reader_has_gone(error)))
        return EXIT_GOOD;
    return report(error);
}

int ipcshark_record_command(int argc, char **argv)
{
    struct session session = {
        .loop = g_main_loop_new(NULL, FALSE),
        .listeners = g_ptr_array_new(),
        .proxies = g_ptr_array_new(),
    };
    g_autoptr(GError) error = NULL;
    int status;

    if (parse_options(&session.options, &argc, &argv, &error) &&
        check_options(&session.options, argc, argv, &error))
        status = run_session(&session);
    else
        status = report(error);
    free_session(&session);
    return status;
}
