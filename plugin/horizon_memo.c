/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file horizon_memo.c
 * How a Horizon message's part of its record_memo is packed: what nearly all have in its bits and
 * in what is shared with other records, what few have in a struct of its own.
 */
#include "horizon.h"
#include "keep.h"

/* record_memo.bits */
#define PROTOCOL_MASK 0x03
#define DOMAIN_BIT    0x04
#define CONTROL_BIT   0x08

/* record_memo.detail */
struct rare {
    const char *argument;
    const char *outcome;
    const char *requested;
    const char *file;
    const struct record_memo *answers;
    uint32_t copied_id;
};

void horizon_memo_load(struct horizon_memo *memo, const struct record_memo *from,
                       const struct record_target *target)
{
    static const struct rare nothing;
    const struct rare *rare = from->detail ? (const struct rare *)from->detail : &nothing;

    *memo = (struct horizon_memo){
        .protocol = (enum horizon_protocol)(from->bits & PROTOCOL_MASK),
        .is_domain = (from->bits & DOMAIN_BIT) != 0,
        .is_control = (from->bits & CONTROL_BIT) != 0,
        .service = target->service,
        .interface_name = target->interface_name,
        .object_path = target->path,
        .session = target->session,
        .object = target->object,
        .known = from->command,
        .command = from->command ? from->command->name : NULL,
        .argument = rare->argument,
        .outcome = rare->outcome,
        .requested = rare->requested,
        .file = rare->file,
        .answers = rare->answers,
        .copied_id = rare->copied_id,
    };
}

const char *horizon_opened_object(const struct horizon_message *message)
{
    const struct cmif_message *cmif = &message->cmif;
    bool is_one = cmif->is_reply && cmif->has_domain && cmif->domain.objects_known &&
                  cmif->domain.objects_captured == 1 && !message->memo.is_control;
    bool has_moved = message->hipc.has_special && message->hipc.special.move_count;

    return is_one && !has_moved ? message->memo.outcome : NULL;
}

static bool is_rare(const struct horizon_memo *memo)
{
    return memo->argument || memo->outcome || memo->requested || memo->file || memo->answers ||
           memo->copied_id;
}

static struct rare *keep_rare(const struct horizon_memo *memo)
{
    struct rare *rare = keep_new0(struct rare);

    *rare = (struct rare){
        .argument = memo->argument,
        .outcome = memo->outcome,
        .requested = memo->requested,
        .file = memo->file,
        .answers = memo->answers,
        .copied_id = memo->copied_id,
    };
    return rare;
}

void horizon_memo_keep(const struct horizon_message *message)
{
    const struct horizon_memo *memo = &message->memo;
    struct record_target *target = message->context->learnt;
    struct record_memo *kept = message->context->memo;

    kept->bits = (uint8_t)(memo->protocol | (memo->is_domain ? DOMAIN_BIT : 0) |
                           (memo->is_control ? CONTROL_BIT : 0));
    kept->command = memo->known;
    kept->detail = is_rare(memo) ? keep_rare(memo) : NULL;
    target->service = memo->service;
    target->interface_name = memo->interface_name;
    target->path = memo->object_path;
    target->object = memo->object;
}
