/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMIF and TIPC over random descriptions, and the vectors with a few bits changed. HIPC alone:
 * tests/unit/horizon/hipc_round_trip.c.
 */
#include "random.h"

#include <ipcshark/cmif.h>
#include <ipcshark/htipc.h>
#include <string.h>
#include <vector_table.h>

#define ROUNDS    20000
#define MAX_DATA  3000
#define MAX_ITEMS 255

/* A sanitizer makes each allocation slow. */
#ifdef __SANITIZE_ADDRESS__
#define MUTANTS 1
#else
#define MUTANTS 8
#endif

/** What a random description points to. */
struct room {
    uint8_t data[MAX_DATA];
    uint32_t object[MAX_ITEMS];
    uint16_t size[MAX_ITEMS];
    uint8_t bytes[HIPC_MAX_MESSAGE_SIZE];
};

static void random_maps(GRand *random, struct hipc_map *map, uint8_t *count)
{
    *count = (uint8_t)random_up_to(random, HIPC_MAX_DESCRIPTORS);
    for (unsigned int i = 0; i < *count; i++)
        map[i] = (struct hipc_map){
            .address = random_bits(random, 39),
            .size = random_bits(random, 36),
            .attribute = (uint8_t[]){HIPC_MAP_NORMAL, HIPC_MAP_NON_SECURE,
                                     HIPC_MAP_NON_DEVICE}[g_rand_int(random) % 3],
        };
}

static void random_special(GRand *random, struct hipc_message *hipc, bool may_move)
{
    hipc->has_special = g_rand_boolean(random);
    if (!hipc->has_special)
        return;
    hipc->special.has_pid = g_rand_boolean(random);
    hipc->special.pid = hipc->special.has_pid ? random_bits(random, 64) : 0;
    hipc->special.copy_count = (uint8_t)random_up_to(random, HIPC_MAX_HANDLES);
    hipc->special.move_count = may_move ? (uint8_t)random_up_to(random, HIPC_MAX_HANDLES) : 0;
    for (unsigned int i = 0; i < HIPC_MAX_HANDLES; i++) {
        hipc->special.copy[i] = g_rand_int(random);
        hipc->special.move[i] = g_rand_int(random);
    }
}

static void random_pointers(GRand *random, struct hipc_message *hipc)
{
    hipc->pointer_count = (uint8_t)random_up_to(random, HIPC_MAX_DESCRIPTORS);
    for (unsigned int i = 0; i < hipc->pointer_count; i++)
        hipc->pointer[i] = (struct hipc_pointer){
            .address = random_bits(random, 39),
            .size = (uint16_t)random_bits(random, 16),
            .index = (uint8_t)random_bits(random, 4),
        };
}

static void random_receive_list(GRand *random, struct hipc_message *hipc)
{
    hipc->receive_list_mode = (uint8_t)random_bits(random, 4);
    for (unsigned int i = 0; i < HIPC_MAX_RECEIVE_LIST; i++)
        hipc->receive_list[i] = (struct hipc_receive_entry){
            .address = random_bits(random, 39), .size = (uint16_t)random_bits(random, 16)};
}

static void random_request_hipc(GRand *random, struct hipc_message *hipc)
{
    random_special(random, hipc, false);
    random_pointers(random, hipc);
    random_maps(random, hipc->send, &hipc->send_count);
    random_maps(random, hipc->receive, &hipc->receive_count);
    random_maps(random, hipc->exchange, &hipc->exchange_count);
    random_receive_list(random, hipc);
}

static void random_request(GRand *random, struct room *room, struct cmif_request *request)
{
    memset(request, 0, sizeof *request);
    random_request_hipc(random, &request->hipc);
    request->hipc.type = (uint16_t)(1 + g_rand_int(random) % 7);
    request->method_id = g_rand_int(random);
    if (request->hipc.type % 2 && request->hipc.type != HIPC_TYPE_INVOKE_METHOD)
        request->method_id %= CMIF_CLONE_CURRENT_OBJECT_EX + 1; /* a control command */
    else
        request->is_domain = request->hipc.type != HIPC_TYPE_RELEASE && g_rand_boolean(random);
    request->version = g_rand_boolean(random);
    request->token = request->version ? g_rand_int(random) : 0;
    request->kind = request->is_domain ? (uint8_t)(1 + g_rand_int(random) % 2) : 0;
    request->object_id = request->is_domain ? g_rand_int(random) : 0;
    request->object_count = request->is_domain ? (uint8_t)random_up_to(random, CMIF_MAX_IN_OBJECTS)
                                               : 0;
    request->data_size = (uint16_t)random_up_to(random, MAX_DATA);
    request->out_pointer_count = (uint8_t)random_up_to(random, MAX_ITEMS);
    request->data = room->data;
    request->objects = room->object;
    request->out_pointer_sizes = room->size;
    random_bytes(random, room->data, request->data_size);
    random_bytes(random, (uint8_t *)room->object, sizeof room->object);
    random_bytes(random, (uint8_t *)room->size, sizeof room->size);
}

