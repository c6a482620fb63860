/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names_table.c
 * Tables of names (.tsv), in the form of codecs/names/tables/: `[interface]` starts its commands,
 * and a line is a command's number, name, first and last firmware. Columns are separated by tabs.
 */
#include "id_internal.h"

#include <string.h>

/** One line, and the column that is read next. */
struct line {
    size_t start, end, at;
};

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\r';
}

/** The next column without spaces around it; false if there is none. */
static bool next_column(const struct id_parser *parser, struct line *line, size_t *start,
                        size_t *length)
{
    size_t end = line->at;

    if (line->at > line->end)
        return false;
    while (end < line->end && parser->text[end] != '\t')
        end++;
    *start = line->at;
    line->at = end + 1;
    while (*start < end && is_blank(parser->text[*start]))
        ++*start;
    while (end > *start && is_blank(parser->text[end - 1]))
        end--;
    *length = end - *start;
    return true;
}

/** A part of the text read by the rules of `.id` tokens, and nothing behind it. */
static bool read_part(struct id_parser *parser, size_t start, size_t length,
                      bool (*read)(struct id_parser *parser, void *to), void *to)
{
    struct id_parser part = *parser;
    bool good;

    part.length = start + length;
    part.offset = start;
    ipcshark_id_advance(&part);
    good = !part.failed && read(&part, to) && !part.failed;
    if (good && part.token.kind != ID_END)
        good = ipcshark_id_fail(&part, part.token.start, "this does not belong here");
    parser->failed = part.failed;
    return good;
}

static bool read_id(struct id_parser *parser, void *to)
{
    return ipcshark_id_expect_number(parser, UINT32_MAX, to);
}

static bool read_version(struct id_parser *parser, void *to)
{
    *(uint32_t *)to = ipcshark_id_expect_version(parser);
    return !parser->failed;
}

/** "[", convention, name, services, "]" */
static const struct {
    const char *word;
    uint8_t convention;
} conventions[] = {
    {"cmif ", IPCSHARK_CONVENTION_CMIF},
    {"tipc ", IPCSHARK_CONVENTION_TIPC},
    {"ctr ", IPCSHARK_CONVENTION_CTR},
    {"ipmi ", IPCSHARK_CONVENTION_IPMI},
};

static size_t skip_convention(const struct id_parser *parser, size_t start, size_t length,
                              uint8_t *convention)
{
    for (size_t i = 0; i < sizeof conventions / sizeof *conventions; i++) {
        size_t word = strlen(conventions[i].word);

        if (length > word && !memcmp(parser->text + start, conventions[i].word, word)) {
            *convention = conventions[i].convention;
            return word;
        }
    }
    *convention = IPCSHARK_CONVENTION_CMIF;
    return 0;
}

static void add_service(struct id_parser *parser, struct id_interface *interface, size_t start,
                        size_t end)
{
    struct id_item *item;

    while (start < end && is_blank(parser->text[start]))
        start++;
    while (end > start && is_blank(parser->text[end - 1]))
        end--;
    if (start == end) {
        ipcshark_id_fail(parser, start, "a service's name is expected here");
        return;
    }
    item = ipcshark_id_append(parser, &interface->services, IPCSHARK_ID_MAX_FIELDS);
    if (item)
        item->name = ipcshark_id_copy_text(parser, start, end - start);
}

static void add_services(struct id_parser *parser, struct id_interface *interface, size_t start,
                         size_t end)
{
    for (size_t at = start; at <= end && !parser->failed; at++) {
        if (at < end && parser->text[at] != ',')
            continue;
        add_service(parser, interface, start, at);
        start = at + 1;
    }
}

/** Where " is " stands, or the end. */
static size_t name_end(const struct id_parser *parser, size_t start, size_t end)
{
    static const char word[] = " is ";

    for (size_t at = start; at + sizeof word - 1 <= end; at++) {
        if (!memcmp(parser->text + at, word, sizeof word - 1))
            return at;
    }
    return end;
}

