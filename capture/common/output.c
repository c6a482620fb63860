/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include "compressor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    char *path;
    int descriptor;
    gboolean is_file;              /**< Regular: can be cut back. */
    GByteArray *plain;             /**< Not compressed yet. */
    struct compressor *compressor; /**< NULL: none. */
    GByteArray *compressed;        /**< Not written yet. */
    guint64 size;                  /**< Bytes written. */
    int failure;                   /**< errno of a write that cannot be tried again. */
};

static gboolean is_full(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

static gboolean fail(struct output *output, int number, GError **error)
{
    GFileError code = is_full(number) ? G_FILE_ERROR_NOSPC : g_file_error_from_errno(number);

    if (!output->is_file || !is_full(number))
        output->failure = number;
    g_set_error(error, G_FILE_ERROR, (gint)code, "cannot write %s: %s", output->path,
                g_strerror(number));
    return FALSE;
}

struct output *output_open(const char *path, enum output_compression compression, GError **error)
{
    struct output *output = g_new0(struct output, 1);
    gboolean is_stdout = !strcmp(path, "-");
    struct stat status;

    output->path = g_strdup(is_stdout ? "standard output" : path);
    output->descriptor = is_stdout ? STDOUT_FILENO
                                   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    output->plain = g_byte_array_new();
    output->compressed = g_byte_array_new();
    if (compression != OUTPUT_PLAIN)
        output->compressor = compressor_new(compression == OUTPUT_ZSTD);
    if (output->descriptor < 0) {
        fail(output, errno, error);
        output_close(output, NULL);
        return NULL;
    }
    output->is_file = fstat(output->descriptor, &status) == 0 && S_ISREG(status.st_mode);
    return output;
}

guint8 *output_reserve(struct output *output, gsize size)
{
    guint used = output->plain->len;

    g_byte_array_set_size(output->plain, used + (guint)size);
    output->plain->len = used;
    return output->plain->data + used;
}

void output_commit(struct output *output, gsize size)
{
    output->plain->len += (guint)size;
}

gsize output_waiting(const struct output *output)
{
    return output->plain->len + output->compressed->len;
}

guint64 output_size(const struct output *output)
{
    return output->size + output_waiting(output);
}

/** 0, or errno. `*done` counts what was written. */
static int write_all(int descriptor, const guint8 *bytes, gsize size, gsize *done)
{
    *done = 0;
    while (*done < size) {
        ssize_t written = write(descriptor, bytes + *done, size - *done);

        if (written < 0 && errno != EINTR)
            return errno;
        *done += written > 0 ? (gsize)written : 0;
    }
    return 0;
}

/** What was written of a flush that failed is taken back, so that the file ends where it did. */
static void cut_back(struct output *output, gsize done)
{
    off_t end = done ? lseek(output->descriptor, -(off_t)done, SEEK_CUR) : -1;

    if (end >= 0 && ftruncate(output->descriptor, end) != 0)
        return; /* A cut block stays until the flush is tried again. */
}

static gboolean write_out(struct output *output, GByteArray *bytes, GError **error)
{
    gsize done;
    int number;

    if (output->failure)
        return fail(output, output->failure, error);
    number = write_all(output->descriptor, bytes->data, bytes->len, &done);
    if (number) {
        if (output->is_file)
            cut_back(output, done);
        return fail(output, number, error);
    }
    output->size += bytes->len;
    g_byte_array_set_size(bytes, 0);
    return TRUE;
}

static gboolean flush(struct output *output, enum compressor_end end, GError **error)
{
    if (!output->compressor)
        return write_out(output, output->plain, error);
    if (output->plain->len || end == COMPRESSOR_FINISH)
        compressor_run(output->compressor, output->plain, output->compressed, end);
    g_byte_array_set_size(output->plain, 0);
    return write_out(output, output->compressed, error);
}

gboolean output_flush(struct output *output, GError **error)
{
    return flush(output, COMPRESSOR_FLUSH, error);
}

gboolean output_can_go_on(const struct output *output)
{
    return !output->failure;
}

gboolean output_close(struct output *output, GError **error)
{
    gboolean good = TRUE;

    if (!output)
        return TRUE;
    if (output->descriptor >= 0 && !output->failure)
        good = flush(output, COMPRESSOR_FINISH, error);
    if (output->descriptor >= 0 && output->descriptor != STDOUT_FILENO &&
        close(output->descriptor) != 0 && good)
        good = fail(output, errno, error);
    compressor_free(output->compressor);
    g_byte_array_unref(output->plain);
    g_byte_array_unref(output->compressed);
    g_free(output->path);
    g_free(output);
    return good;
}
