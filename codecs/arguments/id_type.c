/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file id_type.c Types: those that the language knows, structs, enums, arrays, names. */
#include "id_internal.h"

#include <string.h>

#define MAX_TYPE_ARGUMENTS 4
#define POINTER_ALIGNMENT  1

static const struct {
    const char *name;
    uint8_t kind;
    uint8_t size; /**< And alignment, as far as that goes. */
} scalars[] = {
    {"u8", IPCSHARK_TYPE_UNSIGNED, 1},  {"u16", IPCSHARK_TYPE_UNSIGNED, 2},
    {"u32", IPCSHARK_TYPE_UNSIGNED, 4}, {"u64", IPCSHARK_TYPE_UNSIGNED, 8},
    {"i8", IPCSHARK_TYPE_SIGNED, 1},    {"i16", IPCSHARK_TYPE_SIGNED, 2},
    {"i32", IPCSHARK_TYPE_SIGNED, 4},   {"i64", IPCSHARK_TYPE_SIGNED, 8},
    {"f32", IPCSHARK_TYPE_FLOAT, 4},    {"f64", IPCSHARK_TYPE_FLOAT, 8},
    {"b8", IPCSHARK_TYPE_BOOL, 1},      {"bool", IPCSHARK_TYPE_BOOL, 1},
    {"u128", IPCSHARK_TYPE_BYTES, 16},
};

/** What a type is made of; the n-th argument is a number or the name of a type. */
struct maker {
    struct id_parser *parser;
    const struct id_list *arguments;
    struct ipcshark_type *type;
    size_t start;
};

static const struct id_item *argument(const struct maker *maker, uint32_t n)
{
    const struct id_item *item = maker->arguments->first;

    while (item && n--)
        item = item->next;
    return item;
}

/** An optional number. */
static bool number_argument(const struct maker *maker, uint32_t n, uint64_t limit, uint64_t missing,
                            uint64_t *number)
{
    const struct id_item *item = argument(maker, n);

    *number = item ? item->value : missing;
    if (item && item->type)
        return ipcshark_id_fail(maker->parser, maker->start, "this type takes a number here");
    if (*number > limit)
        return ipcshark_id_fail(maker->parser, maker->start,
                                "the number is too large for this type");
    return true;
}

static bool type_argument(const struct maker *maker, uint32_t n, struct ipcshark_type **type)
{
    const struct id_item *item = argument(maker, n);

    *type = item ? item->type : NULL;
    if (!*type)
        return ipcshark_id_fail(maker->parser, maker->start, "this type takes another type here");
    return true;
}

static bool word_argument(const struct maker *maker, uint32_t n, const char *word)
{
    const struct id_item *item = argument(maker, n);

    return item && item->type && item->type->name && strcmp(item->type->name, word) == 0;
}

static bool make_bytes(struct maker *maker, uint8_t kind)
{
    uint64_t size, alignment;

    if (!number_argument(maker, 0, IPCSHARK_ID_MAX_SIZE, 0, &size) ||
        !number_argument(maker, 1, ARGUMENTS_MAX_ALIGNMENT, 1, &alignment))
        return false;
    if (!alignment || (alignment & (alignment - 1)))
        return ipcshark_id_fail(maker->parser, maker->start, "an alignment is 1, 2, 4, 8 or 16");
    maker->type->kind = kind;
    maker->type->size = (uint32_t)size;
    maker->type->sized = maker->arguments->count > 0;
    maker->type->alignment = (uint8_t)alignment;
    return true;
}

static bool make_handle(struct maker *maker)
{
    maker->type->kind = IPCSHARK_TYPE_HANDLE;
    maker->type->alignment = POINTER_ALIGNMENT;
    maker->type->attribute = word_argument(maker, 0, "move");
    if (maker->arguments->count && !word_argument(maker, 0, "move") &&
        !word_argument(maker, 0, "copy"))
        return ipcshark_id_fail(maker->parser, maker->start,
                                "a handle is handle<copy> or handle<move>");
    return true;
}

