/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file value.c Raw values, and the fields and elements inside them. */
#include "layout.h"

#include <ipcshark/reader.h>

static uint64_t sign_extend(uint64_t value, uint32_t size)
{
    unsigned int unused = 64 - 8 * size;

    return (uint64_t)((int64_t)(value << unused) >> unused);
}

static bool is_signed(const struct ipcshark_type *type)
{
    if (type->kind == IPCSHARK_TYPE_ENUM && type->element)
        return type->element->kind == IPCSHARK_TYPE_SIGNED;
    return type->kind == IPCSHARK_TYPE_SIGNED;
}

/** The type's bytes as one number; 0 for what is longer than 8 bytes or empty. */
static uint64_t number(const struct ipcshark_type *type, const uint8_t *bytes)
{
    uint64_t value = 0;

    if (!type->size || type->size > 8)
        return 0;
    for (uint32_t i = type->size; i-- > 0;)
        value = value << 8 | bytes[i];
    /* sf_impl_command_serialization.hpp: of a bool only bit 0 counts. */
    if (type->kind == IPCSHARK_TYPE_BOOL)
        return value & 1;
    return is_signed(type) ? sign_extend(value, type->size) : value;
}

void ipcshark_read_value(const struct ipcshark_type *type, const char *name, const uint8_t *bytes,
                         size_t length, uint32_t offset, struct ipcshark_argument *value)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    const uint8_t *here;

    *value = (struct ipcshark_argument){
        .name = name, .type = type, .place = IPCSHARK_PLACE_RAW, .offset = offset};
    if (!type->sized || !type_is_raw(type))
        return;
    value->length = type->size;
    ipcshark_reader_seek(&reader, offset);
    here = ipcshark_read_bytes(&reader, type->size);
    value->present = here != NULL;
    value->value = here ? number(type, here) : 0;
}

bool ipcshark_read_member(const struct ipcshark_argument *parent, uint32_t n, const uint8_t *bytes,
                          size_t length, struct ipcshark_argument *member)
{
    const struct ipcshark_type *type = parent->type;
    bool is_out = parent->is_out;

    if (!type->sized || n >= type->count)
        return false;
    if (type->kind == IPCSHARK_TYPE_STRUCT)
        ipcshark_read_value(type->field[n].type, type->field[n].name, bytes, length,
                            parent->offset + type->field[n].offset, member);
    else if (type->kind == IPCSHARK_TYPE_ARRAY)
        ipcshark_read_value(type->element, "", bytes, length,
                            parent->offset + n * type->element->size, member);
    else
        return false;
    member->is_out = is_out;
    return true;
}

const char *ipcshark_enumerator_name(const struct ipcshark_type *type, uint64_t value)
{
    uint64_t mask;

    if (type->kind != IPCSHARK_TYPE_ENUM)
        return NULL;
    /* Of signed ones files have -1 as 0xFF… of their size. */
    mask = type->size && type->size < 8 ? (UINT64_C(1) << 8 * type->size) - 1 : UINT64_MAX;
    for (uint32_t i = 0; i < type->count; i++) {
        if (type->enumerator[i].value == value || type->enumerator[i].value == (value & mask))
            return type->enumerator[i].name;
    }
    return NULL;
}
