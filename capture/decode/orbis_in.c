/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_in.h"
#include "orbis_layout.h"

#include <string.h>

static bool patch_field(JsonObject *fields, const struct sceipmi_field *field, GByteArray *bytes,
                        GError **error)
{
    JsonNode *node = json_object_get_member(fields, field->name);
    uint64_t value = 0;

    if (!node || JSON_NODE_HOLDS_NULL(node) || field->kind == SCEIPMI_FIELD_TEXT)
        return true;
    if (!in_number(fields, field->name, UINT64_MAX, &value, error))
        return false;
    if (sceipmi_field_set(field, bytes->data, bytes->len, value))
        return true;
    g_set_error(error, IN_ERROR, 0, "\"%s\" lies behind the %u bytes", field->name, bytes->len);
    return false;
}

/** Fields of a layout are written over the bytes, so that editing them has an effect. */
static bool patch_layout(JsonObject *message, const struct sceipmi_layout *layout,
                         GByteArray *bytes, GError **error)
{
    JsonObject *block = NULL, *fields = NULL;

    if (!in_object(message, "block", &block, error) ||
        (block && !in_object(block, "fields", &fields, error)))
        return false;
    for (unsigned int i = 0; fields && i < layout->field_count; i++) {
        if (!patch_field(fields, &layout->field[i], bytes, error))
            return false;
    }
    return true;
}

GByteArray *orbis_in(JsonObject *message, GError **error)
{
    g_autoptr(GByteArray) bytes = NULL;
    const struct sceipmi_layout *layout;
    struct orbis_view view;

    if (!orbis_options_read(message, &view, error) || !in_hex(message, "hex", &bytes, error))
        return NULL;
    layout = orbis_layout(&view);
    if (!bytes && !layout) {
        g_set_error_literal(error, IN_ERROR, 0, "there is no \"hex\" to write");
        return NULL;
    }
    if (!bytes) {
        bytes = g_byte_array_new();
        g_byte_array_set_size(bytes, layout->size);
        memset(bytes->data, 0, bytes->len);
    }
    if (layout && !patch_layout(message, layout, bytes, error))
        return NULL;
    return g_steal_pointer(&bytes);
}
