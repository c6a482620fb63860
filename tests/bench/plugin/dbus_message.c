/* SPDX-License-Identifier: GPL-2.0-or-later */
/* D-Bus Specification, "Message Format": fixed part, array of header fields, padding to 8, body. */
#include "dbus_message.h"

#include <ipcshark/writer.h>

#include <stdbool.h>
#include <string.h>

#define LITTLE_ENDIAN_MARK 'l'
#define METHOD_CALL        1
#define METHOD_RETURN      2
#define PROTOCOL_VERSION   1
#define BODY_SIZE_OFFSET   4
#define FIELDS_SIZE_OFFSET 12
#define FIELDS_OFFSET      16
#define ALIGNMENT          8
#define STRING_OVERHEAD    5 /**< Length before, zero behind. */

enum field {
    PATH = 1,
    INTERFACE = 2,
    MEMBER = 3,
    REPLY_SERIAL = 5,
    DESTINATION = 6,
    SENDER = 7,
    SIGNATURE = 8,
};

static void begin_field(struct ipcshark_writer *writer, enum field field, char type)
{
    ipcshark_write_align(writer, ALIGNMENT);
    ipcshark_write_u8(writer, (uint8_t)field);
    ipcshark_write_u8(writer, 1);
    ipcshark_write_u8(writer, (uint8_t)type);
    ipcshark_write_u8(writer, 0);
}

static void text_field(struct ipcshark_writer *writer, enum field field, char type,
                       const char *text)
{
    begin_field(writer, field, type);
    ipcshark_write_u32(writer, (uint32_t)strlen(text));
    ipcshark_write_bytes(writer, text, strlen(text) + 1);
}

static void write_fields(struct ipcshark_writer *writer, uint32_t serial, bool is_call)
{
    if (is_call) {
        text_field(writer, PATH, 'o', "/org/example/Files");
        text_field(writer, INTERFACE, 's', "org.example.Files");
        text_field(writer, MEMBER, 's', "OpenFile");
    } else {
        begin_field(writer, REPLY_SERIAL, 'u');
        ipcshark_write_u32(writer, serial - 1);
    }
    text_field(writer, DESTINATION, 's', is_call ? ":1.2" : ":1.1");
    text_field(writer, SENDER, 's', is_call ? ":1.1" : ":1.2");
    begin_field(writer, SIGNATURE, 'g');
    ipcshark_write_bytes(writer, "\1s", 3);
}

static void write_body(struct ipcshark_writer *writer, uint32_t size)
{
    size_t start = writer->offset;
    uint32_t length = size > start + STRING_OVERHEAD ? size - (uint32_t)start - STRING_OVERHEAD : 0;

    ipcshark_write_u32(writer, length);
    for (uint32_t n = 0; n < length; n++)
        ipcshark_write_u8(writer, 'x');
    ipcshark_write_u8(writer, 0);
}

uint32_t dbus_message(uint8_t *bytes, size_t capacity, uint32_t serial, uint32_t size)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    bool is_call = serial % 2 == 1;
    size_t fields_end, body;

    ipcshark_write_u8(&writer, LITTLE_ENDIAN_MARK);
    ipcshark_write_u8(&writer, is_call ? METHOD_CALL : METHOD_RETURN);
    ipcshark_write_u8(&writer, 0);
    ipcshark_write_u8(&writer, PROTOCOL_VERSION);
    ipcshark_write_u32(&writer, 0);
    ipcshark_write_u32(&writer, serial);
    ipcshark_write_u32(&writer, 0);
    write_fields(&writer, serial, is_call);
    fields_end = writer.offset;
    ipcshark_write_align(&writer, ALIGNMENT);
    body = writer.offset;
    write_body(&writer, size);
    if (writer.failed)
        return 0;
    ipcshark_store_u32(bytes + BODY_SIZE_OFFSET, (uint32_t)(writer.offset - body));
    ipcshark_store_u32(bytes + FIELDS_SIZE_OFFSET, (uint32_t)(fields_end - FIELDS_OFFSET));
    return (uint32_t)writer.offset;
}
