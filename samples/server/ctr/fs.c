/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "fs:USER": archives, all of them views of the sandbox, and what opens sessions to files and
 * directories. Parameters as libctru's fs.c writes them, replies after Azahar's fs_user.cpp.
 */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FREE_BYTES   (64u << 20)
#define MAX_ARCHIVES 256
#define SECTOR_SIZE  0x200u
#define CLUSTER_SIZE 0x8000u
#define MAX_ENTRIES  256u

struct ctr_fs {
    GHashTable *archives; /**< Handle -> archive id. */
    uint64_t next_archive;
    uint32_t priority;
    uint32_t archive_priority;
};

struct ctr_fs *ctr_fs_new(void)
{
    struct ctr_fs *fs = g_new0(struct ctr_fs, 1);

    fs->archives = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    fs->next_archive = 1;
    return fs;
}

void ctr_fs_free(struct ctr_fs *fs)
{
    g_hash_table_unref(fs->archives);
    g_free(fs);
}

static struct sandbox *files(const struct ctr_service_call *call)
{
    return server_get_sandbox(call->kernel->server);
}

static bool has_archive(const struct ctr_service_call *call, size_t n)
{
    gint64 handle = (gint64)ctr_word_pair(call, n);

    return g_hash_table_contains(call->kernel->fs->archives, &handle);
}

