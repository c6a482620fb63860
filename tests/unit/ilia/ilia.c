/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of ilia's, in both forms, become a request's and a reply's record. */
#include <ipcshark/ilia.h>
#include <ipcshark/writer.h>

#include <glib.h>
#include <string.h>

#define CMIF_IN  0x49434653u
#define CMIF_OUT 0x4F434653u

struct packet {
    uint8_t bytes[4096];
    size_t length;
};

/** A request with a send buffer of 5 bytes and a receive list entry of 3, and a reply. */
static void make_messages(struct packet *packet)
{
    struct ipcshark_writer writer = ipcshark_writer(packet->bytes, sizeof packet->bytes);

    memset(packet, 0, sizeof *packet);
    ipcshark_write_u32(&writer, 4 | 1u << 20); /* Invoke2Method, a send descriptor. */
    ipcshark_write_u32(&writer, 8 | 2u << 10); /* 8 words of raw data, one buffer to receive. */
    ipcshark_write_u32(&writer, 5);
    ipcshark_write_u32(&writer, 0x1000);
    ipcshark_write_u32(&writer, 0);
    for (int n = 0; n < 8; n++)
        ipcshark_write_u32(&writer, 0);
    ipcshark_write_u32(&writer, 0x2000);
    ipcshark_write_u32(&writer, 3u << 16);
    memcpy(packet->bytes + 0x100, "helloout", 8);
    packet->bytes[0x108 + 4] = 1;
    packet->length = 0x208;
}

static void write_chunk(struct ipcshark_writer *writer, uint8_t type, const void *bytes,
                        uint32_t size)
{
    ipcshark_write_u8(writer, type);
    ipcshark_write_u64(writer, size);
    ipcshark_write_bytes(writer, bytes, size);
}

/** In the order that ilia writes them: a result, a request, meta info, a reply, two buffers. */
static void make_chunks(struct packet *packet, uint32_t result, bool replied)
{
    struct ipcshark_writer writer = ipcshark_writer(packet->bytes, sizeof packet->bytes);
    uint32_t request[8] = {GUINT32_TO_LE(CMIF_IN), 0, GUINT32_TO_LE(7), 0, 1, 2, 3, 4};
    uint32_t reply[4] = {GUINT32_TO_LE(CMIF_OUT)};
    uint8_t meta[0xB0] = {0};
    static const uint8_t buffers[] = "\2\0\0\0\0\0\0\0in\3\0\0\0\0\0\0\0out";

    memset(packet, 0, sizeof *packet);
    meta[8] = 24; /* Of 32 bytes captured. */
    meta[16] = 16;
    meta[0x18] = 2;
    meta[0x2C] = 1;
    meta[0x30] = 2;
    write_chunk(&writer, 5, &(uint32_t){GUINT32_TO_LE(result)}, 4);
    write_chunk(&writer, 0, "0123456789abcdef", 16);
    write_chunk(&writer, 1, request, sizeof request);
    write_chunk(&writer, 2, meta, sizeof meta);
    if (replied)
        write_chunk(&writer, 4, reply, sizeof reply);
    write_chunk(&writer, 6, buffers, sizeof buffers - 1);
    packet->length = writer.offset;
}

