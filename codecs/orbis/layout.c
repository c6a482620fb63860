/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one way in and out of a field: every block, configuration and packet header goes through
 * it. */
#include <ipcshark/reader.h>
#include <ipcshark/sceipmi.h>
#include <ipcshark/writer.h>

#include <string.h>

const struct sceipmi_field *sceipmi_layout_field(const struct sceipmi_layout *layout,
                                                 const char *name)
{
    if (!layout)
        return NULL;
    for (size_t i = 0; i < layout->field_count; i++) {
        /* The first letter spares most calls: the server looks up fifty fields a call. */
        if (layout->field[i].name[0] == name[0] && strcmp(layout->field[i].name, name) == 0)
            return &layout->field[i];
    }
    return NULL;
}

static uint64_t read_number(struct ipcshark_reader *reader, uint16_t size)
{
    switch (size) {
    case 1:
        return ipcshark_read_u8(reader);
    case 2:
        return ipcshark_read_u16(reader);
    case 4:
        return ipcshark_read_u32(reader);
    case 8:
        return ipcshark_read_u64(reader);
    default:
        return 0;
    }
}

uint64_t sceipmi_field_get(const struct sceipmi_field *field, const uint8_t *bytes, size_t length)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    if (!field || field->kind == SCEIPMI_FIELD_TEXT)
        return 0;
    ipcshark_reader_seek(&reader, field->offset);
    return read_number(&reader, field->size);
}

static void write_number(struct ipcshark_writer *writer, uint16_t size, uint64_t value)
{
    switch (size) {
    case 1:
        ipcshark_write_u8(writer, (uint8_t)value);
        break;
    case 2:
        ipcshark_write_u16(writer, (uint16_t)value);
        break;
    case 4:
        ipcshark_write_u32(writer, (uint32_t)value);
        break;
    case 8:
        ipcshark_write_u64(writer, value);
        break;
    default:
        break;
    }
}

bool sceipmi_field_set(const struct sceipmi_field *field, uint8_t *bytes, size_t length,
                       uint64_t value)
{
    struct ipcshark_writer writer;

    if (!field || field->kind == SCEIPMI_FIELD_TEXT || field->offset > length)
        return false;
    writer = ipcshark_writer(bytes + field->offset, length - field->offset);
    write_number(&writer, field->size, value);
    return !writer.failed;
}

uint64_t sceipmi_get(const struct sceipmi_layout *layout, const char *name, const uint8_t *bytes,
                     size_t length)
{
    return sceipmi_field_get(sceipmi_layout_field(layout, name), bytes, length);
}

bool sceipmi_set(const struct sceipmi_layout *layout, const char *name, uint8_t *bytes,
                 size_t length, uint64_t value)
{
    return sceipmi_field_set(sceipmi_layout_field(layout, name), bytes, length, value);
}

const struct sceipmi_field *sceipmi_count_field(const struct sceipmi_layout *layout,
                                                const struct sceipmi_field *array)
{
    const struct sceipmi_field *field = NULL;

    if (!array ||
        (array->role != SCEIPMI_ROLE_DATA_INFO && array->role != SCEIPMI_ROLE_BUFFER_INFO))
        return NULL;
    if (array->role == SCEIPMI_ROLE_DATA_INFO)
        field = sceipmi_layout_field(layout, "num_in");
    /* RespondToAsyncMethodRequest gives its outputs as DataInfo. */
    return field ? field : sceipmi_layout_field(layout, "num_out");
}
