/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file appmsg_clock.c
 * CLOCK_PAIR sections: what a source's monotonic clock showed at a moment of Unix time. Messages
 * carry monotonic times; with a pair their dates are known too.
 */
#include "appmsg_internal.h"

static wmem_map_t *clocks; /**< source_key() -> struct appmsg_clock * */

static uint64_t source_key(const struct call_context *context)
{
    return context->scope << 16 ^ context->header->source;
}

void appmsg_clock_register(void)
{
    clocks =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_int64_hash, g_int64_equal);
}

void appmsg_learn_clock(const struct call_context *context)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;
    struct appmsg_clock *clock;
    uint64_t key = source_key(context);

    if (!context->first_pass)
        return;
    if (!record_find(context, IPCTAP_CLOCK_PAIR, 0, &section))
        return;
    clock = wmem_new0(wmem_file_scope(), struct appmsg_clock);
    reader = ipcshark_reader(section.bytes, section.captured_size);
    clock->monotonic = ipcshark_read_u64(&reader);
    clock->unix_time = ipcshark_read_u64(&reader);
    clock->known = !reader.failed;
    if (clock->known)
        wmem_map_insert(clocks, wmem_memdup(wmem_file_scope(), &key, sizeof key), clock);
}

const struct appmsg_clock *appmsg_no_clock(void)
{
    static const struct appmsg_clock unknown;

    return &unknown;
}

const struct appmsg_clock *appmsg_clock_of(const struct call_context *context)
{
    uint64_t key = source_key(context);
    const struct appmsg_clock *clock = (const struct appmsg_clock *)wmem_map_lookup(clocks, &key);

    return clock ? clock : appmsg_no_clock();
}
