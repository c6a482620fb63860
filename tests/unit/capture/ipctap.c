/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shim against a recorder that this test plays on a Unix socket. */
#include "record_stream.h"

#include <ipctap.h>

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

struct fixture {
    char *folder;
    char *path;
    char *destination;
    GSocket *listening;
};

static void set_up(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketAddress) address = NULL;

    fixture->folder = g_dir_make_tmp("ipctap-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_build_filename(fixture->folder, "socket", NULL);
    fixture->destination = g_strdup_printf("unix:%s", fixture->path);
    fixture->listening =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
    g_assert_no_error(error);
    address = g_unix_socket_address_new(fixture->path);
    g_assert_true(g_socket_bind(fixture->listening, address, TRUE, &error));
    g_assert_true(g_socket_listen(fixture->listening, &error));
    g_socket_set_timeout(fixture->listening, 10);
}

static void tear_down(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_object_unref(fixture->listening);
    g_unlink(fixture->path);
    g_rmdir(fixture->folder);
    g_free(fixture->destination);
    g_free(fixture->path);
    g_free(fixture->folder);
}

static struct ipctap *open_tap(struct fixture *fixture, struct ipctap_options options)
{
    char error[256];
    struct ipctap *tap;

    options.destination = fixture->destination;
    options.producer = "test 1";
    tap = ipctap_open(&options, error, sizeof error);
    g_assert_cmpstr(error, ==, "");
    g_assert_nonnull(tap);
    return tap;
}

/** What a recorder learns of a stream. */
struct heard {
    guint records; /**< Without notes. */
    guint producer_notes;
    guint64 dropped;
    guint64 last_call_id[8]; /**< By tid. */
    gboolean in_order;
    gsize first_size;
    guint16 first_flags;
    guint16 source;
};

static void hear_note(struct heard *heard, const struct ipctap_record *record)
{
    struct ipctap_section section;

    if (ipctap_section_find(record, IPCTAP_PRODUCER, 0, &section)) {
        g_assert_cmpmem(section.bytes, section.captured_size, "test 1", 6);
        heard->producer_notes++;
    }
    if (ipctap_section_find(record, IPCTAP_DROPPED, 0, &section))
        heard->dropped += ipcshark_load_u64(section.bytes);
}

static void hear(struct heard *heard, guint8 *bytes, gsize size)
{
    struct ipctap_record record;
    struct ipctap_section section;
    guint64 *last;

    g_assert_true(ipctap_record_decode(bytes, size, &record, NULL));
    heard->source = record.header.source;
    if (record.header.kind == IPCTAP_NOTE) {
        hear_note(heard, &record);
        return;
    }
    if (heard->records++ == 0 && ipctap_section_find(&record, IPCTAP_MESSAGE, 0, &section)) {
        heard->first_size = section.captured_size;
        heard->first_flags = record.header.flags;
    }
    last = &heard->last_call_id[record.header.tid % G_N_ELEMENTS(heard->last_call_id)];
    heard->in_order = heard->in_order && record.header.call_id > *last;
    *last = record.header.call_id;
}

/** Reads records until the peer closes, or `limit` bytes were read. */
static void listen_to(GSocket *socket, struct heard *heard, gsize limit)
{
    struct record_stream stream;
    static guint8 buffer[65536];
    gsize total = 0;
    gssize size = 1;
    guint8 *record;
    gsize length;

    record_stream_init(&stream);
    while (size > 0 && total < limit) {
        size = g_socket_receive(socket, (char *)buffer, sizeof buffer, NULL, NULL);
        if (size > 0) {
            total += (gsize)size;
            record_stream_feed(&stream, buffer, (gsize)size);
        }
        while (record_stream_next(&stream, &record, &length, NULL) == IPCTAP_STREAM_RECORD)
            hear(heard, record, length);
    }
    record_stream_clear(&stream);
}

static bool emit(struct ipctap *tap, guint32 tid, guint64 call_id, const void *bytes, guint32 size)
{
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    struct ipctap_part part = {.type = IPCTAP_MESSAGE, .bytes = bytes, .size = size};

    header.tid = tid;
    header.call_id = call_id;
    return ipctap_emit(tap, &header, &part, 1);
}

