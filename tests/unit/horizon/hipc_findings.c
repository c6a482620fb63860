/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

static struct ipcshark_findings decode(struct words words, enum hipc_direction direction)
{
    struct ipcshark_findings findings = {0};
    struct hipc_message message;

    hipc_decode(words.bytes, words.length, direction, &message, &findings);
    return findings;
}

static void test_nothing_to_say(void)
{
    struct ipcshark_findings request = decode(WORDS(4, 0), HIPC_REQUEST);
    struct ipcshark_findings reply = decode(WORDS(0, 0x80000000, 0x20, 0x8003), HIPC_REPLY);

    g_assert_cmpuint(request.count, ==, 0);
    g_assert_cmpuint(reply.count, ==, 0);
}

static void test_move_handle(void)
{
    struct words words = WORDS(4, 0x80000000, 1 << 5, 0xA0);
    struct ipcshark_findings request = decode(words, HIPC_REQUEST);
    struct ipcshark_findings unknown = decode(words, HIPC_DIRECTION_UNKNOWN);
    struct ipcshark_findings reply = decode(words, HIPC_REPLY);
    const struct ipcshark_finding *finding =
        finding_of(&request, IPCSHARK_FINDING_HIPC_MOVE_HANDLES_IN_REQUEST);

    g_assert_cmpuint(finding->offset, ==, 12);
    g_assert_cmpuint(finding->length, ==, 4);
    g_assert_cmphex(ipcshark_finding_result((enum ipcshark_finding_code)finding->code), ==, 0xE801);
    assert_found(&unknown, HIPC_MOVE_HANDLES_IN_REQUEST);
    assert_not_found(&reply, HIPC_MOVE_HANDLES_IN_REQUEST);
}

/** A TIPC reply repeats the request's type: without a direction nobody can tell which it is. */
static void test_tipc_direction(void)
{
    struct words words = WORDS(17, 0x80000001, 1 << 5, 0xA0, 0);
    struct ipcshark_findings unknown = decode(words, HIPC_DIRECTION_UNKNOWN);

    g_assert_cmpuint(unknown.count, ==, 0);
}

static void test_maps_in_reply(void)
{
    struct words words = WORDS(0x11000000, 0, 0, 0, 0, 0, 0, 0);
    struct ipcshark_findings reply = decode(words, HIPC_DIRECTION_UNKNOWN);
    const struct ipcshark_finding *finding =
        finding_of(&reply, IPCSHARK_FINDING_HIPC_MAPS_IN_REPLY);

    g_assert_cmpuint(finding->actual, ==, 2);
    g_assert_cmpuint(finding->offset, ==, 8);
    g_assert_cmpuint(finding->length, ==, 24);
}

static void test_map_attribute(void)
{
    struct ipcshark_findings two = decode(WORDS(0x00200004, 0, 0, 0, 3, 0, 0, 2), HIPC_REQUEST);

    g_assert_cmpuint(two.count, ==, 1);
    g_assert_cmpuint(finding_of(&two, IPCSHARK_FINDING_HIPC_MAP_ATTRIBUTE)->offset, ==, 28);
}

static void test_receive_list_inside(void)
{
    struct words words = WORDS(4, 2 | 1 << 10 | 3 << 20, 0, 0);
    struct ipcshark_findings request = decode(words, HIPC_REQUEST);
    struct ipcshark_findings reply = decode(words, HIPC_REPLY);
    struct ipcshark_findings behind = decode(WORDS(4, 2 | 1 << 10 | 4 << 20, 0, 0), HIPC_REQUEST);

    assert_found(&request, HIPC_RECEIVE_LIST_INSIDE);
    assert_not_found(&reply, HIPC_RECEIVE_LIST_INSIDE);
    assert_not_found(&behind, HIPC_RECEIVE_LIST_INSIDE);
}

static void test_types(void)
{
    for (uint32_t type = 0; type < 18; type++) {
        struct ipcshark_findings findings = decode(WORDS(type, 0), HIPC_REQUEST);
        bool unknown = finding_of(&findings, IPCSHARK_FINDING_HIPC_UNKNOWN_TYPE) != NULL;
        bool deprecated = finding_of(&findings, IPCSHARK_FINDING_HIPC_DEPRECATED_TYPE) != NULL;

        g_assert_cmpint(unknown, ==, type == 0 || (type >= 8 && type < 15));
        g_assert_cmpint(deprecated, ==, type == 1 || type == 3);
    }
}

