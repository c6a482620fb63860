/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the manager would refuse, in its order (fpPS4, RPCSX): block size, counts, flags, pointers.
 * docs/orbis.md, "Order of checks".
 */
#include <ipcshark/reader.h>
#include <ipcshark/sceipmi.h>

#include <string.h>

/** A call's block and where to report. */
struct block {
    const struct sceipmi_layout *layout;
    const uint8_t *bytes;
    size_t length;
    struct ipcshark_findings *findings;
};

static bool is_there(const struct block *block, const struct sceipmi_field *field)
{
    return field && (size_t)field->offset + field->size <= block->length;
}

static uint64_t value(const struct block *block, const struct sceipmi_field *field)
{
    return sceipmi_field_get(field, block->bytes, block->length);
}

static const struct sceipmi_field *find_field(const struct block *block, const char *name)
{
    const struct sceipmi_field *field = sceipmi_layout_field(block->layout, name);

    return is_there(block, field) ? field : NULL;
}

/** A field that may not exceed a limit; blocks without that field have nothing to check. */
static void check_maximum(const struct block *block, const char *name, uint64_t limit,
                          enum ipcshark_finding_code code)
{
    const struct sceipmi_field *field = find_field(block, name);

    if (field && value(block, field) > limit)
        ipcshark_find(block->findings, code, field->offset, field->size, value(block, field),
                      limit);
}

/** "numIn, numOut > 10 gives EINVAL, flags > 1 gives EINVAL" (fpPS4; flags of InvokeSync only). */
static void check_counts(const struct block *block, uint32_t op)
{
    check_maximum(block, "num_in", SCEIPMI_MAX_COUNT, IPCSHARK_FINDING_SCEIPMI_TOO_MANY_INPUTS);
    check_maximum(block, "num_out", SCEIPMI_MAX_COUNT, IPCSHARK_FINDING_SCEIPMI_TOO_MANY_OUTPUTS);
    if (op == SCEIPMI_INVOKE_SYNC)
        check_maximum(block, "flags", 1, IPCSHARK_FINDING_SCEIPMI_FLAGS);
}

static void check_array(const struct block *block, const struct sceipmi_field *array)
{
    const struct sceipmi_field *count = sceipmi_count_field(block->layout, array);

    if (!is_there(block, count) || !is_there(block, array))
        return;
    if (value(block, count) && !value(block, array))
        ipcshark_find(block->findings, IPCSHARK_FINDING_SCEIPMI_NULL_ARRAY, array->offset,
                      array->size, value(block, count), 0);
}

static void check_required(const struct block *block, const char *name)
{
    const struct sceipmi_field *field = find_field(block, name);

    if (field && field->kind == SCEIPMI_FIELD_POINTER && !value(block, field))
        ipcshark_find(block->findings, IPCSHARK_FINDING_SCEIPMI_NULL_POINTER, field->offset,
                      field->size, 0, field->offset);
}

static void check_pointers(const struct block *block, uint32_t op)
{
    for (size_t i = 0; i < block->layout->field_count; i++)
        check_array(block, &block->layout->field[i]);
    if (op == SCEIPMI_INVOKE_SYNC)
        check_required(block, "result");
    if (op == SCEIPMI_CONNECT)
        check_required(block, "status");
    if (op == SCEIPMI_CREATE_SERVER || op == SCEIPMI_CREATE_CLIENT)
        check_required(block, "name");
}

/** "userDataLen is 0 if and only if the pointer is null; else 1 to 0x2000" (fpPS4). */
static void check_user_data(const struct block *block)
{
    const struct sceipmi_field *pointer = find_field(block, "user_data");
    const struct sceipmi_field *field = find_field(block, "user_data_size");
    uint64_t size = value(block, field);

    if (!pointer || !field)
        return;
    if ((size == 0) != (value(block, pointer) == 0) || size > 0x2000)
        ipcshark_find(block->findings, IPCSHARK_FINDING_SCEIPMI_USER_DATA_SIZE, field->offset,
                      field->size, size, 0x2000);
}

static bool is_event_mode(uint64_t mode)
{
    uint64_t wait = mode & 0x0F;
    uint64_t clear = mode & ~(uint64_t)0x0F;

    return (wait == SCEIPMI_EVENT_AND || wait == SCEIPMI_EVENT_OR) &&
           (clear == 0 || clear == SCEIPMI_EVENT_CLEAR_ALL || clear == SCEIPMI_EVENT_CLEAR_PATTERN);
}

static void check_queues_and_flags(const struct block *block, uint32_t op)
{
    const struct sceipmi_field *mode = find_field(block, "mode");

    check_maximum(block, "queue", SCEIPMI_MAX_QUEUES - 1, IPCSHARK_FINDING_SCEIPMI_QUEUE_INDEX);
    /* InvokeAsync: -1 stands for "no event flag". */
    if (op != SCEIPMI_INVOKE_ASYNC ||
        (uint32_t)value(block, find_field(block, "event_flag")) != UINT32_MAX)
        check_maximum(block, "event_flag", SCEIPMI_MAX_EVENT_FLAGS - 1,
                      IPCSHARK_FINDING_SCEIPMI_EVENT_FLAG_INDEX);
    if (mode && !is_event_mode(value(block, mode)))
        ipcshark_find(block->findings, IPCSHARK_FINDING_SCEIPMI_EVENT_MODE, mode->offset,
                      mode->size, value(block, mode), 0);
}

