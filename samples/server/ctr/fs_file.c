/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw sessions to files and directories: commands of Azahar's fs/file.cpp and fs/directory.cpp. */
#include "service.h"

#include <unistd.h>

#define ENTRY_SIZE          0x228 /* FS_DirectoryEntry of libctru's fs.h. */
#define NAME_UNITS          0x106
#define SHORT_NAME          0x20C
#define VALID               0x21A
#define ATTRIBUTES          0x21C
#define FILE_SIZE           0x220
#define ATTRIBUTE_DIRECTORY 1

struct file {
    int descriptor; /**< -1 after Close. */
    bool is_part;   /**< A sub file: from `start`, `length` bytes. */
    uint64_t start;
    uint64_t length;
    uint32_t flags;
    uint32_t priority;
};

struct directory {
    GPtrArray *entries;
    guint next;
    uint32_t priority;
};

static const struct ctr_service file_service;
static const struct ctr_service directory_service;

static struct ctr_object *open_session(struct ctr_kernel *kernel, const struct ctr_service *service,
                                       void *data)
{
    uint32_t result;

    return ctr_service_attach(ctr_session_new(kernel, service->name), service, data, &result);
}

struct ctr_object *ctr_file_open(struct ctr_kernel *kernel, int descriptor, uint32_t flags)
{
    struct file *file = g_new0(struct file, 1);

    file->descriptor = descriptor;
    file->flags = flags;
    return open_session(kernel, &file_service, file);
}

struct ctr_object *ctr_directory_open(struct ctr_kernel *kernel, GPtrArray *entries)
{
    struct directory *directory = g_new0(struct directory, 1);

    directory->entries = entries;
    return open_session(kernel, &directory_service, directory);
}

/** Result, a count and the buffer back. */
static void reply_transfer(struct ctr_service_call *call, size_t buffer_word, int64_t count)
{
    ctr_reply(call, 2, 2, ctr_fs_result(count));
    ctr_push(call, count < 0 ? 0 : (uint32_t)count);
    ctr_push_mapped(call, buffer_word);
}

static void reply_transfer_error(struct ctr_service_call *call, size_t buffer_word, uint32_t result)
{
    ctr_reply(call, 2, 2, result);
    ctr_push(call, 0);
    ctr_push_mapped(call, buffer_word);
}

/* How much of a transfer lies in the file; a part has an end of its own. */
static size_t limit(const struct file *file, uint64_t offset, size_t size)
{
    if (!file->is_part)
        return size;
    return offset >= file->length ? 0 : (size_t)MIN(size, file->length - offset);
}

static void read_file(struct ctr_service_call *call)
{
    const struct file *file = call->session->data;
    GByteArray *buffer = ctr_argument(call, 4, IPCTAP_MAPPED);
    uint64_t offset = ctr_word_pair(call, 1);
    size_t size = limit(file, offset, buffer ? MIN(ctr_word(call, 3), buffer->len) : 0);

    if (file->descriptor < 0)
        reply_transfer_error(call, 4, CTR_FS_INVALID_ARCHIVE);
    else if (!(file->flags & CTR_OPEN_READ))
        reply_transfer_error(call, 4, CTR_FS_READ_FLAG);
    else
        reply_transfer(
            call, 4,
            size ? sandbox_read(file->descriptor, file->start + offset, buffer->data, size) : 0);
}

static void write_file(struct ctr_service_call *call)
{
    const struct file *file = call->session->data;
    const GByteArray *buffer = ctr_argument(call, 5, IPCTAP_MAPPED);
    size_t size = buffer ? MIN(ctr_word(call, 3), buffer->len) : 0;

    if (file->descriptor < 0)
        reply_transfer_error(call, 5, CTR_FS_INVALID_ARCHIVE);
    else if (!(file->flags & CTR_OPEN_WRITE))
        reply_transfer_error(call, 5, CTR_FS_INVALID_OPEN_FLAGS);
    else
        reply_transfer(
            call, 5,
            size ? sandbox_write(file->descriptor, ctr_word_pair(call, 1), buffer->data, size) : 0);
}

static void get_size(struct ctr_service_call *call)
{
    const struct file *file = call->session->data;
    int64_t size = file->is_part ? (int64_t)file->length : sandbox_file_size(file->descriptor);

    ctr_reply_pair(call, ctr_fs_result(size), size < 0 ? 0 : (uint64_t)size);
}

static void set_size(struct ctr_service_call *call)
{
    const struct file *file = call->session->data;
    bool may_write = file->flags & CTR_OPEN_WRITE;

    ctr_reply_result(call, may_write ? ctr_fs_result(sandbox_set_file_size(file->descriptor,
                                                                           ctr_word_pair(call, 1)))
                                     : CTR_FS_INVALID_OPEN_FLAGS);
}

static void close_descriptor(struct file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}

static void close_file(struct ctr_service_call *call)
{
    close_descriptor(call->session->data);
    ctr_reply_result(call, 0);
}

static void flush(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

static void set_priority(struct ctr_service_call *call)
{
    ((struct file *)call->session->data)->priority = ctr_word(call, 1);
    ctr_reply_result(call, 0);
}

static void get_priority(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, ((const struct file *)call->session->data)->priority);
}

static void get_attributes(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, 0);
}

