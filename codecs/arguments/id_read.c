/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file id_read.c From the parser's lists to sorted tables. */
#include "id_internal.h"
#include "sort.h"

#include <ipcshark/user_names.h>

#include <stdio.h>
#include <string.h>

static const struct ipcshark_field *build_fields(struct id_parser *parser,
                                                 const struct id_list *list,
                                                 enum ipcshark_convention convention, bool is_out,
                                                 uint32_t *size)
{
    struct ipcshark_field *fields = ipcshark_id_allocate(parser, list->count, sizeof *fields);
    uint32_t n = 0;

    *size = 0;
    if (!fields)
        return NULL;
    for (const struct id_item *item = list->first; item; item = item->next) {
        if (!ipcshark_id_resolve(parser, item->type, 0))
            return NULL;
        fields[n++] = (struct ipcshark_field){item->name, item->type, 0};
    }
    *size = ipcshark_arguments_layout(convention, is_out, fields, n);
    return fields;
}

static void build_command(struct id_parser *parser, const struct id_command *from,
                          struct ipcshark_command *command)
{
    enum ipcshark_convention convention = from->command.convention;

    parser->resolving = from->start;
    *command = from->command;
    command->in_count = (uint16_t)from->in.count;
    command->out_count = (uint16_t)from->out.count;
    command->in = build_fields(parser, &from->in, convention, false, &command->in_size);
    command->out = build_fields(parser, &from->out, convention, true, &command->out_size);
    command->in_layout = command->in_size != UINT32_MAX;
    command->out_layout = command->out_size != UINT32_MAX;
    command->in_size = command->in_layout ? command->in_size : 0;
    command->out_size = command->out_layout ? command->out_size : 0;
}

static int compare_commands(const struct ipcshark_command *a, const struct ipcshark_command *b)
{
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->since > b->since) - (a->since < b->since);
}

static int compare_interfaces(const struct ipcshark_interface *a,
                              const struct ipcshark_interface *b)
{
    int order = strcmp(a->name, b->name);

    return order ? order : (a->convention > b->convention) - (a->convention < b->convention);
}

DEFINE_SORT(sort_commands, ipcshark_command, compare_commands)
DEFINE_SORT(sort_interfaces, ipcshark_interface, compare_interfaces)

static const char *const *build_services(struct id_parser *parser, const struct id_list *list)
{
    const char **services = ipcshark_id_allocate(parser, list->count, sizeof *services);
    uint32_t n = 0;

    for (const struct id_item *item = services ? list->first : NULL; item; item = item->next)
        services[n++] = item->name;
    return services;
}

static void build_interface(struct id_parser *parser, const struct id_interface *from,
                            struct ipcshark_interface *interface)
{
    size_t count = from->interface.command_count;
    struct ipcshark_command *commands = ipcshark_id_allocate(parser, count, sizeof *commands);
    uint32_t n = 0;

    *interface = from->interface;
    interface->service_count = (uint16_t)from->services.count;
    interface->service = build_services(parser, &from->services);
    interface->command = commands;
    if (!commands)
        return;
    for (const struct id_command *item = from->first; item && !parser->failed; item = item->next)
        build_command(parser, item, &commands[n++]);
    sort_commands(commands, n);
}

static int compare_services(const struct ipcshark_service *a, const struct ipcshark_service *b)
{
    int order = strcmp(a->name, b->name);

    return order ? order : (a->interface > b->interface) - (a->interface < b->interface);
}

/** An interface by its name without namespaces. */
struct short_name {
    const char *name;
    uint32_t interface;
};

static int compare_short_names(const struct short_name *a, const struct short_name *b)
{
    int order = strcmp(a->name, b->name);

    return order ? order : (a->interface > b->interface) - (a->interface < b->interface);
}

DEFINE_SORT(sort_services, ipcshark_service, compare_services)
DEFINE_SORT(sort_short_names, short_name, compare_short_names)

static void index_services(struct id_parser *parser, struct ipcshark_description *description)
{
    struct ipcshark_service *services;
    uint32_t count = 0;

    for (uint32_t i = 0; i < description->interface_count; i++)
        count += description->interface[i].service_count;
    services = ipcshark_id_allocate(parser, count, sizeof *services);
    description->service = services;
    description->service_count = services ? count : 0;
    count = 0;
    for (uint32_t i = 0; services && i < description->interface_count; i++) {
        for (uint16_t n = 0; n < description->interface[i].service_count; n++)
            services[count++] = (struct ipcshark_service){description->interface[i].service[n], i};
    }
    if (services)
        sort_services(services, count);
}

