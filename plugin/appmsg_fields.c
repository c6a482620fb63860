/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file appmsg_fields.c The filter names of the App Messaging dissector. */
#include "appmsg_internal.h"

struct appmsg_fields appmsg_field;
struct appmsg_subtrees appmsg_subtree = {-1, -1, -1, -1, -1};

#define EVENT_BITS 64

static int event_numbers[EVENT_BITS + 1];   /**< One a named bit, one for all others. */
static int *event_pointers[EVENT_BITS + 2]; /**< Ends in NULL. */
static hf_register_info event_info[EVENT_BITS + 1];
int *const *appmsg_event_fields = event_pointers;

static hf_register_info fields[] = {
    {&appmsg_field.method, {"Method", "appmsg.method", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&appmsg_field.function,
     {"Function", "appmsg.function", FT_UINT32, BASE_DEC, NULL, 0,
      "Function of libSceAppMessaging, as the record numbers them", HFILL}},
    {&appmsg_field.return_value,
     {"Return value", "appmsg.return_value", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&appmsg_field.return_name,
     {"Meaning", "appmsg.return_value.name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&appmsg_field.destination,
     {"Destination", "appmsg.destination", FT_UINT32, BASE_HEX, NULL, 0, "App id", HFILL}},
    {&appmsg_field.destination_process,
     {"Destination process", "appmsg.destination.process", FT_STRING, BASE_NONE, NULL, 0,
      "Whose records have that app id", HFILL}},
    {&appmsg_field.sender_process,
     {"Sender process", "appmsg.sender.process", FT_STRING, BASE_NONE, NULL, 0,
      "Whose records have that app id", HFILL}},
    {&appmsg_field.sender,
     {"Sender", "appmsg.sender", FT_UINT32, BASE_HEX, NULL, 0, "App id", HFILL}},
    {&appmsg_field.type,
     {"Message type", "appmsg.type", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&appmsg_field.type_name,
     {"Meaning", "appmsg.type.name", FT_STRING, BASE_NONE, NULL, 0,
      "Name of the type in the family of the preference; others may use the number differently",
      HFILL}},
    {&appmsg_field.payload_size,
     {"Payload size", "appmsg.payload_size", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&appmsg_field.flags, {"Flags", "appmsg.flags", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&appmsg_field.flag_overwrite,
     {"Overwrite", "appmsg.flags.overwrite", FT_BOOLEAN, 32, TFS(&tfs_set_notset),
      APPMSG_FLAG_OVERWRITE, NULL, HFILL}},
    {&appmsg_field.flag_other,
     {"Other flags", "appmsg.flags.other", FT_UINT32, BASE_HEX, NULL,
      0xFFFFFFFFu & ~(unsigned)APPMSG_FLAG_OVERWRITE, NULL, HFILL}},
    {&appmsg_field.padding,
     {"Padding", "appmsg.padding", FT_UINT32, BASE_HEX, NULL, 0,
      "Of a request: never written by the library, remains of its stack", HFILL}},
    {&appmsg_field.payload,
     {"Payload", "appmsg.payload", FT_BYTES, BASE_NONE, NULL, 0, NULL, HFILL}},
    {&appmsg_field.text,
     {"Text", "appmsg.text", FT_STRING, BASE_NONE, NULL, 0,
      "The payload, where it is nothing but printable text", HFILL}},
    {&appmsg_field.stale,
     {"Bytes behind the payload", "appmsg.stale", FT_BYTES, BASE_NONE, NULL, 0,
      "Remains of earlier messages", HFILL}},
    {&appmsg_field.clear,
     {"Clear obtained bits", "appmsg.clear", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL}},
    {&appmsg_field.bits,
     {"Event bits", "appmsg.events", FT_UINT64, BASE_HEX, NULL, 0, "As passed", HFILL}},
    {&appmsg_field.pattern,
     {"Obtained bits", "appmsg.pattern", FT_UINT64, BASE_HEX, NULL, 0, "As returned", HFILL}},
    {&appmsg_field.timestamp,
     {"Since boot", "appmsg.since_boot", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
      "When the message was sent: CLOCK_MONOTONIC, in microseconds", HFILL}},
    {&appmsg_field.time,
     {"Time", "appmsg.time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0,
      "The same, mapped by the last pair of clocks that the source told", HFILL}},
    {&appmsg_field.valid,
     {"Valid results", "appmsg.valid", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL}},
    {&appmsg_field.valid_return,
     {"Return value", "appmsg.valid.return_value", FT_BOOLEAN, 32, TFS(&tfs_yes_no),
      APPMSG_RETURN_VALID, NULL, HFILL}},
    {&appmsg_field.valid_pattern,
     {"Obtained bits", "appmsg.valid.pattern", FT_BOOLEAN, 32, TFS(&tfs_yes_no),
      APPMSG_PATTERN_VALID, NULL, HFILL}},
    {&appmsg_field.valid_timestamp,
     {"Timestamp", "appmsg.valid.timestamp", FT_BOOLEAN, 32, TFS(&tfs_yes_no),
      APPMSG_TIMESTAMP_VALID, NULL, HFILL}},
};

/** "SCE_APP_MESSAGING_EVENT_ON_RESUME" or "ON_RESUME" gives "appmsg.event.on_resume". */
static const char *event_filter(const char *name)
{
    static const char prefix[] = "SCE_APP_MESSAGING_EVENT_";
    const char *rest = g_str_has_prefix(name, prefix) ? name + sizeof prefix - 1 : name;
    char *lower = g_ascii_strdown(rest, -1);
    char *filter = g_strdup_printf("appmsg.event.%s", lower);

    g_free(lower);
    return filter;
}

static void set_event(unsigned int n, const char *name, const char *filter, enum ftenum type,
                      uint64_t mask)
{
    event_info[n].p_id = &event_numbers[n];
    event_info[n].hfinfo = (header_field_info){name,
                                               filter,
                                               type,
                                               type == FT_BOOLEAN ? EVENT_BITS : (int)BASE_HEX,
                                               type == FT_BOOLEAN ? TFS(&tfs_set_notset) : NULL,
                                               mask,
                                               NULL,
                                               HFILL};
    event_pointers[n] = &event_numbers[n];
}

/** From the highest bit down, which is the order of the names; what has none stands last. */
static unsigned int fill_events(void)
{
    uint64_t named = 0;
    unsigned int n = 0;

    for (int bit = EVENT_BITS - 1; bit >= 0; bit--) {
        const char *name = appmsg_event_name((unsigned int)bit);

        if (!name)
            continue;
        named |= UINT64_C(1) << bit;
        set_event(n++, name, event_filter(name), FT_BOOLEAN, UINT64_C(1) << bit);
    }
    if (~named)
        set_event(n++, "Other bits", "appmsg.event.other", FT_UINT64, ~named);
    return n;
}

void appmsg_register_fields(int protocol)
{
    static int *subtrees[] = {
        &appmsg_subtree.protocol, &appmsg_subtree.flags,   &appmsg_subtree.bits,
        &appmsg_subtree.valid,    &appmsg_subtree.payload,
    };

    proto_register_field_array(protocol, fields, G_N_ELEMENTS(fields));
    proto_register_field_array(protocol, event_info, (int)fill_events());
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
}
