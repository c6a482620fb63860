/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IFileSystem over the sandbox. */
#include "services.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 0x301
#define IN_PATH                                                                                    \
    {                                                                                              \
        SF_IN | SF_POINTER | SF_FIXED_SIZE, PATH_SIZE                                              \
    }
#define ENTRY_DIRECTORY  0
#define ENTRY_FILE       1
#define MODE_READ        1u
#define MODE_WRITE       2u
#define MODE_APPEND      4u
#define FILTER_DIRECTORY 1u
#define FILTER_FILE      2u

#define ATTRIBUTE_MAXIMA 0x28

#define FS_UNSUPPORTED_OPERATION   HORIZON_RESULT(2, 6300)
#define FS_PATH_NOT_FOUND          HORIZON_RESULT(2, 1)
#define FS_PATH_ALREADY_EXISTS     HORIZON_RESULT(2, 2)
#define FS_TARGET_LOCKED           HORIZON_RESULT(2, 7)
#define FS_DIRECTORY_NOT_EMPTY     HORIZON_RESULT(2, 8)
#define FS_USABLE_SPACE_NOT_ENOUGH HORIZON_RESULT(2, 30)
#define FS_UNEXPECTED              HORIZON_RESULT(2, 5000)
#define FS_TOO_LONG_PATH           HORIZON_RESULT(2, 6003)
#define FS_INVALID_PATH_FORMAT     HORIZON_RESULT(2, 6005)
#define FS_DIRECTORY_UNOBTAINABLE  HORIZON_RESULT(2, 6006)
#define FS_INVALID_SIZE            HORIZON_RESULT(2, 6062)
#define FS_INVALID_OPEN_MODE       HORIZON_RESULT(2, 6072)

uint32_t fsp_result(int error)
{
    switch (-error) {
    case 0:
        return 0;
    case ENOENT:
    case ENOTDIR:
    case EISDIR: /* the wrong kind of entry counts as none */
    case EACCES:
    case ELOOP:
        return FS_PATH_NOT_FOUND;
    case EEXIST:
        return FS_PATH_ALREADY_EXISTS;
    case ENOTEMPTY:
        return FS_DIRECTORY_NOT_EMPTY;
    case EBUSY:
        return FS_TARGET_LOCKED;
    case EFBIG:
    case ENOSPC:
    case EDQUOT:
        return FS_USABLE_SPACE_NOT_ENOUGH;
    case ENAMETOOLONG:
        return FS_TOO_LONG_PATH;
    case EINVAL:
        return FS_DIRECTORY_UNOBTAINABLE;
    default:
        return FS_UNEXPECTED;
    }
}

/* "A path starts with / and ends with NUL within its buffer." */
static uint32_t read_path(const struct sf_buffer *buffer, char path[PATH_SIZE])
{
    size_t size = strnlen((const char *)(buffer->size ? buffer->bytes : (const uint8_t *)""),
                          MIN(buffer->size, PATH_SIZE));

    if (size == PATH_SIZE)
        return FS_TOO_LONG_PATH;
    if (size == 0 || buffer->bytes[0] != '/')
        return FS_INVALID_PATH_FORMAT;
    memcpy(path, buffer->bytes, size);
    path[size] = '\0';
    return 0;
}

static struct sandbox *sandbox_of(struct sf_context *context)
{
    return server_get_sandbox(context->kernel->server);
}

/* Runs a function of the sandbox on the command's path. */
static uint32_t on_path(struct sf_context *context,
                        int (*function)(struct sandbox *sandbox, const char *path))
{
    char path[PATH_SIZE];
    uint32_t result = read_path(&context->buffer[0], path);

    return result ? result : fsp_result(function(sandbox_of(context), path));
}

static uint32_t create_file(struct sf_context *context)
{
    uint64_t size = ipcshark_load_u64(context->in + 8);
    char path[PATH_SIZE];
    uint32_t result = read_path(&context->buffer[0], path);

    if (result == 0 && (int64_t)size < 0)
        result = FS_INVALID_SIZE;
    return result ? result : fsp_result(sandbox_create_file(sandbox_of(context), path, size));
}

static uint32_t delete_file(struct sf_context *context)
{
    return on_path(context, sandbox_delete_file);
}

