/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "horizon_patch.h"

#include "json_in.h"

#include <ipcshark/cmif.h>
#include <ipcshark/writer.h>

#include <string.h>

/** Bytes from one place on that take over what is written there; the message must hold them. */
static bool in_bytes_at(JsonObject *message, const char *key, size_t offset, GByteArray *bytes,
                        GError **error)
{
    g_autoptr(GByteArray) given = NULL;

    if (!in_hex(message, key, &given, error))
        return false;
    if (!given || !given->len)
        return true;
    if (offset > bytes->len || given->len > bytes->len - offset) {
        g_set_error(error, IN_ERROR, 0, "\"%s\" has %u bytes, which the message has no room for",
                    key, given->len);
        return false;
    }
    memcpy(bytes->data + offset, given->data, given->len);
    return true;
}

/** Writes a number of the description over the message's bytes. */
static bool patch(JsonObject *object, const char *key, GByteArray *bytes, size_t offset,
                  size_t size, GError **error)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes->data, bytes->len);
    uint64_t limit = size == 4 ? UINT32_MAX : size == 2 ? UINT16_MAX : UINT8_MAX;
    uint64_t value = 0;

    if (!json_object_has_member(object, key))
        return true;
    if (!in_number(object, key, limit, &value, error))
        return false;
    writer.offset = offset;
    if (size == 1)
        ipcshark_write_u8(&writer, (uint8_t)value);
    else if (size == 2)
        ipcshark_write_u16(&writer, (uint16_t)value);
    else
        ipcshark_write_u32(&writer, (uint32_t)value);
    if (!writer.failed)
        return true;
    g_set_error(error, IN_ERROR, 0, "\"%s\" lies behind the message's %u bytes", key, bytes->len);
    return false;
}

static bool patch_cmif(JsonObject *message, GByteArray *bytes, size_t offset, GError **error)
{
    JsonObject *cmif;
    const char *word2 = "method_id", *word3 = "token";

    if (!in_object(message, "cmif", &cmif, error))
        return false;
    if (!cmif)
        return true;
    if (json_object_has_member(cmif, "result")) {
        word2 = "result";
        word3 = "interface_id";
    }
    return patch(cmif, "magic", bytes, offset, 4, error) &&
           patch(cmif, "version", bytes, offset + 4, 2, error) &&
           patch(cmif, "reserved", bytes, offset + 6, 2, error) &&
           patch(cmif, word2, bytes, offset + 8, 4, error) &&
           patch(cmif, word3, bytes, offset + 12, 4, error);
}

static bool patch_objects(JsonObject *domain, GByteArray *bytes, GError **error)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes->data, bytes->len);
    uint32_t object[HIPC_MAX_RAW_WORDS];
    uint64_t offset = 0;
    guint count = 0;

    if (!in_number(domain, "objects_offset", UINT32_MAX, &offset, error) ||
        !in_words(domain, "objects", HIPC_MAX_RAW_WORDS, object, &count, error))
        return false;
    writer.offset = offset;
    for (guint i = 0; offset && i < count; i++)
        ipcshark_write_u32(&writer, object[i]);
    if (!writer.failed)
        return true;
    g_set_error(error, IN_ERROR, 0, "\"objects\" lie behind the message's %u bytes", bytes->len);
    return false;
}

static bool patch_domain(JsonObject *message, GByteArray *bytes, size_t offset, bool *has_domain,
                         GError **error)
{
    JsonObject *domain;

    *has_domain = false;
    if (!in_object(message, "domain", &domain, error))
        return false;
    if (!domain)
        return true;
    *has_domain = true;
    if (json_object_has_member(domain, "out_object_count"))
        return patch(domain, "out_object_count", bytes, offset, 4, error) &&
               patch_objects(domain, bytes, error);
    return patch(domain, "kind", bytes, offset, 1, error) &&
           patch(domain, "in_object_count", bytes, offset + 1, 1, error) &&
           patch(domain, "in_raw_size", bytes, offset + 2, 2, error) &&
           patch(domain, "object_id", bytes, offset + 4, 4, error) &&
           patch(domain, "token", bytes, offset + 12, 4, error) &&
           patch_objects(domain, bytes, error);
}

static bool patch_tipc(JsonObject *message, GByteArray *bytes, size_t offset, GError **error)
{
    JsonObject *tipc;

    if (!in_object(message, "tipc", &tipc, error))
        return false;
    return !tipc || patch(tipc, "result", bytes, offset, 4, error);
}

bool horizon_patch(JsonObject *message, const struct hipc_message *hipc, GByteArray *bytes,
                   GError **error)
{
    size_t payload = (hipc->raw_offset + CMIF_ALIGNMENT - 1) & ~(size_t)(CMIF_ALIGNMENT - 1);
    size_t raw_end = hipc->raw_offset + hipc->raw_words * 4u;
    bool has_domain;

    return patch_domain(message, bytes, payload, &has_domain, error) &&
           patch_cmif(message, bytes, payload + (has_domain ? CMIF_DOMAIN_HEADER_SIZE : 0),
                      error) &&
           patch_tipc(message, bytes, hipc->raw_offset, error) &&
           in_bytes_at(message, "gap", raw_end, bytes, error);
}
