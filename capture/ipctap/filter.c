/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A piece of the text: a word, a value. */
struct piece {
    const char *start;
    size_t length;
};

static bool equals(struct piece piece, const char *text)
{
    return piece.length == strlen(text) && memcmp(piece.start, text, piece.length) == 0;
}

/** Cuts the next piece off `text`; false if there is none. */
static bool next_piece(const char **text, const char *separators, struct piece *piece)
{
    *text += strspn(*text, separators);
    piece->start = *text;
    piece->length = strcspn(*text, separators);
    *text += piece->length;
    return piece->length > 0;
}

static bool parse_number(const char *text, const char **end, uint64_t *value)
{
    char *after;

    if (*text < '0' || *text > '9')
        return false;
    *value = strtoull(text, &after, 0);
    *end = after;
    return true;
}

/** "5", "0x10", "5-9"; no two values touch, so that reading a number ends inside its own. */
static bool parse_range(struct filter_list *list, struct piece piece)
{
    char text[64];
    const char *end;

    if (piece.length >= sizeof text || list->count == FILTER_MAX_VALUES)
        return false;
    memcpy(text, piece.start, piece.length);
    text[piece.length] = '\0';
    if (!parse_number(text, &end, &list->range[list->count].first))
        return false;
    list->range[list->count].last = list->range[list->count].first;
    if (*end == '-' && !parse_number(end + 1, &end, &list->range[list->count].last))
        return false;
    list->count++;
    return *end == '\0';
}

static bool parse_platform(struct filter_list *list, struct piece piece)
{
    static const char *const names[] = {"other", "horizon", "ctr", "orbis", "prospero"};

    for (unsigned int i = 0; i < sizeof names / sizeof *names; i++) {
        if (!equals(piece, names[i]) || list->count == FILTER_MAX_VALUES)
            continue;
        list->range[list->count].first = list->range[list->count].last = i;
        list->count++;
        return true;
    }
    return false;
}

static bool parse_service(struct filter *filter, struct piece piece)
{
    if (piece.length >= FILTER_MAX_SERVICE || filter->service_count == FILTER_MAX_VALUES)
        return false;
    memcpy(filter->service[filter->service_count], piece.start, piece.length);
    filter->service[filter->service_count++][piece.length] = '\0';
    return true;
}

static bool parse_switch(bool *is_off, struct piece piece)
{
    *is_off = equals(piece, "off");
    return *is_off || equals(piece, "on");
}

static bool parse_cap(struct filter *filter, struct piece piece)
{
    struct filter_list number;

    number.count = 0;
    if (!parse_range(&number, piece) || number.range[0].first > UINT32_MAX)
        return false;
    filter->buffer_cap = (uint32_t)number.range[0].first;
    return true;
}

static bool parse_value(struct filter *filter, struct piece key, struct piece value)
{
    if (equals(key, "platform"))
        return parse_platform(&filter->platforms, value);
    if (equals(key, "pid"))
        return parse_range(&filter->pids, value);
    if (equals(key, "program"))
        return parse_range(&filter->programs, value);
    if (equals(key, "service"))
        return parse_service(filter, value);
    if (equals(key, "command"))
        return parse_range(&filter->commands, value);
    if (equals(key, "buffers"))
        return parse_switch(&filter->without_buffers, value);
    return equals(key, "bytes") && parse_cap(filter, value);
}

/** "KEY=VALUE,VALUE", "on" or "off". */
static bool parse_word(struct filter *filter, struct piece word)
{
    const char *equal = (const char *)memchr(word.start, '=', word.length);
    struct piece key = {word.start, equal ? (size_t)(equal - word.start) : 0};
    struct piece value;
    size_t left;

    if (!equal)
        return parse_switch(&filter->is_off, word);
    left = word.length - key.length - 1;
    value.start = equal + 1;
    while (left) {
        const char *comma = (const char *)memchr(value.start, ',', left);

        value.length = comma ? (size_t)(comma - value.start) : left;
        if (!value.length || !parse_value(filter, key, value))
            return false;
        left -= value.length + (comma != NULL);
        value.start += value.length + 1;
    }
    return word.length > key.length + 1;
}

bool ipctap_filter_parse(struct filter *filter, const char *text, char *error, size_t error_size)
{
    const char *from = text ? text : "";
    struct piece word;

    memset(filter, 0, sizeof *filter);
    filter->buffer_cap = UINT32_MAX;
    while (next_piece(&from, " \t\r\n;", &word)) {
        if (parse_word(filter, word))
            continue;
        if (error)
            snprintf(
                error, error_size,
                "\"%.*s\" is no filter: platform=horizon|ctr|orbis pid=N program=N service=NAME "
                "command=N buffers=on|off bytes=N on off; lists 1,2,5-9 of %d at most",
                (int)word.length, word.start, FILTER_MAX_VALUES);
        return false;
    }
    return true;
}

static bool list_takes(const struct filter_list *list, uint64_t value)
{
    for (unsigned int i = 0; i < list->count; i++) {
        if (value >= list->range[i].first && value <= list->range[i].last)
            return true;
    }
    return list->count == 0;
}

/** Notes tell about the producer itself, so they always pass. */
bool ipctap_filter_takes_header(const struct filter *filter, const struct ipctap_header *header)
{
    return header->kind == IPCTAP_NOTE ||
           (!filter->is_off && list_takes(&filter->platforms, header->platform) &&
            list_takes(&filter->pids, header->pid) &&
            list_takes(&filter->programs, header->program_id));
}

bool ipctap_filter_takes_service(const struct filter *filter, const char *name, size_t length)
{
    for (unsigned int i = 0; i < filter->service_count; i++) {
        if (strlen(filter->service[i]) == length && !memcmp(filter->service[i], name, length))
            return true;
    }
    return filter->service_count == 0;
}

bool ipctap_filter_takes_command(const struct filter *filter, uint64_t command)
{
    return list_takes(&filter->commands, command);
}

bool ipctap_filter_is_buffer(uint16_t type)
{
    return (type >= IPCTAP_POINTER && type <= IPCTAP_PXI) ||
           (type >= IPCTAP_IPMI_IN && type <= IPCTAP_IPMI_PACKET) ||
           type == IPCTAP_IPMI_USER_DATA || type == IPCTAP_APPMSG_PAYLOAD || type == IPCTAP_MEMORY;
}
