/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_out.h"

#include <inttypes.h>
#include <string.h>

static void out_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text; text++) {
        unsigned char character = (unsigned char)*text;

        if (character == '"' || character == '\\')
            g_string_append_printf(out, "\\%c", character);
        else if (character < 0x20 || character == 0x7F)
            g_string_append_printf(out, "\\u%04x", character);
        else
            g_string_append_c(out, (char)character);
    }
    g_string_append_c(out, '"');
}

/** A comma unless this is the first of its object or array, then the key. */
static void begin(GString *out, const char *key)
{
    if (out->len && !memchr("[{\n", out->str[out->len - 1], 3))
        g_string_append_c(out, ',');
    if (!key)
        return;
    out_text(out, key);
    g_string_append_c(out, ':');
}

void out_object(GString *out, const char *key)
{
    begin(out, key);
    g_string_append_c(out, '{');
}

void out_object_end(GString *out)
{
    g_string_append_c(out, '}');
}

void out_array(GString *out, const char *key)
{
    begin(out, key);
    g_string_append_c(out, '[');
}

void out_array_end(GString *out)
{
    g_string_append_c(out, ']');
}

/** Many readers of JSON have integers of 63 bits and a sign: a text that they can read as well. */
static void out_twin(GString *out, const char *key, uint64_t value)
{
    g_autofree char *twin = g_strconcat(key, NUMBER_TWIN, NULL);
    char text[24];

    g_snprintf(text, sizeof text, "0x%" PRIx64, value);
    out_string(out, twin, text);
}

void out_number(GString *out, const char *key, uint64_t value)
{
    begin(out, key);
    g_string_append_printf(out, "%" PRIu64, value);
    if (key && value > INT64_MAX)
        out_twin(out, key, value);
}

void out_number_unless_zero(GString *out, const char *key, uint64_t value)
{
    if (value)
        out_number(out, key, value);
}

void out_signed(GString *out, const char *key, int64_t value)
{
    begin(out, key);
    g_string_append_printf(out, "%" PRId64, value);
}

void out_value(GString *out, const char *key, const char *json)
{
    begin(out, key);
    g_string_append(out, json);
}

void out_bool(GString *out, const char *key, bool value)
{
    out_value(out, key, value ? "true" : "false");
}

void out_null(GString *out, const char *key)
{
    out_value(out, key, "null");
}

void out_string(GString *out, const char *key, const char *value)
{
    g_autofree char *valid = value ? g_utf8_make_valid(value, -1) : NULL;

    if (!valid) {
        out_null(out, key);
        return;
    }
    begin(out, key);
    out_text(out, valid);
}

void out_hex(GString *out, const char *key, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";

    begin(out, key);
    g_string_append_c(out, '"');
    for (size_t i = 0; i < length; i++) {
        g_string_append_c(out, digits[bytes[i] >> 4]);
        g_string_append_c(out, digits[bytes[i] & 0xF]);
    }
    g_string_append_c(out, '"');
}

const char *out_severity_name(enum ipcshark_severity severity)
{
    if (severity == IPCSHARK_ERROR)
        return "error";
    return severity == IPCSHARK_WARNING ? "warning" : "note";
}

static void out_finding(GString *out, const struct ipcshark_finding *finding)
{
    enum ipcshark_finding_code code = (enum ipcshark_finding_code)finding->code;
    char text[512];

    ipcshark_finding_format(finding, text, sizeof text);
    out_object(out, NULL);
    out_string(out, "severity", out_severity_name(ipcshark_finding_severity(code)));
    out_string(out, "code", ipcshark_finding_name(code));
    out_number(out, "offset", finding->offset);
    out_number(out, "length", finding->length);
    out_number_unless_zero(out, "result", ipcshark_finding_result(code));
    out_string(out, "message", text);
    out_object_end(out);
}

void out_findings(GString *out, const struct ipcshark_findings *findings)
{
    out_array(out, "findings");
    for (unsigned int i = 0; i < findings->count; i++)
        out_finding(out, &findings->item[i]);
    out_array_end(out);
    out_number_unless_zero(out, "findings_dropped", findings->dropped);
}