static uint32_t create_directory(struct sf_context *context)
{
    return on_path(context, sandbox_create_directory);
}

static int delete_empty(struct sandbox *sandbox, const char *path)
{
    return sandbox_delete_directory(sandbox, path, false);
}

static int delete_tree(struct sandbox *sandbox, const char *path)
{
    return sandbox_delete_directory(sandbox, path, true);
}

static uint32_t delete_directory(struct sf_context *context)
{
    return on_path(context, delete_empty);
}

static uint32_t delete_directory_recursively(struct sf_context *context)
{
    return on_path(context, delete_tree);
}

static uint32_t rename_entry(struct sf_context *context, bool wants_directory)
{
    char from[PATH_SIZE], to[PATH_SIZE];
    bool is_directory;
    uint32_t result = read_path(&context->buffer[0], from);

    if (result == 0)
        result = read_path(&context->buffer[1], to);
    if (result == 0)
        result = fsp_result(sandbox_stat(sandbox_of(context), from, &is_directory, NULL));
    if (result == 0 && is_directory != wants_directory)
        result = FS_PATH_NOT_FOUND;
    return result ? result : fsp_result(sandbox_rename(sandbox_of(context), from, to));
}

static uint32_t rename_file(struct sf_context *context)
{
    return rename_entry(context, false);
}

static uint32_t rename_directory(struct sf_context *context)
{
    return rename_entry(context, true);
}

static uint32_t get_entry_type(struct sf_context *context)
{
    char path[PATH_SIZE];
    bool is_directory = false;
    uint32_t result = read_path(&context->buffer[0], path);

    if (result == 0)
        result = fsp_result(sandbox_stat(sandbox_of(context), path, &is_directory, NULL));
    ipcshark_store_u32(context->out, is_directory ? ENTRY_DIRECTORY : ENTRY_FILE);
    return result;
}

static uint32_t open_file(struct sf_context *context)
{
    uint32_t mode = ipcshark_load_u32(context->in);
    char path[PATH_SIZE];
    uint32_t result = read_path(&context->buffer[0], path);
    int descriptor;

    if (result == 0 &&
        ((mode & (MODE_READ | MODE_WRITE)) == 0 || mode & ~(MODE_READ | MODE_WRITE | MODE_APPEND)))
        result = FS_INVALID_OPEN_MODE;
    if (result != 0)
        return result;
    descriptor =
        sandbox_open_file(sandbox_of(context), path, mode & MODE_WRITE ? O_RDWR : O_RDONLY);
    if (descriptor < 0)
        return fsp_result(descriptor);
    context->out_object[0] = fsp_file_new(context->kernel, descriptor, mode);
    return 0;
}

static uint32_t open_directory(struct sf_context *context)
{
    uint32_t filter = ipcshark_load_u32(context->in);
    GPtrArray *entries = NULL;
    char path[PATH_SIZE];
    uint32_t result = read_path(&context->buffer[0], path);

    if (result == 0 && (filter & (FILTER_DIRECTORY | FILTER_FILE)) == 0)
        result = FS_INVALID_OPEN_MODE;
    if (result == 0)
        result = fsp_result(sandbox_list(sandbox_of(context), path, &entries));
    if (result == 0)
        context->out_object[0] = fsp_directory_new(context->kernel, entries, filter);
    return result;
}

static uint32_t commit(struct sf_context *context)
{
    (void)context;
    return 0;
}

/* A made-up card of 1 GiB, half of it free: the host's own sizes are nobody's business. */
static uint32_t get_space(struct sf_context *context, uint64_t space)
{
    char path[PATH_SIZE];

    ipcshark_store_u64(context->out, space);
    return read_path(&context->buffer[0], path);
}

static uint32_t get_free_space(struct sf_context *context)
{
    return get_space(context, 512u << 20);
}

static uint32_t get_total_space(struct sf_context *context)
{
    return get_space(context, 1024u << 20);
}

static uint32_t clean_directory_recursively(struct sf_context *context)
{
    return on_path(context, sandbox_clean_directory);
}

