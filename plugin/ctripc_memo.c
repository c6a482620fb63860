/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctripc_memo.c
 * How a 3DS message's part of its record_memo is packed: what nearly all have in what is shared
 * with other records, what few have in a struct of its own.
 */
#include "ctripc_internal.h"
#include "keep.h"

/* record_memo.bits */
#define OPENS_PORT_BIT 0x01

/* record_memo.detail */
struct rare {
    const char *opens;
    const char *opens_file;
    const char *opened_service;
};

void ctripc_memo_load(struct ctripc_memo *memo, const struct record_memo *from,
                      const struct record_target *target)
{
    static const struct rare nothing;
    const struct rare *rare = from->detail ? (const struct rare *)from->detail : &nothing;

    *memo = (struct ctripc_memo){
        .service = target->service,
        .session = target->session,
        .known = from->command,
        .opens = rare->opens,
        .opens_file = rare->opens_file,
        .opened_service = rare->opened_service,
        .opens_port = (from->bits & OPENS_PORT_BIT) != 0,
    };
}

void ctripc_memo_keep(const struct ctripc_view *view)
{
    const struct ctripc_memo *memo = &view->memo;
    struct record_memo *kept = view->context->memo;
    struct rare *rare;

    kept->bits = memo->opens_port ? OPENS_PORT_BIT : 0;
    kept->command = memo->known;
    view->context->learnt->service = memo->service;
    view->context->learnt->session = (struct session *)memo->session;
    if (!memo->opens && !memo->opens_file && !memo->opened_service)
        return;
    rare = keep_new0(struct rare);
    *rare = (struct rare){memo->opens, memo->opens_file, memo->opened_service};
    kept->detail = rare;
}
