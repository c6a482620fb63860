/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file memo.c
 * Where the memo of each record is kept. Nearly every frame is one record: its memo stands in an
 * array by frame number. Records of TCP connections, of packets that hold a request and its reply,
 * and of somebody who hands several of one frame to this dissector are kept with the frame, by
 * their order.
 */
#include "memo.h"

#include "keep.h"

#include <string.h>

/* Frames that share a piece of the array: the others' memos are empty. */
#define FRAMES 64

static int proto_ipctap = -1;
static struct record_memo **pieces; /* File scope: frame / FRAMES -> FRAMES memos, or NULL. */
static uint32_t piece_count;
static int64_t last_place; /* In the file: of the packet that was the last new one. */

/* ---- Targets ---- */

#define UNKNOWN "unknown process"
static const struct record_target no_target = {.process = UNKNOWN,
                                               .peer = UNKNOWN,
                                               .process_size = sizeof UNKNOWN,
                                               .peer_size = sizeof UNKNOWN};

static bool target_equal(const struct record_target *a, const struct record_target *b)
{
    return a->session == b->session && a->object == b->object && a->process == b->process &&
           a->peer == b->peer && a->service == b->service &&
           a->interface_name == b->interface_name && a->path == b->path;
}

const struct record_target *memo_target(const struct record_target *wanted,
                                        const struct record_target **last)
{
    struct record_target *target;

    if (*last && target_equal(*last, wanted))
        return *last;
    target = keep_new0(struct record_target);
    *target = *wanted;
    target->process_size = (uint32_t)strlen(target->process) + 1;
    target->peer_size = (uint32_t)strlen(target->peer) + 1;
    *last = target;
    return target;
}

/* ---- By frame ---- */

static void forget_pieces(void)
{
    pieces = NULL;
    piece_count = 0;
    last_place = -1;
}

void memo_register(int protocol)
{
    proto_ipctap = protocol;
    register_init_routine(forget_pieces);
}

static void grow_to(uint32_t count)
{
    struct record_memo **grown;

    if (count <= piece_count)
        return;
    count = MAX(count, piece_count * 2);
    grown = wmem_alloc0_array(wmem_file_scope(), struct record_memo *, count);
    if (piece_count)
        memcpy(grown, pieces, piece_count * sizeof *grown);
    wmem_free(wmem_file_scope(), pieces);
    pieces = grown;
    piece_count = count;
}

static struct record_memo *memo_at(uint32_t frame)
{
    struct record_memo *piece = frame / FRAMES < piece_count ? pieces[frame / FRAMES] : NULL;

    return piece ? &piece[frame % FRAMES] : NULL;
}

static struct record_memo *make_memo_at(uint32_t frame)
{
    grow_to(frame / FRAMES + 1);
    if (!pieces[frame / FRAMES])
        pieces[frame / FRAMES] =
            (struct record_memo *)keep_alloc0(FRAMES * sizeof(struct record_memo));
    return memo_at(frame);
}

/* ---- Whose it is ---- */

static bool is_alike(const struct record_memo *memo, const struct call_context *context)
{
    return memo->kind == context->header->kind && memo->platform == context->header->platform;
}

static void take(struct record_memo *memo, const struct call_context *context)
{
    memo->offset = tvb_raw_offset(context->tvb);
    memo->kind = context->header->kind;
    memo->platform = context->header->platform;
    memo->is_used = true;
}

/* Several records may lie in one frame of a TCP stream: they are told apart by their order. */
static uint32_t record_number(packet_info *pinfo)
{
    uint32_t *number = (uint32_t *)p_get_proto_data(pinfo->pool, pinfo, proto_ipctap, 0);

    if (!number) {
        number = wmem_new0(pinfo->pool, uint32_t);
        p_add_proto_data(pinfo->pool, pinfo, proto_ipctap, 0, number);
    }
    return ++*number;
}

static PLUGIN_APART struct record_memo *memo_by_order(const struct call_context *context,
                                                      bool *is_new)
{
    packet_info *pinfo = context->pinfo;
    uint32_t number = record_number(pinfo);
    struct record_memo *memo =
        (struct record_memo *)p_get_proto_data(wmem_file_scope(), pinfo, proto_ipctap, number);

    *is_new = !memo;
    if (*is_new) {
        memo = keep_new0(struct record_memo);
        take(memo, context);
        p_add_proto_data(wmem_file_scope(), pinfo, proto_ipctap, number, memo);
    }
    return memo;
}

/* A packet that a read filter drops was dissected all the same, and the next one gets its number;
 * but others may refer to its memo. */
static bool is_number_reused(const packet_info *pinfo)
{
    return !PINFO_FD_VISITED(pinfo) && pinfo->fd->file_off != last_place;
}

static bool is_for(const struct record_memo *memo, const struct call_context *context)
{
    return !memo->is_dropped && is_alike(memo, context) &&
           memo->offset == tvb_raw_offset(context->tvb);
}

/* NULL: the memo of this number is another's. */
static struct record_memo *memo_by_frame(const struct call_context *context, bool *is_new)
{
    struct record_memo *memo = make_memo_at(context->pinfo->num);

    *is_new = !memo->is_used;
    if (!*is_new && is_number_reused(context->pinfo))
        memo->is_dropped = true;
    if (!*is_new)
        return is_for(memo, context) ? memo : NULL;
    take(memo, context);
    last_place = context->pinfo->fd->file_off;
    return memo;
}

struct record_memo *memo_of_record(const struct call_context *context, bool *is_new)
{
    static struct record_memo nothing = {.target = &no_target};
    struct record_memo *memo = NULL;

    if (context->is_alone)
        memo = memo_by_frame(context, is_new);
    if (!memo) /* Or somebody calls this dissector again in a frame, for other bytes. */
        memo = memo_by_order(context, is_new);
    if (!memo->target)
        memo->target = &no_target;
    return is_alike(memo, context) ? memo : &nothing; /* Other bytes than on the first pass. */
}

const struct record_memo *memo_of_packet(packet_info *pinfo)
{
    const struct record_memo *memo = memo_at(pinfo->num);

    if (memo && memo->is_used && !memo->is_dropped)
        return memo;
    return (const struct record_memo *)p_get_proto_data(wmem_file_scope(), pinfo, proto_ipctap, 1);
}
