/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEADER_SIZE    64u
#define SECTION_HEADER 24u
#define MAX_RECORD     (16u << 20)
#define PHASE_ENTER    1
#define PHASE_EXIT     2
#define SYNTHETIC      4u
#define UNKNOWN        0xFFFFFFFFu

struct header {
    char magic[4];
    uint8_t version, platform, kind, phase;
    uint16_t header_size, flags;
    uint32_t record_size;
    uint64_t time, call_id;
    uint32_t pid, thread;
    uint64_t program_id;
    uint32_t object, result, peer_pid;
    uint8_t clock, reserved;
    uint16_t source;
};
_Static_assert(sizeof(struct header) == HEADER_SIZE, "the header has no gaps");
_Static_assert(sizeof(struct kernel_call) == 48, "KERNEL_CALL has no gaps");

/* A call that waits for its exit. */
struct waiting {
    uint64_t call_id;
    struct record *exit;
    bool done;
    struct waiting *next;
};

static struct {
    int socket;
    uint8_t platform;
    uint32_t pid;
    uint64_t program_id;
    bool broken;
    bool reading; /* one of the waiting threads reads for all */
    struct waiting *waiting;
    pthread_mutex_t lock;
    pthread_mutex_t write_lock;
    pthread_cond_t changed;
} process = {.socket = -1,
             .lock = PTHREAD_MUTEX_INITIALIZER,
             .write_lock = PTHREAD_MUTEX_INITIALIZER,
             .changed = PTHREAD_COND_INITIALIZER};

static atomic_uint_fast64_t last_call_id;
static atomic_uint last_thread;
static _Thread_local uint32_t this_thread;

void record_free(struct record *record)
{
    free(record->bytes);
    memset(record, 0, sizeof *record);
}

static uint8_t *grow(struct record *record, size_t size)
{
    if (record->size + size > record->room) {
        uint8_t *bytes = realloc(record->bytes, 2 * (record->size + size));

        if (!bytes)
            abort();
        record->bytes = bytes;
        record->room = 2 * (record->size + size);
    }
    memset(record->bytes + record->size, 0, size);
    record->size += size;
    return record->bytes + record->size - size;
}

void enter_begin(struct record *enter, uint8_t kind, uint32_t object)
{
    struct header header = {.magic = {'I', 'P', 'C', 'T'},
                            .version = 1,
                            .platform = process.platform,
                            .kind = kind,
                            .phase = PHASE_ENTER,
                            .header_size = HEADER_SIZE,
                            .flags = SYNTHETIC,
                            .pid = process.pid,
                            .program_id = process.program_id,
                            .object = object,
                            .peer_pid = UNKNOWN};

    if (!this_thread)
        this_thread = atomic_fetch_add(&last_thread, 1) + 1;
    header.thread = this_thread;
    header.call_id = atomic_fetch_add(&last_call_id, 1) + 1;
    enter->size = 0;
    memcpy(grow(enter, sizeof header), &header, sizeof header);
}

void enter_add(struct record *enter, uint16_t type, uint16_t index, uint64_t address,
               const void *bytes, uint32_t size)
{
    uint8_t *section = grow(enter, SECTION_HEADER);
    uint32_t captured = bytes ? size : 0;
    uint64_t declared = size;

    memcpy(section, &type, 2);
    memcpy(section + 2, &index, 2);
    memcpy(section + 4, &captured, 4);
    memcpy(section + 8, &address, 8);
    memcpy(section + 16, &declared, 8);
    if (captured)
        memcpy(grow(enter, (captured + 7u) & ~7u), bytes, captured);
}

