/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L

#include "stream.h"

#include "json_out.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file(FILE *stream)
{
    struct stat status;

    return !fstat(fileno(stream), &status) && S_ISREG(status.st_mode);
}

static bool is_blank(const GString *line)
{
    for (gsize i = 0; i < line->len; i++) {
        if (!g_ascii_isspace(line->str[i]))
            return false;
    }
    return true;
}

/** False at the end of the input. What is too much of a line is read but not kept. */
static bool read_line(FILE *in, GString *line, bool *is_too_long)
{
    int character;

    g_string_truncate(line, 0);
    *is_too_long = false;
    while ((character = getc_unlocked(in)) != EOF && character != '\n') {
        if (line->len < STREAM_MAX_LINE)
            g_string_append_c(line, (char)character);
        else
            *is_too_long = true;
    }
    return character != EOF || line->len;
}

static bool answer_too_long(GString *out)
{
    g_autofree char *message = g_strdup_printf("the line is longer than %u bytes", STREAM_MAX_LINE);

    out_object(out, NULL);
    out_string(out, "error", message);
    out_object_end(out);
    g_string_append_c(out, '\n');
    return false;
}

static bool write_out(FILE *out, const GString *text, bool at_once)
{
    return fwrite(text->str, 1, text->len, out) == text->len && (!at_once || !fflush(out));
}

int stream_lines(FILE *in, FILE *out, stream_answer answer)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    bool at_once = !is_file(out);
    bool all_answered = true;
    bool is_too_long;

    while (read_line(in, line, &is_too_long)) {
        if (!is_too_long && is_blank(line))
            continue;
        g_string_truncate(text, 0);
        if (is_too_long)
            all_answered = answer_too_long(text);
        else
            all_answered &= answer(line->str, line->len, text);
        if (!write_out(out, text, at_once))
            return 1;
    }
    return fflush(out) || ferror(in) || !all_answered;
}

GString *stream_whole(const char *path, GError **error)
{
    bool is_own = strcmp(path, "-") != 0;
    FILE *in = is_own ? fopen(path, "rb") : stdin;
    GString *text = g_string_new(NULL);
    char part[4096];
    bool is_read;

    while (in && text->len <= STREAM_MAX_LINE && !feof(in) && !ferror(in))
        g_string_append_len(text, part, (gssize)fread(part, 1, sizeof part, in));
    is_read = in && !ferror(in);
    if (!is_read)
        g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: %s", path,
                    g_strerror(errno));
    if (in && is_own)
        fclose(in);
    if (is_read)
        return text;
    g_string_free(text, TRUE);
    return NULL;
}
