/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orbis: the record's call sections, descriptors, App Messaging's request and message, from random
 * descriptions and from random bytes, cut at every byte; blocks field by field, packets of random
 * inputs. More of layouts and packets: tests/unit/orbis/.
 */
#include "random.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/record.h>
#include <ipcshark/sceipmi.h>
#include <ipcshark/writer.h>
#include <string.h>

#define ROUNDS 20000

/** A structure of fixed size whose every byte but the last `zeros` is a field. */
struct fixed {
    const char *name;
    size_t size;
    size_t zeros;
    size_t (*again)(const uint8_t *bytes, size_t length, uint8_t *again, size_t capacity);
};

static size_t sceipmi_call_again(const uint8_t *bytes, size_t length, uint8_t *again,
                                 size_t capacity)
{
    struct sceipmi_call call;

    return sceipmi_call_decode(bytes, length, &call, NULL)
               ? sceipmi_call_encode(&call, again, capacity)
               : 0;
}

static size_t appmsg_call_again(const uint8_t *bytes, size_t length, uint8_t *again,
                                size_t capacity)
{
    struct appmsg_call call;

    return appmsg_call_decode(bytes, length, &call, NULL)
               ? appmsg_call_encode(&call, again, capacity)
               : 0;
}

static size_t kernel_call_again(const uint8_t *bytes, size_t length, uint8_t *again,
                                size_t capacity)
{
    struct ipctap_kernel_call call;

    return ipctap_kernel_call_decode(bytes, length, &call, NULL)
               ? ipctap_kernel_call_encode(&call, again, capacity)
               : 0;
}

static size_t request_again(const uint8_t *bytes, size_t length, uint8_t *again, size_t capacity)
{
    struct appmsg_request request;

    return appmsg_request_decode(bytes, length, &request, NULL)
               ? appmsg_request_encode(&request, again, capacity)
               : 0;
}

static size_t data_info_again(const uint8_t *bytes, size_t length, uint8_t *again, size_t capacity)
{
    struct sceipmi_data_info info;

    return sceipmi_data_info(bytes, length, 0, &info)
               ? sceipmi_data_info_encode(&info, 1, again, capacity)
               : 0;
}

static size_t buffer_info_again(const uint8_t *bytes, size_t length, uint8_t *again,
                                size_t capacity)
{
    struct sceipmi_buffer_info info;

    return sceipmi_buffer_info(bytes, length, 0, &info)
               ? sceipmi_buffer_info_encode(&info, 1, again, capacity)
               : 0;
}

static const struct fixed structures[] = {
    {"ipmi-call", SCEIPMI_CALL_SIZE, 8, sceipmi_call_again},
    {"appmsg-call", APPMSG_CALL_SIZE, 4, appmsg_call_again},
    {"kernel-call", IPCTAP_KERNEL_CALL_SIZE, 8, kernel_call_again},
    {"appmsg-request", APPMSG_REQUEST_SIZE, 0, request_again},
    {"data-info", SCEIPMI_DATA_INFO_SIZE, 0, data_info_again},
    {"buffer-info", SCEIPMI_BUFFER_INFO_SIZE, 0, buffer_info_again},
};

/** Room for one byte less is refused, and so is one byte less to read. */
static void check_short(const struct fixed *fixed, const uint8_t *bytes)
{
    g_autofree uint8_t *exact = g_memdup2(bytes, fixed->size);
    uint8_t again[0x100];

    for (size_t length = 0; length < fixed->size; length++) {
        g_autofree uint8_t *cut = g_memdup2(bytes, length);

        g_assert_cmpuint(fixed->again(cut, length, again, sizeof again), ==, 0);
    }
    /* The record's encoder says how much it wants; those of Orbis say 0. Neither says it fitted. */
    memset(again, 0xA5, sizeof again);
    fixed->again(exact, fixed->size, again, fixed->size - 1);
    g_assert_cmpuint(again[fixed->size - 1], ==, 0xA5);
}

static void test_structure(gconstpointer data)
{
    const struct fixed *fixed = data;
    g_autoptr(GRand) random = random_start();

    for (unsigned int round = 0; round < ROUNDS; round++) {
        uint8_t bytes[0x100];
        uint8_t again[0x100];

        random_bytes(random, bytes, fixed->size - fixed->zeros);
        memset(bytes + fixed->size - fixed->zeros, 0, fixed->zeros);
        g_assert_cmpuint(fixed->again(bytes, fixed->size, again, sizeof again), ==, fixed->size);
        g_assert_cmpmem(again, fixed->size, bytes, fixed->size);
        if (round < 20)
            check_short(fixed, bytes);
    }
}

/* ---- Blocks, configurations, headers of packets ---- */

/** Every field taken out of random bytes and put into zeros: the same bytes where there are
 *  fields. */