static bool make_object(struct maker *maker)
{
    struct ipcshark_type *target;

    if (!type_argument(maker, 0, &target))
        return false;
    maker->type->kind = IPCSHARK_TYPE_OBJECT;
    maker->type->alignment = POINTER_ALIGNMENT;
    maker->type->name = target->name;
    return true;
}

static bool is_buffer_attribute(uint64_t attribute)
{
    unsigned int modes =
        attribute & (IPCSHARK_BUFFER_MAP | IPCSHARK_BUFFER_POINTER | IPCSHARK_BUFFER_AUTO_SELECT);

    if (attribute > UINT8_MAX || !(attribute & (IPCSHARK_BUFFER_IN | IPCSHARK_BUFFER_OUT)))
        return false;
    if (!modes || (modes & (modes - 1)))
        return false;
    return !(attribute & IPCSHARK_BUFFER_NON_SECURE && attribute & IPCSHARK_BUFFER_NON_DEVICE);
}

/** array<type, 0> in a struct: as many as there are, at its end. */
static bool make_rest(struct maker *maker)
{
    maker->type->kind = IPCSHARK_TYPE_UNKNOWN;
    maker->type->alignment = POINTER_ALIGNMENT;
    return true;
}

/** buffer<type, attribute[, size]>, and the same written array<…>: the contents are many. */
static bool make_buffer(struct maker *maker)
{
    struct ipcshark_type *contents;
    uint64_t attribute, size;

    if (!type_argument(maker, 0, &contents) ||
        !number_argument(maker, 1, UINT16_MAX, 0, &attribute) ||
        !number_argument(maker, 2, IPCSHARK_ID_MAX_SIZE, 0, &size))
        return false;
    if (!attribute && maker->arguments->count > 1)
        return make_rest(maker);
    if (!is_buffer_attribute(attribute))
        return ipcshark_id_fail(maker->parser, maker->start,
                                "a buffer's attribute has a direction and exactly one mode");
    maker->type->kind = IPCSHARK_TYPE_BUFFER;
    maker->type->alignment = ID_UNRESOLVED;
    maker->type->attribute = (uint16_t)attribute;
    maker->type->size = (uint32_t)size;
    maker->type->element = contents;
    return true;
}

/** static<type, id>, pxi<type, id[, r]>, mapped<type, r|w|rw>. */
static bool make_ctr_buffer(struct maker *maker, uint8_t kind)
{
    struct ipcshark_type *contents;
    uint64_t id = 0;

    if (!type_argument(maker, 0, &contents))
        return false;
    if (kind != IPCSHARK_TYPE_MAPPED && !number_argument(maker, 1, 15, 0, &id))
        return false;
    if (kind == IPCSHARK_TYPE_PXI && word_argument(maker, 2, "r"))
        id |= 0x100;
    if (kind == IPCSHARK_TYPE_MAPPED)
        id = word_argument(maker, 1, "r")    ? 1
             : word_argument(maker, 1, "w")  ? 2
             : word_argument(maker, 1, "rw") ? 3
                                             : 0;
    if (kind == IPCSHARK_TYPE_MAPPED && !id)
        return ipcshark_id_fail(maker->parser, maker->start,
                                "a mapped buffer is mapped<type, r|w|rw>");
    maker->type->kind = kind;
    maker->type->alignment = ID_UNRESOLVED;
    maker->type->attribute = (uint16_t)id;
    maker->type->element = contents;
    return true;
}

/** "s32" in older files is what "i32" is now. */
static bool is_scalar(const char *scalar, const char *name)
{
    return !strcmp(scalar, name) ||
           (*scalar == 'i' && *name == 's' && !strcmp(scalar + 1, name + 1));
}

static bool make_scalar(struct maker *maker, const char *name)
{
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        if (!is_scalar(scalars[i].name, name))
            continue;
        maker->type->kind = scalars[i].kind;
        maker->type->size = scalars[i].size;
        maker->type->alignment = scalars[i].size < 8 ? scalars[i].size : 8;
        maker->type->sized = true;
        return true;
    }
    return false;
}