static struct id_interface *new_interface(struct id_parser *parser, uint8_t convention,
                                          size_t start, size_t length)
{
    struct id_interface *interface = ipcshark_id_allocate(parser, 1, sizeof *interface);

    if (!interface)
        return NULL;
    interface->interface.convention = convention;
    interface->interface.name = ipcshark_id_copy_text(parser, start, length);
    ipcshark_id_link_interface(parser, interface);
    return interface;
}

static void parse_heading(struct id_parser *parser, size_t start, size_t length)
{
    size_t end = start + length - 1;
    struct id_interface *interface;
    uint8_t convention;
    size_t name;

    if (parser->text[end] != ']' || length < 3) {
        ipcshark_id_fail(parser, start,
                         "a heading is [interface] or [interface is service, service]");
        return;
    }
    start++;
    start += skip_convention(parser, start, end - start, &convention);
    name = name_end(parser, start, end);
    interface = new_interface(parser, convention, start, name - start);
    if (interface && name < end)
        add_services(parser, interface, name + 4, end);
}

/** Optional; the 3DS's and PlayStation's numbers do not change with the firmware. */
static void parse_range(struct id_parser *parser, struct line *line,
                        struct ipcshark_command *command)
{
    size_t start, length;

    command->until = IPCSHARK_UNTIL_NOW;
    if (command->convention > IPCSHARK_CONVENTION_TIPC)
        return;
    if (next_column(parser, line, &start, &length) && length)
        read_part(parser, start, length, read_version, &command->since);
    if (!parser->failed && next_column(parser, line, &start, &length) && length)
        read_part(parser, start, length, read_version, &command->until);
}

static void parse_command(struct id_parser *parser, struct id_interface *interface,
                          struct line *line, size_t start, size_t length)
{
    struct id_command *command = ipcshark_id_allocate(parser, 1, sizeof *command);
    uint64_t id = 0;

    if (!command || !read_part(parser, start, length, read_id, &id))
        return;
    if (!next_column(parser, line, &start, &length) || !length) {
        ipcshark_id_fail(parser, line->end,
                         "a command's number, a tab and its name are expected here");
        return;
    }
    command->command = (struct ipcshark_command){
        .id = (uint32_t)id, .convention = interface->interface.convention, .undocumented = true};
    command->command.name = ipcshark_id_copy_text(parser, start, length);
    parse_range(parser, line, &command->command);
    if (!parser->failed)
        ipcshark_id_link_command(interface, command);
}

/** The interface may also be the line's first column. */
static void parse_row(struct id_parser *parser, struct line *line, size_t start, size_t length)
{
    bool is_number = parser->text[start] >= '0' && parser->text[start] <= '9';
    struct id_interface *interface = parser->last;

    if (!is_number) {
        if (!interface || strlen(interface->interface.name) != length ||
            memcmp(interface->interface.name, parser->text + start, length) != 0)
            interface = new_interface(parser, IPCSHARK_CONVENTION_CMIF, start, length);
        if (!interface)
            return;
        if (!next_column(parser, line, &start, &length)) {
            ipcshark_id_fail(parser, line->end, "a tab and a command's number are expected here");
            return;
        }
    }
    if (interface)
        parse_command(parser, interface, line, start, length);
    else
        ipcshark_id_fail(parser, start, "a [heading] is expected before the first command");
}

static void parse_line(struct id_parser *parser, struct line *line)
{
    size_t start, length;

    if (!next_column(parser, line, &start, &length) || !length) {
        if (line->at <= line->end)
            ipcshark_id_fail(parser, line->start, "the line begins with an empty column");
        return;
    }
    if (parser->text[start] == '#')
        return;
    parser->token.start = start;
    if (parser->text[start] == '[')
        parse_heading(parser, start, length);
    else
        parse_row(parser, line, start, length);
}

void ipcshark_id_parse_table(struct id_parser *parser)
{
    for (size_t start = 0; start < parser->length && !parser->failed;) {
        const char *end = memchr(parser->text + start, '\n', parser->length - start);
        struct line line = {start, end ? (size_t)(end - parser->text) : parser->length, start};

        parse_line(parser, &line);
        start = line.end + 1;
    }
}
