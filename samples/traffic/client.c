/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

#include "../common/endpoint.h"
#include "pace.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MICROSECONDS (10 * G_USEC_PER_SEC)
#define READ_SIZE         0x10000

struct traffic_client *traffic_client_new(int descriptor)
{
    struct traffic_client *client = g_new0(struct traffic_client, 1);

    client->descriptor = descriptor;
    client->pid = IPCTAP_UNKNOWN_ID;
    client->next_call_id = 1;
    client->input = g_byte_array_new();
    client->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return client;
}

struct traffic_client *traffic_client_open(const char *address, GError **error)
{
    int descriptor = endpoint_connect(address, error);

    return descriptor < 0 ? NULL : traffic_client_new(descriptor);
}

void traffic_client_free(struct traffic_client *client)
{
    if (!client)
        return;

    pace_leave(client->descriptor);
    close(client->descriptor);
    g_byte_array_unref(client->input);
    g_ptr_array_unref(client->waiting);
    g_free(client->comment);
    g_free(client);
}

bool traffic_client_send_bytes(struct traffic_client *client, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;

    while (size) {
        ssize_t sent = send(client->descriptor, next, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        next += sent;
        size -= (size_t)sent;
    }
    return true;
}

void traffic_client_begin(struct traffic_client *client, struct record_builder *request,
                          uint8_t kind)
{
    struct ipctap_header header = ipctap_header_init(client->platform, kind, IPCTAP_ENTER);

    header.time = pace_time();
    header.flags = IPCTAP_SYNTHETIC;
    header.pid = client->pid;
    header.tid = 1;
    header.call_id = client->next_call_id++;
    record_builder_init(request, &header);
}

uint64_t traffic_client_send(struct traffic_client *client, struct record_builder *request)
{
    uint64_t call_id = request->header.call_id;
    size_t size = 0;
    uint8_t *bytes = record_builder_finish(request, &size);
    bool sent;

    pace_wait();
    sent = bytes && traffic_client_send_bytes(client, bytes, size);
    pace_settle(client->descriptor);
    client->calls++;
    g_free(bytes);
    record_builder_clear(request);
    return sent ? call_id : 0;
}

static bool fill_input(struct traffic_client *client, gint64 deadline)
{
    struct pollfd poll_descriptor = {.fd = client->descriptor, .events = POLLIN};
    gint64 left;
    uint8_t bytes[READ_SIZE];
    ssize_t size;

    int ready;

    do {
        left = (deadline - g_get_monotonic_time()) / 1000;
        ready = left < 0 ? 0 : poll(&poll_descriptor, 1, (int)left);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return false;
    size = recv(client->descriptor, bytes, sizeof bytes, 0);
    if (size <= 0)
        return false;
    g_byte_array_append(client->input, bytes, (guint)size);
    return true;
}

/* The next record of the connection; NULL at its end or when nothing comes in time. */
static GBytes *next_record(struct traffic_client *client, gint64 deadline)
{
    GBytes *record;
    size_t size;

    for (;;) {
        enum ipctap_stream_state state =
            ipctap_stream_next(client->input->data, client->input->len, &size, NULL);

        if (state == IPCTAP_STREAM_RECORD)
            break;
        if (state == IPCTAP_STREAM_BAD || !fill_input(client, deadline))
            return NULL;
    }
    record = g_bytes_new(client->input->data, size);
    g_byte_array_remove_range(client->input, 0, (guint)size);
    return record;
}

static bool decode(GBytes *bytes, struct ipctap_record *record)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    return ipctap_record_decode(data, size, record, NULL);
}

static void keep_comment(struct traffic_client *client, const struct ipctap_record *note)
{
    struct ipctap_section section;

    if (!ipctap_section_find(note, IPCTAP_COMMENT, 0, &section))
        return;

    g_free(client->comment);
    client->comment = g_strndup((const char *)section.bytes, section.captured_size);
}

/* Takes `bytes`. */
static bool take_exit(GBytes *bytes, struct traffic_exit *exit)
{
    exit->bytes = bytes;
    decode(bytes, &exit->record);
    exit->result = exit->record.header.result;
    return true;
}

static GBytes *find_waiting(struct traffic_client *client, uint64_t call_id)
{
    for (guint i = 0; i < client->waiting->len; i++) {
        struct ipctap_record record;

        if (decode(client->waiting->pdata[i], &record) && record.header.call_id == call_id)
            return g_ptr_array_steal_index(client->waiting, i);
    }
    return NULL;
}

bool traffic_client_wait(struct traffic_client *client, uint64_t call_id, struct traffic_exit *exit)
{
    gint64 deadline = g_get_monotonic_time() + WAIT_MICROSECONDS;
    GBytes *bytes = find_waiting(client, call_id);
    struct ipctap_record record;

    memset(exit, 0, sizeof *exit);
    if (bytes)
        return take_exit(bytes, exit);

    while ((bytes = next_record(client, deadline))) {
        if (!decode(bytes, &record)) {
            g_bytes_unref(bytes);
            return false;
        }
        if (record.header.kind == IPCTAP_NOTE) {
            keep_comment(client, &record);
            g_bytes_unref(bytes);
        } else if (record.header.call_id == call_id) {
            return take_exit(bytes, exit);
        } else {
            g_ptr_array_add(client->waiting, bytes);
        }
    }
    return false;
}

bool traffic_client_call(struct traffic_client *client, struct record_builder *request,
                         struct traffic_exit *exit)
{
    uint64_t call_id = traffic_client_send(client, request);

    memset(exit, 0, sizeof *exit);
    return call_id && traffic_client_wait(client, call_id, exit);
}

bool traffic_exit_section(const struct traffic_exit *exit, uint16_t type, uint16_t index,
                          struct ipctap_section *section)
{
    return exit->bytes && ipctap_section_find(&exit->record, type, index, section);
}

void traffic_exit_clear(struct traffic_exit *exit)
{
    g_clear_pointer(&exit->bytes, g_bytes_unref);
}

static void read_results(const struct traffic_exit *exit, struct ipctap_kernel_call *results)
{
    struct ipctap_section section;

    *results = (struct ipctap_kernel_call){0};
    if (traffic_exit_section(exit, IPCTAP_SECTION_KERNEL_CALL, 0, &section))
        ipctap_kernel_call_decode(section.bytes, section.captured_size, results, NULL);
}

uint32_t traffic_client_kernel_call(struct traffic_client *client,
                                    const struct ipctap_kernel_call *arguments, const char *name,
                                    struct ipctap_kernel_call *results)
{
    struct record_builder request;
    struct traffic_exit exit;
    uint32_t result;

    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    request.header.object = arguments->handle;
    record_builder_add_kernel_call(&request, arguments);
    record_builder_add_text(&request, IPCTAP_OBJECT_NAME, 0, name);
    if (!traffic_client_call(client, &request, &exit))
        return UINT32_MAX;

    if (results)
        read_results(&exit, results);
    result = exit.result;
    traffic_exit_clear(&exit);
    return result;
}

bool traffic_client_hello(struct traffic_client *client, uint8_t platform, const char *name,
                          uint64_t program_id, uint32_t wanted_pid, const void *access,
                          size_t access_size, uint32_t *result)
{
    const struct ipctap_kernel_call hello = {.call = IPCTAP_CALL_HELLO, .value = wanted_pid};
    struct ipctap_kernel_call results;
    struct record_builder request;
    struct traffic_exit exit;

    client->platform = platform;
    traffic_client_begin(client, &request, IPCTAP_KERNEL_CALL);
    request.header.program_id = program_id;
    record_builder_add_kernel_call(&request, &hello);
    record_builder_add_text(&request, IPCTAP_OBJECT_NAME, 0, name);
    record_builder_add_text(&request, IPCTAP_PRODUCER, 0, "ipcshark traffic");
    if (access)
        record_builder_add(&request, IPCTAP_SERVICE_ACCESS, 0, 0, access, access_size);
    if (result)
        *result = UINT32_MAX;
    if (!traffic_client_call(client, &request, &exit))
        return false;

    read_results(&exit, &results);
    if (result)
        *result = exit.result;
    if (exit.result == 0)
        client->pid = results.value;
    traffic_exit_clear(&exit);
    return exit.result == 0;
}