static bool make_special(struct maker *maker, const char *name)
{
    if (!strcmp(name, "bytes"))
        return make_bytes(maker, IPCSHARK_TYPE_BYTES);
    if (!strcmp(name, "text"))
        return make_bytes(maker, IPCSHARK_TYPE_TEXT);
    if (!strcmp(name, "unknown") || !strcmp(name, "data"))
        return make_bytes(maker, IPCSHARK_TYPE_UNKNOWN);
    if (!strcmp(name, "handle") || !strcmp(name, "KObject") || !strcmp(name, "KHandle"))
        return make_handle(maker);
    if (!strcmp(name, "object"))
        return make_object(maker);
    if (!strcmp(name, "buffer") || !strcmp(name, "array"))
        return make_buffer(maker);
    if (!strcmp(name, "static"))
        return make_ctr_buffer(maker, IPCSHARK_TYPE_STATIC);
    if (!strcmp(name, "pxi"))
        return make_ctr_buffer(maker, IPCSHARK_TYPE_PXI);
    if (!strcmp(name, "mapped"))
        return make_ctr_buffer(maker, IPCSHARK_TYPE_MAPPED);
    return false;
}

struct ipcshark_type *ipcshark_id_make_type(struct id_parser *parser, size_t start,
                                            const char *name, const struct id_list *arguments)
{
    struct maker maker = {parser, arguments,
                          ipcshark_id_allocate(parser, 1, sizeof(struct ipcshark_type)), start};

    if (!maker.type)
        return NULL;
    maker.type->name = name;
    if (!strcmp(name, "pid")) {
        maker.type->kind = IPCSHARK_TYPE_PID;
        maker.type->alignment = POINTER_ALIGNMENT;
    } else if (!make_scalar(&maker, name) && !make_special(&maker, name)) {
        maker.type->kind = ID_TYPE_NAMED;
        maker.type->count = (uint32_t)start;
    }
    return parser->failed ? NULL : maker.type;
}

/** "<" already taken. */
static void parse_type_arguments(struct id_parser *parser, struct id_list *list, unsigned int depth)
{
    do {
        struct id_item *item = ipcshark_id_append(parser, list, MAX_TYPE_ARGUMENTS);

        if (!item)
            return;
        if (parser->token.kind == ID_NUMBER)
            ipcshark_id_expect_number(parser, UINT32_MAX, &item->value);
        else
            item->type = ipcshark_id_parse_type(parser, depth + 1);
    } while (!parser->failed && ipcshark_id_accept(parser, ','));
    ipcshark_id_expect(parser, '>');
}

/** "[n]" or "[]" behind a type. */
static struct ipcshark_type *parse_array(struct id_parser *parser, struct ipcshark_type *element)
{
    struct ipcshark_type *type;
    uint64_t count = 0;

    if (!element || !ipcshark_id_accept(parser, '['))
        return element;
    if (!ipcshark_id_is(parser, ']') &&
        !ipcshark_id_expect_number(parser, IPCSHARK_ID_MAX_SIZE, &count))
        return NULL;
    type = ipcshark_id_allocate(parser, 1, sizeof *type);
    if (!ipcshark_id_expect(parser, ']') || !type)
        return NULL;
    *type = (struct ipcshark_type){.kind = IPCSHARK_TYPE_ARRAY,
                                   .name = element->name ? element->name : "",
                                   .element = element,
                                   .count = (uint32_t)count};
    return type;
}

static void parse_struct_fields(struct id_parser *parser, struct id_list *list, unsigned int depth)
{
    if (!ipcshark_id_expect(parser, '{'))
        return;
    while (!parser->failed && !ipcshark_id_accept(parser, '}')) {
        struct id_item *item = ipcshark_id_append(parser, list, IPCSHARK_ID_MAX_FIELDS);

        if (!item)
            return;
        item->type = ipcshark_id_parse_type(parser, depth + 1);
        item->name = item->type ? ipcshark_id_expect_name(parser) : NULL;
        ipcshark_id_expect(parser, ';');
    }
}

