/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

struct control {
    int in;
    int out;
    guint watch; /**< Source; 0: none. */
    GByteArray *bytes;
    control_function take;
    gpointer data;
};

static gboolean open_fifo(const char *path, int flags, int *descriptor, GError **error)
{
    int number;

    if (!path)
        return TRUE;
    *descriptor = open(path, flags | O_NONBLOCK | O_CLOEXEC);
    number = errno;
    if (*descriptor >= 0)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number),
                "cannot open the toolbar's fifo %s: %s", path, g_strerror(number));
    return FALSE;
}

static gsize rest_of(const guint8 *bytes)
{
    return (gsize)bytes[1] << 16 | (gsize)bytes[2] << 8 | bytes[3];
}

gssize control_split(const guint8 *bytes, gsize length, control_function take, gpointer data)
{
    gsize offset = 0;

    while (length - offset >= CONTROL_HEADER_SIZE) {
        const guint8 *message = bytes + offset;
        gsize rest = rest_of(message);
        g_autofree char *payload = NULL;

        if (message[0] != 'T' || rest < 2 || rest > CONTROL_MAX_PAYLOAD + 2)
            return -1;
        if (length - offset < rest + 4)
            break;
        payload = g_strndup((const char *)message + CONTROL_HEADER_SIZE, rest - 2);
        take(message[4], message[5], payload, rest - 2, data);
        offset += rest + 4;
    }
    return (gssize)offset;
}

/** Without Wireshark at the other end, or with nonsense from it, the capture goes on untouched. */
static gboolean on_readable(gint descriptor, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
    struct control *control = data;
    guint8 bytes[4096];
    ssize_t size = read(descriptor, bytes, sizeof bytes);
    gssize taken;

    if (size < 0 && errno == EAGAIN)
        return G_SOURCE_CONTINUE;
    if (size > 0)
        g_byte_array_append(control->bytes, bytes, (guint)size);
    taken = size > 0 ? control_split(control->bytes->data, control->bytes->len, control->take,
                                     control->data)
                     : -1;
    if (taken > 0)
        g_byte_array_remove_range(control->bytes, 0, (guint)taken);
    if (taken >= 0)
        return G_SOURCE_CONTINUE;
    control->watch = 0;
    return G_SOURCE_REMOVE;
}

struct control *control_open(const char *in, const char *out, control_function take, gpointer data,
                             GError **error)
{
    struct control *control;

    if (!in && !out)
        return NULL;
    control = g_new0(struct control, 1);
    control->in = control->out = -1;
    control->take = take;
    control->data = data;
    control->bytes = g_byte_array_new();
    /* O_RDWR where Wireshark reads: it opens its end later, and opening must not wait for that. */
    if (!open_fifo(in, O_RDONLY, &control->in, error) ||
        !open_fifo(out, O_RDWR, &control->out, error)) {
        control_close(control);
        return NULL;
    }
    if (in)
        control->watch = g_unix_fd_add(control->in, G_IO_IN, on_readable, control);
    return control;
}

void control_close(struct control *control)
{
    if (!control)
        return;
    if (control->watch)
        g_source_remove(control->watch);
    if (control->in >= 0)
        close(control->in);
    if (control->out >= 0)
        close(control->out);
    g_byte_array_unref(control->bytes);
    g_free(control);
}

static void send_message(struct control *control, guint8 number, guint8 command, const char *text)
{
    gsize length = MIN(strlen(text), 255);
    guint8 message[CONTROL_HEADER_SIZE + 255] = {
        'T', 0, (guint8)((length + 2) >> 8), (guint8)(length + 2), number, command};
    ssize_t written;

    if (!control || control->out < 0)
        return;
    memcpy(message + CONTROL_HEADER_SIZE, text, length);
    written = write(control->out, message, CONTROL_HEADER_SIZE + length);
    (void)written; /* A line that finds no room is not worth more. */
}

void control_tell(struct control *control, const char *text)
{
    send_message(control, 0, CONTROL_STATUS_BAR, text);
}

void control_show(struct control *control, guint8 number, const char *text)
{
    send_message(control, number, CONTROL_SET, text);
}
