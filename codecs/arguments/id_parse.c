/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file id_parse.c Files, interfaces and commands. */
#include "id_internal.h"

static void parse_typedef(struct id_parser *parser)
{
    struct id_typedef *item = ipcshark_id_allocate(parser, 1, sizeof *item);
    size_t start = parser->token.start;

    ipcshark_id_advance(parser);
    if (!item)
        return;
    item->name = ipcshark_id_expect_name(parser);
    if (ipcshark_id_expect(parser, '='))
        item->type = ipcshark_id_parse_type(parser, 0);
    if (!item->type || !ipcshark_id_expect(parser, ';'))
        return;
    item->next = parser->typedefs;
    item->start = start;
    item->order = parser->typedef_count++;
    parser->typedefs = item;
}

/** MAJOR.MINOR.MICRO */
uint32_t ipcshark_id_expect_version(struct id_parser *parser)
{
    uint64_t part[3] = {0, 0, 0};

    for (unsigned int i = 0; i < 3; i++) {
        if (i && !ipcshark_id_expect(parser, '.'))
            return 0;
        if (!ipcshark_id_expect_number(parser, UINT8_MAX, &part[i]))
            return 0;
    }
    return HORIZON_VERSION(part[0], part[1], part[2]);
}

/** "(" VER [ "+" | "-" VER ] ")" */
static void parse_versions(struct id_parser *parser, struct id_decoration *decoration)
{
    if (!ipcshark_id_expect(parser, '('))
        return;
    decoration->since = ipcshark_id_expect_version(parser);
    if (ipcshark_id_accept(parser, '+'))
        decoration->until = IPCSHARK_UNTIL_NOW;
    else if (ipcshark_id_accept(parser, '-'))
        decoration->until = ipcshark_id_expect_version(parser);
    else
        decoration->until = decoration->since;
    ipcshark_id_expect(parser, ')');
}

static void parse_decorations(struct id_parser *parser, struct id_decoration *decoration)
{
    *decoration = (struct id_decoration){.until = IPCSHARK_UNTIL_NOW};
    while (ipcshark_id_accept(parser, '@')) {
        if (ipcshark_id_is_word(parser, "version")) {
            ipcshark_id_advance(parser);
            parse_versions(parser, decoration);
        } else if (ipcshark_id_is_word(parser, "undocumented")) {
            ipcshark_id_advance(parser);
            decoration->undocumented = true;
        } else {
            ipcshark_id_fail(parser, parser->token.start,
                             "a decoration is @version(…) or @undocumented");
        }
    }
}

/** type [ NAME ] */
static void parse_argument(struct id_parser *parser, struct id_list *list)
{
    struct id_item *item = ipcshark_id_append(parser, list, IPCSHARK_ID_MAX_IN_OUT);

    if (!item)
        return;
    item->type = ipcshark_id_parse_type(parser, 0);
    item->name = "";
    if (item->type && (parser->token.kind == ID_NAME || parser->token.kind == ID_STRING))
        item->name = ipcshark_id_expect_name(parser);
}

/** "(" [ argument { "," argument } ] ")" */
static void parse_tuple(struct id_parser *parser, struct id_list *list)
{
    if (!ipcshark_id_expect(parser, '(') || ipcshark_id_accept(parser, ')'))
        return;
    do {
        parse_argument(parser, list);
    } while (!parser->failed && ipcshark_id_accept(parser, ','));
    ipcshark_id_expect(parser, ')');
}

/** [ "->" ( tuple | argument ) ] */
static void parse_results(struct id_parser *parser, struct id_list *list)
{
    if (parser->token.kind != ID_ARROW)
        return;
    ipcshark_id_advance(parser);
    if (ipcshark_id_is(parser, '('))
        parse_tuple(parser, list);
    else
        parse_argument(parser, list);
}

void ipcshark_id_link_command(struct id_interface *interface, struct id_command *command)
{
    if (interface->last)
        interface->last->next = command;
    else
        interface->first = command;
    interface->last = command;
    interface->interface.command_count++;
}

void ipcshark_id_link_interface(struct id_parser *parser, struct id_interface *interface)
{
    if (parser->last)
        parser->last->next = interface;
    else
        parser->first = interface;
    parser->last = interface;
    parser->interface_count++;
}

static void parse_command(struct id_parser *parser, struct id_interface *interface)
{
    struct id_command *command = ipcshark_id_allocate(parser, 1, sizeof *command);
    struct id_decoration decoration;
    uint64_t id = 0;
    size_t start;

    parse_decorations(parser, &decoration);
    start = parser->token.start;
    if (!command || !ipcshark_id_expect(parser, '[') ||
        !ipcshark_id_expect_number(parser, UINT32_MAX, &id) || !ipcshark_id_expect(parser, ']'))
        return;
    command->command = (struct ipcshark_command){.id = (uint32_t)id,
                                                 .convention = interface->interface.convention,
                                                 .undocumented = decoration.undocumented,
                                                 .since = decoration.since,
                                                 .until = decoration.until};
    command->start = start;
    command->command.name = ipcshark_id_expect_name(parser);
    parse_tuple(parser, &command->in);
    parse_results(parser, &command->out);
    if (ipcshark_id_expect(parser, ';'))
        ipcshark_id_link_command(interface, command);
}

/** "is" SNAME { "," SNAME } */
static void parse_services(struct id_parser *parser, struct id_list *services)
{
    if (!ipcshark_id_is_word(parser, "is"))
        return;
    do {
        struct id_item *item = ipcshark_id_append(parser, services, IPCSHARK_ID_MAX_FIELDS);

        ipcshark_id_advance(parser);
        ipcshark_id_widen_name(parser);
        if (item)
            item->name = ipcshark_id_expect_name(parser);
    } while (!parser->failed && ipcshark_id_is(parser, ','));
}

static void parse_interface(struct id_parser *parser, enum ipcshark_convention convention)
{
    struct id_interface *interface = ipcshark_id_allocate(parser, 1, sizeof *interface);

    ipcshark_id_advance(parser);
    ipcshark_id_widen_name(parser);
    if (!interface)
        return;
    interface->interface.convention = (uint8_t)convention;
    interface->interface.name = ipcshark_id_expect_name(parser);
    parse_services(parser, &interface->services);
    if (!ipcshark_id_expect(parser, '{'))
        return;
    while (!parser->failed && !ipcshark_id_accept(parser, '}'))
        parse_command(parser, interface);
    ipcshark_id_link_interface(parser, interface);
}

void ipcshark_id_parse_file(struct id_parser *parser)
{
    struct id_decoration ignored;

    ipcshark_id_advance(parser);
    while (!parser->failed) {
        parse_decorations(parser, &ignored);
        if (ipcshark_id_is_word(parser, "type"))
            parse_typedef(parser);
        else if (ipcshark_id_is_word(parser, "interface"))
            parse_interface(parser, IPCSHARK_CONVENTION_CMIF);
        else if (ipcshark_id_is_word(parser, "tipc"))
            parse_interface(parser, IPCSHARK_CONVENTION_TIPC);
        else if (ipcshark_id_is_word(parser, "ctr"))
            parse_interface(parser, IPCSHARK_CONVENTION_CTR);
        else if (parser->token.kind == ID_END)
            return;
        else
            ipcshark_id_fail(parser, parser->token.start,
                             "a definition starts with type, interface, tipc or ctr");
    }
}