struct thread_data {
    struct ipctap *tap;
    guint32 tid;
};

enum {
    THREADS = 4,
    RECORDS_PER_THREAD = 5000,
};

static gpointer emit_many(gpointer data)
{
    struct thread_data *thread = data;
    guint8 bytes[256] = {0};

    for (guint64 i = 1; i <= RECORDS_PER_THREAD; i++)
        g_assert_true(emit(thread->tap, thread->tid, i, bytes, sizeof bytes));
    return NULL;
}

static gpointer accept_and_hear(gpointer data)
{
    struct fixture *fixture = data;
    struct heard *heard = g_new0(struct heard, 1);
    g_autoptr(GSocket) socket = g_socket_accept(fixture->listening, NULL, NULL);

    heard->in_order = TRUE;
    listen_to(socket, heard, G_MAXSIZE);
    return heard;
}

/** Every record of every thread arrives, whole and in its thread's order. */
static void test_threads(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GThread *recorder = g_thread_new("recorder", accept_and_hear, fixture);
    struct ipctap *tap = open_tap(
        fixture, (struct ipctap_options){.policy = IPCTAP_POLICY_WAIT, .queue_size = 65536});
    struct thread_data thread_data[THREADS];
    GThread *threads[THREADS];
    g_autofree struct heard *heard = NULL;

    for (guint32 i = 0; i < THREADS; i++) {
        thread_data[i] = (struct thread_data){tap, i};
        threads[i] = g_thread_new("emitter", emit_many, &thread_data[i]);
    }
    for (guint32 i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    ipctap_close(tap);
    heard = g_thread_join(recorder);
    g_assert_cmpuint(heard->records, ==, THREADS * RECORDS_PER_THREAD);
    g_assert_cmpuint(heard->producer_notes, ==, 1);
    g_assert_cmpuint(heard->dropped, ==, 0);
    g_assert_true(heard->in_order);
    g_assert_cmpuint(heard->source, !=, 0);
}

/** A recorder that does not read costs records, not time; what is lost is told in the stream. */
static void test_stalled_reader(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){.queue_size = 65536});
    g_autoptr(GSocket) socket = g_socket_accept(fixture->listening, NULL, NULL);
    struct heard heard = {.in_order = TRUE};
    struct ipctap_counts counts;
    guint8 bytes[4096] = {0};
    guint emitted = 0;
    gint64 start = g_get_monotonic_time();
    GThread *closer;

    while (emitted < 20000)
        emit(tap, 0, ++emitted, bytes, sizeof bytes);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
    ipctap_get_counts(tap, &counts);
    g_assert_cmpuint(counts.dropped_records, >, 0);
    g_assert_cmpuint(counts.records + counts.dropped_records, ==, emitted);
    closer = g_thread_new("closer", (GThreadFunc)(void (*)(void))ipctap_close, tap);
    listen_to(socket, &heard, G_MAXSIZE);
    g_thread_join(closer);
    g_assert_cmpuint(heard.records, ==, counts.records);
    g_assert_cmpuint(heard.dropped, ==, counts.dropped_records);
    g_assert_true(heard.in_order);
}

/** A recorder that restarts gets a new PRODUCER note and whole records from then on. */
static void test_reconnect(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){.policy = IPCTAP_POLICY_WAIT});
    GSocket *first = g_socket_accept(fixture->listening, NULL, NULL);
    guint8 bytes[256] = {0};
    struct heard heard = {.in_order = TRUE};
    GThread *recorder;
    g_autofree struct heard *second = NULL;

    for (guint64 i = 1; i <= 100; i++)
        emit(tap, 0, i, bytes, sizeof bytes);
    listen_to(first, &heard, 1);
    g_object_unref(first);
    recorder = g_thread_new("recorder", accept_and_hear, fixture);
    for (guint64 i = 101; i <= 2000; i++) {
        emit(tap, 0, i, bytes, sizeof bytes);
        if (i % 100 == 0)
            g_usleep(1000);
    }
    ipctap_close(tap);
    second = g_thread_join(recorder);
    g_assert_cmpuint(second->producer_notes, ==, 1);
    g_assert_cmpuint(second->records, >, 0);
    g_assert_true(second->in_order);
    g_assert_cmpuint(second->last_call_id[0], ==, 2000);
}