static void initialize(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

/* SelfNCCH 3, save data 4, ext save data 6, SDMC 9: a choice of those that programs use. */
static bool is_known_archive(uint32_t id)
{
    return id == 3 || id == 4 || id == 6 || id == 9;
}

static void open_archive(struct ctr_service_call *call)
{
    struct ctr_fs *fs = call->kernel->fs;
    uint64_t handle;

    if (!is_known_archive(ctr_word(call, 1)) || g_hash_table_size(fs->archives) >= MAX_ARCHIVES) {
        ctr_reply_pair(call, CTR_FS_NOT_FOUND, 0);
        return;
    }
    handle = fs->next_archive++;
    g_hash_table_insert(fs->archives, g_memdup2(&handle, sizeof handle),
                        GUINT_TO_POINTER(ctr_word(call, 1)));
    ctr_reply_pair(call, 0, handle);
}

static void close_archive(struct ctr_service_call *call)
{
    gint64 handle = (gint64)ctr_word_pair(call, 1);
    bool was_open = g_hash_table_remove(call->kernel->fs->archives, &handle);

    ctr_reply_result(call, was_open ? 0 : CTR_FS_INVALID_ARCHIVE);
}

static int host_flags(uint32_t flags)
{
    if (!(flags & CTR_OPEN_WRITE))
        return O_RDONLY;
    return flags & CTR_OPEN_READ ? O_RDWR : O_WRONLY;
}

static uint32_t check_flags(uint32_t flags)
{
    if (flags & ~(uint32_t)(CTR_OPEN_READ | CTR_OPEN_WRITE | CTR_OPEN_CREATE))
        return CTR_FS_UNSUPPORTED_OPEN_FLAGS;
    return flags & (CTR_OPEN_READ | CTR_OPEN_WRITE) ? 0 : CTR_FS_INVALID_OPEN_FLAGS;
}

/** Replies with a session to the file, or why not. */
static void open_path(struct ctr_service_call *call, const char *path, uint32_t flags)
{
    uint32_t result = path ? check_flags(flags) : CTR_FS_INVALID_PATH;
    int descriptor;

    if (result) {
        ctr_reply_result(call, result);
        return;
    }
    descriptor = sandbox_open_file(files(call), path, host_flags(flags));
    if (descriptor == -ENOENT && (flags & CTR_OPEN_CREATE)) {
        int created = sandbox_create_file(files(call), path, 0);

        descriptor = created ? created : sandbox_open_file(files(call), path, host_flags(flags));
    }
    if (descriptor < 0)
        ctr_reply_result(call, ctr_fs_result(descriptor));
    else
        ctr_reply_handle(call, CTRIPC_MOVE_HANDLES, ctr_file_open(call->kernel, descriptor, flags));
}

static void open_file(struct ctr_service_call *call)
{
    g_autofree char *path = ctr_fs_path(call, ctr_word(call, 4), ctr_word(call, 5), 8);

    if (has_archive(call, 2))
        open_path(call, path, ctr_word(call, 6));
    else
        ctr_reply_result(call, CTR_FS_INVALID_ARCHIVE);
}

/* Words: transaction, archive id, its path's type and size, the path's type and size, flags,
 * attributes; static buffers of the archive's path and the path. */
static void open_file_directly(struct ctr_service_call *call)
{
    g_autofree char *path = ctr_fs_path(call, ctr_word(call, 5), ctr_word(call, 6), 11);

    if (is_known_archive(ctr_word(call, 2)))
        open_path(call, path, ctr_word(call, 7));
    else
        ctr_reply_result(call, CTR_FS_NOT_FOUND);
}

/** A path below the archive at words 2 and 3, type at word 4; its descriptor is word n. */
static char *path_of(const struct ctr_service_call *call, size_t n, uint32_t *result)
{
    char *path = ctr_fs_path(call, ctr_word(call, 4), ctr_word(call, 5), n);

    *result = path ? 0 : CTR_FS_INVALID_PATH;
    if (!has_archive(call, 2))
        *result = CTR_FS_INVALID_ARCHIVE;
    return path;
}

static void delete_file(struct ctr_service_call *call)
{
    uint32_t result;
    g_autofree char *path = path_of(call, 6, &result);

    ctr_reply_result(call, result ? result : ctr_fs_result(sandbox_delete_file(files(call), path)));
}

static void delete_directory(struct ctr_service_call *call)
{
    bool recursively = call->message.command_id == 0x0807;
    uint32_t result;
    g_autofree char *path = path_of(call, 6, &result);

    if (!result)
        result = ctr_fs_result(sandbox_delete_directory(files(call), path, recursively));
    ctr_reply_result(call, result);
}

static void create_file(struct ctr_service_call *call)
{
    uint32_t result;
    g_autofree char *path = path_of(call, 9, &result);

    if (!result)
        result = ctr_fs_result(sandbox_create_file(files(call), path, ctr_word_pair(call, 7)));
    ctr_reply_result(call, result);
}

static void create_directory(struct ctr_service_call *call)
{
    uint32_t result;
    g_autofree char *path = path_of(call, 7, &result);

    if (!result)
        result = ctr_fs_result(sandbox_create_directory(files(call), path));
    ctr_reply_result(call, result);
}

/* Files and directories: words 1 transaction, 2-3 and 6-7 archives, then each path's type, size. */
static void rename_entry(struct ctr_service_call *call)
{
    g_autofree char *from = ctr_fs_path(call, ctr_word(call, 4), ctr_word(call, 5), 10);
    g_autofree char *to = ctr_fs_path(call, ctr_word(call, 8), ctr_word(call, 9), 12);
    uint32_t result = from && to ? 0 : CTR_FS_INVALID_PATH;

    if (!has_archive(call, 2) || !has_archive(call, 6))
        result = CTR_FS_INVALID_ARCHIVE;
    if (!result)
        result = ctr_fs_result(sandbox_rename(files(call), from, to));
    ctr_reply_result(call, result);
}

static void open_directory(struct ctr_service_call *call)
{
    g_autofree char *path = ctr_fs_path(call, ctr_word(call, 3), ctr_word(call, 4), 5);
    GPtrArray *entries = NULL;
    uint32_t result = path ? 0 : CTR_FS_INVALID_PATH;

    if (!has_archive(call, 1))
        result = CTR_FS_INVALID_ARCHIVE;
    if (!result)
        result = ctr_fs_result(sandbox_list(files(call), path, &entries));
    if (result)
        ctr_reply_result(call, result);
    else
        ctr_reply_handle(call, CTRIPC_MOVE_HANDLES, ctr_directory_open(call->kernel, entries));
}

static void get_free_bytes(struct ctr_service_call *call)
{
    bool is_open = has_archive(call, 1);

    ctr_reply_pair(call, is_open ? 0 : CTR_FS_INVALID_ARCHIVE, is_open ? FREE_BYTES : 0);
}

static void is_sdmc_there(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, 1);
}

static void set_priority(struct ctr_service_call *call)
{
    call->kernel->fs->priority = ctr_word(call, 1);
    ctr_reply_result(call, 0);
}

static void get_priority(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, call->kernel->fs->priority);
}

static void succeed(struct ctr_service_call *call)
{
    ctr_reply_result(call, 0);
}

/* Nothing inserted, no error, no media, no secure value, … */
static void answer_zero(struct ctr_service_call *call)
{
    ctr_reply_word(call, 0, 0);
}

/* FS_ArchiveResource: sector size, cluster size, clusters, free ones. */
static void get_archive_resource(struct ctr_service_call *call)
{
    ctr_reply(call, 5, 0, 0);
    ctr_push(call, SECTOR_SIZE);
    ctr_push(call, CLUSTER_SIZE);
    ctr_push(call, 2 * FREE_BYTES / CLUSTER_SIZE);
    ctr_push(call, FREE_BYTES / CLUSTER_SIZE);
}

