/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include "address.h"
#include "control.h"
#include "demo.h"
#include "listener.h"
#include "proxy.h"
#include "recorder.h"
#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct session {
    const struct extcap_options *options;
    GMainLoop *loop;
    struct recorder *recorder;
    struct listener *listener;
    struct proxy *proxy;
    struct demo *demo;
    struct control *control;
    struct record_filter *filter;
    struct producer *notes; /**< This program's own. */
    char *mark;             /**< Text of the toolbar's field. */
    char *filter_text;      /**< In force; NULL: the option's. */
    gboolean is_paused;
    guint signals[3]; /**< Sources; 0: none. */
    int fifo;         /**< Written by nobody: to see whether it still has a reader. */
};

static void quit(gpointer data)
{
    struct session *session = data;

    g_main_loop_quit(session->loop);
}

static gboolean on_end(gpointer data)
{
    quit(data);
    return G_SOURCE_CONTINUE;
}

/** While nothing is captured no write would tell. */
static gboolean on_reader_gone(gint descriptor G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                               gpointer data)
{
    quit(data);
    return G_SOURCE_CONTINUE;
}

/** A note whose producer is this interface; seen at once. */
static void write_note(struct session *session, const char *comment)
{
    guint8 bytes[4096];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);
    struct ipctap_header header = ipctap_header_init(IPCTAP_OTHER, IPCTAP_NOTE, IPCTAP_SNAPSHOT);
    gsize length;

    ipctap_begin(&writer, &header);
    ipctap_add_text(&writer, IPCTAP_PRODUCER, 0, "ipcshark extcap " IPCSHARK_VERSION);
    ipctap_add_text(&writer, IPCTAP_PROCESS_NAME, 0, session->options->interface->name);
    ipctap_add_text(&writer, IPCTAP_COMMENT, 0, comment);
    length = ipctap_end(&writer);
    if (length)
        producer_record(session->notes, bytes, length);
    recorder_flush(session->recorder);
}

static gboolean is_wanted(const struct ipctap_record *record, gpointer data)
{
    const struct session *session = data;
    guint8 only = session->options->only_platform;

    return !session->is_paused && (!only || record->header.platform == only);
}

/** Wireshark shows what was typed; the status bar and a note say what is captured. */
static void set_filter(struct session *session, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *note = NULL;

    if (!record_filter_set(session->filter, text, &error)) {
        note = g_strdup_printf("The filter stays as it was: %s", error->message);
    } else {
        note = g_strdup_printf("Captured from here on: %s", *valid ? valid : "everything.");
        g_free(session->filter_text);
        session->filter_text = g_steal_pointer(&valid);
    }
    control_tell(session->control, note);
    write_note(session, note);
}

static void set_pause(struct session *session, gboolean is_paused)
{
    if (session->is_paused == is_paused)
        return;
    session->is_paused = is_paused;
    control_tell(session->control, is_paused ? "Console IPC: paused" : "Console IPC: capturing");
    write_note(session, is_paused ? "Paused: records are not captured from here on."
                                  : "Capturing again after a pause.");
}

/** The toolbar still has what was in it when the last capture ended, or nothing. */
static void show_filter(struct session *session)
{
    const char *option = session->options->filter ? session->options->filter : "";

    control_show(session->control, EXTCAP_CONTROL_FILTER,
                 session->filter_text ? session->filter_text : option);
}

static void on_control(guint8 number, guint8 command, const char *payload, gsize length,
                       gpointer data)
{
    struct session *session = data;

    if (command == CONTROL_INITIALIZED)
        show_filter(session);
    if (command != CONTROL_SET)
        return;
    if (number == EXTCAP_CONTROL_PAUSE) {
        set_pause(session, length && payload[0]);
    } else if (number == EXTCAP_CONTROL_MARK_TEXT) {
        g_free(session->mark);
        session->mark = g_utf8_make_valid(payload, -1);
        g_strlcpy(session->mark, session->mark, 1024);
    } else if (number == EXTCAP_CONTROL_MARK) {
        write_note(session, session->mark && *session->mark ? session->mark : "Mark");
    } else if (number == EXTCAP_CONTROL_FILTER) {
        set_filter(session, payload);
    }
}

