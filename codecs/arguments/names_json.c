/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names_json.c
 * Ghidra-Switch-Loader's JSON in both its forms: {interface: {"0": "Read"}}, and the newer one with
 * pages and services around the interfaces and {"name": …, "out": interface} for a command. Members
 * that begin with "_", and values of other kinds, are passed over.
 */
#include "id_internal.h"

#include <string.h>

#define MAX_DEPTH 64

/** A member's key, in the text, without its quotes. */
struct key {
    size_t start, length;
};

/** Objects around a value, innermost last. */
struct path {
    struct key key[MAX_DEPTH];
    unsigned int depth;
};

static void skip_space(struct id_parser *parser)
{
    while (parser->offset < parser->length && strchr(" \t\r\n", parser->text[parser->offset]) &&
           parser->text[parser->offset])
        parser->offset++;
}

/** The next character that is no space, 0 at the end. */
static char next(struct id_parser *parser)
{
    skip_space(parser);
    if (parser->offset >= parser->length)
        return '\0';
    return parser->text[parser->offset];
}

static bool accept(struct id_parser *parser, char wanted)
{
    if (parser->failed || next(parser) != wanted)
        return false;
    parser->offset++;
    return true;
}

static bool expect(struct id_parser *parser, char wanted)
{
    char text[] = "'?' is expected here";

    if (accept(parser, wanted))
        return true;
    text[1] = wanted;
    return ipcshark_id_fail(parser, parser->offset, text);
}

/** A text between quotes, as it stands there; escapes are checked, not replaced. */
static bool read_text(struct id_parser *parser, struct key *key)
{
    if (!expect(parser, '"'))
        return false;
    key->start = parser->offset;
    for (; parser->offset < parser->length; parser->offset++) {
        unsigned char byte = (unsigned char)parser->text[parser->offset];

        if (byte == '"') {
            key->length = parser->offset++ - key->start;
            return true;
        }
        if (byte < 0x20)
            break;
        parser->offset += byte == '\\';
    }
    return ipcshark_id_fail(parser, key->start - 1, "the text has no closing quote on its line");
}

static bool is_key(const struct id_parser *parser, const struct key *key, const char *text)
{
    return key->length == strlen(text) && !memcmp(parser->text + key->start, text, key->length);
}