static void check_layout(GRand *random, const struct sceipmi_layout *layout)
{
    g_autofree uint8_t *bytes = g_malloc(layout->size);
    g_autofree uint8_t *again = g_malloc0(layout->size);

    random_bytes(random, bytes, layout->size);
    for (unsigned int i = 0; i < layout->field_count; i++) {
        const struct sceipmi_field *field = &layout->field[i];

        if (field->kind == SCEIPMI_FIELD_TEXT)
            memcpy(again + field->offset, bytes + field->offset, field->size);
        else
            g_assert_true(sceipmi_field_set(field, again, layout->size,
                                            sceipmi_field_get(field, bytes, layout->size)));
    }
    for (unsigned int i = 0; i < layout->field_count; i++) {
        const struct sceipmi_field *field = &layout->field[i];

        if (field->size <= 8)
            g_assert_cmpmem(again + field->offset, field->size, bytes + field->offset, field->size);
    }
}

static void test_layouts(void)
{
    g_autoptr(GRand) random = random_start();
    size_t count;
    const struct sceipmi_operation *operation = sceipmi_operations(&count);
    const struct sceipmi_layout *others[] = {sceipmi_client_config(),  sceipmi_server_config(),
                                             sceipmi_session_config(), sceipmi_packet_info(),
                                             sceipmi_sync_packet(),    sceipmi_async_packet(),
                                             sceipmi_connect_packet()};

    for (unsigned int round = 0; round < 100; round++) {
        for (size_t i = 0; i < count; i++) {
            if (operation[i].layout)
                check_layout(random, operation[i].layout);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
            check_layout(random, others[i]);
    }
}

/* ---- Packets ---- */

#define MAX_PACKET 2048

/** The header of a packet with what stands behind it, as decoded or to be. */
static size_t build_packet(const struct sceipmi_packet *packet, const uint8_t *header,
                           const uint8_t *contents, uint8_t *bytes)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, MAX_PACKET);

    ipcshark_write_bytes(&writer, header, packet->layout->size);
    sceipmi_set(packet->layout, "num_in", bytes, writer.offset, packet->in_count);
    sceipmi_set(packet->layout, "num_out", bytes, writer.offset, packet->out_count);
    for (uint32_t i = 0; i < packet->in_captured; i++) {
        ipcshark_write_u32(&writer, packet->input[i].size);
        ipcshark_write_bytes(&writer, contents + packet->input[i].offset, packet->input[i].size);
    }
    for (uint32_t i = 0; i < packet->out_captured; i++)
        ipcshark_write_u32(&writer, packet->out_capacity[i]);
    g_assert_false(writer.failed);
    return writer.offset;
}

static void random_packet(GRand *random, struct sceipmi_packet *packet)
{
    bool is_sync = g_rand_boolean(random);

    *packet = (struct sceipmi_packet){
        .type = (is_sync ? SCEIPMI_PACKET_SYNC : SCEIPMI_PACKET_ASYNC),
        .layout = is_sync ? sceipmi_sync_packet() : sceipmi_async_packet(),
        .in_count = random_up_to(random, SCEIPMI_MAX_COUNT),
        .out_count = is_sync ? random_up_to(random, SCEIPMI_MAX_COUNT) : 0,
    };
    packet->in_captured = packet->in_count;
    packet->out_captured = packet->out_count;
    for (uint32_t i = 0; i < packet->in_count; i++)
        packet->input[i].size = random_up_to(random, 64);
    for (uint32_t i = 0; i < packet->out_count; i++)
        packet->out_capacity[i] = g_rand_int(random);
}

static void assert_same_packet(const struct sceipmi_packet *a, const struct sceipmi_packet *b)
{
    g_assert_true(a->layout == b->layout);
    g_assert_cmpuint(a->in_count, ==, b->in_count);
    g_assert_cmpuint(a->out_count, ==, b->out_count);
    g_assert_cmpuint(a->in_captured, ==, b->in_captured);
    g_assert_cmpuint(a->out_captured, ==, b->out_captured);
    for (uint32_t i = 0; i < a->in_captured; i++)
        g_assert_cmpuint(a->input[i].size, ==, b->input[i].size);
    g_assert_cmpmem(a->out_capacity, sizeof a->out_capacity, b->out_capacity,
                    sizeof b->out_capacity);
}

/** A prefix is decoded as far as it goes, with a finding and nothing outside. */
static void check_packet_cuts(uint32_t type, const uint8_t *bytes, size_t length)
{
    for (size_t cut = 0; cut < length; cut++) {
        g_autofree uint8_t *copy = g_memdup2(bytes, cut);
        struct ipcshark_findings findings = {0};
        struct sceipmi_packet packet;

        g_assert_false(sceipmi_packet_decode(type, copy, cut, &packet, &findings));
        g_assert_cmpuint(findings.count, >, 0);
        for (uint32_t i = 0; i < packet.in_captured; i++)
            g_assert_cmpuint(packet.input[i].offset + packet.input[i].captured, <=, cut);
    }
}

/** encode(decode(b)) == b unless a finding says otherwise. */
static bool check_packet_mutant(GRand *random, uint32_t type, const uint8_t *bytes, size_t length)
{
    g_autofree uint8_t *mutant = g_memdup2(bytes, length);
    uint8_t again[MAX_PACKET];
    struct ipcshark_findings findings = {0};
    struct sceipmi_packet packet;

    random_mutate(random, mutant, length);
    if (!sceipmi_packet_decode(type, mutant, length, &packet, &findings) || findings.count)
        return false;
    g_assert_cmpuint(build_packet(&packet, mutant, mutant, again), ==, length);
    g_assert_cmpmem(again, length, mutant, length);
    return true;
}

