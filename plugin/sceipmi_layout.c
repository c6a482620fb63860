/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sceipmi_layout.c
 * The codec describes each parameter block, configuration and packet header as a table of fields.
 * From these tables come the filters, so that a field that the codec learns needs nothing here.
 */
#include "sceipmi_internal.h"

#include <ipcshark/names.h>

#include <string.h>

/** What a filter's values are; fields of one name but another class get another filter. */
enum value_class {
    CLASS_NUMBER,
    CLASS_SIGNED,
    CLASS_TEXT,
    CLASS_POINTER,
};

/** One filter. */
struct filter {
    const char *name; /**< Last part. */
    const char *label;
    enum value_class class;
    uint8_t size; /**< Of the widest field that has it. */
    uint8_t kind; /**< enum sceipmi_field_kind of the first that had it. */
    int number;
};

#define MAX_FILTERS 256

static struct filter filters[MAX_FILTERS];
static unsigned int filter_count;
static GHashTable *filter_of_field; /**< const struct sceipmi_field * -> struct filter * */

/** Values behind pointers have filters of the same kind; the index is that of IPMI_SCALAR. */
static const struct sceipmi_field scalars[] = {
    [0] = {.name = "scalar",
           .label = "Value behind a pointer",
           .size = 8,
           .kind = SCEIPMI_FIELD_HEX},
    [IPCTAP_SCALAR_RESULT] = {.name = "result",
                              .label = "Result",
                              .size = 4,
                              .kind = SCEIPMI_FIELD_RESULT},
    [IPCTAP_SCALAR_STATUS] = {.name = "status",
                              .label = "Status",
                              .size = 4,
                              .kind = SCEIPMI_FIELD_RESULT},
    [IPCTAP_SCALAR_TICKET] = {.name = "ticket",
                              .label = "Ticket",
                              .size = 4,
                              .kind = SCEIPMI_FIELD_DECIMAL},
    [IPCTAP_SCALAR_PATTERN] = {.name = "pattern",
                               .label = "Pattern",
                               .size = 8,
                               .kind = SCEIPMI_FIELD_HEX},
    [IPCTAP_SCALAR_TIMEOUT] = {.name = "timeout",
                               .label = "Timeout in microseconds",
                               .size = 4,
                               .kind = SCEIPMI_FIELD_DECIMAL},
    [IPCTAP_SCALAR_VALUE] = {.name = "value",
                             .label = "Value",
                             .size = 8,
                             .kind = SCEIPMI_FIELD_HEX},
    [IPCTAP_SCALAR_SIZE] = {.name = "size",
                            .label = "Size",
                            .size = 8,
                            .kind = SCEIPMI_FIELD_DECIMAL},
};

static enum value_class class_of(const struct sceipmi_field *field)
{
    switch (field->kind) {
    case SCEIPMI_FIELD_SIGNED:
        return CLASS_SIGNED;
    case SCEIPMI_FIELD_TEXT:
        return CLASS_TEXT;
    case SCEIPMI_FIELD_POINTER:
        return CLASS_POINTER;
    default:
        return field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8
                   ? CLASS_NUMBER
                   : CLASS_TEXT;
    }
}

/** Padding has one filter wherever it is. */
static const char *name_of(const struct sceipmi_field *field)
{
    return field->kind == SCEIPMI_FIELD_PADDING ? "padding" : field->name;
}

static struct filter *find_filter(const struct sceipmi_field *field)
{
    for (unsigned int i = 0; i < filter_count; i++) {
        if (filters[i].class == class_of(field) && strcmp(filters[i].name, name_of(field)) == 0)
            return &filters[i];
    }
    return NULL;
}

static const struct filter *registered_filter(const struct sceipmi_field *field)
{
    return (const struct filter *)g_hash_table_lookup(filter_of_field, field);
}

static void collect_field(const struct sceipmi_field *field)
{
    struct filter *filter = find_filter(field);

    if (!filter) {
        g_assert(filter_count < MAX_FILTERS); /* Tables of our own: found by the first start. */
        filter = &filters[filter_count++];
        *filter = (struct filter){.name = name_of(field),
                                  .label = field->label,
                                  .class = class_of(field),
                                  .kind = field->kind};
    }
    filter->size = MAX(filter->size, (uint8_t)MIN(field->size, 8));
    g_hash_table_insert(filter_of_field, (void *)(uintptr_t)field, filter);
}

static void collect_layout(const struct sceipmi_layout *layout)
{
    for (unsigned int i = 0; layout && i < layout->field_count; i++)
        collect_field(&layout->field[i]);
}

static void collect_all(void)
{
    const struct sceipmi_layout *others[] = {
        sceipmi_client_config(),  sceipmi_server_config(), sceipmi_session_config(),
        sceipmi_packet_info(),    sceipmi_sync_packet(),   sceipmi_async_packet(),
        sceipmi_connect_packet(),
    };
    size_t count = 0;
    const struct sceipmi_operation *operation = sceipmi_operations(&count);

    filter_of_field = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(scalars); i++)
        collect_field(&scalars[i]);
    for (size_t i = 0; i < count; i++)
        collect_layout(operation[i].layout);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        collect_layout(others[i]);
}

static enum ftenum type_of(const struct filter *filter)
{
    switch (filter->class) {
    case CLASS_TEXT:
        return FT_STRING;
    case CLASS_SIGNED:
        return filter->size > 4 ? FT_INT64 : FT_INT32;
    case CLASS_POINTER:
        return FT_UINT64;
    default:
        return filter->size > 4 ? FT_UINT64 : FT_UINT32;
    }
}

static int display_of(const struct filter *filter)
{
    if (filter->class == CLASS_TEXT)
        return BASE_NONE;
    if (filter->class == CLASS_SIGNED || filter->kind == SCEIPMI_FIELD_DECIMAL)
        return BASE_DEC;
    return BASE_HEX;
}

