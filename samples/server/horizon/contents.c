/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections that carry or announce a message's memory, and whether they fit its descriptors. */
#include "horizon.h"

/* Address and size that the n-th descriptor of a section type has; false if there is none. */
static bool find_descriptor(const struct hipc_message *message, uint16_t type, uint16_t n,
                            uint64_t *address, uint64_t *size)
{
    const struct hipc_map *map = NULL;

    if (type == IPCTAP_POINTER && n < message->pointer_count) {
        *address = message->pointer[n].address;
        *size = message->pointer[n].size;
        return true;
    }
    if (type == IPCTAP_RECEIVE_LIST && n < message->receive_list_count) {
        *address = message->receive_list[n].address;
        *size = message->receive_list[n].size;
        return true;
    }
    if (type == IPCTAP_SEND && n < message->send_count)
        map = &message->send[n];
    else if (type == IPCTAP_RECEIVE && n < message->receive_count)
        map = &message->receive[n];
    else if (type == IPCTAP_EXCHANGE && n < message->exchange_count)
        map = &message->exchange[n];
    if (!map)
        return false;

    *address = map->address;
    *size = map->size;
    return true;
}

static struct horizon_content *find_slot(struct horizon_contents *contents, uint16_t type,
                                         uint16_t n)
{
    switch (type) {
    case IPCTAP_POINTER:
        return &contents->pointer[n];
    case IPCTAP_SEND:
        return &contents->send[n];
    case IPCTAP_RECEIVE:
        return &contents->receive[n];
    case IPCTAP_EXCHANGE:
        return &contents->exchange[n];
    default:
        return &contents->receive_list[n];
    }
}

static bool is_content(uint16_t type)
{
    return type == IPCTAP_POINTER || type == IPCTAP_SEND || type == IPCTAP_EXCHANGE;
}

static bool is_memory(uint16_t type)
{
    return is_content(type) || type == IPCTAP_RECEIVE || type == IPCTAP_RECEIVE_LIST;
}

static char *check_section(const struct ipctap_record *record, const struct hipc_message *message,
                           const struct ipctap_section *section, struct horizon_contents *contents)
{
    const char *name = ipctap_section_name(section->type);
    struct horizon_content *slot;
    uint64_t address, size;

    if (!find_descriptor(message, section->type, section->index, &address, &size))
        return message->complete
                   ? g_strdup_printf("%s %u has no descriptor in the message", name, section->index)
                   : NULL;
    if (section->address != address || section->declared_size != size)
        return g_strdup_printf(
            "%s %u is 0x%" G_GINT64_MODIFIER "X bytes at 0x%" G_GINT64_MODIFIER
            "X, its descriptor says 0x%" G_GINT64_MODIFIER "X bytes at 0x%" G_GINT64_MODIFIER "X",
            name, section->index, section->declared_size, section->address, size, address);
    if (is_content(section->type) && section->captured_size < size) {
        /* "the client flags UNREADABLE on contents that it could not read": as if absent. */
        return record->header.flags & IPCTAP_UNREADABLE
                   ? NULL
                   : g_strdup_printf("%s %u holds %u of its bytes", name, section->index,
                                     section->captured_size);
    }
    slot = find_slot(contents, section->type, section->index);
    *slot = (struct horizon_content){section->bytes, address, size, true};
    return NULL;
}

char *horizon_contents_read(const struct ipctap_record *record, const struct hipc_message *message,
                            struct horizon_contents *contents)
{
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    char *fault = NULL;

    *contents = (struct horizon_contents){0};
    while (!fault && ipctap_section_next(record, &iterator, &section, NULL)) {
        if (is_memory(section.type))
            fault = check_section(record, message, &section, contents);
    }
    return fault;
}
