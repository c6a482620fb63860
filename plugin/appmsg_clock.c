/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file appmsg_clock.c
 * CLOCK_PAIR sections: what a source's monotonic clock showed at a moment of Unix time. Messages
 * carry monotonic times; with a pair their dates are known too.
 */
#include "appmsg_internal.h"
#include "keep.h"
#include "state.h"

void appmsg_learn_clock(const struct call_context *context)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;
    struct appmsg_clock *clock;

    if (!record_find(context, IPCTAP_CLOCK_PAIR, 0, &section))
        return;
    clock = keep_new0(struct appmsg_clock);
    reader = ipcshark_reader(section.bytes, section.captured_size);
    clock->monotonic = ipcshark_read_u64(&reader);
    clock->unix_time = ipcshark_read_u64(&reader);
    clock->known = !reader.failed;
    if (clock->known)
        context->source->clock = clock;
}

const struct appmsg_clock *appmsg_no_clock(void)
{
    static const struct appmsg_clock unknown;

    return &unknown;
}

const struct appmsg_clock *appmsg_clock_of(const struct call_context *context)
{
    const struct appmsg_clock *clock = context->source->clock;

    return clock ? clock : appmsg_no_clock();
}