/** Two classes of one name: the second in the table is told apart by its class. */
static char *filter_name(const struct filter *filter)
{
    if (filter->class == CLASS_POINTER)
        return g_strdup_printf("sceipmi.pointer.%s", filter->name);
    for (const struct filter *earlier = filters; earlier < filter; earlier++) {
        if (earlier->class != CLASS_POINTER && strcmp(earlier->name, filter->name) == 0)
            return g_strdup_printf("sceipmi.%s.%s", filter->name,
                                   filter->class == CLASS_TEXT ? "text" : "signed");
    }
    return g_strdup_printf("sceipmi.%s", filter->name);
}

/* Names and field records live as long as the program: Wireshark keeps pointers to both. */
void sceipmi_register_layouts(int protocol)
{
    hf_register_info *info;

    collect_all();
    info = g_new0(hf_register_info, filter_count);
    for (unsigned int i = 0; i < filter_count; i++) {
        header_field_info *field = &info[i].hfinfo;

        info[i].p_id = &filters[i].number;
        *field = (header_field_info){filters[i].label,
                                     filter_name(&filters[i]),
                                     type_of(&filters[i]),
                                     display_of(&filters[i]),
                                     NULL,
                                     0,
                                     NULL,
                                     HFILL};
    }
    proto_register_field_array(protocol, info, (int)filter_count);
}

/* ---- Values ---- */

static proto_item *add_text(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
                            const struct filter *filter, const struct sceipmi_field *field,
                            const uint8_t *bytes)
{
    size_t length = 0;

    while (length < field->size && bytes[field->offset + length])
        length++;
    return proto_tree_add_string(tree, filter->number, tvb, field->offset, field->size,
                                 plugin_escape(pinfo->pool, bytes + field->offset, length));
}

/** A value with the digits of its own width, however wide its filter is. */
static proto_item *add_number(proto_tree *tree, tvbuff_t *tvb, const struct filter *filter,
                              int offset, int size, uint8_t kind, uint64_t value)
{
    char text[24];

    if (kind == SCEIPMI_FIELD_DECIMAL)
        (void)snprintf(text, sizeof text, "%" PRIu64, value);
    else
        (void)snprintf(text, sizeof text, "0x%0*" PRIx64, 2 * size, value);
    if (filter->class == CLASS_POINTER || filter->size > 4)
        return proto_tree_add_uint64_format_value(tree, filter->number, tvb, offset, size, value,
                                                  "%s", text);
    return proto_tree_add_uint_format_value(tree, filter->number, tvb, offset, size,
                                            (uint32_t)value, "%s", text);
}

static proto_item *add_signed(proto_tree *tree, tvbuff_t *tvb, const struct filter *filter,
                              const struct sceipmi_field *field, uint64_t value)
{
    if (filter->size > 4)
        return proto_tree_add_int64(tree, filter->number, tvb, field->offset, field->size,
                                    field->size > 4 ? (int64_t)value : (int32_t)value);
    return proto_tree_add_int(tree, filter->number, tvb, field->offset, field->size,
                              (int32_t)value);
}

static void explain(proto_item *item, const struct sceipmi_field *field, uint64_t value,
                    const struct sceipmi_meaning *meaning)
{
    const char *name = NULL;

    if (field->kind == SCEIPMI_FIELD_METHOD && meaning->service)
        name = names_command(IPCSHARK_CONVENTION_IPMI, meaning->service, (uint32_t)value, 0);
    else if (field->kind == SCEIPMI_FIELD_RESULT && value == 0)
        name = "ok";
    else if (field->kind == SCEIPMI_FIELD_RESULT)
        name = orbis_result_name(meaning->layer, (uint32_t)value);
    else if (field->kind == SCEIPMI_FIELD_POINTER && value == 0)
        name = "none";
    if (name)
        proto_item_append_text(item, " (%s)", name);
    else if (field->kind == SCEIPMI_FIELD_KID && meaning->client &&
             meaning->client->number == value)
        proto_item_append_text(item, " (client of %s)", meaning->client->process);
}

static void add_field(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                      const struct sceipmi_field *field, const uint8_t *bytes, size_t length,
                      const struct sceipmi_meaning *meaning)
{
    const struct filter *filter = registered_filter(field);
    uint64_t value = sceipmi_field_get(field, bytes, length);
    proto_item *item;

    if (!filter || (size_t)field->offset + field->size > length)
        return;
    if (filter->class == CLASS_TEXT)
        item = add_text(tree, pinfo, tvb, filter, field, bytes);
    else if (filter->class == CLASS_SIGNED)
        item = add_signed(tree, tvb, filter, field, value);
    else
        item = add_number(tree, tvb, filter, field->offset, field->size, field->kind, value);
    if (field->label && strcmp(field->label, filter->label) != 0)
        proto_item_append_text(item, " [%s]", field->label);
    explain(item, field, value, meaning);
}

void sceipmi_add_layout(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                        const struct sceipmi_layout *layout, const uint8_t *bytes, size_t length,
                        const struct sceipmi_meaning *meaning)
{
    if (!tree || !layout)
        return;
    for (unsigned int i = 0; i < layout->field_count; i++)
        add_field(pinfo, tree, tvb, &layout->field[i], bytes, length, meaning);
}

proto_item *sceipmi_add_scalar(proto_tree *tree, tvbuff_t *tvb, uint16_t index, uint64_t value)
{
    const struct sceipmi_field *field = &scalars[index < G_N_ELEMENTS(scalars) ? index : 0];
    int size = MIN((int)tvb_captured_length(tvb), 8);

    return add_number(tree, tvb, registered_filter(field), 0, size, field->kind, value);
}