/** False if the manager looks at nothing behind the size. */
static bool check_size(const struct sceipmi_call *call, const struct sceipmi_operation *operation,
                       size_t length, struct ipcshark_findings *findings)
{
    uint16_t wanted = operation && operation->layout ? operation->layout->size : 0;

    if (call->in_size > SCEIPMI_MAX_BLOCK_SIZE) {
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_BLOCK_TOO_LARGE, 0, length, call->in_size,
                      SCEIPMI_MAX_BLOCK_SIZE);
        return false;
    }
    if (operation && operation->size_known && call->in_size != wanted) {
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_BLOCK_SIZE, 0, length, call->in_size,
                      wanted);
        return false;
    }
    if (length < call->in_size)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_BLOCK_TRUNCATED, 0, length, length,
                      call->in_size);
    return true;
}

void sceipmi_call_check(const struct sceipmi_call *call, struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation = sceipmi_operation(call->op);

    if (call->cookie != SCEIPMI_COOKIE)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_COOKIE, 0, 0, call->cookie,
                      SCEIPMI_COOKIE);
    if (!operation)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_UNKNOWN_OPERATION, 0, 0, call->op, 0);
    else if (operation->object == SCEIPMI_NO_OBJECT && call->kid)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_KID_IGNORED, 0, 0, call->kid, 0);
    /* Trace takes 0 as well. */
    else if (operation->object != SCEIPMI_NO_OBJECT && !call->kid && call->op != SCEIPMI_TRACE)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_NO_KID, 0, 0, 0, 0);
}

void sceipmi_block_check(const struct sceipmi_call *call, const uint8_t *bytes, size_t length,
                         struct ipcshark_findings *findings)
{
    const struct sceipmi_operation *operation = sceipmi_operation(call->op);
    struct block block = {operation ? operation->layout : NULL, bytes, length, findings};

    sceipmi_call_check(call, findings);
    if (!check_size(call, operation, length, findings) || !block.layout)
        return;
    check_counts(&block, call->op);
    check_pointers(&block, call->op);
    check_user_data(&block);
    check_queues_and_flags(&block, call->op);
}

/** A client's may be smaller ("> 0x150 gives EINVAL"), the others have exactly their size. */
static bool is_config_size(uint32_t op, uint64_t size, uint16_t wanted)
{
    return op == SCEIPMI_CREATE_CLIENT ? size <= wanted : size == wanted;
}

void sceipmi_config_check(uint32_t op, const uint8_t *bytes, size_t length,
                          struct ipcshark_findings *findings)
{
    struct block block = {sceipmi_config_layout(op), bytes, length, findings};
    const struct sceipmi_field *size = find_field(&block, "size");

    if (!block.layout)
        return;
    if (length < block.layout->size)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_CONFIG_TRUNCATED, 0, length, length,
                      block.layout->size);
    if (size && !is_config_size(op, value(&block, size), block.layout->size))
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_CONFIG_SIZE, size->offset, size->size,
                      value(&block, size), block.layout->size);
    check_maximum(&block, "sync_max_outstanding", 0x10,
                  IPCSHARK_FINDING_SCEIPMI_CONFIG_OUTSTANDING);
    check_maximum(&block, "num_queues", SCEIPMI_MAX_QUEUES, IPCSHARK_FINDING_SCEIPMI_CONFIG_QUEUES);
}

static size_t name_length(const uint8_t *bytes, size_t length)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);

    while (ipcshark_reader_left(&reader)) {
        if (ipcshark_read_u8(&reader) == 0)
            return reader.offset - 1;
    }
    return length;
}

static bool starts_with_sce(const uint8_t *bytes, size_t length)
{
    struct ipcshark_reader reader = ipcshark_reader(bytes, length);
    const uint8_t *prefix = ipcshark_read_bytes(&reader, 3);

    return prefix && memcmp(prefix, "Sce", 3) == 0;
}

void sceipmi_name_check(const uint8_t *bytes, size_t length, bool is_server,
                        struct ipcshark_findings *findings)
{
    size_t characters = name_length(bytes, length);

    if (characters > SCEIPMI_MAX_NAME)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_NAME_TOO_LONG, 0, characters, characters,
                      SCEIPMI_MAX_NAME);
    else if (characters == length)
        ipcshark_find(findings, IPCSHARK_FINDING_SCEIPMI_NAME_UNTERMINATED, 0, length, length, 0);
    if (!starts_with_sce(bytes, characters))
        ipcshark_find(findings,
                      is_server ? IPCSHARK_FINDING_SCEIPMI_SERVER_NAME
                                : IPCSHARK_FINDING_SCEIPMI_CLIENT_NAME,
                      0, characters, characters, 0);
}