static void test_size(void)
{
    uint32_t word[80] = {4, 62};
    struct ipcshark_findings fits = decode(words_of(64, word), HIPC_REQUEST);
    struct ipcshark_findings list, raw;

    word[1] = 62 | 2 << 10;
    list = decode(words_of(66, word), HIPC_REQUEST);
    word[1] = 63;
    raw = decode(words_of(65, word), HIPC_REQUEST);
    g_assert_cmpuint(fits.count, ==, 0);
    assert_found(&list, HIPC_PAST_TLS);
    assert_not_found(&list, HIPC_RAW_PAST_TLS);
    assert_found(&raw, HIPC_RAW_PAST_TLS);
    g_assert_cmpuint(finding_of(&raw, IPCSHARK_FINDING_HIPC_RAW_PAST_TLS)->actual, ==, 260);
}

static void test_reserved(void)
{
    struct ipcshark_findings findings = decode(
        WORDS(0x00110004, 0x80000000 | 1 << 14 | 2 << 10, 0x200, 0x10, 0, 0, 0, 0x20, 0, 0x80),
        HIPC_REQUEST);

    assert_found(&findings, HIPC_RESERVED_HEADER);
    assert_found(&findings, HIPC_RESERVED_SPECIAL);
    assert_found(&findings, HIPC_RESERVED_POINTER);
    assert_found(&findings, HIPC_RESERVED_MAP);
    assert_found(&findings, HIPC_RESERVED_RECEIVE_LIST);
    g_assert_cmpuint(findings.count, ==, 5);
    for (unsigned int i = 0; i < findings.count; i++)
        g_assert_cmpint(
            ipcshark_finding_severity((enum ipcshark_finding_code)findings.item[i].code), ==,
            IPCSHARK_NOTE);
}

static void test_cut(void)
{
    struct words words = WORDS(0xFFFF0004, 0x80000000 | 0x3C10, 0x1FF, 1, 2, 3);
    struct ipcshark_findings findings = decode(words, HIPC_REQUEST);
    const struct ipcshark_finding *whole = finding_of(&findings, IPCSHARK_FINDING_HIPC_TRUNCATED);
    const struct ipcshark_finding *copy =
        finding_of(&findings, IPCSHARK_FINDING_HIPC_COPY_HANDLES_CUT);

    g_assert_cmpuint(whole->actual, ==, 24);
    g_assert_cmpuint(whole->limit, ==, 800 + 64 + 13 * 8);
    g_assert_cmpuint(copy->actual, ==, 1);
    g_assert_cmpuint(copy->limit, ==, 15);
    g_assert_cmpuint(copy->offset, ==, 20);
    assert_found(&findings, HIPC_MOVE_HANDLES_CUT);
    assert_found(&findings, HIPC_POINTERS_CUT);
    assert_found(&findings, HIPC_SENDS_CUT);
    assert_found(&findings, HIPC_RECEIVES_CUT);
    assert_found(&findings, HIPC_EXCHANGES_CUT);
    assert_found(&findings, HIPC_RAW_CUT);
    assert_found(&findings, HIPC_RECEIVE_LIST_CUT);
    assert_not_found(&findings, HIPC_SPECIAL_CUT);
    g_assert_cmpuint(findings.dropped, ==, 0);
}

static void test_cut_header(void)
{
    struct words words = WORDS(4, 0);
    struct ipcshark_findings findings;

    words.length = 7;
    findings = decode(words, HIPC_REQUEST);
    g_assert_cmpuint(findings.count, ==, 1);
    g_assert_cmpuint(finding_of(&findings, IPCSHARK_FINDING_HIPC_TRUNCATED)->limit, ==, 8);
}

static void test_cut_pid(void)
{
    struct ipcshark_findings findings = decode(WORDS(4, 0x80000000, 1, 0xFF), HIPC_REQUEST);
    const struct ipcshark_finding *special =
        finding_of(&findings, IPCSHARK_FINDING_HIPC_SPECIAL_CUT);

    g_assert_cmpuint(special->actual, ==, 8);
    g_assert_cmpuint(special->limit, ==, 12);
}

static void test_result_in_place(void)
{
    struct ipcshark_findings reply = decode(WORDS(0, 0, 0xE401), HIPC_REPLY);
    struct ipcshark_findings empty = decode(WORDS(0, 0, 0), HIPC_REPLY);

    g_assert_cmphex(finding_of(&reply, IPCSHARK_FINDING_HIPC_RESULT_IN_PLACE)->actual, ==, 0xE401);
    g_assert_cmpuint(empty.count, ==, 0);
}

/* ---- Delivery ---- */

static struct hipc_message pointers(uint16_t size, uint8_t index, uint16_t second_size)
{
    return (struct hipc_message){
        .raw_offset = 0x10,
        .raw_words = 8,
        .pointer_count = 2,
        .pointer = {{.address = 0x1000, .size = size, .index = index, .offset = 8},
                    {.address = 0x2000, .size = second_size, .offset = 16}},
    };
}

