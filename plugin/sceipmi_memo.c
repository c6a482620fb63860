/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_memo.c
 * How a manager call's part of its record_memo is packed. Enter and exit mostly remember the same,
 * and share it.
 */
#include "keep.h"
#include "sceipmi_internal.h"
#include "state.h"

#include <string.h>

/* record_memo.detail */
struct kept {
    struct sceipmi_link *link;
    struct sceipmi_delivery *delivery;
    const struct appmsg_clock *clock;
    uint32_t event_flag;
    uint32_t set_frame;
};

/* record_memo.bits is the kid's kind. */
static void load(struct sceipmi_memo *memo, const struct record_memo *from,
                 const struct record_target *target)
{
    static const struct kept nothing;
    const struct kept *kept = from->detail ? (const struct kept *)from->detail : &nothing;

    *memo = (struct sceipmi_memo){
        .service = target->service,
        .kid_kind = from->bits,
        .session = target->session,
        .method = from->command,
        .link = kept->link,
        .event_flag = kept->event_flag,
        .set_frame = kept->set_frame,
        .delivery = kept->delivery,
        .clock = kept->clock ? kept->clock : appmsg_no_clock(),
    };
}

void sceipmi_memo_load(struct sceipmi_view *view)
{
    const struct call_context *context = view->context;
    const struct record_memo *request = (const struct record_memo *)call_request(context);

    load(&view->memo, context->memo, context->target);
    view->request = request && request != context->memo ? &view->asked : NULL;
    if (view->request)
        load(&view->asked, request, request->target);
}

/* Calls of no clock, link or event leave nothing. */
static void *keep(const struct call_context *context, const struct kept *wanted)
{
    static const struct kept nothing;
    const struct record_memo *request = (const struct record_memo *)call_request(context);
    void **last = &context->source->last_kept; /* Most keep the clock alone. */
    struct kept *kept;

    if (memcmp(wanted, &nothing, sizeof nothing) == 0)
        return NULL;
    if (request && request->detail && memcmp(wanted, request->detail, sizeof *wanted) == 0)
        return request->detail;
    if (*last && memcmp(wanted, *last, sizeof *wanted) == 0)
        return *last;
    kept = keep_new0(struct kept);
    *kept = *wanted;
    *last = kept;
    return kept;
}

void sceipmi_memo_keep(const struct sceipmi_view *view)
{
    const struct call_context *context = view->context;
    const struct sceipmi_memo *memo = &view->memo;
    const struct kept wanted = {
        .link = memo->link,
        .delivery = memo->delivery,
        .clock = memo->clock == appmsg_no_clock() ? NULL : memo->clock,
        .event_flag = memo->event_flag,
        .set_frame = memo->set_frame,
    };

    context->memo->bits = memo->kid_kind;
    context->memo->command = memo->method;
    context->memo->detail = keep(context, &wanted);
    context->learnt->service = memo->service;
    context->learnt->session = (struct session *)memo->session;
}
