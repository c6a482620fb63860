/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file arguments.c All arguments of a message: their tree and their text. See arguments.h. */
#include "arguments.h"

#include "handles.h"

#include <string.h>

/* Elements of one array in the tree, and depth of structs. */
#define MAX_ELEMENTS 64
#define MAX_DEPTH    8

/* What is inside the arguments of one message, together. */
#define MAX_ITEMS 4096

static unsigned int looked_into = 65536;

void arguments_register_preferences(module_t *module)
{
    prefs_register_uint_preference(
        module, "buffer_limit", "Bytes of a buffer to look into",
        "Structures, texts and JSON are looked for in so many bytes of each buffer; 0 for all. "
        "What is behind is shown as bytes.",
        10, &looked_into);
}

uint32_t arguments_limit(uint32_t size)
{
    return looked_into ? MIN(looked_into, size) : size;
}

/* ---- Info ---- */

/* The process id is every message's own, its placeholder nothing; empty buffers are no
 * arguments. */
static bool says_something(const struct ipcshark_argument *value)
{
    if (value->type->kind == IPCSHARK_TYPE_PID || !strcmp(value->name, "placeholder"))
        return false;
    return !argument_is_buffer(value->type) || value->buffer_size || !value->present;
}

/* A 3DS's reply names all buffers that are unmapped, also those that the server could only read. */
static bool is_given_back(const struct argument_view *view, const struct ipcshark_argument *value)
{
    return view->is_reply && value->type->kind == IPCSHARK_TYPE_MAPPED &&
           value->type->attribute == 1;
}

/* False, and nothing added, if the value is not in this message. */
static bool add_named_value(const struct argument_view *view, struct text *text, const char *before,
                            const struct ipcshark_argument *value)
{
    size_t start = text->length;

    text_add(text, before);
    text_add(text, value->name);
    if (*value->name)
        text_add(text, "=");
    if (argument_add_value(text, view, value, view->message.bytes))
        return true;
    text->length = start;
    return false;
}

/* Of a Switch's reply objects and sessions have been said. */
static bool is_said(const struct argument_view *view, const struct ipcshark_argument *value)
{
    switch (value->place) {
    case IPCSHARK_PLACE_RAW:
    case IPCSHARK_PLACE_COPY_HANDLE:
        return false;
    case IPCSHARK_PLACE_MOVE_HANDLE:
        return !handles_is_other(view->context, (uint32_t)value->value);
    default:
        return !argument_is_buffer(value->type);
    }
}

void arguments_add_text(const struct argument_view *view, struct text *text, const char *before,
                        bool contents_only)
{
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    ipcshark_arguments_begin(&arguments, view->command, &view->message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        bool is_told = says_something(&argument) && !is_given_back(view, &argument) &&
                       (!contents_only || !is_said(view, &argument));

        if (is_told && add_named_value(view, text, before, &argument))
            before = ", ";
    }
}

/* ---- Tree ---- */

static const char *name_of(const struct ipcshark_argument *value)
{
    return *value->name || !value->type->name ? value->name : value->type->name;
}

static void add_unsigned(const struct argument_view *view, proto_tree *tree, tvbuff_t *tvb,
                         const struct ipcshark_argument *value)
{
    bool is_buffer = argument_is_buffer(value->type);

    proto_item_set_generated(proto_tree_add_uint64(
        tree, is_buffer ? view->fields->size : view->fields->value, tvb, (int)value->offset,
        (int)value->length, is_buffer ? value->buffer_size : value->value));
}

/* Whether it can be below zero, and so has a field of its own besides the one that all numbers
 * have. */
static void add_number(const struct argument_view *view, proto_tree *tree, tvbuff_t *tvb,
                       const struct ipcshark_argument *value)
{
    bool is_raw = value->place == IPCSHARK_PLACE_RAW;
    bool is_signed = is_raw && argument_is_signed(value->type);
    int offset = (int)value->offset, length = (int)value->length;

    if (!value->present || (is_raw && !argument_is_number(value->type)))
        return;
    if (is_raw && value->type->kind == IPCSHARK_TYPE_FLOAT) {
        proto_item_set_generated(proto_tree_add_double(tree, view->fields->real, tvb, offset,
                                                       length, argument_real(value)));
        return;
    }
    if (is_signed)
        proto_item_set_generated(proto_tree_add_int64(tree, view->fields->signed_value, tvb, offset,
                                                      length, (int64_t)value->value));
    if (!is_signed || (int64_t)value->value >= 0)
        add_unsigned(view, tree, tvb, value);
}

