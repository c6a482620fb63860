/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file export_pdu.c
 * File → Export PDUs to File, `tshark -U "Console IPC"`: the records themselves, wherever they
 * were, as
 * `ipcshark record` writes them. So a capture of a TCP connection becomes one of records.
 */
#include "tap.h"

#include <epan/exported_pdu.h>

static int export_tap = -1;

/* docs/capture-format.md: the dissector's name "and no other" tag. */
static exp_pdu_data_t *make_pdu(packet_info *pinfo, tvbuff_t *record)
{
    static const exp_pdu_data_item_t *const no_more_tags[] = {NULL};
    exp_pdu_data_t *pdu = export_pdu_create_tags(pinfo, "ipctap", EXP_PDU_TAG_DISSECTOR_NAME,
                                                 (const exp_pdu_data_item_t **)no_more_tags);

    pdu->tvb_captured_length = tvb_captured_length(record);
    pdu->tvb_reported_length = tvb_reported_length(record);
    pdu->pdu_tvb = record;
    return pdu;
}

void export_pdu_record(const struct call_context *context)
{
    tvbuff_t *record;

    if (!have_tap_listener(export_tap))
        return;
    record = tvb_new_subset_length(context->tvb, 0, (int)context->record->length);
    tap_queue_packet(export_tap, context->pinfo, make_pdu(context->pinfo, record));
}

void export_pdu_register(void)
{
    export_tap = register_export_pdu_tap("Console IPC");
}
