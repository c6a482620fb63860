/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_events.c
 * Who set the event flag that a client waited for: the service by SetEventFlag on its session, or
 * the manager when an asynchronous call was answered.
 */
#include "keep.h"
#include "sceipmi_internal.h"

struct event_key {
    uint64_t scope;
    uint32_t source;
    uint32_t kid; /**< The client's. */
    uint32_t flag;
};

static wmem_map_t *numbers; /**< struct event_key -> the frame that set it. */

static unsigned int key_hash(const void *pointer)
{
    const struct event_key *key = (const struct event_key *)pointer;
    uint64_t mixed = key->scope ^ (uint64_t)key->source << 48;

    mixed = plugin_mix(mixed, key->kid);
    mixed = plugin_mix(mixed, key->flag);
    return (unsigned int)(mixed >> 32);
}

static gboolean key_equal(const void *pointer_a, const void *pointer_b)
{
    const struct event_key *a = (const struct event_key *)pointer_a;
    const struct event_key *b = (const struct event_key *)pointer_b;

    return a->scope == b->scope && a->source == b->source && a->kid == b->kid && a->flag == b->flag;
}

void sceipmi_events_register(void)
{
    numbers = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}

static struct event_key make_key(const struct sceipmi_view *view, uint32_t kid, uint32_t flag)
{
    return (struct event_key){view->context->scope, view->context->header->source, kid, flag};
}

static void put(const struct sceipmi_view *view, uint32_t kid, uint32_t flag, uint32_t number)
{
    struct event_key key = make_key(view, kid, flag);
    const void *kept = NULL;

    if (!wmem_map_lookup_extended(numbers, &key, &kept, NULL))
        kept = keep_copy(&key, sizeof key);
    wmem_map_insert(numbers, kept, GUINT_TO_POINTER(number));
}

static uint32_t get(const struct sceipmi_view *view, uint32_t kid, uint32_t flag)
{
    struct event_key key = make_key(view, kid, flag);

    return GPOINTER_TO_UINT(wmem_map_lookup(numbers, &key));
}

/** A flag is set through the server's session or, by the client itself, through the client. */
static void note_setting(const struct sceipmi_view *view)
{
    const struct sceipmi_kid *client = sceipmi_peer_of(view);

    put(view, client ? client->number : view->call.kid,
        (uint32_t)sceipmi_argument(view, "event_flag"), view->context->pinfo->num);
}

static void note_answer(const struct sceipmi_view *view, const struct sceipmi_memo *memo)
{
    const struct sceipmi_kid *client = memo->link ? sceipmi_kid_of(memo->link->client) : NULL;

    if (client && memo->link->event_flag >= 0)
        put(view, client->number, (uint32_t)memo->link->event_flag, view->context->pinfo->num);
}

static void note_waiting(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    if (call_is_enter(view->context))
        memo->event_flag = (uint32_t)sceipmi_argument(view, "event_flag");
    else if (sceipmi_succeeded(view))
        memo->set_frame = get(view, view->call.kid, memo->event_flag);
}

void sceipmi_join_event(const struct sceipmi_view *view, struct sceipmi_memo *memo)
{
    bool enters = call_is_enter(view->context);

    switch (view->call.op) {
    case SCEIPMI_SET_EVENT_FLAG:
        if (enters)
            note_setting(view);
        break;
    case SCEIPMI_RESPOND_ASYNC:
        if (enters)
            note_answer(view, memo);
        break;
    case SCEIPMI_WAIT_EVENT_FLAG:
    case SCEIPMI_POLL_EVENT_FLAG:
        note_waiting(view, memo);
        break;
    default:
        break;
    }
}

void sceipmi_add_event(const struct sceipmi_view *view)
{
    if (view->memo.set_frame)
        plugin_add_generated_uint(view->tree, sceipmi_field_number.set_frame, view->tvb,
                                  view->memo.set_frame);
}
