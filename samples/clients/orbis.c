/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PlayStation 4 program on the reference server: a client of SceAppMessaging, a message sent to
 * itself and received, and an error of each layer.
 *
 *     clients_orbis tcp:127.0.0.1:18253
 *
 * A manager call gets pointers; what lies behind them goes along as sections, so `place` makes
 * both.
 */
#include "transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OP_CREATE_CLIENT 0x002u
#define OP_DESTROY       0x003u
#define OP_TRY_GET       0x252u
#define OP_DISCONNECT    0x310u
#define OP_INVOKE        0x320u
#define OP_CONNECT       0x400u
#define COOKIE           0xDEADBADECAFEBEAFull
#define MESSAGE_SIZE     0x2018u
#define APP_ID           0x60001234u

#define EINVAL_OUT     0x80020016u
#define EAGAIN_OUT     0x80020023u
#define EFAULT         14u
#define NO_SUCH_APP    0x80C50007u
#define UNKNOWN_METHOD 0x800205C1u

#define RAX_VALID 1u
#define CARRY     2u
#define OUT_VALID 4u

#define SCALAR_RESULT 1
#define SCALAR_SIZE   7

/* The IPMI_CALL section. */
struct ipmi_call {
    uint32_t op, kid;
    uint64_t out_pointer, block_pointer, block_size, cookie, rax;
    uint32_t out, valid;
    uint64_t reserved;
};

/* A call being put together, and what came of it. */
struct call {
    struct ipmi_call arguments;
    uint8_t block[0x40];
    struct record contents; /* sections only */
    struct record exit;
    uint64_t next_address; /* of an imagined stack */
};

struct descriptor {
    uint64_t data, size;
};

static void begin(struct call *call, uint32_t op, uint32_t kid, uint64_t block_size)
{
    memset(call, 0, sizeof *call);
    call->next_address = 0x7EEFFF000;
    call->arguments = (struct ipmi_call){.op = op,
                                         .kid = kid,
                                         .out_pointer = 0x7EEFFE000,
                                         .block_pointer = 0x7EEFFE100,
                                         .block_size = block_size,
                                         .cookie = COOKIE};
    enter_begin(&call->contents, KIND_IPMI, kid);
    enter_add(&call->contents, SECTION_IPMI_CALL, 0, 0, &call->arguments, sizeof call->arguments);
}

static void set32(struct call *call, size_t offset, uint32_t value)
{
    memcpy(call->block + offset, &value, sizeof value);
}

static void set64(struct call *call, size_t offset, uint64_t value)
{
    memcpy(call->block + offset, &value, sizeof value);
}

/* Memory of the caller that the call writes; needs no section. */
static uint64_t room(struct call *call, size_t size)
{
    uint64_t address = call->next_address;

    call->next_address += (size + 15) & ~(size_t)15;
    return address;
}

/* Memory of the caller that the call reads. */
static uint64_t place(struct call *call, uint16_t type, uint16_t index, const void *bytes,
                      uint32_t size)
{
    uint64_t address = room(call, size);

    enter_add(&call->contents, type, index, address, bytes, size);
    return address;
}

/* @return `*out`, the second layer. */
static uint32_t perform(struct call *call)
{
    struct section section;

    if (call->arguments.block_size)
        enter_add(&call->contents, SECTION_IPMI_BLOCK, 0, call->arguments.block_pointer,
                  call->block, (uint32_t)call->arguments.block_size);
    transport_call(&call->contents, &call->exit);
    memset(&call->arguments, 0, sizeof call->arguments);
    if (find_section(&call->exit, SECTION_IPMI_CALL, 0, &section) &&
        section.size >= sizeof call->arguments)
        memcpy(&call->arguments, section.bytes, sizeof call->arguments);
    return call->arguments.valid & OUT_VALID ? call->arguments.out : NO_ANSWER;
}

static uint32_t scalar(const struct call *call, uint16_t index)
{
    struct section section;
    uint32_t value = 0;

    if (find_section(&call->exit, SECTION_IPMI_SCALAR, index, &section) && section.size >= 4)
        memcpy(&value, section.bytes, sizeof value);
    return value;
}

static void end(struct call *call)
{
    record_free(&call->contents);
    record_free(&call->exit);
}

static void expect(uint32_t actual, uint32_t expected, const char *what)
{
    printf("%-44s 0x%X\n", what, actual);
    if (actual != expected) {
        printf("expected 0x%X\n", expected);
        exit(1);
    }
}

/* One queue of one message, as SystemService asks for it. @return the kid. */
static uint32_t create_client(void)
{
    const uint64_t config_size = 0x150, queue_size = MESSAGE_SIZE;
    const uint32_t one = 1;
    uint8_t config[0x150] = {0};
    struct call call;
    uint32_t kid;

    memcpy(config, &config_size, 8);
    memcpy(config + 0x08, &one, 4); /* outstanding sync requests */
    memcpy(config + 0x38, &one, 4); /* message queues */
    memcpy(config + 0x40, &queue_size, 8);
    begin(&call, OP_CREATE_CLIENT, 0, 0x18);
    set64(&call, 0x00, 0x880010000); /* the library's own object */
    set64(&call, 0x08, place(&call, SECTION_IPMI_NAME, 0, "SceAppMessaging", 16));
    set64(&call, 0x10, place(&call, SECTION_IPMI_CONFIG, 0, config, sizeof config));
    kid = perform(&call);
    end(&call);
    return kid;
}

