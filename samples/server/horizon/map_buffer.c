/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Send, receive and exchange buffers: what the kernel maps into the server and copies back. */
#include "horizon.h"

#include <string.h>

/* Each buffer appears in a slot of its own, at the offset that the client's address has in 1 GiB:
 * "keeps the low bits of the client address modulo the largest block size". */
#define SLOT_SIZE   (UINT64_C(2) << 30)
#define OFFSET_MASK ((UINT64_C(1) << 30) - 1)

static uint64_t page_floor(uint64_t address)
{
    return address & ~(uint64_t)(HORIZON_PAGE_SIZE - 1);
}

static uint64_t page_ceiling(uint64_t address)
{
    return page_floor(address + HORIZON_PAGE_SIZE - 1);
}

/* "partial pages are never locked": only the pages that a buffer covers whole. */
static bool touches_locked_pages(const struct horizon_map *map, uint64_t address, uint64_t size)
{
    uint64_t first = page_ceiling(map->client_address);
    uint64_t last = page_floor(map->client_address + map->size);

    return first < last && page_floor(address) < last && page_ceiling(address + size) > first;
}

bool horizon_map_is_locked(const struct horizon_request *request, uint64_t address, uint64_t size,
                           bool writing)
{
    for (unsigned int i = 0; i < request->map_count; i++) {
        const struct horizon_map *map = &request->map[i];

        /* While served, pages of a send buffer are read-only, the others not accessible. */
        if (map->size && (writing || map->kind != HORIZON_SEND) &&
            touches_locked_pages(map, address, size))
            return true;
    }
    return false;
}

static uint32_t check(const struct horizon_request *request, const struct hipc_map *descriptor,
                      const struct horizon_content *content, enum horizon_map_kind kind)
{
    /* "the attribute is validated even then" (size 0). */
    if (descriptor->attribute == HIPC_MAP_INVALID)
        return HORIZON_INVALID_COMBINATION;
    if (descriptor->size == 0)
        return 0;
    if (!content->present ||
        !horizon_memory_allows_map(request->client, descriptor->address, descriptor->size,
                                   descriptor->attribute, kind != HORIZON_SEND))
        return HORIZON_INVALID_CURRENT_MEMORY;
    if (horizon_map_is_locked(request, descriptor->address, descriptor->size, kind != HORIZON_SEND))
        return HORIZON_INVALID_CURRENT_MEMORY;
    return 0;
}

/* "Fresh pages, only filled: 0, or 'Y' when memory filling is enabled." */
static void fill_edges(const struct horizon_request *request, struct horizon_map *map)
{
    uint64_t first = page_ceiling(map->client_address) - map->client_address;
    uint64_t last = page_floor(map->client_address + map->size);

    if (map->kind != HORIZON_RECEIVE || !map->size ||
        !server_choice(request->client->kernel->server, CHOICE_HORIZON_FILL))
        return;
    last = last > map->client_address ? last - map->client_address : 0;
    memset(map->bytes, 'Y', MIN(first, map->size));
    memset(map->bytes + MAX(last, MIN(first, map->size)), 'Y',
           map->size - MAX(last, MIN(first, map->size)));
}

static void add(struct horizon_request *request, const struct hipc_map *descriptor,
                const struct horizon_content *content, enum horizon_map_kind kind,
                unsigned int number)
{
    struct horizon_map *map = &request->map[request->map_count];

    *map = (struct horizon_map){.kind = kind,
                                .attribute = descriptor->attribute,
                                .number = (uint8_t)number,
                                .client_address = descriptor->address,
                                .size = descriptor->size};
    if (map->size) {
        map->server_address = HORIZON_MAP_ADDRESS + request->map_count * SLOT_SIZE +
                              (descriptor->address & OFFSET_MASK);
        map->bytes = kind == HORIZON_RECEIVE ? g_malloc0(map->size)
                                             : g_memdup2(content->bytes, map->size);
    }
    fill_edges(request, map);
    request->map_count++;
}