/* {created, modified, accessed, u8 is local time}: a host knows when a file was changed. */
static uint32_t get_file_time_stamp(struct sf_context *context)
{
    char path[PATH_SIZE];
    int64_t modified = 0;
    uint32_t result = read_path(&context->buffer[0], path);

    if (result == 0)
        result = fsp_result(sandbox_modified(sandbox_of(context), path, &modified));
    for (unsigned int i = 0; result == 0 && i < 3; i++)
        ipcshark_store_u64(context->out + 8 * i, (uint64_t)modified);
    return result;
}

/* An SD card has no concatenation files here, nor signed partitions. */
static uint32_t query_entry(struct sf_context *context)
{
    char path[PATH_SIZE];
    uint32_t result = read_path(&context->buffer[0], path);

    return result ? result : FS_UNSUPPORTED_OPERATION;
}

/* FileSystemAttribute, 0xC0 bytes: which of the maxima are known, and those maxima. */
static uint32_t get_attribute(struct sf_context *context)
{
    static const unsigned int known[] = {0, 1, 2, 3, 6, 7};

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        context->out[known[i]] = 1;
        ipcshark_store_u32(context->out + ATTRIBUTE_MAXIMA + 4 * known[i], PATH_SIZE - 1);
    }
    return 0;
}

static const struct sf_command commands[] = {
    {.id = 0, .name = "CreateFile", .run = create_file, .in_size = 0x10, .buffer = {IN_PATH}},
    {.id = 1, .name = "DeleteFile", .run = delete_file, .buffer = {IN_PATH}},
    {.id = 2, .name = "CreateDirectory", .run = create_directory, .buffer = {IN_PATH}},
    {.id = 3, .name = "DeleteDirectory", .run = delete_directory, .buffer = {IN_PATH}},
    {.id = 4,
     .name = "DeleteDirectoryRecursively",
     .run = delete_directory_recursively,
     .buffer = {IN_PATH}},
    {.id = 5, .name = "RenameFile", .run = rename_file, .buffer = {IN_PATH, IN_PATH}},
    {.id = 6, .name = "RenameDirectory", .run = rename_directory, .buffer = {IN_PATH, IN_PATH}},
    {.id = 7, .name = "GetEntryType", .run = get_entry_type, .out_size = 4, .buffer = {IN_PATH}},
    {.id = 8,
     .name = "OpenFile",
     .run = open_file,
     .in_size = 4,
     .out_objects = 1,
     .buffer = {IN_PATH}},
    {.id = 9,
     .name = "OpenDirectory",
     .run = open_directory,
     .in_size = 4,
     .out_objects = 1,
     .buffer = {IN_PATH}},
    {.id = 10, .name = "Commit", .run = commit},
    {.id = 11,
     .name = "GetFreeSpaceSize",
     .run = get_free_space,
     .out_size = 8,
     .buffer = {IN_PATH}},
    {.id = 12,
     .name = "GetTotalSpaceSize",
     .run = get_total_space,
     .out_size = 8,
     .buffer = {IN_PATH}},
    {.id = 13,
     .name = "CleanDirectoryRecursively",
     .run = clean_directory_recursively,
     .since = HORIZON_VERSION(3, 0, 0),
     .buffer = {IN_PATH}},
    {.id = 14,
     .name = "GetFileTimeStampRaw",
     .run = get_file_time_stamp,
     .out_size = 0x20,
     .since = HORIZON_VERSION(3, 0, 0),
     .buffer = {IN_PATH}},
    {.id = 15,
     .name = "QueryEntry",
     .run = query_entry,
     .in_size = 4,
     .since = HORIZON_VERSION(4, 0, 0),
     .buffer = {IN_PATH,
                {SF_IN | SF_MAP_ALIAS | SF_NON_SECURE, 0},
                {SF_OUT | SF_MAP_ALIAS | SF_NON_SECURE, 0}}},
    {.id = 16,
     .name = "GetFileSystemAttribute",
     .run = get_attribute,
     .out_size = 0xC0,
     .since = HORIZON_VERSION(15, 0, 0)},
};

static const struct sf_interface interface = {.name = "nn::fssrv::sf::IFileSystem",
                                              .commands = commands,
                                              .command_count = G_N_ELEMENTS(commands)};

struct sf_object *fsp_file_system_new(struct horizon_kernel *kernel)
{
    return sf_object_new(kernel, &interface, NULL);
}
