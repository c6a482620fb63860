/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_test.h"

#include <ipcshark/sceipmi.h>

typedef const struct sceipmi_layout *(*layout_function)(void);

static const struct {
    layout_function layout;
    uint16_t size;
} structures[] = {
    {sceipmi_client_config, 0x150},  {sceipmi_server_config, 0x38}, {sceipmi_session_config, 0x10},
    {sceipmi_packet_info, 0x18},     {sceipmi_sync_packet, 0x18},   {sceipmi_async_packet, 0x14},
    {sceipmi_connect_packet, 0x150},
};

/** Sizes as asserted by an emulator kernel that refuses any other. */
static const struct {
    uint32_t op;
    uint16_t size;
} block_sizes[] = {
    {0x000, 0x18}, {0x002, 0x18}, {0x004, 0x10}, {0x010, 0x40}, {0x201, 0x20},
    {0x212, 4},    {0x232, 0x18}, {0x241, 0x30}, {0x242, 0x20}, {0x243, 0x28},
    {0x251, 0x28}, {0x252, 0x20}, {0x253, 0x20}, {0x254, 0x18}, {0x302, 8},
    {0x310, 8},    {0x320, 0x30}, {0x400, 0x20}, {0x463, 8},    {0x468, 8},
    {0x46A, 8},    {0x46B, 8},    {0x490, 0x28}, {0x491, 0x20}, {0x493, 0x10},
};

static void for_each_layout(void (*visit)(const struct sceipmi_layout *layout))
{
    size_t count;
    const struct sceipmi_operation *operations = sceipmi_operations(&count);

    for (size_t i = 0; i < count; i++) {
        if (operations[i].layout)
            visit(operations[i].layout);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(structures); i++)
        visit(structures[i].layout());
}

static void check_fields_cover(const struct sceipmi_layout *layout)
{
    size_t end = 0;

    g_assert_nonnull(layout->name);
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct sceipmi_field *field = &layout->field[i];

        g_assert_cmpuint(field->offset, ==, end);
        g_assert_cmpuint(field->size, >, 0);
        g_assert_nonnull(field->label);
        g_assert_true(field->kind == SCEIPMI_FIELD_TEXT || field->size == 1 || field->size == 2 ||
                      field->size == 4 || field->size == 8);
        end = (size_t)field->offset + field->size;
    }
    g_assert_cmpuint(end, ==, layout->size);
}

static void check_names_are_unique(const struct sceipmi_layout *layout)
{
    for (size_t i = 0; i < layout->field_count; i++)
        g_assert_true(sceipmi_layout_field(layout, layout->field[i].name) == &layout->field[i]);
}

static void check_round_trip(const struct sceipmi_layout *layout)
{
    uint8_t bytes[0x200];
    uint8_t copy[0x200] = {0};

    fill_pattern(bytes, sizeof bytes, 5);
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct sceipmi_field *field = &layout->field[i];

        if (field->kind == SCEIPMI_FIELD_TEXT)
            memcpy(copy + field->offset, bytes + field->offset, field->size);
        else
            g_assert_true(sceipmi_field_set(field, copy, layout->size,
                                            sceipmi_field_get(field, bytes, layout->size)));
    }
    g_assert_cmpmem(copy, layout->size, bytes, layout->size);
}

static void check_truncation(const struct sceipmi_layout *layout)
{
    uint8_t bytes[0x200];

    memset(bytes, 0xA5, sizeof bytes);
    for (size_t length = 0; length <= layout->size; length++) {
        g_autofree uint8_t *cut = exact_copy(bytes, length);

        for (size_t i = 0; i < layout->field_count; i++) {
            const struct sceipmi_field *field = &layout->field[i];
            bool whole = (size_t)field->offset + field->size <= length &&
                         field->kind != SCEIPMI_FIELD_TEXT;

            g_assert_true((sceipmi_field_get(field, cut, length) != 0) == whole);
            g_assert_true(sceipmi_field_set(field, cut, length, 0xA5A5A5A5A5A5A5A5u) == whole);
        }
        g_assert_cmpmem(cut, length, bytes, length);
    }
}

static void test_fields_cover_layouts(void)
{
    for_each_layout(check_fields_cover);
    for_each_layout(check_names_are_unique);
}

static void test_fields_round_trip(void)
{
    for_each_layout(check_round_trip);
}

static void test_fields_of_cut_blocks(void)
{
    for_each_layout(check_truncation);
}

static void test_operations_are_sorted_and_found(void)
{
    size_t count;
    const struct sceipmi_operation *operations = sceipmi_operations(&count);

    g_assert_cmpuint(count, >=, 40);
    for (size_t i = 0; i < count; i++) {
        if (i)
            g_assert_cmpuint(operations[i].op, >, operations[i - 1].op);
        g_assert_true(sceipmi_operation(operations[i].op) == &operations[i]);
        g_assert_cmpuint(operations[i].confidence, >=, SCEIPMI_CERTAIN);
        g_assert_cmpuint(operations[i].confidence, <=, SCEIPMI_GUESS);
    }
    g_assert_null(sceipmi_operation(0x261));
    g_assert_null(sceipmi_operation(0x10320));
    g_assert_null(sceipmi_operation(UINT32_MAX));
}