static void test_section_cap(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GThread *recorder = g_thread_new("recorder", accept_and_hear, fixture);
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){.section_cap = 100});
    guint8 bytes[256] = {0};
    g_autofree struct heard *heard = NULL;

    emit(tap, 0, 1, bytes, sizeof bytes);
    ipctap_close(tap);
    heard = g_thread_join(recorder);
    g_assert_cmpuint(heard->first_size, ==, 100);
    g_assert_true(heard->first_flags & IPCTAP_TRUNCATED);
}

static void test_bad_destinations(void)
{
    static const char *const bad[] = {"",          "tcp:",           "tcp:127.0.0.1",
                                      "tcp:a.b:1", "tcp:127.0.0.1:", "tcp:127.0.0.1:65536",
                                      "unix:",     "file:",          "127.0.0.1:5"};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct ipctap_options options = {.destination = bad[i], .producer = "test 1"};
        char error[256] = "";

        g_assert_null(ipctap_open(&options, error, sizeof error));
        g_assert_nonnull(strstr(error, "no destination"));
    }
}

static void test_must_connect(void)
{
    struct ipctap_options options = {
        .destination = "unix:/nonexistent/socket", .producer = "test 1", .must_connect = true};
    char error[256] = "";

    g_assert_null(ipctap_open(&options, error, sizeof error));
    g_assert_nonnull(strstr(error, "/nonexistent/socket"));
}

static void test_no_tap(void)
{
    struct ipctap_header header = ipctap_header_init(0, IPCTAP_NOTE, 0);
    struct ipctap_counts counts;

    g_assert_false(ipctap_emit(NULL, &header, NULL, 0));
    g_assert_cmpuint(ipctap_next_call_id(NULL), ==, 0);
    ipctap_get_counts(NULL, &counts);
    g_assert_cmpuint(counts.records, ==, 0);
    ipctap_close(NULL);
}

/** "file:" writes pcapng: section header, interface with its snap length, a packet a record. */
static void test_file(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = g_build_filename(fixture->folder, "out.pcapng", NULL);
    g_autofree char *destination = g_strdup_printf("file:%s", path);
    struct ipctap_options options = {.destination = destination, .producer = "test 1"};
    struct ipctap *tap = ipctap_open(&options, NULL, 0);
    guint8 bytes[40] = {0};
    g_autofree char *contents = NULL;
    gsize length;
    gsize packets = 0;
    gsize interface;

    g_assert_nonnull(tap);
    for (guint64 i = 1; i <= 10; i++)
        g_assert_true(emit(tap, 0, i, bytes, sizeof bytes));
    ipctap_close(tap);
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    for (gsize at = 0; at + 12 <= length; at += ipcshark_load_u32((guint8 *)contents + at + 4))
        packets += ipcshark_load_u32((guint8 *)contents + at) == 6;
    g_assert_cmpuint(packets, ==, 11);
    interface = ipcshark_load_u32((guint8 *)contents + 4);
    g_assert_cmpuint(ipcshark_load_u32((guint8 *)contents + interface), ==, 1);
    g_assert_cmpuint(ipcshark_load_u32((guint8 *)contents + interface + 12), ==, 262144);
    g_unlink(path);
}

/** The n-th packet block of a pcapng file. */
static const guint8 *packet_block(const char *contents, gsize length, guint n)
{
    for (gsize at = 0; at + 12 <= length;
         at += ipcshark_load_u32((const guint8 *)contents + at + 4)) {
        if (ipcshark_load_u32((const guint8 *)contents + at) == 6 && n-- == 0)
            return (const guint8 *)contents + at;
    }
    g_assert_not_reached();
}