static uint32_t map_kind(struct horizon_request *request, struct hipc_map *descriptor,
                         unsigned int count, const struct horizon_content *content,
                         enum horizon_map_kind kind)
{
    for (unsigned int i = 0; i < count; i++) {
        uint32_t result = check(request, &descriptor[i], &content[i], kind);

        if (result != 0)
            return result;
        add(request, &descriptor[i], &content[i], kind, i);
        descriptor[i].address = request->map[request->map_count - 1].server_address;
        descriptor[i].reserved = 0;
    }
    return 0;
}

uint32_t horizon_map_all(struct horizon_request *request)
{
    struct hipc_message *message = &request->delivered;
    uint32_t result =
        map_kind(request, message->send, message->send_count, request->contents.send, HORIZON_SEND);

    if (result == 0)
        result = map_kind(request, message->receive, message->receive_count,
                          request->contents.receive, HORIZON_RECEIVE);
    if (result == 0)
        result = map_kind(request, message->exchange, message->exchange_count,
                          request->contents.exchange, HORIZON_EXCHANGE);
    return result;
}

const char *horizon_map_state(const struct horizon_map *map)
{
    static const enum horizon_memory_state states[] = {
        [HIPC_MAP_NORMAL] = HORIZON_MEMORY_IPC,
        [HIPC_MAP_NON_SECURE] = HORIZON_MEMORY_NON_SECURE_IPC,
        [HIPC_MAP_NON_DEVICE] = HORIZON_MEMORY_NON_DEVICE_IPC,
    };

    return horizon_memory_state_name(states[map->attribute]);
}

const char *horizon_map_permission(const struct horizon_map *map)
{
    return map->kind == HORIZON_SEND ? "r" : "rw";
}

uint64_t horizon_map_shared_pages(const struct horizon_map *map)
{
    uint64_t first = page_ceiling(map->client_address);
    uint64_t last = page_floor(map->client_address + map->size);

    return first < last ? (last - first) / HORIZON_PAGE_SIZE : 0;
}

struct horizon_map *horizon_map_find(struct horizon_request *request, enum horizon_map_kind kind,
                                     unsigned int number)
{
    for (unsigned int i = 0; i < request->map_count; i++) {
        if (request->map[i].kind == kind && request->map[i].number == number)
            return &request->map[i];
    }
    return NULL;
}

void horizon_map_clear(struct horizon_request *request)
{
    for (unsigned int i = 0; i < request->map_count; i++)
        g_free(request->map[i].bytes);
    request->map_count = 0;
}

static void write_range(struct horizon_request *request, const struct horizon_map *map,
                        uint64_t start, uint64_t end)
{
    if (start < end)
        server_call_add(request->call,
                        map->kind == HORIZON_EXCHANGE ? IPCTAP_EXCHANGE : IPCTAP_RECEIVE,
                        map->number, map->client_address + start, map->bytes + start, end - start);
}

/*
 * Whole pages are shared, so only what the server wrote changes in them. Unaligned edges are fresh
 * pages that are copied back whole: of a receive buffer the client finds zeros there where the
 * server wrote nothing.
 */
static void write_back(struct horizon_request *request, const struct horizon_map *map)
{
    uint64_t end = map->client_address + map->size;
    uint64_t head = 0, tail = page_floor(end);

    if (map->client_address % HORIZON_PAGE_SIZE)
        head = MIN(map->size, page_ceiling(map->client_address) - map->client_address);
    head = MAX(head, map->used);
    tail = tail > map->client_address ? tail - map->client_address : 0;
    write_range(request, map, 0, head);
    if (end % HORIZON_PAGE_SIZE)
        write_range(request, map, MAX(head, tail), map->size);
}

void horizon_map_write_back(struct horizon_request *request)
{
    for (unsigned int i = 0; i < request->map_count; i++) {
        const struct horizon_map *map = &request->map[i];

        if (map->kind != HORIZON_SEND)
            write_back(request, map);
    }
}