static struct hipc_message receiver(uint8_t mode, uint64_t address, uint16_t size)
{
    return (struct hipc_message){
        .receive_list_mode = mode,
        .receive_list_count = mode == HIPC_RECEIVE_SINGLE || mode == HIPC_RECEIVE_INDEXED,
        .receive_list = {{.address = address, .size = size}},
        .receive_list_offset = 0x20,
    };
}

static struct ipcshark_findings deliver(struct hipc_message message, struct hipc_message to,
                                        enum hipc_direction direction)
{
    struct ipcshark_findings findings = {0};

    hipc_check_delivery(&message, direction, &to, &findings);
    return findings;
}

static void assert_room(struct hipc_message message, struct hipc_message to, uint64_t room)
{
    struct ipcshark_findings findings = deliver(message, to, HIPC_REPLY);

    g_assert_cmpuint(findings.count, ==, 1);
    g_assert_cmpuint(finding_of(&findings, IPCSHARK_FINDING_HIPC_POINTER_ROOM)->limit, ==, room);
}

static void assert_all_fits(struct hipc_message message, struct hipc_message to)
{
    g_assert_cmpuint(deliver(message, to, HIPC_REPLY).count, ==, 0);
}

/** "index >= count-2, entry size 0 or < size, or entry address 0" have no room. */
static void test_indexed_room(void)
{
    struct hipc_message to = receiver(HIPC_RECEIVE_INDEXED, 0x5000, 0x40);

    assert_all_fits(pointers(0x40, 0, 0), to);
    assert_room(pointers(0x41, 0, 0), to, 0x40);
    assert_room(pointers(1, 1, 0), to, 0);
    assert_room(pointers(1, 0, 0), receiver(HIPC_RECEIVE_INDEXED, 0, 0x40), 0);
}

/** One buffer takes all, each start rounded up to 16. */
static void test_single_room(void)
{
    struct hipc_message to = receiver(HIPC_RECEIVE_SINGLE, 0x5008, 0x40);

    assert_all_fits(pointers(0x30, 0, 8), to);
    assert_room(pointers(0x30, 0, 9), to, 8);
    assert_room(pointers(0x39, 0, 8), to, 0x38);
    assert_room(pointers(1, 0, 0), receiver(HIPC_RECEIVE_NONE, 0, 0), 0);
}

/** The message buffer, from the end of the raw data (0x30) on. */
static void test_room_in_message(void)
{
    struct hipc_message to = receiver(HIPC_RECEIVE_IN_MESSAGE, 0, 0);

    assert_all_fits(pointers(0xC0, 0, 0x10), to);
    assert_room(pointers(0xC0, 0, 0x11), to, 0x10);
}

/** A request that is refused has written its raw data over the list of the server that waits. */
static void test_broken_list(void)
{
    struct hipc_message to = receiver(HIPC_RECEIVE_INDEXED, 0x5000, 0x40);
    struct ipcshark_findings request = deliver(pointers(0x41, 0, 0), to, HIPC_REQUEST);
    struct ipcshark_findings fitting = deliver(pointers(0x40, 0, 0), to, HIPC_REQUEST);

    assert_found(&request, HIPC_RECEIVE_LIST_BROKEN);
    assert_not_found(&fitting, HIPC_RECEIVE_LIST_BROKEN);
    to.receive_list_offset = 0x30;
    request = deliver(pointers(0x41, 0, 0), to, HIPC_REQUEST);
    assert_not_found(&request, HIPC_RECEIVE_LIST_BROKEN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hipc/findings/none", test_nothing_to_say);
    g_test_add_func("/hipc/findings/move-handle", test_move_handle);
    g_test_add_func("/hipc/findings/tipc-direction", test_tipc_direction);
    g_test_add_func("/hipc/findings/maps-in-reply", test_maps_in_reply);
    g_test_add_func("/hipc/findings/map-attribute", test_map_attribute);
    g_test_add_func("/hipc/findings/receive-list-inside", test_receive_list_inside);
    g_test_add_func("/hipc/findings/types", test_types);
    g_test_add_func("/hipc/findings/size", test_size);
    g_test_add_func("/hipc/findings/reserved", test_reserved);
    g_test_add_func("/hipc/findings/cut", test_cut);
    g_test_add_func("/hipc/findings/cut/header", test_cut_header);
    g_test_add_func("/hipc/findings/cut/pid", test_cut_pid);
    g_test_add_func("/hipc/findings/result-in-place", test_result_in_place);
    g_test_add_func("/hipc/findings/delivery/indexed", test_indexed_room);
    g_test_add_func("/hipc/findings/delivery/single", test_single_room);
    g_test_add_func("/hipc/findings/delivery/in-message", test_room_in_message);
    g_test_add_func("/hipc/findings/delivery/broken-list", test_broken_list);
    return g_test_run();
}