static guint64 packet_time(const guint8 *block)
{
    return (guint64)ipcshark_load_u32(block + 12) << 32 | ipcshark_load_u32(block + 16);
}

/** "A packet is at most 261,120 bytes"; "`time` if a CLOCK_PAIR maps it". */
static void test_file_of_long_records(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = g_build_filename(fixture->folder, "long.pcapng", NULL);
    g_autofree char *destination = g_strdup_printf("file:%s", path);
    struct ipctap_options options = {.destination = destination,
                                     .section_cap = 1 << 20,
                                     .pair_monotonic = 1000,
                                     .pair_unix = 1700000000000001000};
    struct ipctap *tap = ipctap_open(&options, NULL, 0);
    struct ipctap_header header = ipctap_header_init(IPCTAP_CTR, IPCTAP_CTR_COMMAND, IPCTAP_ENTER);
    g_autofree guint8 *bytes = g_malloc0(1 << 20);
    struct ipctap_part buffer = {IPCTAP_MAPPED, 1, 0x14000000, bytes, 1 << 20, 0};
    struct ipctap_record record;
    struct ipctap_section section;
    g_autofree char *contents = NULL;
    gsize length;
    const guint8 *block;

    g_assert_nonnull(tap);
    header.time = 5000;
    header.clock = IPCTAP_CLOCK_MONOTONIC;
    g_assert_true(ipctap_emit_message(tap, &header, 0x1000, bytes, 256, &buffer, 1));
    ipctap_close(tap);
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    block = packet_block(contents, length, 1);
    g_assert_cmpuint(packet_time(block), ==, 1700000000000005000);
    g_assert_cmpuint(ipcshark_load_u32(block + 20), <=, IPCTAP_MAX_PACKET_SIZE);
    g_assert_true(ipctap_record_decode(block + 28 + IPCTAP_TAGS_SIZE,
                                       ipcshark_load_u32(block + 20) - IPCTAP_TAGS_SIZE, &record,
                                       NULL));
    g_assert_true(record.header.flags & IPCTAP_TRUNCATED);
    g_assert_true(ipctap_section_find(&record, IPCTAP_MESSAGE, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, 256);
    g_assert_cmpuint(section.address, ==, 0x1000);
    g_assert_true(ipctap_section_find(&record, IPCTAP_MAPPED, 1, &section));
    g_assert_cmpuint(section.declared_size, ==, 1 << 20);
    g_unlink(path);
}

/** Buffers beyond what a record's parts may be are left out, and the record says so. */
static void test_too_many_buffers(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GThread *recorder = g_thread_new("recorder", accept_and_hear, fixture);
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){0});
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    struct ipctap_part buffers[IPCTAP_MAX_PARTS] = {{0}};
    guint8 bytes[8] = {0};
    g_autofree struct heard *heard = NULL;

    for (guint16 i = 0; i < IPCTAP_MAX_PARTS; i++)
        buffers[i] = (struct ipctap_part){IPCTAP_SEND, i, 0, bytes, sizeof bytes, 0};
    header.tid = 0;
    header.call_id = 1;
    g_assert_true(
        ipctap_emit_message(tap, &header, 0, bytes, sizeof bytes, buffers, IPCTAP_MAX_PARTS));
    ipctap_close(tap);
    heard = g_thread_join(recorder);
    g_assert_true(heard->first_flags & IPCTAP_TRUNCATED);
}

struct turn {
    struct ipctap *tap;
    guint64 mine; /**< This thread's turn when call_id % THREADS is this. */
    gint *next;
};

enum {
    TURNS = 4000,
};

/** Emits only when the thread before has finished emitting. */
static gpointer take_turns(gpointer data)
{
    struct turn *turn = data;
    guint8 bytes[64] = {0};
    gint next;

    while ((next = g_atomic_int_get(turn->next)) <= TURNS) {
        if ((guint64)next % THREADS != turn->mine) {
            g_thread_yield();
            continue;
        }
        emit(turn->tap, 0, (guint64)next, bytes, sizeof bytes);
        g_atomic_int_inc(turn->next);
    }
    return NULL;
}

