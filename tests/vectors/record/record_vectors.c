/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that generate.py made from the document, against the library. */
#include <ipcshark/record.h>

#include <json-glib/json-glib.h>
#include <string.h>

static guint8 *from_hex(const char *hex, gsize *length)
{
    guint8 *bytes;

    *length = strlen(hex) / 2;
    bytes = g_malloc(*length + 1);
    for (gsize i = 0; i < *length; i++)
        bytes[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return bytes;
}

static guint64 number(JsonObject *object, const char *name)
{
    return (guint64)json_object_get_int_member(object, name);
}

static struct ipctap_header header_of(JsonObject *object)
{
    return (struct ipctap_header){
        .version = (uint8_t)number(object, "version"),
        .platform = (uint8_t)number(object, "platform"),
        .kind = (uint8_t)number(object, "kind"),
        .phase = (uint8_t)number(object, "phase"),
        .header_size = (uint16_t)number(object, "header_size"),
        .flags = (uint16_t)number(object, "flags"),
        .record_size = (uint32_t)number(object, "record_size"),
        .time = number(object, "time"),
        .call_id = number(object, "call_id"),
        .pid = (uint32_t)number(object, "pid"),
        .tid = (uint32_t)number(object, "tid"),
        .program_id = number(object, "program_id"),
        .object = (uint32_t)number(object, "object"),
        .result = (uint32_t)number(object, "result"),
        .peer_pid = (uint32_t)number(object, "peer_pid"),
        .clock = (uint8_t)number(object, "clock"),
        .reserved = (uint8_t)number(object, "reserved"),
        .source = (uint16_t)number(object, "source"),
    };
}

static void check_headers(const struct ipctap_header *got, const struct ipctap_header *expected)
{
    g_assert_cmpuint(got->version, ==, expected->version);
    g_assert_cmpuint(got->platform, ==, expected->platform);
    g_assert_cmpuint(got->kind, ==, expected->kind);
    g_assert_cmpuint(got->phase, ==, expected->phase);
    g_assert_cmpuint(got->header_size, ==, expected->header_size);
    g_assert_cmphex(got->flags, ==, expected->flags);
    g_assert_cmpuint(got->record_size, ==, expected->record_size);
    g_assert_cmphex(got->time, ==, expected->time);
    g_assert_cmphex(got->call_id, ==, expected->call_id);
    g_assert_cmphex(got->pid, ==, expected->pid);
    g_assert_cmphex(got->tid, ==, expected->tid);
    g_assert_cmphex(got->program_id, ==, expected->program_id);
    g_assert_cmphex(got->object, ==, expected->object);
    g_assert_cmphex(got->result, ==, expected->result);
    g_assert_cmphex(got->peer_pid, ==, expected->peer_pid);
    g_assert_cmpuint(got->clock, ==, expected->clock);
    g_assert_cmpuint(got->reserved, ==, expected->reserved);
    g_assert_cmphex(got->source, ==, expected->source);
}

static void check_section(const struct ipctap_section *section, JsonObject *expected)
{
    gsize length;
    g_autofree guint8 *bytes = from_hex(json_object_get_string_member(expected, "hex"), &length);

    g_assert_cmphex(section->type, ==, number(expected, "type"));
    g_assert_cmpuint(section->index, ==, number(expected, "index"));
    g_assert_cmphex(section->address, ==, number(expected, "address"));
    g_assert_cmphex(section->declared_size, ==, number(expected, "declared_size"));
    g_assert_cmpmem(section->bytes, section->captured_size, bytes, length);
    g_assert_false(section->cut);
}

static void check_decode(JsonObject *vector, const guint8 *bytes, gsize length)
{
    struct ipctap_header expected = header_of(json_object_get_object_member(vector, "header"));
    JsonArray *sections = json_object_get_array_member(vector, "sections");
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;
    struct ipctap_section section;
    struct ipctap_section_iterator iterator = {0};
    size_t size;

    g_assert_cmpint(ipctap_stream_next(bytes, length, &size, NULL), ==, IPCTAP_STREAM_RECORD);
    g_assert_cmpuint(size, ==, length);
    g_assert_true(ipctap_record_decode(bytes, length, &record, &findings));
    check_headers(&record.header, &expected);
    while (ipctap_section_next(&record, &iterator, &section, &findings))
        check_section(&section, json_array_get_object_element(sections, iterator.count - 1));
    g_assert_cmpuint(iterator.count, ==, json_array_get_length(sections));
    ipctap_record_check(&record, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
}

static void check_encode(JsonObject *vector, const guint8 *bytes, gsize length)
{
    struct ipctap_header header = header_of(json_object_get_object_member(vector, "header"));
    JsonArray *sections = json_object_get_array_member(vector, "sections");
    guint8 encoded[1024];
    struct ipcshark_writer writer = ipcshark_writer(encoded, sizeof encoded);

    ipctap_begin(&writer, &header);
    for (guint i = 0; i < json_array_get_length(sections); i++) {
        JsonObject *section = json_array_get_object_element(sections, i);
        gsize size;
        g_autofree guint8 *data = from_hex(json_object_get_string_member(section, "hex"), &size);

        ipctap_add_part(&writer, (uint16_t)number(section, "type"),
                        (uint16_t)number(section, "index"), number(section, "address"), data,
                        (uint32_t)size, number(section, "declared_size"));
    }
    g_assert_cmpuint(ipctap_end(&writer), ==, length);
    g_assert_cmpmem(encoded, length, bytes, length);
}

static void check_refused(const char *error, const guint8 *bytes, gsize length)
{
    struct ipcshark_findings findings = {0};
    struct ipctap_record record;

    g_assert_false(ipctap_record_decode(bytes, length, &record, &findings));
    g_assert_cmpuint(findings.count, ==, 1);
    g_assert_cmpstr(ipcshark_finding_name((enum ipcshark_finding_code)findings.item[0].code), ==,
                    error);
}

static void check_vector(JsonObject *vector)
{
    gsize length;
    g_autofree guint8 *bytes = from_hex(json_object_get_string_member(vector, "hex"), &length);

    g_test_message("%s", json_object_get_string_member(vector, "name"));
    if (json_object_has_member(vector, "error")) {
        check_refused(json_object_get_string_member(vector, "error"), bytes, length);
        return;
    }
    check_decode(vector, bytes, length);
    check_encode(vector, bytes, length);
}

static void test_vectors(void)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonArray *vectors;

    json_parser_load_from_file(parser, TEST_SOURCE_DIR "/vectors/record/vectors.json", &error);
    g_assert_no_error(error);
    vectors = json_node_get_array(json_parser_get_root(parser));
    g_assert_cmpuint(json_array_get_length(vectors), >=, 20);
    for (guint i = 0; i < json_array_get_length(vectors); i++)
        check_vector(json_array_get_object_element(vectors, i));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/vectors", test_vectors);
    return g_test_run();
}