static void test_sizes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(block_sizes); i++) {
        const struct sceipmi_operation *operation = sceipmi_operation(block_sizes[i].op);

        g_assert_true(operation->size_known);
        g_assert_cmpuint(operation->layout->size, ==, block_sizes[i].size);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(structures); i++)
        g_assert_cmpuint(structures[i].layout()->size, ==, structures[i].size);
}

static void test_offsets_that_matter(void)
{
    const struct sceipmi_layout *invoke = sceipmi_operation(SCEIPMI_INVOKE_SYNC)->layout;
    const struct sceipmi_layout *async = sceipmi_operation(SCEIPMI_INVOKE_ASYNC)->layout;

    g_assert_cmpuint(sceipmi_layout_field(invoke, "in")->offset, ==, 0x10);
    g_assert_cmpuint(sceipmi_layout_field(invoke, "out")->offset, ==, 0x18);
    g_assert_cmpuint(sceipmi_layout_field(invoke, "result")->offset, ==, 0x20);
    g_assert_cmpuint(sceipmi_layout_field(async, "num_in")->offset, ==, 0x10);
    g_assert_cmpuint(sceipmi_layout_field(async, "ticket")->offset, ==, 0x20);
    g_assert_cmpuint(sceipmi_layout_field(sceipmi_client_config(), "queue_size_31")->offset, ==,
                     0x138);
    g_assert_cmpuint(sceipmi_layout_field(sceipmi_connect_packet(), "queue_size_31")->offset, ==,
                     0x140);
}

static void test_count_fields(void)
{
    const struct sceipmi_layout *invoke = sceipmi_operation(SCEIPMI_INVOKE_SYNC)->layout;
    const struct sceipmi_layout *respond = sceipmi_operation(SCEIPMI_RESPOND_ASYNC)->layout;

    g_assert_cmpstr(sceipmi_count_field(invoke, sceipmi_layout_field(invoke, "in"))->name, ==,
                    "num_in");
    g_assert_cmpstr(sceipmi_count_field(invoke, sceipmi_layout_field(invoke, "out"))->name, ==,
                    "num_out");
    g_assert_cmpstr(sceipmi_count_field(respond, sceipmi_layout_field(respond, "out"))->name, ==,
                    "num_out");
    g_assert_null(sceipmi_count_field(invoke, sceipmi_layout_field(invoke, "result")));
    g_assert_null(sceipmi_count_field(invoke, NULL));
}

static void test_unknown_names(void)
{
    uint8_t bytes[0x30] = {1};

    g_assert_null(sceipmi_layout_field(sceipmi_sync_packet(), "nothing"));
    g_assert_null(sceipmi_layout_field(NULL, "method"));
    g_assert_cmpuint(sceipmi_get(sceipmi_sync_packet(), "nothing", bytes, sizeof bytes), ==, 0);
    g_assert_false(sceipmi_set(sceipmi_sync_packet(), "nothing", bytes, sizeof bytes, 1));
    g_assert_cmpuint(sceipmi_field_get(NULL, bytes, sizeof bytes), ==, 0);
    g_assert_false(sceipmi_field_set(NULL, bytes, sizeof bytes, 1));
    g_assert_true(sceipmi_set(sceipmi_sync_packet(), "method", bytes, sizeof bytes, 0x30010));
    g_assert_cmphex(sceipmi_get(sceipmi_sync_packet(), "method", bytes, sizeof bytes), ==, 0x30010);
}

/** Fields of other sizes than a number's are refused, not half read. */
static void test_odd_sizes(void)
{
    static const struct sceipmi_field byte = {"b", "Byte", 1, 1, SCEIPMI_FIELD_HEX, 0};
    static const struct sceipmi_field half = {"h", "Half", 2, 2, SCEIPMI_FIELD_HEX, 0};
    static const struct sceipmi_field odd = {"o", "Odd", 0, 3, SCEIPMI_FIELD_HEX, 0};
    uint8_t bytes[4] = {0x11, 0x22, 0x33, 0x44};

    g_assert_cmphex(sceipmi_field_get(&byte, bytes, 4), ==, 0x22);
    g_assert_cmphex(sceipmi_field_get(&half, bytes, 4), ==, 0x4433);
    g_assert_cmphex(sceipmi_field_get(&odd, bytes, 4), ==, 0);
    g_assert_true(sceipmi_field_set(&byte, bytes, 4, 0x55));
    g_assert_true(sceipmi_field_set(&half, bytes, 4, 0x7766));
    g_assert_cmphex(bytes[1], ==, 0x55);
    g_assert_cmphex(bytes[3], ==, 0x77);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orbis/layout/cover", test_fields_cover_layouts);
    g_test_add_func("/orbis/layout/round-trip", test_fields_round_trip);
    g_test_add_func("/orbis/layout/truncated", test_fields_of_cut_blocks);
    g_test_add_func("/orbis/layout/operations", test_operations_are_sorted_and_found);
    g_test_add_func("/orbis/layout/sizes", test_sizes);
    g_test_add_func("/orbis/layout/offsets", test_offsets_that_matter);
    g_test_add_func("/orbis/layout/counts", test_count_fields);
    g_test_add_func("/orbis/layout/unknown", test_unknown_names);
    g_test_add_func("/orbis/layout/odd-sizes", test_odd_sizes);
    return g_test_run();
}
