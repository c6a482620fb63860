/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IFile and IDirectory. */
#include "services.h"

#include <string.h>
#include <unistd.h>

#define MODE_READ   1u
#define MODE_WRITE  2u
#define MODE_APPEND 4u

#define OPERATION_INVALIDATE_CACHE 2u
#define OPERATION_QUERY_RANGE      3u

#define FS_OUT_OF_RANGE          HORIZON_RESULT(2, 3005)
#define FS_UNSUPPORTED_OPERATION HORIZON_RESULT(2, 6300)
#define FS_INVALID_OFFSET        HORIZON_RESULT(2, 6061)
#define FS_INVALID_SIZE          HORIZON_RESULT(2, 6062)
#define FS_NEEDS_ALLOW_APPEND    HORIZON_RESULT(2, 6201)
#define FS_READ_NOT_PERMITTED    HORIZON_RESULT(2, 6202)
#define FS_WRITE_NOT_PERMITTED   HORIZON_RESULT(2, 6203)

struct file {
    int descriptor;
    uint32_t mode;
};

struct range {
    uint64_t offset;
    uint64_t size;
};

/* Arguments of Read and Write: u32 option, s64 offset, s64 size. */
static uint32_t read_range(const struct sf_context *context, struct range *range)
{
    range->offset = ipcshark_load_u64(context->in + 8);
    range->size = ipcshark_load_u64(context->in + 16);
    if ((int64_t)range->offset < 0)
        return FS_INVALID_OFFSET;
    if ((int64_t)range->size < 0 || range->size > context->buffer[0].size)
        return FS_INVALID_SIZE;
    return 0;
}

static uint32_t read_file(struct sf_context *context)
{
    const struct file *file = context->object->data;
    struct range range;
    uint32_t result = read_range(context, &range);
    int64_t size;

    if (result == 0 && !(file->mode & MODE_READ))
        result = FS_READ_NOT_PERMITTED;
    if (result == 0 && (int64_t)range.offset > sandbox_file_size(file->descriptor))
        result = FS_OUT_OF_RANGE;
    if (result != 0)
        return result;
    size = sandbox_read(file->descriptor, range.offset, context->buffer[0].bytes, range.size);
    if (size < 0)
        return fsp_result((int)size);
    sf_buffer_wrote(&context->buffer[0], (size_t)size);
    ipcshark_store_u64(context->out, (uint64_t)size);
    return 0;
}

static uint32_t write_file(struct sf_context *context)
{
    const struct file *file = context->object->data;
    struct range range;
    uint32_t result = read_range(context, &range);
    int64_t file_size = sandbox_file_size(file->descriptor), size;

    if (result == 0 && !(file->mode & MODE_WRITE))
        result = FS_WRITE_NOT_PERMITTED;
    if (result == 0 && !(file->mode & MODE_APPEND) &&
        range.offset + range.size > (uint64_t)file_size)
        result = FS_NEEDS_ALLOW_APPEND;
    if (result != 0)
        return result;
    size = sandbox_write(file->descriptor, range.offset, context->buffer[0].bytes, range.size);
    return fsp_result(size < 0 ? (int)size : 0);
}

static uint32_t flush(struct sf_context *context)
{
    (void)context;
    return 0;
}

static uint32_t set_size(struct sf_context *context)
{
    const struct file *file = context->object->data;
    uint64_t size = ipcshark_load_u64(context->in);

    if (!(file->mode & MODE_WRITE))
        return FS_WRITE_NOT_PERMITTED;
    if ((int64_t)size < 0)
        return FS_INVALID_SIZE;
    return fsp_result(sandbox_set_file_size(file->descriptor, size));
}

static uint32_t get_size(struct sf_context *context)
{
    const struct file *file = context->object->data;
    int64_t size = sandbox_file_size(file->descriptor);

    ipcshark_store_u64(context->out, (uint64_t)size);
    return fsp_result(size < 0 ? (int)size : 0);
}

/* FileInterfaceAdapter::OperateRange: "the query's result is zeros unless it is asked for". */
static uint32_t operate_range(struct sf_context *context)
{
    uint32_t operation = ipcshark_load_u32(context->in);

    if ((int64_t)ipcshark_load_u64(context->in + 8) < 0)
        return FS_INVALID_OFFSET;
    if ((int64_t)ipcshark_load_u64(context->in + 16) < 0)
        return FS_INVALID_SIZE;
    return operation == OPERATION_QUERY_RANGE || operation == OPERATION_INVALIDATE_CACHE
               ? 0
               : FS_UNSUPPORTED_OPERATION;
}

