/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_messages.c
 * A message that one process puts into a queue and another takes out. No number joins the two
 * calls: equal bytes do, in order, as far as digest_of() looks. App Messaging's carry a time in
 * microseconds and so hardly ever repeat; others may, so the frames are called probable.
 */
#include "keep.h"
#include "sceipmi_internal.h"

#include <string.h>

/** What both calls see of a message. */
struct message_key {
    uint64_t scope;
    uint64_t digest;
    uint32_t source;
    uint32_t size;
};

static wmem_map_t
    *waiting; /**< struct message_key -> struct sceipmi_delivery *, the oldest first */

static unsigned int key_hash(const void *pointer)
{
    return (unsigned int)(((const struct message_key *)pointer)->digest >> 32);
}

static gboolean key_equal(const void *pointer_a, const void *pointer_b)
{
    const struct message_key *a = (const struct message_key *)pointer_a;
    const struct message_key *b = (const struct message_key *)pointer_b;

    return a->scope == b->scope && a->digest == b->digest && a->source == b->source &&
           a->size == b->size;
}

void sceipmi_messages_register(void)
{
    waiting = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}

/** What tells messages apart stands at their start: of what follows, an eighth counts. They
 *  have 8 KiB, and nobody gains by two of one digest. */
#define WORD    sizeof(uint64_t)
#define CLOSELY 1024
#define STRIDE  (8 * WORD)

/** Words in a row are stirred into as many digests: none of them waits for another. */
#define LANES 4

static uint64_t stir(uint64_t digest, uint64_t word)
{
    digest = plugin_mix(digest, word);
    return digest ^ digest >> 32; /* A product's low bits depend on low bits only. */
}

static size_t stir_words(uint64_t lane[LANES], const uint8_t *bytes, size_t length)
{
    size_t i = 0;

    while (length - i >= LANES * WORD) {
        for (size_t n = 0; n < LANES; n++)
            lane[n] = stir(lane[n], ipcshark_load_u64(bytes + i + n * WORD));
        i += i < CLOSELY ? LANES * WORD : MIN(LANES * STRIDE, length - i);
    }
    return i;
}

static uint64_t digest_of(const uint8_t *bytes, size_t length)
{
    uint64_t lane[LANES] = {length, 1, 2, 3};
    uint64_t digest = 0;

    for (size_t i = stir_words(lane, bytes, length); i < length; i++)
        digest = stir(digest, bytes[i]);
    for (size_t n = 0; n < LANES; n++)
        digest = stir(digest, lane[n]);
    return digest;
}

static struct message_key key_of(const struct sceipmi_view *view,
                                 const struct record_section *message)
{
    return (struct message_key){
        .scope = view->context->scope,
        .source = view->context->header->source,
        .digest = digest_of(message->view.bytes, message->view.captured_size),
        .size = message->view.captured_size,
    };
}

static void note_sending(const struct sceipmi_view *view, struct sceipmi_memo *memo,
                         const struct message_key *key)
{
    struct sceipmi_delivery *delivery = keep_new0(struct sceipmi_delivery);
    struct sceipmi_delivery *oldest = (struct sceipmi_delivery *)wmem_map_lookup(waiting, key);

    delivery->send_frame = view->context->pinfo->num;
    delivery->last = delivery;
    memo->delivery = delivery;
    if (oldest) {
        oldest->last->next = delivery;
        oldest->last = delivery;
    } else {
        wmem_map_insert(waiting, keep_copy(key, sizeof *key), delivery);
    }
}

static void note_fetching(const struct sceipmi_view *view, struct sceipmi_memo *memo,
                          const struct message_key *key)
{
    struct sceipmi_delivery *oldest = (struct sceipmi_delivery *)wmem_map_remove(waiting, key);

    if (!oldest)
        return;
    oldest->fetch_frame = view->context->pinfo->num;
    memo->delivery = oldest;
    if (!oldest->next)
        return;
    oldest->next->last = oldest->last;
    wmem_map_insert(waiting, keep_copy(key, sizeof *key), oldest->next);
}

void sceipmi_join_message(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    uint32_t op = view->call.op;
    bool enters = call_is_enter(view->context);
    bool sends = op == SCEIPMI_SEND_MESSAGE || op == SCEIPMI_TRY_SEND_MESSAGE;
    bool fetches = op == SCEIPMI_GET_MESSAGE || op == SCEIPMI_TRY_GET_MESSAGE;
    struct record_section message;
    struct message_key key;

    if (!(sends && enters) && !(fetches && call_is_exit(view->context)))
        return;
    if (!sceipmi_message(view, &message))
        return;
    key = key_of(view, &message);
    if (sends)
        note_sending(view, memo, &key);
    else
        note_fetching(view, memo, &key);
}

void sceipmi_add_delivery(const struct sceipmi_view *view)
{
    const struct sceipmi_delivery *delivery = view->memo.delivery;
    uint32_t frame = view->context->pinfo->num;

    if (!delivery)
        return;
    if (delivery->send_frame != frame)
        plugin_add_generated_uint(view->tree, sceipmi_field_number.send_frame, view->tvb,
                                  delivery->send_frame);
    if (delivery->fetch_frame && delivery->fetch_frame != frame)
        plugin_add_generated_uint(view->tree, sceipmi_field_number.fetch_frame, view->tvb,
                                  delivery->fetch_frame);
}
