/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "internal.h"

#include <gio/gio.h>
#include <string.h>

#define SIMULATED_THREAD 1
/* What waits while a recorder is slow; more is dropped and counted, the server never waits. */
#define QUEUE_SIZE (64u << 20)

struct server_tap {
    server_tap_function function;
    void *data;
    struct ipctap *shim; /* NULL: the function is somebody else's. */
    size_t limit;        /* Bytes of a section; 0: as many as the records have. */
};

static void give_to_shim(void *data, const uint8_t *record, size_t size)
{
    ipctap_emit_record(data, record, size);
}

struct server_tap *server_tap_new(server_tap_function function, void *data)
{
    struct server_tap *tap = g_new0(struct server_tap, 1);

    tap->function = function;
    tap->data = data;
    return tap;
}

static bool has_scheme(const char *destination)
{
    return g_str_has_prefix(destination, "tcp:") || g_str_has_prefix(destination, "unix:") ||
           g_str_has_prefix(destination, "file:") || g_str_has_prefix(destination, "pipe:");
}

struct server_tap *server_tap_open(const char *destination, bool fixed_time, size_t limit,
                                   GError **error)
{
    g_autofree char *with_scheme =
        has_scheme(destination) ? g_strdup(destination) : g_strconcat("file:", destination, NULL);
    const struct ipctap_options options = {.destination = with_scheme,
                                           .producer = "ipcshark server",
                                           .queue_size = QUEUE_SIZE,
                                           .section_cap = SERVER_TAP_SECTION_LIMIT,
                                           .fixed_time = fixed_time ? SERVER_FIXED_TIME : 0};
    char text[256];
    struct ipctap *shim = ipctap_open(&options, text, sizeof text);
    struct server_tap *tap;

    if (!shim) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", text);
        return NULL;
    }
    tap = server_tap_new(give_to_shim, shim);
    tap->shim = shim;
    tap->limit = limit;
    return tap;
}

void server_tap_close(struct server_tap *tap)
{
    if (!tap)
        return;

    ipctap_close(tap->shim);
    g_free(tap);
}

struct ipctap_counts server_tap_counts(struct server_tap *tap)
{
    struct ipctap_counts counts;

    ipctap_get_counts(tap ? tap->shim : NULL, &counts);
    return counts;
}

bool server_tap_is_open(const struct server *server)
{
    return server->tap;
}

bool server_tap_begin(struct record_builder *builder, const struct server_process *process,
                      uint8_t kind, uint8_t phase)
{
    struct ipctap_header header = ipctap_header_init(process->kernel->platform, kind, phase);

    if (!server_tap_is_open(process->server))
        return false;

    header.flags = IPCTAP_SYNTHETIC;
    header.time = server_unix_time();
    header.pid = process->pid;
    header.program_id = process->program_id;
    header.source = server_get_source(process->server, process->kernel->platform);
    record_builder_init(builder, &header);
    return true;
}

/* A record must not carry what was too long for it: names are cut at the format's limit. */
static void add_name(struct record_builder *builder, uint16_t type, uint16_t index,
                     const char *text)
{
    if (text && *text)
        record_builder_add(builder, type, index, 0, text, MIN(strlen(text), IPCTAP_MAX_NAME));
}

static void add_names(struct record_builder *side, const struct server_call *call,
                      const char *own_name, const char *peer_name)
{
    add_name(side, IPCTAP_SERVICE, 0, call->target.service);
    add_name(side, IPCTAP_INTERFACE, 0, call->target.interface_name);
    add_name(side, IPCTAP_FUNCTION, 0, call->target.function);
    if (call->target.session)
        record_builder_add_u64(side, IPCTAP_SESSION, call->target.session);
    add_name(side, IPCTAP_PROCESS_NAME, 0, own_name);
    add_name(side, IPCTAP_PROCESS_NAME, 1, peer_name);
}

