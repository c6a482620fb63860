/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ipcshark_id_resolve.c Names of types, sizes and alignments. */
#include "id_internal.h"
#include "sort.h"

#include <string.h>

static int compare(const struct id_typedef *a, const struct id_typedef *b)
{
    int order = strcmp(a->name, b->name);

    return order ? order : (a->order > b->order) - (a->order < b->order);
}

DEFINE_SORT(sort_typedefs, id_typedef, compare)

bool ipcshark_id_index_typedefs(struct id_parser *parser)
{
    struct id_typedef *index = ipcshark_id_allocate(parser, parser->typedef_count, sizeof *index);
    uint32_t n = 0;

    if (!index)
        return false;
    for (const struct id_typedef *item = parser->typedefs; item; item = item->next)
        index[n++] = *item;
    sort_typedefs(index, n);
    parser->index = index;
    return true;
}

/** The last definition of a name in the file: files repeat theirs. */
static const struct id_typedef *find_typedef(const struct id_parser *parser, const char *name)
{
    uint32_t first = 0, end = parser->typedef_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (strcmp(parser->index[middle].name, name) <= 0)
            first = middle + 1;
        else
            end = middle;
    }
    if (!first || strcmp(parser->index[first - 1].name, name) != 0)
        return NULL;
    return &parser->index[first - 1];
}

/** The last definition of a name in another file: equal names keep the file's order. */
static const struct ipcshark_type *find_in(const struct ipcshark_description *description,
                                           const char *name)
{
    uint32_t first = 0, end = description->type_count;

    while (first < end) {
        uint32_t middle = first + (end - first) / 2;

        if (strcmp(description->type[middle].name, name) <= 0)
            first = middle + 1;
        else
            end = middle;
    }
    if (!first || strcmp(description->type[first - 1].name, name) != 0)
        return NULL;
    return description->type[first - 1].type;
}

/** In the files that are known, then built in. */
static const struct ipcshark_type *find_known(const struct id_parser *parser, const char *name)
{
    for (const struct ipcshark_names *names = parser->known; names; names = names->next) {
        const struct ipcshark_type *type = find_in(&names->description, name);

        if (type)
            return type;
    }
    return find_in(&ipcshark_builtin_description, name);
}

static void note_undefined(struct id_parser *parser, size_t start)
{
    if (parser->in_contents)
        return;
    if (!parser->undefined_count++ || start < parser->undefined)
        parser->undefined = start;
}

/** A name that this file does not define. Unknown names are unknown bytes. */
static void resolve_elsewhere(struct id_parser *parser, struct ipcshark_type *type)
{
    const struct ipcshark_type *target = find_known(parser, type->name);
    const char *name = type->name;

    if (target) {
        *type = *target;
    } else {
        note_undefined(parser, type->count);
        *type = (struct ipcshark_type){.kind = IPCSHARK_TYPE_UNKNOWN, .alignment = 1};
    }
    if (type->kind != IPCSHARK_TYPE_OBJECT)
        type->name = name;
}

/** Becomes what the name stands for, and keeps the name. */
static bool resolve_name(struct id_parser *parser, struct ipcshark_type *type, unsigned int depth)
{
    const struct id_typedef *target = find_typedef(parser, type->name);
    const char *name = type->name;
    size_t start = type->count;

    if (!target) {
        resolve_elsewhere(parser, type);
        return true;
    }
    if (target->type->alignment == ID_RESOLVING)
        return ipcshark_id_fail(parser, start, "this type contains itself");
    if (!ipcshark_id_resolve(parser, target->type, depth + 1))
        return ipcshark_id_fail(parser, start, "types nest too deep");
    *type = *target->type;
    if (type->kind != IPCSHARK_TYPE_OBJECT)
        type->name = name;
    return true;
}

/** One more than what is in it. The recursion above does not count what was resolved before. */
static bool set_depth(struct id_parser *parser, struct ipcshark_type *type,
                      const struct ipcshark_type *inner)
{
    if (inner->depth >= type->depth)
        type->depth = (uint8_t)(inner->depth + 1);
    return type->depth <= IPCSHARK_ID_MAX_NESTING ||
           ipcshark_id_fail(parser, parser->resolving, "types nest too deep");
}