/** Loopback and Unix sockets only, unless told otherwise in so many words. */
static GSocketAddress *listening_place(const struct extcap_options *options, GError **error)
{
    g_autoptr(GSocketAddress) address = ipcshark_address_parse(options->listen, error);

    if (!address || ipcshark_address_is_local(address) || options->allow_remote)
        return g_steal_pointer(&address);
    usage_error(error,
                "%s can be reached from other machines; if that is wanted, tick \"Allow other "
                "machines\" (--allow-remote)",
                options->listen);
    return NULL;
}

static gboolean open_listener(struct session *session, GError **error)
{
    g_autoptr(GSocketAddress) address = listening_place(session->options, error);

    if (address)
        session->listener = listener_open(address, session->recorder, error);
    return session->listener != NULL;
}

static gboolean open_proxy(struct session *session, GError **error)
{
    g_autoptr(GSocketAddress) address = listening_place(session->options, error);
    g_autoptr(GSocketAddress)
        server = address ? ipcshark_address_parse(session->options->server, error) : NULL;

    if (server)
        session->proxy = proxy_open(address, server, session->recorder, error);
    return session->proxy != NULL;
}

static void on_demo(const char *text, gboolean is_over, gpointer data)
{
    write_note(data, text);
    if (is_over)
        quit(data);
}

static gboolean open_demo(struct session *session, GError **error)
{
    g_autoptr(GSocketAddress) address = NULL;

    session->demo = demo_new(session->options, on_demo, session, error);
    if (!session->demo)
        return FALSE;
    address = ipcshark_address_parse(demo_recorder_address(session->demo), error);
    if (address)
        session->listener = listener_open(address, session->recorder, error);
    return session->listener != NULL;
}

static gboolean open_input(struct session *session, GError **error)
{
    static gboolean (*const open_kind[])(struct session *, GError **) = {
        [EXTCAP_LISTEN] = open_listener,
        [EXTCAP_PROXY] = open_proxy,
        [EXTCAP_DEMO] = open_demo,
    };

    return open_kind[session->options->interface->kind](session, error);
}

static char *listen_note(const struct session *session)
{
    g_autofree char *where = listener_address(session->listener);

    return g_strdup_printf(
        "Waiting for producers at %s: none has connected yet. Let an emulator, a hook or `ipcshark "
        "server --tap %s` send its records there.",
        where, where);
}

/** Why the server cannot be reached at this moment; NULL if it can. */
static char *server_trouble(const struct session *session)
{
    g_autoptr(GSocketAddress) address = ipcshark_address_parse(session->options->server, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket)
        socket = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM,
                              G_SOCKET_PROTOCOL_DEFAULT, &error);

    if (socket)
        g_socket_set_timeout(socket, 2);
    if (socket && g_socket_connect(socket, address, NULL, &error))
        return NULL;
    return g_strdup(error->message);
}

static char *proxy_note(const struct session *session)
{
    g_autofree char *where = proxy_address(session->proxy);
    g_autofree char *trouble = server_trouble(session);
    const char *server = session->options->server;

    if (trouble)
        return g_strdup_printf("Waiting for clients at %s, but no server answers at %s (%s): start "
                               "it first, for example `ipcshark server --listen %s`.",
                               where, server, trouble, server);
    return g_strdup_printf("Waiting for clients at %s: none has connected yet. What they say is "
                           "forwarded to %s and captured; try `ipcshark traffic --to %s`.",
                           where, server, where);
}

static char *demo_note(const struct session *session)
{
    return g_strdup_printf("The reference server starts, and clients run scenario \"%s\": their "
                           "calls follow.",
                           session->options->scenario);
}