static bool read_all(void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = read(process.socket, (uint8_t *)bytes + done, size - done);

        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool write_all(const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count =
            send(process.socket, (const uint8_t *)bytes + done, size - done, MSG_NOSIGNAL);

        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool read_record(struct record *record)
{
    struct header header;

    record->size = 0;
    if (!read_all(&header, sizeof header) || memcmp(header.magic, "IPCT", 4) != 0 ||
        header.record_size < HEADER_SIZE || header.record_size > MAX_RECORD)
        return false;
    memcpy(grow(record, header.record_size), &header, sizeof header);
    return read_all(record->bytes + sizeof header, header.record_size - sizeof header);
}

bool next_section(const struct record *record, size_t *offset, struct section *section)
{
    const uint8_t *bytes = record->bytes;
    uint16_t header_size;

    if (!bytes)
        return false;
    memcpy(&header_size, bytes + 8, 2);
    if (*offset == 0)
        *offset = header_size;
    if (*offset + SECTION_HEADER > record->size)
        return false;
    bytes += *offset;
    memcpy(&section->type, bytes, 2);
    memcpy(&section->index, bytes + 2, 2);
    memcpy(&section->size, bytes + 4, 4);
    memcpy(&section->address, bytes + 8, 8);
    memcpy(&section->declared_size, bytes + 16, 8);
    section->bytes = bytes + SECTION_HEADER;
    *offset += SECTION_HEADER + (((size_t)section->size + 7) & ~(size_t)7);
    return *offset <= record->size;
}

bool find_section(const struct record *record, uint16_t type, uint16_t index,
                  struct section *section)
{
    for (size_t offset = 0; next_section(record, &offset, section);) {
        if (section->type == type && section->index == index)
            return true;
    }
    return false;
}

/* A note tells people something, and why the server is about to close. */
static void print_note(const struct record *record)
{
    struct section section;

    if (find_section(record, 0x108, 0, &section))
        fprintf(stderr, "server: %.*s\n", (int)section.size, (const char *)section.bytes);
}

/* Hands a record to whoever waits for it. The lock is held. */
static void deliver(struct record *record)
{
    struct header header;

    memcpy(&header, record->bytes, sizeof header);
    for (struct waiting *waiting = process.waiting; waiting; waiting = waiting->next) {
        if (header.phase == PHASE_EXIT && header.call_id == waiting->call_id) {
            *waiting->exit = *record;
            memset(record, 0, sizeof *record);
            waiting->done = true;
            return;
        }
    }
    print_note(record);
}

/* Reads one record without the lock, so that others can send. The lock is held before and after. */
static void read_for_all(void)
{
    struct record record = {0};
    bool good;

    process.reading = true;
    pthread_mutex_unlock(&process.lock);
    good = read_record(&record);
    pthread_mutex_lock(&process.lock);
    process.reading = false;
    if (good)
        deliver(&record);
    else
        process.broken = true;
    record_free(&record);
    pthread_cond_broadcast(&process.changed);
}

static void forget(const struct waiting *waiting)
{
    struct waiting **link = &process.waiting;

    while (*link != waiting)
        link = &(*link)->next;
    *link = waiting->next;
}

static void wait_for_exit(struct waiting *waiting)
{
    pthread_mutex_lock(&process.lock);
    while (!waiting->done && !process.broken) {
        if (process.reading)
            pthread_cond_wait(&process.changed, &process.lock);
        else
            read_for_all();
    }
    forget(waiting);
    pthread_mutex_unlock(&process.lock);
}

static bool send_enter(struct record *enter)
{
    uint32_t size = (uint32_t)enter->size;
    bool good;

    memcpy(enter->bytes + offsetof(struct header, record_size), &size, sizeof size);
    pthread_mutex_lock(&process.write_lock);
    good = write_all(enter->bytes, enter->size);
    pthread_mutex_unlock(&process.write_lock);
    return good;
}

uint32_t transport_call(struct record *enter, struct record *exit)
{
    struct waiting waiting = {.exit = exit};
    struct header header;

    memset(exit, 0, sizeof *exit);
    memcpy(&waiting.call_id, enter->bytes + offsetof(struct header, call_id), 8);
    pthread_mutex_lock(&process.lock);
    waiting.next = process.waiting;
    process.waiting = &waiting;
    pthread_mutex_unlock(&process.lock);

    /* A write can fail because the server closed after a note, which is worth reading. */
    send_enter(enter);
    wait_for_exit(&waiting);
    if (!waiting.done)
        return NO_ANSWER;
    memcpy(&header, exit->bytes, sizeof header);
    return header.result;
}

uint32_t kernel_call(struct kernel_call *call, const char *name, const uint32_t *handles,
                     uint32_t handle_count)
{
    struct record enter = {0}, exit;
    struct section section;
    uint32_t result;

    enter_begin(&enter, KIND_KERNEL_CALL, call->handle);
    enter_add(&enter, SECTION_KERNEL_CALL, 0, 0, call, sizeof *call);
    if (name)
        enter_add(&enter, SECTION_OBJECT_NAME, 0, 0, name, (uint32_t)strlen(name));
    if (handle_count)
        enter_add(&enter, SECTION_HANDLES, 0, 0, handles, 4 * handle_count);
    result = transport_call(&enter, &exit);
    record_free(&enter);
    memset(call, 0, sizeof *call);
    if (find_section(&exit, SECTION_KERNEL_CALL, 0, &section) && section.size >= sizeof *call)
        memcpy(call, section.bytes, sizeof *call);
    record_free(&exit);
    return result;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);

    if (descriptor < 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

/* "127.0.0.1:18253" */
static bool parse_tcp(const char *text, struct sockaddr_in *address)
{
    const char *colon = strchr(text, ':');
    char host[INET_ADDRSTRLEN], *end;
    unsigned long port;

    if (!colon || colon - text >= (ptrdiff_t)sizeof host)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    port = strtoul(colon + 1, &end, 10);
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)port);
    return port > 0 && port <= UINT16_MAX && *end == '\0' &&
           inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static int connect_tcp(const struct sockaddr_in *address)
{
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;

    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(descriptor, (const struct sockaddr *)address, sizeof *address) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

static int connect_to(const char *address)
{
    struct sockaddr_in tcp = {0};

    if (!strncmp(address, "unix:", 5))
        return connect_unix(address + 5);
    if (!strncmp(address, "tcp:", 4) && parse_tcp(address + 4, &tcp))
        return connect_tcp(&tcp);
    errno = EINVAL;
    return -1;
}

bool transport_open(const char *address, uint8_t platform, const char *name, uint64_t program_id)
{
    struct kernel_call hello = {.call = CALL_HELLO};
    uint32_t result;

    process.socket = connect_to(address);
    if (process.socket < 0) {
        perror(address);
        return false;
    }
    process.platform = platform;
    process.program_id = program_id;
    process.pid = UNKNOWN;
    process.broken = false;
    result = kernel_call(&hello, name, NULL, 0);
    process.pid = hello.value;
    if (result)
        fprintf(stderr, "%s: Hello was refused with 0x%X\n", address, result);
    return result == 0;
}

void transport_close(void)
{
    struct kernel_call leave = {.call = CALL_EXIT};

    kernel_call(&leave, NULL, NULL, 0);
    close(process.socket);
    process.socket = -1;
}

/* From the top down: the heap of a program that lies low itself grows up from below. */
void *console_memory(size_t size)
{
    for (uintptr_t address = 0x7C000000; address > 0x10000000; address -= 0x1000000) {
        void *hint = (void *)address; /* NOLINT(performance-no-int-to-ptr) */
        void *memory = mmap(hint, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

        if (memory == hint)
            return memory;
        if (memory != MAP_FAILED)
            munmap(memory, size);
    }
    fprintf(stderr, "there is no free memory below 2^31\n");
    abort();
}