/** Every field of HIPC comes back: the decoded message is the same bytes again. */
static void assert_same_bytes(const struct hipc_message *decoded, const uint8_t *bytes, size_t size)
{
    uint8_t again[HIPC_MAX_MESSAGE_SIZE];

    g_assert_cmpuint(hipc_encode(decoded, bytes + decoded->raw_offset, again, sizeof again), ==,
                     size);
    g_assert_cmpmem(again, size, bytes, size);
}

static void assert_same_hipc(const struct hipc_message *a, const struct hipc_message *b)
{
    g_assert_cmpuint(a->type, ==, b->type);
    g_assert_cmpint(a->has_special, ==, b->has_special);
    g_assert_cmpuint(a->special.pid, ==, b->special.pid);
    g_assert_cmpmem(a->special.copy, a->special.copy_count * 4u, b->special.copy,
                    b->special.copy_count * 4u);
    g_assert_cmpmem(a->special.move, a->special.move_count * 4u, b->special.move,
                    b->special.move_count * 4u);
    g_assert_cmpuint(a->receive_list_mode, ==, b->receive_list_mode);
    g_assert_cmpuint(a->exchange_count, ==, b->exchange_count);
    for (unsigned int i = 0; i < a->exchange_count; i++) {
        g_assert_cmphex(a->exchange[i].address, ==, b->exchange[i].address);
        g_assert_cmphex(a->exchange[i].size, ==, b->exchange[i].size);
    }
}