static void add_text(const struct argument_view *view, proto_tree *tree, tvbuff_t *tvb,
                     const struct ipcshark_argument *value, const char *text)
{
    int length = value->present ? (int)value->length : 0;

    if (text)
        proto_item_set_generated(proto_tree_add_string(
            tree, view->fields->text, tvb, length ? (int)value->offset : 0, length, text));
}

/* The item's own text is what a filter compares: "mode=1". */
static proto_tree *add_item(const struct argument_view *view, proto_tree *tree, tvbuff_t *tvb,
                            const struct ipcshark_argument *value, const char *text)
{
    const char *name = name_of(value);
    int length = value->present ? (int)value->length : 0;
    int offset = value->present ? (int)value->offset : 0;
    const char *whole =
        wmem_strdup_printf(view->context->pinfo->pool, "%s=%s", name, text ? text : "");
    proto_item *item = proto_tree_add_string_format(tree, view->fields->argument, tvb, offset,
                                                    length, whole, "%s: %s", name,
                                                    text ? text : "not in this message");

    return proto_item_add_subtree(item, view->fields->subtree);
}

/* Packet scope; NULL if the value is not in this message. */
static const char *value_text(const struct argument_view *view,
                              const struct ipcshark_argument *value, const uint8_t *bytes)
{
    struct text text;

    text_begin(&text);
    if (!argument_add_value(&text, view, value, bytes))
        return NULL;
    return wmem_strndup(view->context->pinfo->pool, text.bytes, text.length);
}

static proto_tree *add_one(const struct argument_view *view, proto_tree *tree, tvbuff_t *tvb,
                           const struct ipcshark_argument *value, const uint8_t *bytes)
{
    const char *text = value_text(view, value, bytes);
    proto_tree *subtree = add_item(view, tree, tvb, value, text);

    plugin_add_generated_string(subtree, view->fields->name, tvb, name_of(value));
    plugin_add_generated_string(subtree, view->fields->type, tvb, value->type->name);
    add_number(view, subtree, tvb, value);
    add_text(view, subtree, tvb, value, text);
    if (value->present)
        plugin_add_generated_string(subtree, view->fields->place, tvb,
                                    argument_place_text(view, value));
    return subtree;
}

/* Bytes are the message's or a buffer's, `tvb` has the same ones. */
struct value_bytes {
    tvbuff_t *tvb;
    const uint8_t *bytes;
    size_t length;
    unsigned int *left; /* Items that may still be added. */
};

/* Wireshark takes so and so many items in a tree; arrays of arrays would soon have more. */
static bool take_item(const struct value_bytes *from)
{
    if (!*from->left)
        return false;
    --*from->left;
    return true;
}

/* "[12]": elements have no names. */
static void name_element(const struct argument_view *view, struct ipcshark_argument *element,
                         uint32_t n)
{
    element->name = wmem_strdup_printf(view->context->pinfo->pool, "[%u]", n);
}

static void tell_rest(proto_item *item, uint32_t shown, uint64_t count)
{
    if (shown < count)
        proto_item_append_text(item, ", the first %u of %" PRIu64 " elements", shown, count);
}

static void add_members(const struct argument_view *view, proto_tree *tree,
                        const struct value_bytes *from, const struct ipcshark_argument *parent,
                        unsigned int depth)
{
    bool is_array = parent->type->kind == IPCSHARK_TYPE_ARRAY;
    uint32_t most = is_array ? MAX_ELEMENTS : parent->type->count;
    struct ipcshark_argument member;
    uint32_t n = 0;

    while (depth < MAX_DEPTH && n < most &&
           ipcshark_read_member(parent, n, from->bytes, from->length, &member) && take_item(from)) {
        if (is_array)
            name_element(view, &member, n);
        add_members(view, add_one(view, tree, from->tvb, &member, from->bytes), from, &member,
                    depth + 1);
        n++;
    }
    if (is_array && depth < MAX_DEPTH)
        tell_rest(proto_tree_get_parent(tree), n, parent->type->count);
}

/* ---- What is in a buffer ---- */

bool argument_is_told_apart(const struct ipcshark_type *element)
{
    return element && element->sized && element->size && element->kind != IPCSHARK_TYPE_BYTES &&
           element->kind != IPCSHARK_TYPE_UNKNOWN;
}

bool argument_is_list(const struct ipcshark_argument *value, uint64_t size)
{
    const struct ipcshark_type *type = value->type;

    return g_strcmp0(type->name, "array") == 0 ||
           (type->kind != IPCSHARK_TYPE_BUFFER && type->element && size > type->element->size);
}

/* Elements as long as they are whole: a buffer of one structure has one, an array many. Returns how
 * many there are. */
