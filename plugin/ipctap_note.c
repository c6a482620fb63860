/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipctap_note.c Notes (kind 6): what a producer says about itself, and snapshots. */
#include "ipctap.h"

#include <ipcshark/names.h>

/* "A PRODUCER note forgets earlier state of its source." */
static void track_producer(const struct call_context *context)
{
    struct ipctap_section section;

    if (record_find(context, IPCTAP_PRODUCER, 0, &section))
        state_forget_source(context);
}

static void info_text(const struct call_context *context, uint16_t type, const char *before)
{
    struct ipctap_section section;

    if (!record_find(context, type, 0, &section))
        return;
    plugin_info(context, "%s%s%s", before,
                plugin_escape(context->pinfo->pool, section.bytes, section.captured_size),
                record_is_whole(&section) ? "" : "…");
}

static void info_dropped(const struct call_context *context)
{
    struct ipctap_section section;
    struct ipcshark_reader reader;
    uint64_t records, bytes;

    if (!record_find(context, IPCTAP_DROPPED, 0, &section))
        return;
    reader = ipcshark_reader(section.bytes, section.captured_size);
    records = ipcshark_read_u64(&reader);
    bytes = ipcshark_read_u64(&reader);
    if (!reader.failed)
        plugin_info(context, ", %" PRIu64 " records (%" PRIu64 " bytes) dropped", records, bytes);
}

static void info_session(const struct call_context *context)
{
    const char *service = record_text(context, IPCTAP_SERVICE, 0);

    if (context->header->object)
        plugin_info(context, ", 0x%x is %s", context->header->object,
                    service ? service : "a session");
}

static void info_clocks(const struct call_context *context)
{
    struct ipctap_section section;

    if (record_find(context, IPCTAP_CLOCK_PAIR, 0, &section))
        plugin_info(context, ", two clocks read together");
}

/* "A producer that is attached late sends a snapshot note per open session." */
static void track_session(const struct call_context *context)
{
    if (context->header->object)
        session_learn(context, session_get(context, context->header->object));
}

PLUGIN_APART void ipctap_dissect_note(const struct call_context *context)
{
    if (context->first_pass) {
        track_producer(context);
        track_session(context);
        appmsg_learn_clock(context);
    }
    plugin_info(context, "Note");
    info_session(context);
    info_text(context, IPCTAP_PRODUCER, ": from ");
    info_text(context, IPCTAP_FIRMWARE, ", firmware ");
    info_text(context, IPCTAP_COMMENT, ": ");
    info_dropped(context);
    info_clocks(context);
}