/** "A producer writes an exit before any record that uses what it returned", whatever the
 *  threads. */
static void test_order_of_threads(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GThread *recorder = g_thread_new("recorder", accept_and_hear, fixture);
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){.policy = IPCTAP_POLICY_WAIT});
    gint next = 1;
    struct turn turns[THREADS];
    GThread *threads[THREADS];
    g_autofree struct heard *heard = NULL;

    for (guint64 i = 0; i < THREADS; i++) {
        turns[i] = (struct turn){tap, i, &next};
        threads[i] = g_thread_new("turn", take_turns, &turns[i]);
    }
    for (guint32 i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    ipctap_close(tap);
    heard = g_thread_join(recorder);
    g_assert_cmpuint(heard->records, ==, TURNS);
    g_assert_true(heard->in_order);
}

/** A recorder at a TCP address is found anew, with a PRODUCER note and every record that waited. */
static void test_reconnect_tcp(void)
{
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_autoptr(GSocketAddress) address = NULL;
    struct fixture fixture = {0};
    GSocket *first;
    GThread *recorder;
    struct ipctap *tap;
    guint8 bytes[256] = {0};
    struct heard heard = {.in_order = TRUE};
    g_autofree struct heard *second = NULL;

    fixture.listening =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    g_assert_true(g_socket_bind(fixture.listening, any, TRUE, NULL));
    g_assert_true(g_socket_listen(fixture.listening, NULL));
    address = g_socket_get_local_address(fixture.listening, NULL);
    fixture.destination = g_strdup_printf(
        "tcp:127.0.0.1:%u", g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address)));
    tap = open_tap(&fixture, (struct ipctap_options){.policy = IPCTAP_POLICY_WAIT});
    first = g_socket_accept(fixture.listening, NULL, NULL);
    emit(tap, 0, 1, bytes, sizeof bytes);
    listen_to(first, &heard, 1);
    g_object_unref(first);
    recorder = g_thread_new("recorder", accept_and_hear, &fixture);
    for (guint64 i = 2; i <= 500; i++) {
        emit(tap, 0, i, bytes, sizeof bytes);
        if (i % 50 == 0)
            g_usleep(2000);
    }
    ipctap_close(tap);
    second = g_thread_join(recorder);
    g_assert_cmpuint(second->producer_notes, ==, 1);
    g_assert_cmpuint(second->last_call_id[0], ==, 500);
    g_assert_true(second->in_order);
    g_object_unref(fixture.listening);
    g_free(fixture.destination);
}