/* Card ids and logs: zeros in the buffer that came with the request. */
static void clear_buffer(struct ctr_service_call *call)
{
    GByteArray *bytes = ctr_argument(call, 2, IPCTAP_MAPPED);

    if (bytes)
        memset(bytes->data, 0, bytes->len);
    ctr_reply(call, 1, 2, 0);
    ctr_push_mapped(call, 2);
}

/* Control and ControlArchive: an input and an output buffer, both given back as they came. */
static void control(struct ctr_service_call *call)
{
    size_t first = call->message.command_id == 0x080D ? 6 : 4;

    ctr_reply(call, 1, 4, 0);
    ctr_push_mapped(call, first);
    ctr_push_mapped(call, first + 2);
}

/* FSUSER_GetFormatInfo: size, directories, files, whether data is kept twice. */
static void get_format_info(struct ctr_service_call *call)
{
    ctr_reply(call, 5, 0, 0);
    ctr_push(call, FREE_BYTES);
    ctr_push(call, MAX_ENTRIES);
    ctr_push(call, MAX_ENTRIES);
    ctr_push(call, 0);
}

/* Existence and value: 3 words. */
static void get_secure_value(struct ctr_service_call *call)
{
    ctr_reply(call, 4, 0, 0);
    for (unsigned int i = 0; i < 3; i++)
        ctr_push(call, 0);
}

static void set_archive_priority(struct ctr_service_call *call)
{
    bool is_open = has_archive(call, 1);

    if (is_open)
        call->kernel->fs->archive_priority = ctr_word(call, 3);
    ctr_reply_result(call, is_open ? 0 : CTR_FS_INVALID_ARCHIVE);
}

static void get_archive_priority(struct ctr_service_call *call)
{
    bool is_open = has_archive(call, 1);

    ctr_reply_word(call, is_open ? 0 : CTR_FS_INVALID_ARCHIVE,
                   is_open ? call->kernel->fs->archive_priority : 0);
}

static const struct ctr_command commands[] = {
    {0x0801, 0, 2, initialize},
    {0x0802, 7, 2, open_file},
    {0x0803, 8, 4, open_file_directly},
    {0x0804, 5, 2, delete_file},
    {0x0805, 9, 4, rename_entry},
    {0x0806, 5, 2, delete_directory},
    {0x0807, 5, 2, delete_directory},
    {0x0808, 8, 2, create_file},
    {0x0809, 6, 2, create_directory},
    {0x080A, 9, 4, rename_entry},
    {0x080B, 4, 2, open_directory},
    {0x080C, 3, 2, open_archive},
    {0x080E, 2, 0, close_archive},
    {0x0812, 2, 0, get_free_bytes},
    {0x0817, 0, 0, is_sdmc_there},
    {0x0818, 0, 0, is_sdmc_there},
    {0x0861, 1, 2, initialize},
    {0x0862, 1, 0, set_priority},
    {0x0863, 0, 0, get_priority},
    {0x0401, 3, 4, control},
    {0x080D, 5, 4, control},
    {0x080F, 6, 0, succeed},
    {0x0813, 0, 0, answer_zero},
    {0x0814, 0, 0, get_archive_resource},
    {0x0815, 0, 0, get_archive_resource},
    {0x0816, 0, 0, answer_zero},
    {0x0819, 1, 2, clear_buffer},
    {0x081A, 1, 2, clear_buffer},
    {0x081B, 0, 0, answer_zero},
    {0x081C, 0, 0, answer_zero},
    {0x081D, 1, 2, clear_buffer},
    {0x081E, 1, 2, clear_buffer},
    {0x081F, 0, 0, succeed},
    {0x0820, 0, 0, succeed},
    {0x0821, 0, 0, answer_zero},
    {0x0822, 0, 0, answer_zero},
    {0x0823, 0, 0, answer_zero},
    {0x0824, 0, 0, answer_zero},
    {0x0845, 3, 2, get_format_info},
    {0x0849, 1, 0, get_archive_resource},
    {0x084C, 9, 2, succeed},
    {0x0851, 9, 2, succeed},
    {0x0852, 4, 0, succeed},
    {0x0856, 9, 0, succeed},
    {0x0857, 2, 0, succeed},
    {0x085A, 3, 0, set_archive_priority},
    {0x085B, 2, 0, get_archive_priority},
    {0x0865, 5, 0, succeed},
    {0x0866, 3, 0, get_secure_value},
    {0x0868, 0, 0, answer_zero},
};

const struct ctr_service ctr_fs_service = {
    .name = "fs:USER",
    .host = CTR_HOST_FS,
    .maximum = UINT32_MAX,
    .commands = commands,
    .command_count = G_N_ELEMENTS(commands),
};