static struct ipctap_record encode(const struct packet *packet, const struct ilia_call *call,
                                   bool is_reply, uint8_t *bytes)
{
    struct ipctap_header header = ipctap_header_init(IPCTAP_HORIZON, 0, 0);
    size_t size = ilia_encode_record(call, packet->bytes, is_reply, &header, "nn::own::IThing",
                                     bytes, ilia_record_room(packet->length));
    struct ipcshark_findings findings = {0};
    struct ipctap_record record = {0};

    g_assert_true(ipctap_record_decode(bytes, size, &record, &findings));
    ipctap_record_check(&record, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    return record;
}

static void check_section(const struct ipctap_record *record, uint16_t type, uint16_t index,
                          const char *expected)
{
    struct ipctap_section section;

    g_assert_true(ipctap_section_find(record, type, index, &section));
    g_assert_cmpmem(section.bytes, section.captured_size, expected, strlen(expected));
}

static bool has_section(const struct ipctap_record *record, uint16_t type, uint16_t index)
{
    struct ipctap_section section;

    return ipctap_section_find(record, type, index, &section);
}

static void test_messages(void)
{
    struct packet packet;
    struct ilia_call call;
    struct ipctap_record record;
    uint8_t bytes[16384];

    make_messages(&packet);
    g_assert_true(ilia_decode(packet.bytes, packet.length, &call));
    g_assert_cmpuint(call.form, ==, ILIA_MESSAGES);
    record = encode(&packet, &call, false, bytes);
    g_assert_cmpuint(record.header.phase, ==, IPCTAP_ENTER);
    check_section(&record, IPCTAP_SEND, 0, "hello");
    check_section(&record, IPCTAP_INTERFACE, 0, "nn::own::IThing");
    g_assert_false(has_section(&record, IPCTAP_POINTER, 0));
    record = encode(&packet, &call, true, bytes);
    g_assert_cmpuint(record.header.phase, ==, IPCTAP_EXIT);
    check_section(&record, IPCTAP_POINTER, 0, "out");
    g_assert_false(has_section(&record, IPCTAP_SEND, 0));
}

static void test_chunks(void)
{
    struct packet packet;
    struct ilia_call call;
    struct ipctap_record record;
    struct ipctap_section section;
    uint8_t bytes[16384];

    make_chunks(&packet, 0, true);
    g_assert_true(ilia_decode(packet.bytes, packet.length, &call));
    g_assert_cmpuint(call.form, ==, ILIA_CHUNKS);
    record = encode(&packet, &call, false, bytes);
    g_assert_true(ipctap_section_find(&record, IPCTAP_FRAGMENT, 0, &section));
    g_assert_cmpuint(section.captured_size, ==, 24);
    check_section(&record, IPCTAP_BUFFER, 0, "in");
    g_assert_false(has_section(&record, IPCTAP_BUFFER, 1));
    record = encode(&packet, &call, true, bytes);
    g_assert_true(has_section(&record, IPCTAP_FRAGMENT, 0));
    check_section(&record, IPCTAP_BUFFER, 1, "out");
}

/* A server that refuses writes no reply: the result is all there is. One that never returned leaves
 * none. */
static void test_without_reply(void)
{
    struct packet packet;
    struct ilia_call call;
    struct ipctap_record record;
    uint8_t bytes[16384];

    make_chunks(&packet, 0x1A60A, false);
    g_assert_true(ilia_decode(packet.bytes, packet.length, &call));
    record = encode(&packet, &call, true, bytes);
    g_assert_cmphex(record.header.result, ==, 0x1A60A);
    g_assert_cmphex(record.header.flags & IPCTAP_RESULT, ==, IPCTAP_RESULT);
    g_assert_false(has_section(&record, IPCTAP_FRAGMENT, 0));
    g_assert_true(ilia_decode(packet.bytes + 13, packet.length - 13, &call));
    record = encode(&packet, &call, false, bytes);
    g_assert_cmphex(record.header.flags & IPCTAP_NO_EXIT, ==, IPCTAP_NO_EXIT);
    g_assert_cmpuint(
        ilia_encode_record(&call, packet.bytes, true, &record.header, NULL, bytes, sizeof bytes),
        ==, 0);
}

/* Neither form forgives a byte too few or too many. */
static void test_other_bytes(void)
{
    struct packet packet;
    struct ilia_call call;

    make_messages(&packet);
    g_assert_false(ilia_decode(packet.bytes, packet.length - 1, &call));
    g_assert_false(ilia_decode(packet.bytes, packet.length + 1, &call));
    make_chunks(&packet, 0, true);
    for (size_t length = 0; length < packet.length; length++) {
        if (ilia_decode(packet.bytes, length, &call))
            g_assert_cmpuint(call.form, ==, ILIA_CHUNKS);
    }
    g_assert_false(ilia_decode(packet.bytes, packet.length - 1, &call));
    g_assert_false(ilia_decode(packet.bytes, packet.length + 1, &call));
    memset(packet.bytes, 0xFF, sizeof packet.bytes);
    g_assert_false(ilia_decode(packet.bytes, sizeof packet.bytes, &call));
    g_assert_false(ilia_decode(NULL, 0, &call));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ilia/messages", test_messages);
    g_test_add_func("/ilia/chunks", test_chunks);
    g_test_add_func("/ilia/without_reply", test_without_reply);
    g_test_add_func("/ilia/other_bytes", test_other_bytes);
    return g_test_run();
}