static void test_packets(void)
{
    g_autoptr(GRand) random = random_start();
    unsigned int clean = 0;

    for (unsigned int round = 0; round < ROUNDS / 4; round++) {
        uint8_t header[0x20], contents[64], bytes[MAX_PACKET];
        struct ipcshark_findings findings = {0};
        struct sceipmi_packet packet, decoded;
        size_t length;

        random_bytes(random, header, sizeof header);
        random_bytes(random, contents, sizeof contents);
        random_packet(random, &packet);
        length = build_packet(&packet, header, contents, bytes);
        g_assert_true(sceipmi_packet_decode(packet.type, bytes, length, &decoded, &findings));
        g_assert_cmpuint(findings.count, ==, 0);
        assert_same_packet(&packet, &decoded);
        for (uint32_t i = 0; i < decoded.in_captured; i++)
            g_assert_cmpmem(bytes + decoded.input[i].offset, decoded.input[i].captured, contents,
                            packet.input[i].size);
        clean += check_packet_mutant(random, packet.type, bytes, length);
        if (round < 50)
            check_packet_cuts(packet.type, bytes, length);
    }
    g_assert_cmpuint(clean, >, ROUNDS / 40);
}

/* ---- App Messaging's messages ---- */

static void random_message(GRand *random, struct appmsg_message *message)
{
    *message = (struct appmsg_message){
        .sender = g_rand_int(random),
        .message_type = g_rand_int(random),
        .payload_size = random_up_to(random, APPMSG_MAX_PAYLOAD),
        .padding = g_rand_int(random),
        .timestamp = random_bits(random, 64),
    };
    message->payload_captured = message->payload_size;
}

static void test_messages(void)
{
    g_autoptr(GRand) random = random_start();
    uint8_t payload[APPMSG_MAX_PAYLOAD];
    uint8_t bytes[APPMSG_MESSAGE_SIZE];

    random_bytes(random, payload, sizeof payload);
    for (unsigned int round = 0; round < ROUNDS / 10; round++) {
        struct appmsg_message message, decoded;

        random_message(random, &message);
        g_assert_cmpuint(appmsg_message_encode(&message, payload, bytes, sizeof bytes), ==,
                         APPMSG_MESSAGE_SIZE);
        g_assert_true(appmsg_message_decode(bytes, sizeof bytes, &decoded, NULL));
        g_assert_true(decoded.has_size);
        g_assert_cmpuint(decoded.sender, ==, message.sender);
        g_assert_cmpuint(decoded.message_type, ==, message.message_type);
        g_assert_cmpuint(decoded.payload_size, ==, message.payload_size);
        g_assert_cmpuint(decoded.payload_captured, ==, message.payload_size);
        g_assert_cmpuint(decoded.padding, ==, message.padding);
        g_assert_cmpuint(decoded.timestamp, ==, message.timestamp);
        g_assert_cmpmem(bytes + decoded.payload_offset, decoded.payload_captured, payload,
                        message.payload_size);
    }
}

/** encode(decode(b)) == b unless a finding says what is lost. */
static void test_mutated_messages(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree uint8_t *bytes = g_malloc0(APPMSG_MESSAGE_SIZE);
    uint8_t again[APPMSG_MESSAGE_SIZE];
    unsigned int clean = 0;

    for (unsigned int round = 0; round < ROUNDS / 10; round++) {
        struct ipcshark_findings findings = {0};
        struct appmsg_message message;

        memset(bytes, 0, APPMSG_MESSAGE_SIZE);
        random_message(random, &message);
        message.padding = 0;
        appmsg_message_encode(&message, again, bytes, APPMSG_MESSAGE_SIZE);
        random_mutate(random, bytes, APPMSG_MESSAGE_SIZE);
        appmsg_message_decode(bytes, APPMSG_MESSAGE_SIZE, &message, &findings);
        if (findings.count)
            continue;
        clean++;
        g_assert_cmpuint(
            appmsg_message_encode(&message, bytes + APPMSG_PAYLOAD_OFFSET, again, sizeof again), ==,
            APPMSG_MESSAGE_SIZE);
        g_assert_cmpmem(again, sizeof again, bytes, APPMSG_MESSAGE_SIZE);
    }
    g_assert_cmpuint(clean, >, ROUNDS / 100);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(structures); i++) {
        g_autofree char *path = g_strdup_printf("/properties/orbis/%s", structures[i].name);

        g_test_add_data_func(path, &structures[i], test_structure);
    }
    g_test_add_func("/properties/orbis/layouts", test_layouts);
    g_test_add_func("/properties/orbis/packets", test_packets);
    g_test_add_func("/properties/orbis/messages", test_messages);
    g_test_add_func("/properties/orbis/mutated-messages", test_mutated_messages);
    return g_test_run();
}