/** The first packet says what there is to wait for, so that an empty view explains itself. */
static void write_first_note(struct session *session)
{
    static char *(*const note_of[])(const struct session *) = {
        [EXTCAP_LISTEN] = listen_note,
        [EXTCAP_PROXY] = proxy_note,
        [EXTCAP_DEMO] = demo_note,
    };
    g_autofree char *note = note_of[session->options->interface->kind](session);

    session->notes = producer_open(session->recorder, session->options->interface->display, 0);
    write_note(session, note);
}

static gboolean reader_has_gone(const GError *error)
{
    return g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PIPE);
}

/**
 * Not before the fifo is open, which a signal must be able to interrupt; before the first packet,
 * after which an end must be clean.
 */
static void watch_signals(struct session *session)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    G_STATIC_ASSERT(G_N_ELEMENTS(numbers) == G_N_ELEMENTS(session->signals));
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        session->signals[i] = g_unix_signal_add(numbers[i], on_end, session);
}

/** Opening waits until Wireshark reads. */
static gboolean open_fifo(struct session *session, GError **error)
{
    const struct recorder_options options = {
        .path = session->options->fifo,
        .max_record_size = (gsize)session->options->max_record,
        .is_wanted = is_wanted,
        .is_wanted_data = session,
        .filter = session->filter,
    };

    if (!recorder_open(session->recorder, &options, error))
        return FALSE;
    session->fifo = open(options.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    watch_signals(session);
    write_first_note(session);
    return TRUE;
}

static gboolean open_session(struct session *session, GError **error)
{
    const struct extcap_options *options = session->options;
    g_autoptr(GError) control_error = NULL;

    session->filter = record_filter_new();
    if (!record_filter_set(session->filter, options->filter, error) ||
        !open_input(session, error) || !open_fifo(session, error))
        return FALSE;
    session->control = control_open(options->control_in, options->control_out, on_control, session,
                                    &control_error);
    if (control_error)
        write_note(session, control_error->message);
    return !session->demo || demo_start(session->demo, error);
}

static void run_loop(struct session *session)
{
    guint watch = 0;

    if (session->fifo >= 0)
        watch = g_unix_fd_add(session->fifo, G_IO_ERR, on_reader_gone, session);
    if (!recorder_error(session->recorder))
        g_main_loop_run(session->loop);
    if (watch)
        g_source_remove(watch);
}

static void forget_signals(struct session *session)
{
    for (gsize i = 0; i < G_N_ELEMENTS(session->signals); i++) {
        if (session->signals[i])
            g_source_remove(session->signals[i]);
    }
}

/** Children before the listener: what they sent last still goes into the capture. */
static gboolean close_session(struct session *session, GError **error)
{
    const GError *failure;

    control_close(session->control);
    if (session->demo)
        demo_stop(session->demo);
    if (session->listener)
        listener_close(session->listener);
    if (session->proxy)
        proxy_close(session->proxy);
    demo_free(session->demo);
    recorder_flush(session->recorder);
    failure = recorder_error(session->recorder);
    if (failure && error && !*error && !reader_has_gone(failure))
        g_propagate_error(error, g_error_copy(failure));
    recorder_close(session->recorder, NULL);
    forget_signals(session);
    if (session->fifo >= 0)
        close(session->fifo);
    g_main_loop_unref(session->loop);
    g_free(session->mark);
    g_free(session->filter_text);
    record_filter_free(session->filter);
    return !error || !*error;
}

gboolean extcap_capture(const struct extcap_options *options, GError **error)
{
    struct session session = {.options = options, .loop = g_main_loop_new(NULL, FALSE), .fifo = -1};
    g_autoptr(GError) failure = NULL;

    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    session.recorder = recorder_new(quit, &session);
    if (open_session(&session, &failure))
        run_loop(&session);
    close_session(&session, &failure);
    if (!failure)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}