/* Connect (status at 0x10 of 0x20 bytes) and Disconnect (at 0 of 8). */
static uint32_t connect_or_disconnect(uint32_t op, uint32_t kid)
{
    struct call call;
    uint32_t out;

    begin(&call, op, kid, op == OP_CONNECT ? 0x20 : 8);
    set64(&call, op == OP_CONNECT ? 0x10 : 0, room(&call, 4));
    out = perform(&call);
    end(&call);
    return out;
}

static uint32_t destroy(uint32_t kid)
{
    struct call call;
    uint32_t out;

    begin(&call, OP_DESTROY, kid, 0);
    out = perform(&call);
    end(&call);
    return out;
}

/* A method with two inputs and no output. @return `*out`; the method's own result in *result. */
static uint32_t invoke(uint32_t kid, uint32_t method, const void *header, const void *payload,
                       uint32_t size, uint32_t *result)
{
    struct descriptor inputs[2];
    struct call call;
    uint32_t out;

    begin(&call, OP_INVOKE, kid, 0x30);
    inputs[0] = (struct descriptor){place(&call, SECTION_IPMI_IN, 0, header, 24), 24};
    inputs[1] = (struct descriptor){place(&call, SECTION_IPMI_IN, 1, payload, size), size};
    set32(&call, 0x00, method);
    set32(&call, 0x04, 2);
    set64(&call, 0x10, place(&call, SECTION_IPMI_DATA_INFO, 0, inputs, sizeof inputs));
    set64(&call, 0x20, room(&call, 4));
    out = perform(&call);
    *result = scalar(&call, SCALAR_RESULT);
    end(&call);
    return out;
}

/* SendMsg: destination, type, payload's size as u64, flags, and 4 bytes that nobody sets. */
static uint32_t send_message(uint32_t kid, uint32_t method, uint32_t app_id, const char *text,
                             uint32_t *result)
{
    const uint32_t header[6] = {app_id, 0x1000000, (uint32_t)strlen(text)};

    return invoke(kid, method, header, text, (uint32_t)strlen(text), result);
}

/* TryGetMsg of queue 0. @return `*out`. */
static uint32_t try_receive(uint32_t kid, char text[64])
{
    struct section section;
    uint32_t out, size;
    struct call call;

    begin(&call, OP_TRY_GET, kid, 0x20);
    set64(&call, 0x08, room(&call, MESSAGE_SIZE));
    set64(&call, 0x10, room(&call, 8));
    set64(&call, 0x18, MESSAGE_SIZE);
    out = perform(&call);
    if (find_section(&call.exit, SECTION_IPMI_MESSAGE, 0, &section) &&
        section.size == MESSAGE_SIZE && scalar(&call, SCALAR_SIZE) == MESSAGE_SIZE) {
        memcpy(&size, section.bytes + 0x2008, sizeof size);
        snprintf(text, 64, "%.*s", (int)size, (const char *)section.bytes + 8);
    }
    end(&call);
    return out;
}

/* Layer 1: a name that cannot be read makes the system call itself fail, with an errno and the
 * carry flag; `*out` is not written. */
static void fail_in_the_system_call(void)
{
    struct call call;

    begin(&call, OP_CREATE_CLIENT, 0, 0x18);
    set64(&call, 0x08, 0xDEAD000);
    set64(&call, 0x10, 0xDEAD000);
    expect(perform(&call), NO_ANSWER, "CreateClient with a bad pointer: no *out");
    expect((uint32_t)call.arguments.rax, EFAULT, "but rax");
    expect(call.arguments.valid & (RAX_VALID | CARRY), RAX_VALID | CARRY, "with the carry flag");
    end(&call);
}

static void use_messages(uint32_t kid)
{
    char text[64] = "";
    uint32_t result;

    expect(try_receive(kid, text), EAGAIN_OUT, "TryGetMsg of an empty queue: *out");
    expect(send_message(kid, 0, APP_ID, "hello", &result), 0, "SendMsg: *out");
    expect(result, 0, "its result");
    expect(try_receive(kid, text), 0, "TryGetMsg: *out");
    expect((uint32_t)strcmp(text, "hello"), 0, "the same text");
    /* Layer 3: the manager succeeds, the method does not. */
    expect(send_message(kid, 0, 0x6000FFFF, "hello", &result), 0, "SendMsg to nobody: *out");
    expect(result, NO_SUCH_APP, "its result");
    expect(send_message(kid, 9, APP_ID, "hello", &result), 0, "unknown method: *out");
    expect(result, UNKNOWN_METHOD, "its result");
}

int main(int argc, char **argv)
{
    char text[64];
    uint32_t kid;

    if (!transport_open(argc > 1 ? argv[1] : "tcp:127.0.0.1:18253", PLATFORM_ORBIS, "client",
                        APP_ID))
        return 2;
    fail_in_the_system_call();
    kid = create_client();
    expect(kid & 0x80000000u, 0, "CreateClient gives a kid");
    expect(connect_or_disconnect(OP_CONNECT, kid), 0, "Connect");
    use_messages(kid);
    expect(connect_or_disconnect(OP_DISCONNECT, kid), 0, "Disconnect");
    expect(destroy(kid), 0, "DestroyClient");
    /* Layer 2: the manager refuses. */
    expect(try_receive(kid, text), EINVAL_OUT, "TryGetMsg of a kid that is gone: *out");
    transport_close();
    return 0;
}