static void open_link_file(struct ctr_service_call *call)
{
    const struct file *file = call->session->data;
    int descriptor = dup(file->descriptor);

    if (descriptor < 0)
        ctr_reply_result(call, CTR_FS_INVALID_ARCHIVE);
    else
        ctr_reply_handle(call, CTRIPC_MOVE_HANDLES,
                         ctr_file_open(call->kernel, descriptor, file->flags));
}

/* A part of the file, u64 offset and u64 size; it can only be read. */
static void open_sub_file(struct ctr_service_call *call)
{
    const struct file *file = call->session->data;
    uint64_t start = ctr_word_pair(call, 1), length = ctr_word_pair(call, 3);
    int64_t size = sandbox_file_size(file->descriptor);
    struct ctr_object *part;
    struct file *data;
    int descriptor;

    if (size < 0 || start > (uint64_t)size || length > (uint64_t)size - start) {
        ctr_reply_result(call, size < 0 ? CTR_FS_INVALID_ARCHIVE : CTR_FS_OUT_OF_FILE);
        return;
    }
    descriptor = dup(file->descriptor);
    part = descriptor < 0 ? NULL : ctr_file_open(call->kernel, descriptor, CTR_OPEN_READ);
    if (part) {
        data = part->session->data;
        data->is_part = true;
        data->start = file->start + start;
        data->length = length;
    }
    ctr_reply_handle(call, CTRIPC_MOVE_HANDLES, part);
}

/* Control: both buffers come back as they were. */
static void control(struct ctr_service_call *call)
{
    ctr_reply(call, 1, 4, 0);
    ctr_push_mapped(call, 4);
    ctr_push_mapped(call, 6);
}

static void free_file(struct ctr_session *session)
{
    close_descriptor(session->data);
    g_free(session->data);
    session->data = NULL;
}

static const struct ctr_command file_commands[] = {
    {0x0802, 3, 2, read_file},     {0x0803, 4, 2, write_file},     {0x0804, 0, 0, get_size},
    {0x0805, 2, 0, set_size},      {0x0806, 0, 0, get_attributes}, {0x0807, 1, 0, flush},
    {0x0808, 0, 0, close_file},    {0x0809, 0, 0, flush},          {0x080A, 1, 0, set_priority},
    {0x080B, 0, 0, get_priority},  {0x080C, 0, 0, open_link_file}, {0x0401, 3, 4, control},
    {0x0801, 4, 0, open_sub_file},
};

static const struct ctr_service file_service = {
    .name = "File",
    .host = CTR_HOST_FS,
    .commands = file_commands,
    .command_count = G_N_ELEMENTS(file_commands),
    .close = free_file,
};

/** The base name or extension in capitals, padded with spaces, as in 8.3 names. */
static void put_short(uint8_t *bytes, size_t room, const char *text, size_t length)
{
    for (size_t i = 0; i < room; i++)
        bytes[i] = i < length ? (uint8_t)g_ascii_toupper(text[i]) : ' ';
}

static void put_entry(uint8_t *bytes, const struct sandbox_entry *entry)
{
    const char *extension = strrchr(entry->name, '.');
    size_t base = extension ? (size_t)(extension - entry->name) : strlen(entry->name);
    g_autofree gunichar2 *name = g_utf8_to_utf16(entry->name, -1, NULL, NULL, NULL);

    memset(bytes, 0, ENTRY_SIZE);
    for (size_t i = 0; name && name[i] && i < NAME_UNITS - 1; i++)
        ipcshark_store_u16(bytes + 2 * i, name[i]);
    put_short(bytes + SHORT_NAME, 8, entry->name, base);
    put_short(bytes + SHORT_NAME + 10, 3, extension ? extension + 1 : "",
              extension ? strlen(extension + 1) : 0);
    bytes[VALID] = 1;
    ipcshark_store_u32(bytes + ATTRIBUTES, entry->is_directory ? ATTRIBUTE_DIRECTORY : 0);
    ipcshark_store_u64(bytes + FILE_SIZE, entry->size);
}

static void read_directory(struct ctr_service_call *call)
{
    struct directory *directory = call->session->data;
    GByteArray *buffer = ctr_argument(call, 2, IPCTAP_MAPPED);
    uint32_t count = buffer ? MIN(ctr_word(call, 1), buffer->len / ENTRY_SIZE) : 0;
    uint32_t given = 0;

    while (given < count && directory->next < directory->entries->len)
        put_entry(buffer->data + given++ * ENTRY_SIZE,
                  directory->entries->pdata[directory->next++]);
    reply_transfer(call, 2, given);
}

static void free_directory(struct ctr_session *session)
{
    struct directory *directory = session->data;

    g_ptr_array_unref(directory->entries);
    g_free(directory);
    session->data = NULL;
}

static void close_directory(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

static void set_directory_priority(struct ctr_service_call *call)
{
    ((struct directory *)call->session->data)->priority = ctr_word(call, 1);
    ctr_reply_result(call, 0);
}

static void get_directory_priority(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, ((const struct directory *)call->session->data)->priority);
}

static const struct ctr_command directory_commands[] = {
    {0x0801, 1, 2, read_directory},
    {0x0802, 0, 0, close_directory},
    {0x0803, 1, 0, set_directory_priority},
    {0x0804, 0, 0, get_directory_priority},
    {0x0401, 3, 4, control},
};

static const struct ctr_service directory_service = {
    .name = "Directory",
    .host = CTR_HOST_FS,
    .commands = directory_commands,
    .command_count = G_N_ELEMENTS(directory_commands),
    .close = free_directory,
};
