/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks of a PlayStation 4 payload or emulator: around ipmimgr_call, system call 622, through which
 * all of IPMI goes, and around sceAppMessagingSendMsg, which a program calls.
 *
 *     example_orbis_hook [DESTINATION]      file:orbis.pcapng
 */
#include <ipcshark/appmsg.h>
#include <ipcshark/sceipmi.h>
#include <ipctap.h>

#include <stdio.h>

#define PID 0x41
#define TID 0x186A1
#define APP 0x60000001

/** What the hooks stand before; a real one calls on. */
static long original_ipmimgr_call(uint32_t op, uint32_t kid, uint32_t *out, const void *in,
                                  uint64_t in_size, uint64_t cookie)
{
    (void)op, (void)kid, (void)in, (void)in_size, (void)cookie;
    *out = 0;
    return 0;
}

static int original_send_msg(uint32_t app_id, uint32_t type, const void *payload, size_t size,
                             uint32_t flags)
{
    (void)app_id, (void)type, (void)payload, (void)size, (void)flags;
    return 0;
}

static struct ipctap_header header_of(uint8_t kind, struct ipctap *tap)
{
    struct ipctap_header header = ipctap_header_init(IPCTAP_ORBIS, kind, IPCTAP_ENTER);

    header.pid = PID;
    header.tid = TID;
    header.program_id = APP;
    header.call_id = ipctap_next_call_id(tap);
    return header;
}

static void leave(struct ipctap_header *header, uint32_t result)
{
    header->result = result;
    header->flags |= IPCTAP_RESULT;
    header->phase = IPCTAP_EXIT;
    header->time = 0; /* the present again */
}

/** The call's section and its parameter block, of which the kernel takes at most 0x40 bytes. */
static void emit_ipmi(struct ipctap *tap, const struct ipctap_header *header,
                      const struct sceipmi_call *call, const void *in)
{
    uint32_t size = call->in_size < SCEIPMI_MAX_BLOCK_SIZE ? (uint32_t)call->in_size
                                                           : SCEIPMI_MAX_BLOCK_SIZE;
    uint8_t bytes[SCEIPMI_CALL_SIZE];
    const struct ipctap_part parts[] = {
        {.type = IPCTAP_SECTION_IPMI_CALL, .bytes = bytes, .size = sizeof bytes},
        {.type = IPCTAP_IPMI_BLOCK, .address = call->in_pointer, .bytes = in, .size = size},
    };

    sceipmi_call_encode(call, bytes, sizeof bytes);
    ipctap_emit(tap, header, parts, in ? 2 : 1);
}

static long watched_ipmimgr_call(struct ipctap *tap, struct sceipmi_call *call, uint32_t *out,
                                 const void *in)
{
    struct ipctap_header header = header_of(IPCTAP_IPMI_CALL, tap);

    header.object = call->kid;
    emit_ipmi(tap, &header, call, in);
    call->rax =
        (uint64_t)original_ipmimgr_call(call->op, call->kid, out, in, call->in_size, call->cookie);
    call->out = *out;
    call->valid = SCEIPMI_RAX_VALID | SCEIPMI_OUT_VALID;
    leave(&header, *out);
    emit_ipmi(tap, &header, call, in);
    return (long)call->rax;
}

static long hooked_ipmimgr_call(struct ipctap *tap, uint32_t op, uint32_t kid, uint32_t *out,
                                const void *in, uint64_t in_size, uint64_t cookie)
{
    struct sceipmi_call call = {
        .op = op,
        .kid = kid,
        .out_pointer = (uintptr_t)out,
        .in_pointer = (uintptr_t)in,
        .in_size = in_size,
        .cookie = cookie,
    };

    if (!ipctap_is_on(tap))
        return original_ipmimgr_call(op, kid, out, in, in_size, cookie);
    return watched_ipmimgr_call(tap, &call, out, in);
}

static void emit_send(struct ipctap *tap, const struct ipctap_header *header,
                      const struct appmsg_call *call, const void *payload)
{
    uint8_t bytes[APPMSG_CALL_SIZE];
    const struct ipctap_part parts[] = {
        {.type = IPCTAP_SECTION_APPMSG_CALL, .bytes = bytes, .size = sizeof bytes},
        {.type = IPCTAP_APPMSG_PAYLOAD,
         .address = (uintptr_t)payload,
         .bytes = payload,
         .size = (uint32_t)call->payload_size},
    };

    appmsg_call_encode(call, bytes, sizeof bytes);
    ipctap_emit(tap, header, parts, header->phase == IPCTAP_ENTER ? 2 : 1);
}

static int hooked_send_msg(struct ipctap *tap, uint32_t app_id, uint32_t type, const void *payload,
                           size_t size, uint32_t flags)
{
    struct appmsg_call call = {
        .function = APPMSG_SEND_MSG,
        .app_id = app_id,
        .message_type = type,
        .flags = flags,
        .payload_size = size,
    };
    struct ipctap_header header;

    if (!ipctap_is_on(tap))
        return original_send_msg(app_id, type, payload, size, flags);
    header = header_of(IPCTAP_APPMSG_CALL, tap);
    emit_send(tap, &header, &call, payload);
    call.return_value = original_send_msg(app_id, type, payload, size, flags);
    call.valid = APPMSG_RETURN_VALID;
    leave(&header, (uint32_t)call.return_value);
    emit_send(tap, &header, &call, payload);
    return call.return_value;
}

int main(int argc, char **argv)
{
    static const char payload[] = "door opens";
    const uint8_t block[8] = {0};
    struct ipctap_options options = {
        .destination = argc > 1 ? argv[1] : "file:orbis.pcapng",
        .producer = "example PlayStation 4 hook 1.0",
        .platform = IPCTAP_ORBIS,
    };
    char error[256];
    struct ipctap *tap = ipctap_open(&options, error, sizeof error);
    uint32_t out;

    if (!tap) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    hooked_ipmimgr_call(tap, SCEIPMI_DISCONNECT, 11, &out, block, sizeof block, SCEIPMI_COOKIE);
    hooked_send_msg(tap, 0x60000002, 0x1000, payload, sizeof payload, 0);
    ipctap_close(tap);
    return 0;
}