/** A key of digits alone, below 2^32. */
static bool key_number(const struct id_parser *parser, const struct key *key, uint32_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < key->length; i++) {
        char byte = parser->text[key->start + i];

        if (byte < '0' || byte > '9')
            return false;
        value = value * 10 + (uint64_t)(byte - '0');
        if (value > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return key->length > 0;
}

/** A number, true, false or null. */
static bool skip_word(struct id_parser *parser)
{
    size_t start = parser->offset;

    while (parser->offset < parser->length && parser->text[parser->offset] &&
           !strchr(" \t\r\n,]}:\"[{", parser->text[parser->offset]))
        parser->offset++;
    return parser->offset > start || ipcshark_id_fail(parser, start, "a value is expected here");
}

static bool skip_bracket(struct id_parser *parser, char open[MAX_DEPTH], unsigned int *depth)
{
    char byte = parser->text[parser->offset];

    if (byte == '{' || byte == '[') {
        if (*depth == MAX_DEPTH)
            return ipcshark_id_fail(parser, parser->offset, "values nest too deep");
        open[(*depth)++] = byte;
    } else {
        if (!*depth || open[*depth - 1] != (byte == '}' ? '{' : '['))
            return ipcshark_id_fail(parser, parser->offset, "this bracket closes nothing");
        --*depth;
    }
    parser->offset++;
    return true;
}

/** Any value, without recursion: brackets are counted and must match. */
static bool skip_value(struct id_parser *parser)
{
    char open[MAX_DEPTH];
    unsigned int depth = 0;
    struct key ignored;

    do {
        char byte = next(parser);
        bool good = true;

        if (byte == '"')
            good = read_text(parser, &ignored);
        else if (byte && strchr("{}[]", byte))
            good = skip_bracket(parser, open, &depth);
        else if (byte && depth && strchr(",:", byte))
            parser->offset++;
        else
            good = skip_word(parser);
        if (!good)
            return false;
    } while (depth);
    return true;
}

/** "nifm:a, nifm:s (annotation)": services of the interface below that key. */
static void add_services(struct id_parser *parser, struct id_interface *interface,
                         const struct key *key)
{
    size_t end = key->start + key->length;
    const char *note = memchr(parser->text + key->start, '(', key->length);

    end = note ? (size_t)(note - parser->text) : end;
    for (size_t at = key->start; at < end && !parser->failed;) {
        const char *comma = memchr(parser->text + at, ',', end - at);
        size_t stop = comma ? (size_t)(comma - parser->text) : end;
        size_t last = stop;
        struct id_item *item;

        while (at < last && parser->text[at] == ' ')
            at++;
        while (last > at && parser->text[last - 1] == ' ')
            last--;
        item = last > at ? ipcshark_id_append(parser, &interface->services, IPCSHARK_ID_MAX_FIELDS)
                         : NULL;
        if (item)
            item->name = ipcshark_id_copy_text(parser, at, last - at);
        at = stop + 1;
    }
}

/** The commands' interface is the innermost key; below three others it is the newer form, in which
 *  the key around it names services, if it is not itself an interface's short name. */
static struct id_interface *interface_of(struct id_parser *parser, const struct path *path)
{
    const struct key *key = &path->key[path->depth - 1];
    struct id_interface *interface = ipcshark_id_allocate(parser, 1, sizeof *interface);
    const struct key *around = path->depth >= 3 ? key - 1 : NULL;

    if (!interface)
        return NULL;
    interface->interface.convention = IPCSHARK_CONVENTION_CMIF;
    interface->interface.name = ipcshark_id_copy_text(parser, key->start, key->length);
    if (around &&
        !(around->length > 1 && parser->text[around->start] == 'I' &&
          parser->text[around->start + 1] >= 'A' && parser->text[around->start + 1] <= 'Z'))
        add_services(parser, interface, around);
    ipcshark_id_link_interface(parser, interface);
    return interface;
}

static void add_out_object(struct id_parser *parser, struct id_command *command,
                           const struct key *name)
{
    struct id_item *item = ipcshark_id_append(parser, &command->out, 1);
    struct ipcshark_type *type = ipcshark_id_allocate(parser, 1, sizeof *type);

    if (!item || !type)
        return;
    *type = (struct ipcshark_type){.kind = IPCSHARK_TYPE_OBJECT, .alignment = 1};
    type->name = ipcshark_id_copy_text(parser, name->start, name->length);
    item->type = type;
    item->name = "";
}

static void add_command(struct id_parser *parser, struct id_interface *interface, uint32_t id,
                        const struct key *name, const struct key *out)
{
    struct id_command *command = ipcshark_id_allocate(parser, 1, sizeof *command);

    if (!command)
        return;
    command->command =
        (struct ipcshark_command){.id = id, .undocumented = true, .until = IPCSHARK_UNTIL_NOW};
    command->command.name = ipcshark_id_copy_text(parser, name->start, name->length);
    if (out->length)
        add_out_object(parser, command, out);
    if (!parser->failed)
        ipcshark_id_link_command(interface, command);
}

/** Begins a member or ends the object; true if there is one. */
static bool next_member(struct id_parser *parser, bool *is_first, struct key *key)
{
    if (accept(parser, '}'))
        return false;
    if (!*is_first && !expect(parser, ','))
        return false;
    *is_first = false;
    return read_text(parser, key) && expect(parser, ':');
}

/** {"name": …, "out": …}: the newer form of a command. */
static void read_command_object(struct id_parser *parser, struct key *name, struct key *out)
{
    bool is_first = true;
    struct key key;

    expect(parser, '{');
    while (!parser->failed && next_member(parser, &is_first, &key)) {
        struct key *to = is_key(parser, &key, "name")  ? name
                         : is_key(parser, &key, "out") ? out
                                                       : NULL;

        if (to && next(parser) == '"')
            read_text(parser, to);
        else
            skip_value(parser);
    }
}

static void read_command(struct id_parser *parser, const struct path *path,
                         struct id_interface **interface, uint32_t id)
{
    struct key name = {0, 0}, out = {0, 0};
    char byte = next(parser);

    parser->token.start = parser->offset;
    if (byte == '"')
        read_text(parser, &name);
    else if (byte == '{')
        read_command_object(parser, &name, &out);
    else
        skip_value(parser);
    if (parser->failed || !name.length || !path->depth)
        return;
    if (!*interface)
        *interface = interface_of(parser, path);
    if (*interface)
        add_command(parser, *interface, id, &name, &out);
}

/** An object whose keys are numbers is an interface's, another is a group. */
static void read_object(struct id_parser *parser, struct path *path)
{
    struct id_interface *interface = NULL;
    bool is_first = true;
    struct key key = {0};
    uint32_t id;

    expect(parser, '{');
    while (!parser->failed && next_member(parser, &is_first, &key)) {
        if (key_number(parser, &key, &id))
            read_command(parser, path, &interface, id);
        else if (next(parser) != '{' || !key.length || parser->text[key.start] == '_')
            skip_value(parser);
        else if (path->depth == MAX_DEPTH)
            ipcshark_id_fail(parser, key.start, "values nest too deep");
        else {
            path->key[path->depth++] = key;
            read_object(parser, path);
            path->depth--;
        }
    }
}

void ipcshark_id_parse_json(struct id_parser *parser)
{
    struct path path;

    path.depth = 0;
    read_object(parser, &path);
    skip_space(parser);
    if (!parser->failed && parser->offset < parser->length)
        ipcshark_id_fail(parser, parser->offset, "something stands behind the end");
}