static const struct sf_command file_commands[] = {
    {.id = 0,
     .name = "Read",
     .run = read_file,
     .in_size = 0x18,
     .out_size = 8,
     .buffer = {{SF_OUT | SF_MAP_ALIAS | SF_NON_SECURE, 0}}},
    {.id = 1,
     .name = "Write",
     .run = write_file,
     .in_size = 0x18,
     .buffer = {{SF_IN | SF_MAP_ALIAS | SF_NON_SECURE, 0}}},
    {.id = 2, .name = "Flush", .run = flush},
    {.id = 3, .name = "SetSize", .run = set_size, .in_size = 8},
    {.id = 4, .name = "GetSize", .run = get_size, .out_size = 8},
    {.id = 5,
     .name = "OperateRange",
     .run = operate_range,
     .in_size = 0x18,
     .out_size = 0x40,
     .since = HORIZON_VERSION(4, 0, 0)},
};

static void file_destroy(struct sf_object *object)
{
    struct file *file = object->data;

    close(file->descriptor);
    g_free(file);
}

static const struct sf_interface file_interface = {.name = "nn::fssrv::sf::IFile",
                                                   .commands = file_commands,
                                                   .command_count = G_N_ELEMENTS(file_commands),
                                                   .destroy = file_destroy};

struct sf_object *fsp_file_new(struct horizon_kernel *kernel, int descriptor, uint32_t mode)
{
    struct file *file = g_new0(struct file, 1);

    file->descriptor = descriptor;
    file->mode = mode;
    return sf_object_new(kernel, &file_interface, file);
}

/* One entry as IDirectory::Read gives it. */
#define ENTRY_SIZE       0x310
#define ENTRY_NAME_SIZE  0x301
#define ENTRY_TYPE       0x304
#define ENTRY_FILE_SIZE  0x308
#define FILTER_DIRECTORY 1u
#define FILTER_FILE      2u

struct directory {
    GPtrArray *entries;
    guint next;
};

static void write_entry(uint8_t *bytes, const struct sandbox_entry *entry)
{
    memset(bytes, 0, ENTRY_SIZE);
    g_strlcpy((char *)bytes, entry->name, ENTRY_NAME_SIZE);
    bytes[ENTRY_TYPE] = entry->is_directory ? 0 : 1;
    ipcshark_store_u64(bytes + ENTRY_FILE_SIZE, entry->size);
}

static uint32_t read_directory(struct sf_context *context)
{
    struct directory *directory = context->object->data;
    struct sf_buffer *buffer = &context->buffer[0];
    uint64_t count = 0;

    while (directory->next < directory->entries->len && (count + 1) * ENTRY_SIZE <= buffer->size)
        write_entry(buffer->bytes + count++ * ENTRY_SIZE,
                    directory->entries->pdata[directory->next++]);
    sf_buffer_wrote(buffer, count * ENTRY_SIZE);
    ipcshark_store_u64(context->out, count);
    return 0;
}

static uint32_t get_entry_count(struct sf_context *context)
{
    const struct directory *directory = context->object->data;

    ipcshark_store_u64(context->out, directory->entries->len);
    return 0;
}

static const struct sf_command directory_commands[] = {
    {.id = 0,
     .name = "Read",
     .run = read_directory,
     .out_size = 8,
     .buffer = {{SF_OUT | SF_MAP_ALIAS, 0}}},
    {.id = 1, .name = "GetEntryCount", .run = get_entry_count, .out_size = 8},
};

static void directory_destroy(struct sf_object *object)
{
    struct directory *directory = object->data;

    g_ptr_array_unref(directory->entries);
    g_free(directory);
}

static const struct sf_interface directory_interface = {
    .name = "nn::fssrv::sf::IDirectory",
    .commands = directory_commands,
    .command_count = G_N_ELEMENTS(directory_commands),
    .destroy = directory_destroy};

static bool is_filtered(const struct sandbox_entry *entry, uint32_t filter)
{
    return !(filter & (entry->is_directory ? FILTER_DIRECTORY : FILTER_FILE));
}

struct sf_object *fsp_directory_new(struct horizon_kernel *kernel, GPtrArray *entries,
                                    uint32_t filter)
{
    struct directory *directory = g_new0(struct directory, 1);

    for (guint i = entries->len; i-- > 0;) {
        if (is_filtered(entries->pdata[i], filter))
            g_ptr_array_remove_index(entries, i);
    }
    directory->entries = entries;
    return sf_object_new(kernel, &directory_interface, directory);
}