/** struct [<size[, alignment]>] { fields }: `size` and `alignment` raise what the fields give. */
static struct ipcshark_type *parse_struct(struct id_parser *parser, unsigned int depth)
{
    struct id_list arguments = {0}, list = {0};
    size_t start = parser->token.start;
    struct ipcshark_field *field;
    struct maker maker = {parser, &arguments, NULL, start};

    ipcshark_id_advance(parser);
    if (ipcshark_id_accept(parser, '<'))
        parse_type_arguments(parser, &arguments, depth);
    parse_struct_fields(parser, &list, depth);
    maker.type = parser->failed ? NULL : ipcshark_id_allocate(parser, 1, sizeof *maker.type);
    field = maker.type ? ipcshark_id_allocate(parser, list.count, sizeof *field) : NULL;
    if (!field || !make_bytes(&maker, IPCSHARK_TYPE_STRUCT))
        return NULL;
    maker.type->name = "struct";
    maker.type->field = field;
    maker.type->count = list.count;
    /* Kept for ipcshark_id_resolve(), which computes the real ones. */
    maker.type->attribute = maker.type->alignment;
    maker.type->alignment = ID_UNRESOLVED;
    for (const struct id_item *item = list.first; item; item = item->next, field++)
        *field = (struct ipcshark_field){item->name, item->type, 0};
    return maker.type;
}

static void parse_enumerators(struct id_parser *parser, struct id_list *list)
{
    if (!ipcshark_id_expect(parser, '{'))
        return;
    while (!parser->failed && !ipcshark_id_accept(parser, '}')) {
        struct id_item *item = ipcshark_id_append(parser, list, IPCSHARK_ID_MAX_FIELDS);

        if (!item)
            return;
        item->name = ipcshark_id_expect_name(parser);
        ipcshark_id_expect(parser, '=');
        ipcshark_id_expect_number(parser, UINT64_MAX, &item->value);
        ipcshark_id_expect(parser, ';');
    }
}

/** enum<base> { NAME = number; … } */
static struct ipcshark_type *parse_enum(struct id_parser *parser, unsigned int depth)
{
    struct id_list arguments = {0}, list = {0};
    struct maker maker = {parser, &arguments, NULL, parser->token.start};
    struct ipcshark_enumerator *enumerator;
    struct ipcshark_type *base;

    ipcshark_id_advance(parser);
    if (ipcshark_id_expect(parser, '<'))
        parse_type_arguments(parser, &arguments, depth);
    parse_enumerators(parser, &list);
    if (parser->failed || !type_argument(&maker, 0, &base))
        return NULL;
    maker.type = ipcshark_id_allocate(parser, 1, sizeof *maker.type);
    enumerator = maker.type ? ipcshark_id_allocate(parser, list.count, sizeof *enumerator) : NULL;
    if (!enumerator)
        return NULL;
    *maker.type = (struct ipcshark_type){.kind = IPCSHARK_TYPE_ENUM,
                                         .name = "enum",
                                         .element = base,
                                         .count = list.count,
                                         .enumerator = enumerator};
    for (const struct id_item *item = list.first; item; item = item->next, enumerator++)
        *enumerator = (struct ipcshark_enumerator){item->name, item->value};
    return maker.type;
}

struct ipcshark_type *ipcshark_id_parse_type(struct id_parser *parser, unsigned int depth)
{
    struct id_list arguments = {0};
    size_t start = parser->token.start;
    const char *name;

    if (depth > IPCSHARK_ID_MAX_NESTING) {
        ipcshark_id_fail(parser, start, "types nest too deep");
        return NULL;
    }
    if (ipcshark_id_is_word(parser, "struct"))
        return parse_array(parser, parse_struct(parser, depth));
    if (ipcshark_id_is_word(parser, "enum"))
        return parse_array(parser, parse_enum(parser, depth));
    name = ipcshark_id_expect_name(parser);
    if (name && ipcshark_id_accept(parser, '<'))
        parse_type_arguments(parser, &arguments, depth);
    if (!name || parser->failed)
        return NULL;
    return parse_array(parser, ipcshark_id_make_type(parser, start, name, &arguments));
}