static void assert_same_sizes(const struct cmif_request *request, const uint8_t *bytes, size_t size,
                              const struct hipc_message *hipc, const struct cmif_message *cmif)
{
    struct cmif_out_pointer_sizes sizes;
    struct ipcshark_findings findings = {0};

    cmif_locate_out_pointer_sizes(size, hipc, cmif, request->data_size, request->out_pointer_count,
                                  &sizes, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    g_assert_cmpuint(sizes.count, ==, request->out_pointer_count);
    for (unsigned int i = 0; i < sizes.count; i++)
        g_assert_cmpuint(bytes[sizes.offset + 2 * i] | bytes[sizes.offset + 2 * i + 1] << 8, ==,
                         request->out_pointer_sizes[i]);
}

static void assert_same_domain(const struct cmif_request *request, const uint8_t *bytes,
                               size_t size, const struct cmif_message *cmif)
{
    g_assert_true(cmif->has_domain);
    g_assert_cmpuint(cmif->domain.kind, ==, request->kind);
    g_assert_cmpuint(cmif->domain.object_id, ==, request->object_id);
    g_assert_cmpuint(cmif->domain.token, ==, request->token);
    if (request->kind == CMIF_REQUEST_KIND_CLOSE)
        return;
    g_assert_cmpuint(cmif->data_size, ==, request->data_size);
    g_assert_cmpuint(cmif->domain.objects_captured, ==, request->object_count);
    for (unsigned int i = 0; i < request->object_count; i++)
        g_assert_cmphex(cmif_domain_object(bytes, size, cmif, i), ==, request->objects[i]);
}

static void assert_same_request(const struct cmif_request *request, const uint8_t *bytes,
                                size_t size)
{
    const struct cmif_context context = {.direction = HIPC_REQUEST,
                                         .is_domain = request->is_domain};
    struct hipc_message hipc;
    struct cmif_message cmif;

    g_assert_true(hipc_decode(bytes, size, HIPC_REQUEST, &hipc, NULL));
    cmif_decode(bytes, size, &hipc, &context, &cmif, NULL);
    assert_same_hipc(&hipc, &request->hipc);
    assert_same_bytes(&hipc, bytes, size);
    if (request->is_domain)
        assert_same_domain(request, bytes, size, &cmif);
    if (request->hipc.type == HIPC_TYPE_RELEASE) {
        g_assert_cmpint(cmif.kind, ==, CMIF_RELEASE);
        return;
    }
    if (request->kind == CMIF_REQUEST_KIND_CLOSE) {
        g_assert_cmpint(cmif.kind, ==, CMIF_DOMAIN_CLOSE);
        return;
    }
    g_assert_true(cmif.has_header);
    g_assert_cmphex(cmif.magic, ==, CMIF_IN_MAGIC);
    g_assert_cmpuint(cmif.method_id, ==, request->method_id);
    g_assert_cmpuint(cmif.version, ==, request->version);
    g_assert_cmpuint(cmif.token, ==, request->is_domain ? 0 : request->token);
    g_assert_cmpuint(cmif.data_size, >=, request->data_size);
    g_assert_cmpmem(bytes + cmif.data_offset, request->data_size, request->data,
                    request->data_size);
    assert_same_sizes(request, bytes, size, &hipc, &cmif);
}

static void test_cmif_requests(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct room *room = g_new(struct room, 1);
    unsigned int made = 0;

    for (unsigned int round = 0; round < ROUNDS; round++) {
        struct cmif_request request;
        size_t size;

        random_request(random, room, &request);
        size = cmif_encode_request(&request, room->bytes, sizeof room->bytes);
        if (size == SIZE_MAX) {
            g_assert_cmpuint(request.data_size + 2u * request.out_pointer_count, >, 3000);
            continue;
        }
        g_assert_cmpuint(size, <=, sizeof room->bytes);
        assert_same_request(&request, room->bytes, size);
        made++;
    }
    g_assert_cmpuint(made, >, ROUNDS / 2);
}

static void random_reply(GRand *random, struct room *room, struct cmif_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    random_special(random, &reply->hipc, true);
    random_pointers(random, &reply->hipc);
    reply->result = g_rand_boolean(random) ? g_rand_int(random) : 0;
    reply->version = g_rand_boolean(random);
    reply->interface_id = g_rand_int(random);
    reply->is_domain = g_rand_boolean(random);
    reply->object_count = (uint8_t)random_up_to(random, CMIF_MAX_IN_OBJECTS);
    reply->data_size = (uint16_t)random_up_to(random, MAX_DATA);
    reply->data = room->data;
    reply->objects = room->object;
    random_bytes(random, room->data, reply->data_size);
    random_bytes(random, (uint8_t *)room->object, sizeof room->object);
}

static void assert_same_reply(const struct cmif_reply *reply, const uint8_t *bytes, size_t size)
{
    const struct cmif_context context = {.direction = HIPC_REPLY, .is_domain = reply->is_domain};
    unsigned int objects = reply->is_domain && !reply->result ? reply->object_count : 0;
    struct hipc_message hipc;
    struct cmif_message cmif;

    g_assert_true(hipc_decode(bytes, size, HIPC_REPLY, &hipc, NULL));
    cmif_decode(bytes, size, &hipc, &context, &cmif, NULL);
    assert_same_hipc(&hipc, &reply->hipc);
    assert_same_bytes(&hipc, bytes, size);
    g_assert_cmpint(cmif.kind, ==, CMIF_REPLY);
    g_assert_cmphex(cmif.magic, ==, CMIF_OUT_MAGIC);
    g_assert_cmpuint(cmif.result, ==, reply->result);
    g_assert_cmpuint(cmif.version, ==, reply->version);
    g_assert_cmphex(cmif.interface_id, ==, reply->interface_id);
    g_assert_cmpint(cmif.has_domain, ==, reply->is_domain);
    if (!reply->result)
        g_assert_cmpmem(bytes + cmif.data_offset, reply->data_size, reply->data, reply->data_size);
    g_assert_cmpuint(cmif.domain.object_count, ==, objects);
    if (!objects)
        return;
    cmif_locate_out_objects(size, &hipc, &cmif, reply->data_size);
    g_assert_cmpuint(cmif.domain.objects_captured, ==, objects);
    for (unsigned int i = 0; i < objects; i++)
        g_assert_cmphex(cmif_domain_object(bytes, size, &cmif, i), ==, reply->objects[i]);
}

static void test_cmif_replies(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct room *room = g_new(struct room, 1);

    for (unsigned int round = 0; round < ROUNDS; round++) {
        struct cmif_reply reply;
        size_t size;

        random_reply(random, room, &reply);
        size = cmif_encode_reply(&reply, room->bytes, sizeof room->bytes);
        g_assert_cmpuint(size, <=, sizeof room->bytes);
        assert_same_reply(&reply, room->bytes, size);
    }
}

static void random_tipc_hipc(GRand *random, struct hipc_message *hipc)
{
    memset(hipc, 0, sizeof *hipc);
    random_special(random, hipc, false);
    random_maps(random, hipc->send, &hipc->send_count);
    random_maps(random, hipc->receive, &hipc->receive_count);
}

static void check_tipc(GRand *random, struct room *room, bool is_reply)
{
    struct hipc_message hipc, decoded;
    struct htipc_message tipc;
    struct ipcshark_findings findings = {0};
    uint16_t command = (uint16_t)random_up_to(random, UINT16_MAX - HIPC_TYPE_TIPC_FIRST_COMMAND);
    uint16_t data_size = (uint16_t)random_up_to(random, MAX_DATA);
    uint32_t result = g_rand_int(random);
    size_t size;

    random_tipc_hipc(random, &hipc);
    random_bytes(random, room->data, data_size);
    size = is_reply ? htipc_encode_reply(&hipc, command, result, room->data, data_size, room->bytes,
                                         sizeof room->bytes)
                    : htipc_encode_request(&hipc, command, room->data, data_size, room->bytes,
                                           sizeof room->bytes);
    g_assert_cmpuint(size, <=, sizeof room->bytes);
    hipc_decode(room->bytes, size, is_reply ? HIPC_REPLY : HIPC_REQUEST, &decoded, NULL);
    htipc_decode(room->bytes, size, &decoded, is_reply, &tipc, &findings);
    g_assert_cmpuint(findings.count, ==, 0);
    assert_same_bytes(&decoded, room->bytes, size);
    g_assert_cmpuint(tipc.command_id, ==, command);
    g_assert_false(tipc.is_close);
    if (is_reply)
        g_assert_cmphex(tipc.result, ==, result);
    g_assert_cmpuint(tipc.data_size, ==, (data_size + 3u) / 4 * 4);
    g_assert_cmpmem(room->bytes + tipc.data_offset, data_size, room->data, data_size);
}

static void test_tipc(void)
{
    g_autoptr(GRand) random = random_start();
    g_autofree struct room *room = g_new(struct room, 1);

    for (unsigned int round = 0; round < ROUNDS; round++)
        check_tipc(random, room, round % 2);
}

/** A moved receive list may lie over other parts, and then two values stand for the same bytes. */
static bool has_moved_list(const struct hipc_message *hipc)
{
    return hipc->receive_list_words && hipc->receive_list_count;
}

static void assert_same_findings(const struct ipcshark_findings *a,
                                 const struct ipcshark_findings *b)
{
    g_assert_cmpuint(a->count, ==, b->count);
    g_assert_cmpuint(a->dropped, ==, b->dropped);
    for (unsigned int i = 0; i < a->count; i++) {
        g_assert_cmpuint(a->item[i].code, ==, b->item[i].code);
        g_assert_cmpuint(a->item[i].offset, ==, b->item[i].offset);
        g_assert_cmpuint(a->item[i].length, ==, b->item[i].length);
        g_assert_cmpuint(a->item[i].actual, ==, b->item[i].actual);
        g_assert_cmpuint(a->item[i].limit, ==, b->item[i].limit);
    }
}

/**
 * The decoder asks for all rules at once and checks them one by one only if one may be broken. It
 * always does without a direction, which it then takes from the type.
 */
static void check_no_rule_is_skipped(const uint8_t *bytes, size_t length)
{
    struct ipcshark_findings quick = {0}, thorough = {0};
    struct hipc_message hipc;

    hipc_decode(bytes, length, HIPC_DIRECTION_UNKNOWN, &hipc, &thorough);
    if (hipc.type == HIPC_TYPE_INVALID || hipc.type >= HIPC_TYPE_TIPC_CLOSE)
        return;
    hipc_decode(bytes, length, HIPC_REQUEST, &hipc, &quick);
    assert_same_findings(&quick, &thorough);
}

/** Payloads of messages that are not known to be whole are decoded step by step. */
static void check_usual_payload(const uint8_t *bytes, size_t length,
                                const struct hipc_message *hipc, const struct cmif_context *context)
{
    struct ipcshark_findings quick = {0}, thorough = {0};
    struct hipc_message unknown = *hipc;
    struct cmif_message a, b;

    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    unknown.complete = false;
    cmif_decode(bytes, length, hipc, context, &a, &quick);
    cmif_decode(bytes, length, &unknown, context, &b, &thorough);
    g_assert_cmpmem(&a, sizeof a, &b, sizeof b);
    assert_same_findings(&quick, &thorough);
}

/** What was read of a request that no finding says otherwise of builds a request that reads the
 *  same. */
static bool check_cmif_again(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                             const struct cmif_message *cmif, const struct cmif_context *context)
{
    uint32_t objects[CMIF_MAX_IN_OBJECTS];
    uint8_t again[HIPC_MAX_MESSAGE_SIZE];
    struct cmif_request request = {
        .hipc = *hipc,
        .method_id = cmif->method_id,
        .version = cmif->version,
        .token = cmif->has_domain ? cmif->domain.token : cmif->token,
        .is_domain = cmif->has_domain,
        .kind = cmif->domain.kind,
        .object_id = cmif->domain.object_id,
        .objects = objects,
        .object_count = (uint8_t)cmif->domain.objects_captured,
        .data = bytes + cmif->data_offset,
        .data_size = (uint16_t)cmif->data_size,
    };
    struct hipc_message hipc_again;
    struct cmif_message cmif_again;
    size_t size;

    if (cmif->kind != CMIF_REQUEST || cmif->is_reply)
        return false;
    for (unsigned int i = 0; i < request.object_count; i++)
        objects[i] = cmif_domain_object(bytes, length, cmif, i);
    size = cmif_encode_request(&request, again, sizeof again);
    if (size > sizeof again)
        return false;
    g_assert_true(hipc_decode(again, size, HIPC_REQUEST, &hipc_again, NULL));
    cmif_decode(again, size, &hipc_again, context, &cmif_again, NULL);
    assert_same_hipc(hipc, &hipc_again);
    g_assert_cmpint(cmif_again.kind, ==, cmif->kind);
    g_assert_cmphex(cmif_again.magic, ==, cmif->magic);
    g_assert_cmpuint(cmif_again.method_id, ==, cmif->method_id);
    g_assert_cmpuint(cmif_again.version, ==, cmif->version);
    g_assert_cmphex(cmif_again.domain.object_id, ==, cmif->domain.object_id);
    g_assert_cmphex(cmif_again.domain.token, ==, cmif->domain.token);
    g_assert_cmpuint(cmif_again.domain.objects_captured, ==, request.object_count);
    for (unsigned int i = 0; i < request.object_count; i++)
        g_assert_cmphex(cmif_domain_object(again, size, &cmif_again, i), ==, objects[i]);
    g_assert_cmpuint(cmif_again.data_size, >=, cmif->data_size);
    g_assert_cmpmem(again + cmif_again.data_offset, cmif->data_size, request.data, cmif->data_size);
    return true;
}

static bool check_tipc_again(const uint8_t *bytes, const struct hipc_message *hipc,
                             const struct htipc_message *tipc)
{
    uint8_t again[HIPC_MAX_MESSAGE_SIZE];
    size_t size;

    if (tipc->is_close)
        return false;
    size = htipc_encode_request(hipc, tipc->command_id, bytes + tipc->data_offset,
                                (uint16_t)tipc->data_size, again, sizeof again);
    g_assert_cmpuint(size, <=, sizeof again);
    g_assert_cmpmem(again, size, bytes, size);
    return true;
}

/** Only of requests: a reply's payload says nothing of what it holds. */
static bool check_request_again(const uint8_t *bytes, size_t length, GRand *random)
{
    const struct cmif_context context = {.direction = HIPC_REQUEST,
                                         .is_domain = g_rand_boolean(random)};
    struct ipcshark_findings findings = {0};
    struct htipc_message tipc;
    struct hipc_message hipc;
    struct cmif_message cmif;

    if (!hipc_decode(bytes, length, HIPC_REQUEST, &hipc, &findings) || has_moved_list(&hipc))
        return false;
    if (hipc.type >= HIPC_TYPE_TIPC_FIRST_COMMAND) {
        htipc_decode(bytes, length, &hipc, false, &tipc, &findings);
        return !findings.count && check_tipc_again(bytes, &hipc, &tipc);
    }
    cmif_decode(bytes, length, &hipc, &context, &cmif, &findings);
    return !findings.count && check_cmif_again(bytes, length, &hipc, &cmif, &context);
}

static void decode_payload(const uint8_t *bytes, size_t length, const struct hipc_message *hipc,
                           GRand *random, bool is_reply)
{
    const struct cmif_context context = {
        .direction = is_reply ? HIPC_REPLY : HIPC_REQUEST,
        .is_domain = g_rand_boolean(random),
        .is_control = g_rand_boolean(random),
    };
    struct ipcshark_findings findings = {0};
    struct cmif_message cmif;
    struct htipc_message tipc;

    check_usual_payload(bytes, length, hipc, &context);
    cmif_decode(bytes, length, hipc, &context, &cmif, &findings);
    g_assert_cmpuint(cmif.data_size, <=, length);
    for (uint32_t i = 0; i < cmif.domain.objects_captured; i++)
        cmif_domain_object(bytes, length, &cmif, i);
    htipc_decode(bytes, length, hipc, is_reply, &tipc, &findings);
    g_assert_cmpuint(tipc.data_size, <=, length);
}

/** In memory of just that size, so that a sanitizer or valgrind sees a read past the end. */
static bool check_mutant(const uint8_t *bytes, size_t length, GRand *random, bool is_reply)
{
    g_autofree uint8_t *mutant = g_memdup2(bytes, length);
    uint8_t again[HIPC_MAX_MESSAGE_SIZE];
    struct hipc_message hipc;
    size_t size;

    random_mutate(random, mutant, length < 40 || g_rand_boolean(random) ? length : 40);
    check_no_rule_is_skipped(mutant, length);
    hipc_decode(mutant, length, is_reply ? HIPC_REPLY : HIPC_REQUEST, &hipc, NULL);
    decode_payload(mutant, length, &hipc, random, is_reply);
    if (!hipc.complete || has_moved_list(&hipc))
        return false;
    size = hipc_encode(&hipc, mutant + hipc.raw_offset, again, sizeof again);
    g_assert_cmpuint(size, <=, length);
    g_assert_cmpuint(size, >=, hipc.raw_offset + hipc.raw_captured);
    g_assert_cmpmem(again, size, mutant, size);
    return true;
}

static void test_mutated_vectors(gconstpointer path)
{
    g_autoptr(GRand) random = random_start();
    struct vector_table *table = vector_table_load(path);
    bool is_reply = strstr(path, "replies") != NULL;
    unsigned int complete = 0, again = 0;

    for (guint row = 0; row < table->rows->len; row++) {
        g_autoptr(GByteArray) bytes = vector_bytes(table, row, "hex");

        for (unsigned int i = 0; i < MUTANTS; i++)
            complete += check_mutant(bytes->data, bytes->len, random, is_reply);
        again += !is_reply && check_request_again(bytes->data, bytes->len, random);
        random_mutate(random, bytes->data, bytes->len);
        again += !is_reply && check_request_again(bytes->data, bytes->len, random);
    }
    g_test_message("%u of %u mutants were complete: the same bytes again", complete,
                   table->rows->len * MUTANTS);
    g_test_message("%u requests and mutants whose payload was built again", again);
    g_assert_cmpuint(complete, >, table->rows->len / 2);
    g_assert_cmpuint(again, >=, is_reply ? 0 : table->rows->len / 4);
    vector_table_free(table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/properties/cmif/requests", test_cmif_requests);
    g_test_add_func("/properties/cmif/replies", test_cmif_replies);
    g_test_add_func("/properties/tipc", test_tipc);
    g_test_add_data_func("/properties/horizon/mutated-requests", "vectors/horizon/requests.tsv.gz",
                         test_mutated_vectors);
    g_test_add_data_func("/properties/horizon/mutated-replies", "vectors/horizon/replies.tsv.gz",
                         test_mutated_vectors);
    return g_test_run();
}