static void shorten(const struct server_tap *tap, const uint8_t *bytes, size_t size)
{
    struct ipctap_section_iterator iterator = {0};
    struct record_builder builder;
    struct ipctap_section section;
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, size, &record, NULL))
        return;

    record_builder_init(&builder, &record.header);
    while (ipctap_section_next(&record, &iterator, &section, NULL))
        record_builder_add_section(&builder, &section, tap->limit);
    bytes = record_builder_peek(&builder, &size);
    if (bytes)
        tap->function(tap->data, bytes, size);
    record_builder_clear(&builder);
}

static void end(struct server *server, struct record_builder *side)
{
    const struct server_tap *tap = server->tap;
    size_t size;
    const uint8_t *bytes = record_builder_peek(side, &size);

    if (bytes && tap->limit)
        shorten(tap, bytes, size);
    else if (bytes)
        tap->function(tap->data, bytes, size);
    record_builder_clear(side);
}

void server_tap_end(struct server *server, struct record_builder *side)
{
    end(server, side);
}

bool server_tap_begin_server_side(struct record_builder *side, const struct server_call *call,
                                  const struct server_process *process, uint32_t object,
                                  uint8_t phase)
{
    if (!server_tap_begin(side, process, call->record.header.kind, phase))
        return false;

    side->header.flags |= IPCTAP_SERVER;
    if (call->target.is_domain)
        side->header.flags |= IPCTAP_DOMAIN;
    side->header.call_id = call->tap_id;
    side->header.object = object;
    side->header.peer_pid = call->process->pid;
    if (process->simulated)
        side->header.tid = SIMULATED_THREAD;
    if (phase == IPCTAP_ENTER)
        add_names(side, call, process->name, call->process->name);
    return true;
}

/* Names of the section types that the tap adds itself, whatever the client said. */
static bool is_ours(uint16_t type)
{
    return type == IPCTAP_SERVICE || type == IPCTAP_INTERFACE || type == IPCTAP_FUNCTION ||
           type == IPCTAP_SESSION || type == IPCTAP_PROCESS_NAME;
}

static void copy_sections(struct record_builder *side, const uint8_t *bytes, size_t size)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_record record;

    if (!ipctap_record_decode(bytes, size, &record, NULL))
        return;

    while (ipctap_section_next(&record, &iterator, &section, NULL)) {
        if (!is_ours(section.type))
            record_builder_add_section(side, &section, SERVER_TAP_SECTION_LIMIT);
    }
}

static void complete_client_header(struct record_builder *side, const struct server_call *call)
{
    const struct ipctap_header *header = &call->record.header;

    if (call->target.is_domain)
        side->header.flags |= IPCTAP_DOMAIN;
    side->header.call_id = call->tap_id;
    side->header.tid = header->tid;
    side->header.object = header->object;
    side->header.peer_pid = call->target.peer_pid;
}

void server_tap_client_enter(struct server_call *call)
{
    struct record_builder side;

    if (call->entered ||
        !server_tap_begin(&side, call->process, call->record.header.kind, IPCTAP_ENTER))
        return;

    call->entered = true;
    complete_client_header(&side, call);
    side.header.flags |= call->record.header.flags & IPCTAP_UNREADABLE;
    side.header.time = call->time;
    copy_sections(&side, call->bytes, call->record.length);
    add_names(&side, call, call->process->name, call->target.peer_name);
    end(call->process->server, &side);
}

void server_tap_client_exit(struct server_call *call)
{
    struct record_builder side;
    const uint8_t *bytes;
    size_t size;

    if (!server_tap_begin(&side, call->process, call->record.header.kind, IPCTAP_EXIT))
        return;

    complete_client_header(&side, call);
    side.header.flags |= IPCTAP_RESULT;
    side.header.result = call->exit.header.result;
    bytes = record_builder_peek(&call->exit, &size);
    if (bytes)
        copy_sections(&side, bytes, size);
    record_builder_add_text(&side, IPCTAP_COMMENT, 0, call->fault);
    end(call->process->server, &side);
}