/** The sorted names are needed only to make the index. */
static void index_short_names(struct id_parser *parser, struct ipcshark_description *description)
{
    uint32_t count = description->interface_count;
    uint32_t *index = ipcshark_id_allocate(parser, count, sizeof *index);
    size_t used = parser->arena->used;
    struct short_name *names = ipcshark_id_allocate(parser, count, sizeof *names);

    if (!index || !names)
        return;
    for (uint32_t i = 0; i < count; i++)
        names[i] = (struct short_name){horizon_short_name(description->interface[i].name), i};
    sort_short_names(names, count);
    for (uint32_t i = 0; i < count; i++)
        index[i] = names[i].interface;
    parser->arena->used = used;
    description->by_short_name = index;
}

/** In the order of the parser's own index. */
static void list_types(struct id_parser *parser, struct ipcshark_description *description)
{
    struct ipcshark_named_type *types =
        ipcshark_id_allocate(parser, parser->typedef_count, sizeof *types);

    if (!types)
        return;
    for (uint32_t i = 0; i < parser->typedef_count; i++)
        types[i] = (struct ipcshark_named_type){parser->index[i].name, parser->index[i].type};
    description->type = types;
    description->type_count = parser->typedef_count;
}

/** Not an error: what their authors do not know, they do not define. */
static void tell_undefined(struct id_parser *parser)
{
    char text[128];

    if (!parser->undefined_count)
        return;
    snprintf(text, sizeof text,
             "nobody defines this type%s: where the arguments stand is not known",
             parser->undefined_count > 1 ? ", nor some others" : "");
    ipcshark_id_tell(parser, parser->undefined, text);
}

static void build(struct id_parser *parser, struct ipcshark_description *description)
{
    struct ipcshark_interface *interfaces =
        ipcshark_id_allocate(parser, parser->interface_count, sizeof *interfaces);
    struct ipcshark_description built = {.interface = interfaces};
    uint32_t n = 0;

    if (!interfaces || !ipcshark_id_index_typedefs(parser))
        return;
    for (struct id_typedef *item = parser->typedefs; item; item = item->next) {
        parser->resolving = item->start;
        ipcshark_id_resolve(parser, item->type, 0);
    }
    for (const struct id_interface *item = parser->first; item && !parser->failed;
         item = item->next)
        build_interface(parser, item, &interfaces[n++]);
    if (parser->failed)
        return;
    sort_interfaces(interfaces, n);
    built.interface_count = n;
    index_services(parser, &built);
    index_short_names(parser, &built);
    list_types(parser, &built);
    if (!parser->failed)
        *description = built;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length >= end_length && !strcmp(text + length - end_length, end);
}

/** By the file's ending, else by the first character that is no space. */
static void (*parser_of(const struct id_parser *parser))(struct id_parser *)
{
    const char *name = parser->file, *text = parser->text;
    size_t first = 0, length = parser->length;

    if (ends_with(name, ".id"))
        return ipcshark_id_parse_file;
    if (ends_with(name, ".tsv"))
        return ipcshark_id_parse_table;
    if (ends_with(name, ".json"))
        return ipcshark_id_parse_json;
    while (first < length && text[first] && strchr(" \t\r\n", text[first]))
        first++;
    if (first < length && text[first] == '{')
        return ipcshark_id_parse_json;
    return first < length && text[first] == '[' ? ipcshark_id_parse_table : ipcshark_id_parse_file;
}

/** By `parse`, or as the file's name says. */
static bool read_file(struct id_parser *parser, void (*parse)(struct id_parser *parser),
                      struct ipcshark_description *description)
{
    *description = (struct ipcshark_description){.interface = NULL};
    *parser->error = (struct ipcshark_id_error){0, 0, ""};
    if (parser->length > IPCSHARK_ID_MAX_FILE) {
        parser->length = 0;
        return ipcshark_id_fail(parser, 0, "the file is too large");
    }
    if (!ipcshark_id_check_text(parser))
        return false;
    parse = parse ? parse : parser_of(parser);
    parse(parser);
    if (!parser->failed && !parser->interface_count && !parser->typedef_count)
        ipcshark_id_fail(parser, parser->length, "there are no names in this file");
    if (!parser->failed)
        build(parser, description);
    return !parser->failed;
}

bool ipcshark_read_id(const char *name, const char *text, size_t length,
                      struct ipcshark_arena *arena, struct ipcshark_description *description,
                      struct ipcshark_id_error *error)
{
    struct id_parser parser = {
        .file = name, .text = text, .length = length, .arena = arena, .error = error};

    return read_file(&parser, ipcshark_id_parse_file, description);
}

bool ipcshark_names_read(const char *file_name, const char *text, size_t length,
                         const struct ipcshark_names *known, struct ipcshark_arena *arena,
                         struct ipcshark_description *description, struct ipcshark_id_error *error)
{
    struct id_parser parser = {.file = file_name,
                               .text = text,
                               .length = length,
                               .arena = arena,
                               .error = error,
                               .known = known};

    if (!read_file(&parser, NULL, description))
        return false;
    tell_undefined(&parser);
    return true;
}