static bool finish(struct id_parser *parser, struct ipcshark_type *type, uint64_t size,
                   uint8_t alignment, bool sized)
{
    if (size > IPCSHARK_ID_MAX_SIZE)
        return ipcshark_id_fail(parser, parser->resolving, "a type is too large");
    type->size = sized ? (uint32_t)size : 0;
    type->alignment = alignment;
    type->sized = sized;
    return true;
}

static bool resolve_array(struct id_parser *parser, struct ipcshark_type *type, unsigned int depth)
{
    struct ipcshark_type *element = (struct ipcshark_type *)type->element;

    if (!ipcshark_id_resolve(parser, element, depth + 1) || !set_depth(parser, type, element))
        return false;
    if (!type_is_raw(element))
        return ipcshark_id_fail(parser, parser->resolving, "an array holds raw data only");
    return finish(parser, type, (uint64_t)type->count * element->size, element->alignment,
                  element->sized && type->count);
}

static bool resolve_enum(struct id_parser *parser, struct ipcshark_type *type, unsigned int depth)
{
    struct ipcshark_type *base = (struct ipcshark_type *)type->element;

    if (!ipcshark_id_resolve(parser, base, depth + 1) || !set_depth(parser, type, base))
        return false;
    if (base->kind != IPCSHARK_TYPE_UNSIGNED && base->kind != IPCSHARK_TYPE_SIGNED)
        return ipcshark_id_fail(parser, parser->resolving, "an enum's base is an integer");
    return finish(parser, type, base->size, base->alignment, true);
}

static bool resolve_struct(struct id_parser *parser, struct ipcshark_type *type, unsigned int depth)
{
    struct ipcshark_field *field = (struct ipcshark_field *)type->field;
    uint8_t alignment = (uint8_t)type->attribute;
    uint64_t size = 0;
    bool sized = true;

    type->attribute = 0;
    for (uint32_t i = 0; i < type->count; i++) {
        struct ipcshark_type *member = (struct ipcshark_type *)field[i].type;

        if (!ipcshark_id_resolve(parser, member, depth + 1) || !set_depth(parser, type, member))
            return false;
        if (!type_is_raw(member))
            return ipcshark_id_fail(parser, parser->resolving, "a struct holds raw data only");
        size = align_up(size, member->alignment);
        field[i].offset = (uint32_t)size;
        size += member->size;
        sized = sized && member->sized;
        alignment = member->alignment > alignment ? member->alignment : alignment;
    }
    size = size > type->size ? size : type->size;
    return finish(parser, type, align_up(size, alignment), alignment, sized);
}

/** A buffer's contents; what they are may stay unknown. */
static bool resolve_contents(struct id_parser *parser, struct ipcshark_type *type,
                             unsigned int depth)
{
    bool good;

    type->alignment = 1;
    parser->in_contents++;
    good = ipcshark_id_resolve(parser, (struct ipcshark_type *)type->element, depth + 1) &&
           set_depth(parser, type, type->element);
    parser->in_contents--;
    return good;
}

bool ipcshark_id_resolve(struct id_parser *parser, struct ipcshark_type *type, unsigned int depth)
{
    if (parser->failed)
        return false;
    if (type->kind != ID_TYPE_NAMED && type->alignment != ID_UNRESOLVED)
        return type->alignment != ID_RESOLVING ||
               ipcshark_id_fail(parser, parser->resolving, "a type contains itself");
    if (depth > IPCSHARK_ID_MAX_NESTING)
        return ipcshark_id_fail(parser, parser->resolving, "types nest too deep");
    if (type->kind == ID_TYPE_NAMED && type->alignment == ID_RESOLVING)
        return ipcshark_id_fail(parser, type->count, "this type contains itself");
    type->alignment = ID_RESOLVING;
    switch (type->kind) {
    case ID_TYPE_NAMED:
        return resolve_name(parser, type, depth);
    case IPCSHARK_TYPE_ARRAY:
        return resolve_array(parser, type, depth);
    case IPCSHARK_TYPE_ENUM:
        return resolve_enum(parser, type, depth);
    case IPCSHARK_TYPE_STRUCT:
        return resolve_struct(parser, type, depth);
    default:
        return resolve_contents(parser, type, depth);
    }
}