static bool emit_with(struct ipctap *tap, guint8 platform, guint32 pid, const char *service,
                      guint64 call_id)
{
    struct ipctap_header header = ipctap_header_init(platform, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    guint8 bytes[512] = {0};
    struct ipctap_part parts[] = {
        {.type = IPCTAP_SEND, .address = 0x1000, .bytes = bytes, .size = sizeof bytes},
        {.type = IPCTAP_SERVICE, .bytes = service, .size = (guint32)strlen(service)},
    };

    header.pid = pid;
    header.tid = 0;
    header.call_id = call_id;
    return ipctap_emit_message(tap, &header, 0x2000, bytes, 64, parts, G_N_ELEMENTS(parts));
}

static void set_filter(struct ipctap *tap, const char *text)
{
    char error[256];

    g_assert_true(ipctap_set_filter(tap, text, error, sizeof error));
    g_assert_cmpstr(error, ==, "");
}

/** The filter changes while the tap is open; what it does not want is not counted as dropped. */
static void test_filter(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GThread *recorder = g_thread_new("recorder", accept_and_hear, fixture);
    struct ipctap *tap =
        open_tap(fixture, (struct ipctap_options){.filter = "platform=horizon pid=5-7,81"});
    struct ipctap_counts counts;
    g_autofree struct heard *heard = NULL;

    g_assert_true(emit_with(tap, IPCTAP_HORIZON, 81, "fsp-srv", 1));
    g_assert_true(emit_with(tap, IPCTAP_HORIZON, 6, "fsp-srv", 2));
    g_assert_false(emit_with(tap, IPCTAP_HORIZON, 8, "fsp-srv", 3));
    g_assert_false(emit_with(tap, IPCTAP_CTR, 81, "fsp-srv", 3));
    set_filter(tap, "service=sm:,fsp-srv");
    g_assert_true(emit_with(tap, IPCTAP_CTR, 8, "fsp-srv", 3));
    g_assert_false(emit_with(tap, IPCTAP_CTR, 8, "fsp-sr", 4));
    set_filter(tap, "off");
    g_assert_false(ipctap_is_on(tap));
    g_assert_false(emit_with(tap, IPCTAP_CTR, 8, "fsp-srv", 4));
    set_filter(tap, "");
    g_assert_true(emit_with(tap, IPCTAP_CTR, 8, "anything", 4));
    ipctap_get_counts(tap, &counts);
    g_assert_cmpuint(counts.records, ==, 4);
    g_assert_cmpuint(counts.dropped_records, ==, 0);
    ipctap_close(tap);
    heard = g_thread_join(recorder);
    g_assert_cmpuint(heard->records, ==, 4);
}

/** Contents of buffers stay behind, the message does not. */
static void check_first_buffer(struct fixture *fixture, const char *filter, guint32 expected)
{
    g_autofree char *path = g_build_filename(fixture->folder, "filtered.pcapng", NULL);
    g_autofree char *destination = g_strdup_printf("file:%s", path);
    struct ipctap_options options = {.destination = destination, .filter = filter};
    struct ipctap *tap = ipctap_open(&options, NULL, 0);
    struct ipctap_record record;
    struct ipctap_section section;
    g_autofree char *contents = NULL;
    gsize length;
    const guint8 *block;

    g_assert_true(emit_with(tap, IPCTAP_HORIZON, 1, "sm:", 1));
    ipctap_close(tap);
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    block = packet_block(contents, length, 1);
    g_assert_true(ipctap_record_decode(block + 28 + IPCTAP_TAGS_SIZE,
                                       ipcshark_load_u32(block + 20) - IPCTAP_TAGS_SIZE, &record,
                                       NULL));
    g_assert_true(record.header.flags & IPCTAP_TRUNCATED);
    g_assert_true(ipctap_section_find(&record, IPCTAP_MESSAGE, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, 64);
    g_assert_true(ipctap_section_find(&record, IPCTAP_SEND, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, expected);
    g_assert_cmpuint(section.declared_size, ==, 512);
    g_unlink(path);
}

static void test_filter_of_buffers(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    check_first_buffer(fixture, "buffers=off", 0);
    check_first_buffer(fixture, "buffers=on bytes=100", 100);
}

/** What a hook asks at the entry of a call. */
static void test_wants(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){0});
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    const unsigned int all = IPCTAP_WANTS_MESSAGE | IPCTAP_WANTS_BUFFERS;

    g_assert_cmpuint(ipctap_wants(NULL, &header, "sm:", 1), ==, 0);
    g_assert_cmpuint(ipctap_wants(tap, &header, NULL, -1), ==, all);
    set_filter(tap, "service=fsp-srv command=8,0x10-0x12");
    g_assert_cmpuint(ipctap_wants(tap, &header, "fsp-srv", 8), ==, all);
    g_assert_cmpuint(ipctap_wants(tap, &header, "fsp-srv", 17), ==, all);
    g_assert_cmpuint(ipctap_wants(tap, &header, "fsp-srv", 9), ==, 0);
    g_assert_cmpuint(ipctap_wants(tap, &header, "fsp-srv", -1), ==, 0);
    g_assert_cmpuint(ipctap_wants(tap, &header, "sm:", 8), ==, 0);
    g_assert_cmpuint(ipctap_wants(tap, &header, NULL, 8), ==, 0);
    set_filter(tap, "buffers=off");
    g_assert_cmpuint(ipctap_wants(tap, &header, NULL, -1), ==, IPCTAP_WANTS_MESSAGE);
    set_filter(tap, "off");
    g_assert_cmpuint(ipctap_wants(tap, &header, NULL, -1), ==, 0);
    ipctap_close(tap);
}

static void test_bad_filters(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const bad[] = {
        "pid",        "pid=",   "pid=x",  "pid=1,,2",         "=1", "platform=ps", "buffers=1",
        "colour=red", "pid=5-", "pid=5x", "bytes=99999999999"};
    struct ipctap_options options = {.destination = fixture->destination, .filter = "pid=x"};
    struct ipctap *tap = open_tap(fixture, (struct ipctap_options){0});
    char error[256] = "";

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_false(ipctap_set_filter(tap, bad[i], error, sizeof error));
        g_assert_nonnull(strstr(error, "is no filter"));
    }
    ipctap_close(tap);
    g_assert_null(ipctap_open(&options, error, sizeof error));
    g_assert_nonnull(strstr(error, "\"pid=x\" is no filter"));
}