static uint32_t add_elements(const struct argument_view *view, proto_tree *tree,
                             const struct value_bytes *from, const struct ipcshark_type *element,
                             bool is_array)
{
    uint32_t most = is_array ? MAX_ELEMENTS : 1;
    struct ipcshark_argument value;
    uint32_t n = 0;

    while (n < most && (n + 1) * (size_t)element->size <= from->length && take_item(from)) {
        ipcshark_read_value(element, "", from->bytes, from->length, n * element->size, &value);
        if (is_array)
            name_element(view, &value, n);
        add_members(view, add_one(view, tree, from->tvb, &value, from->bytes), from, &value, 0);
        n++;
    }
    return n;
}

static void add_contents(const struct argument_view *view, proto_tree *tree,
                         const struct ipcshark_argument *value, unsigned int *left)
{
    const struct ipcshark_type *element = value->type->element;
    struct record_section section;
    struct value_bytes from;
    uint32_t shown;
    bool is_array;

    if (!argument_contents(view, value, &section) || !section.view.captured_size)
        return;
    proto_item_append_text(plugin_add_all(tree, view->fields->contents, section.tvb), ", %u bytes",
                           section.view.captured_size);
    from = (struct value_bytes){section.tvb, section.view.bytes,
                                arguments_limit(section.view.captured_size), left};
    if (!argument_is_told_apart(element))
        return;
    is_array = argument_is_list(value, section.view.declared_size);
    shown = add_elements(view, tree, &from, element, is_array);
    if (is_array)
        tell_rest(proto_tree_get_parent(tree), shown, section.view.declared_size / element->size);
}

void arguments_add(const struct argument_view *view, proto_tree *tree)
{
    unsigned int left = MAX_ITEMS;
    const struct value_bytes from = {view->tvb, view->message.bytes, view->message.length, &left};
    struct ipcshark_arguments arguments;
    struct ipcshark_argument argument;

    ipcshark_arguments_begin(&arguments, view->command, &view->message);
    while (ipcshark_arguments_next(&arguments, &argument)) {
        proto_tree *subtree = add_one(view, tree, view->tvb, &argument, from.bytes);

        if (argument_is_buffer(argument.type))
            add_contents(view, subtree, &argument, &left);
        else if (argument.place == IPCSHARK_PLACE_RAW && argument.present)
            add_members(view, subtree, &from, &argument, 0);
    }
}

/* ---- Registration ---- */

/* A field of the plugin's life: what hf_register_info points to must stay. */
static void register_field(int protocol, int *number, const char *label, const char *name,
                           enum ftenum type, const char *blurb)
{
    int base = type == FT_UINT64 ? BASE_DEC_HEX : type == FT_INT64 ? BASE_DEC : BASE_NONE;
    hf_register_info *field = wmem_new0(wmem_epan_scope(), hf_register_info);

    *number = -1;
    field->p_id = number;
    field->hfinfo = (header_field_info){label, name, type, base, NULL, 0, blurb, HFILL};
    proto_register_field_array(protocol, field, 1);
}

static const char *field_name(const char *protocol, const char *end)
{
    return wmem_strdup_printf(wmem_epan_scope(), "%s.argument%s", protocol, end);
}

void arguments_register(const char *protocol, struct argument_fields *fields)
{
    const struct {
        int *number;
        const char *label, *end, *blurb;
        enum ftenum type;
    } all[] = {
        {&fields->argument, "Argument", "", "Of the command, by its description: \"name=value\"",
         FT_STRING},
        {&fields->name, "Name", ".name", NULL, FT_STRING},
        {&fields->type, "Type", ".type", "Of an object: the interface", FT_STRING},
        {&fields->value, "Value", ".value", "Number, handle, object id or process id", FT_UINT64},
        {&fields->signed_value, "Signed value", ".signed", "Of a type that can be below zero",
         FT_INT64},
        {&fields->real, "Real value", ".real", "Of floating-point types", FT_DOUBLE},
        {&fields->text, "Text", ".text", "The value as the Info column has it", FT_STRING},
        {&fields->size, "Buffer size", ".size", NULL, FT_UINT64},
        {&fields->place, "Carried by", ".place",
         "Descriptor, handle or object; of an auto-select buffer the descriptor that has the data",
         FT_STRING},
        {&fields->contents, "Contents", ".contents", "What the record has of the buffer", FT_BYTES},
    };
    static gint *trees[1];
    int number = proto_get_id_by_filter_name(protocol);

    for (size_t n = 0; n < array_length(all); n++)
        register_field(number, all[n].number, all[n].label, field_name(protocol, all[n].end),
                       all[n].type, all[n].blurb);
    fields->subtree = -1;
    trees[0] = &fields->subtree;
    proto_register_subtree_array(trees, 1);
}
