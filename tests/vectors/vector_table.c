/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vector_table.h"

#include <gio/gio.h>
#include <ipcshark/writer.h>
#include <string.h>

static char *unpack(const char *path)
{
    g_autofree char *full = g_build_filename(TEST_SOURCE_DIR, path, NULL);
    g_autoptr(GFile) file = g_file_new_for_path(full);
    g_autoptr(GZlibDecompressor) gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileInputStream) packed = g_file_read(file, NULL, &error);
    g_autoptr(GInputStream) stream = NULL;

    g_assert_no_error(error);
    stream = g_converter_input_stream_new(G_INPUT_STREAM(packed), G_CONVERTER(gzip));
    g_output_stream_splice(memory, stream, G_OUTPUT_STREAM_SPLICE_NONE, NULL, &error);
    g_assert_no_error(error);
    g_output_stream_write(memory, "", 1, NULL, &error);
    g_assert_no_error(error);
    g_output_stream_close(memory, NULL, &error);
    return g_memory_output_stream_steal_data(G_MEMORY_OUTPUT_STREAM(memory));
}

struct vector_table *vector_table_load(const char *path)
{
    g_autofree char *text = unpack(path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    struct vector_table *table = g_new0(struct vector_table, 1);

    table->names = g_strsplit(lines[0], "\t", -1);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    for (char **line = lines + 1; *line && **line; line++) {
        char **row = g_strsplit(*line, "\t", -1);

        g_assert_cmpuint(g_strv_length(row), ==, g_strv_length(table->names));
        g_ptr_array_add(table->rows, row);
    }
    return table;
}

void vector_table_free(struct vector_table *table)
{
    g_strfreev(table->names);
    g_ptr_array_unref(table->rows);
    g_free(table);
}

const char *vector_text(const struct vector_table *table, guint row, const char *name)
{
    for (guint i = 0; table->names[i]; i++) {
        if (!strcmp(table->names[i], name))
            return ((char **)table->rows->pdata[row])[i];
    }
    g_error("the table has no column %s", name);
}

GArray *vector_numbers(const struct vector_table *table, guint row, const char *name)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    const char *text = vector_text(table, row, name);

    if (!strcmp(text, "-"))
        return numbers;
    while (*text) {
        char *end;
        uint64_t number = g_ascii_strtoull(text, &end, 10);

        g_assert_true(end != text);
        g_array_append_val(numbers, number);
        text = *end ? end + 1 : end;
    }
    return numbers;
}

GByteArray *vector_bytes(const struct vector_table *table, guint row, const char *name)
{
    GByteArray *bytes = g_byte_array_new();
    const char *text = vector_text(table, row, name);

    if (!strcmp(text, "-"))
        return bytes;
    for (; *text; text += 2) {
        uint8_t byte =
            (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

size_t vector_words(const struct vector_table *table, guint row, const char *name, uint8_t *bytes,
                    size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    g_auto(GStrv) words = g_strsplit(vector_text(table, row, name), ",", -1);

    for (char **word = words; *word; word++)
        ipcshark_write_u32(&writer, (uint32_t)g_ascii_strtoull(*word, NULL, 16));
    g_assert_false(writer.failed);
    return writer.offset;
}