static void limit_files(rlim_t size)
{
    struct rlimit limit;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = size == RLIM_INFINITY ? limit.rlim_max : size;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static gboolean is_call_packet(const guint8 *block)
{
    const guint kind_offset = 28 + IPCTAP_TAGS_SIZE + 6;

    return ipcshark_load_u32(block) == 6 && block[kind_offset] != IPCTAP_NOTE;
}

/** Packets, without notes, of a file whose blocks must all be whole. */
static gsize count_packets(const char *path)
{
    g_autofree char *contents = NULL;
    gsize length;
    gsize packets = 0;
    gsize at = 0;

    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    while (at < length) {
        guint32 size = ipcshark_load_u32((guint8 *)contents + at + 4);

        g_assert_cmpuint(size, >=, 12);
        g_assert_cmpuint(size, <=, length - at);
        packets += is_call_packet((const guint8 *)contents + at);
        at += size;
    }
    return packets;
}

/** The file ends with a whole packet while there is no room, and goes on when there is. */
static void test_full_disk(struct fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = g_build_filename(fixture->folder, "full.pcapng", NULL);
    g_autofree char *destination = g_strdup_printf("file:%s", path);
    struct ipctap_options options = {.destination = destination, .queue_size = 65536};
    struct ipctap *tap = ipctap_open(&options, NULL, 0);
    struct ipctap_counts counts;
    guint8 bytes[1000] = {0};

    limit_files(20000);
    for (guint64 i = 1; i <= 1000; i++)
        emit(tap, 0, i, bytes, sizeof bytes);
    g_usleep(50000);
    g_assert_cmpuint(count_packets(path), >, 10);
    g_assert_cmpuint(count_packets(path), <, 20);
    limit_files(RLIM_INFINITY);
    ipctap_get_counts(tap, &counts);
    g_assert_cmpuint(counts.dropped_records, >, 0);
    ipctap_close(tap);
    g_assert_cmpuint(count_packets(path), ==, counts.records);
    g_unlink(path);
}

#define ADD(path, function) g_test_add(path, struct fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/ipctap/threads", test_threads);
    ADD("/ipctap/stalled", test_stalled_reader);
    ADD("/ipctap/reconnect", test_reconnect);
    ADD("/ipctap/section-cap", test_section_cap);
    ADD("/ipctap/file", test_file);
    ADD("/ipctap/file-long", test_file_of_long_records);
    ADD("/ipctap/too-many-buffers", test_too_many_buffers);
    ADD("/ipctap/order-of-threads", test_order_of_threads);
    ADD("/ipctap/filter", test_filter);
    ADD("/ipctap/filter-buffers", test_filter_of_buffers);
    ADD("/ipctap/wants", test_wants);
    ADD("/ipctap/bad-filters", test_bad_filters);
    ADD("/ipctap/full-disk", test_full_disk);
    g_test_add_func("/ipctap/reconnect-tcp", test_reconnect_tcp);
    g_test_add_func("/ipctap/bad-destinations", test_bad_destinations);
    g_test_add_func("/ipctap/must-connect", test_must_connect);
    g_test_add_func("/ipctap/no-tap", test_no_tap);
    return g_test_run();
}
