/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generates a capture of a 3DS program: srv:, fs:USER, a file, then every kind of translate
 * parameter, a service process that replies, and messages that are cut off or wrong.
 *
 * Usage: ctr_calls FILE
 */
#include "tap_file.h"

#include <ipcshark/ctripc.h>

#include <stdlib.h>
#include <string.h>

#define SRV_HANDLE      0x00010003u
#define FS_HANDLE       0x00020005u
#define FILE_HANDLE     0x00030007u
#define UNKNOWN_HANDLE  0x000F0001u
#define PORT_HANDLE     0x00040009u
#define ACCEPTED_HANDLE 0x0004000Bu
#define PROGRAM_PID     0x20
#define SERVICE_PID     0x21
#define COMMAND_BUFFER  0x1FF82080u
#define PATH_ADDRESS    0x08000100u
#define DATA_ADDRESS    0x08001234u
#define NOT_FOUND       0xC8804478u

static struct tap_file tap;

static void message(const uint32_t *words, size_t count)
{
    uint8_t bytes[CTRIPC_BUFFER_SIZE];
    struct ipcshark_writer writer = ipcshark_writer(bytes, sizeof bytes);

    for (size_t i = 0; i < count; i++)
        ipcshark_write_u32(&writer, words[i]);
    tap_section(&tap, IPCTAP_MESSAGE, 0, COMMAND_BUFFER, bytes, writer.offset);
}

#define MESSAGE(...)                                                                               \
    message((const uint32_t[]){__VA_ARGS__},                                                       \
            sizeof(const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

/** A request with no contents and its reply. */
#define CALL(object, request, ...)                                                                 \
    do {                                                                                           \
        tap_enter(&tap, IPCTAP_CTR_COMMAND, object);                                               \
        MESSAGE request;                                                                           \
        tap_end(&tap);                                                                             \
        tap_exit(&tap, IPCTAP_CTR_COMMAND, object, 0);                                             \
        MESSAGE(__VA_ARGS__);                                                                      \
        tap_end(&tap);                                                                             \
    } while (0)

static uint32_t name_word(const char *name, size_t n)
{
    uint8_t bytes[8] = {0};

    memcpy(bytes, name, strlen(name));
    return ipcshark_load_u32(bytes + 4 * n);
}

static void kernel_call(uint32_t number, uint32_t handle, uint32_t result_handle)
{
    struct ipctap_kernel_call call = {.call = number, .handle = handle};

    tap_enter(&tap, IPCTAP_KERNEL_CALL, 0);
    tap_kernel_call(&tap, &call);
    tap_end(&tap);
    call.handle = result_handle;
    tap_exit(&tap, IPCTAP_KERNEL_CALL, 0, 0);
    tap_kernel_call(&tap, &call);
    tap_end(&tap);
}

static void connect_to_srv(void)
{
    struct ipctap_kernel_call call = {.call = IPCTAP_CALL_CONNECT_TO_PORT};

    tap_enter(&tap, IPCTAP_KERNEL_CALL, 0);
    tap_kernel_call(&tap, &call);
    tap_text(&tap, IPCTAP_OBJECT_NAME, 0, "srv:");
    tap_end(&tap);
    call.handle = SRV_HANDLE;
    tap_exit(&tap, IPCTAP_KERNEL_CALL, 0, 0);
    tap_kernel_call(&tap, &call);
    tap_end(&tap);
}

static void use_srv(void)
{
    CALL(SRV_HANDLE, (ctripc_header(1, 0, 2), 0x20, 0), ctripc_header(1, 1, 0), 0);
    CALL(SRV_HANDLE,
         (ctripc_header(5, 4, 0), name_word("fs:USER", 0), name_word("fs:USER", 1), 7, 0),
         ctripc_header(5, 1, 2), 0, 0x10, FS_HANDLE);
    CALL(SRV_HANDLE, (ctripc_header(5, 4, 0), name_word("nope:u", 0), name_word("nope:u", 1), 6, 0),
         ctripc_header(5, 1, 0), 0xD8E06406);
}

static void open_file(const char *path, uint32_t result)
{
    size_t size = strlen(path) + 1;

    tap_enter(&tap, IPCTAP_CTR_COMMAND, FS_HANDLE);
    MESSAGE(ctripc_header(0x0802, 7, 2), 0, 0x567, 0x1234, 3, (uint32_t)size, 1, 0,
            ctripc_descriptor(CTRIPC_STATIC_BUFFER, (uint32_t)size, 0), PATH_ADDRESS);
    tap_section(&tap, IPCTAP_STATIC, 8, PATH_ADDRESS, path, size);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_CTR_COMMAND, FS_HANDLE, 0);
    if (result)
        MESSAGE(ctripc_header(0x0802, 1, 0), result);
    else
        MESSAGE(ctripc_header(0x0802, 1, 2), 0, 0x10, FILE_HANDLE);
    tap_end(&tap);
}

static void read_file(void)
{
    static const char text[] = "saved on a handheld";

    tap_enter(&tap, IPCTAP_CTR_COMMAND, FILE_HANDLE);
    MESSAGE(ctripc_header(0x0802, 3, 2), 0, 0, sizeof text,
            ctripc_descriptor(CTRIPC_MAPPED_W, sizeof text, 0), DATA_ADDRESS);
    ipctap_add_part(&tap.writer, IPCTAP_MAPPED, 4, DATA_ADDRESS, NULL, 0, sizeof text);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_CTR_COMMAND, FILE_HANDLE, 0);
    MESSAGE(ctripc_header(0x0802, 2, 2), 0, sizeof text,
            ctripc_descriptor(CTRIPC_MAPPED_W, sizeof text, 0), DATA_ADDRESS);
    tap_section(&tap, IPCTAP_MAPPED, 3, DATA_ADDRESS, text, sizeof text);
    tap_end(&tap);
}

static void use_fs(void)
{
    CALL(FS_HANDLE, (ctripc_header(0x0801, 0, 2), 0x20, 0), ctripc_header(0x0801, 1, 0), 0);
    open_file("/save/main.bin", 0);
    read_file();
    open_file("/save/none.bin", NOT_FOUND);
    kernel_call(IPCTAP_CALL_CLOSE_HANDLE, FILE_HANDLE, 0);
    CALL(FILE_HANDLE, (ctripc_header(0x0804, 0, 0)), ctripc_header(0x0804, 3, 0), 0, 0x2000, 0);
}

/** Every kind of translate parameter, at a service that only a SERVICE section names. */
static void all_kinds(void)
{
    tap_enter(&tap, IPCTAP_CTR_COMMAND, UNKNOWN_HANDLE);
    MESSAGE(ctripc_header(0x0042, 1, 19), 0xDEADBEEF, 0x04000000, 0xFFFF8000, 0xFFFF8001,
            0x04000010, 0x11, 0x22, 0x20, 0x98989898,
            ctripc_descriptor(CTRIPC_STATIC_BUFFER, 4, 15), 0x1000,
            ctripc_descriptor(CTRIPC_PXI_RW, 4, 1), 0x2000, ctripc_descriptor(CTRIPC_PXI_RO, 4, 2),
            0x3000, ctripc_descriptor(CTRIPC_MAPPED_R, 4, 0), 0x4000,
            ctripc_descriptor(CTRIPC_MAPPED_RW, 4, 0), 0x5000, 0x30);
    tap_text(&tap, IPCTAP_SERVICE, 0, "test:u");
    tap_section(&tap, IPCTAP_PXI, 12, 0x2000, "pxi", 4);
    tap_section(&tap, IPCTAP_MAPPED, 16, 0x4000, "map", 4);
    tap_section(&tap, IPCTAP_MAPPED, 60, 0x9000, "stray", 6);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_CTR_COMMAND, UNKNOWN_HANDLE, 0);
    MESSAGE(ctripc_header(0x0042, 1, 0), 0xD9001830);
    tap_end(&tap);
}

/** ReplyAndReceive up to where the thread waits. */
static void enter_receive(uint32_t target)
{
    struct ipctap_kernel_call call = {
        .call = IPCTAP_CALL_REPLY_AND_RECEIVE, .handle = target, .value_2 = UINT64_MAX};
    uint8_t handles[8];

    ipcshark_store_u32(handles, PORT_HANDLE);
    ipcshark_store_u32(handles + 4, ACCEPTED_HANDLE);
    tap_enter(&tap, IPCTAP_KERNEL_CALL, 0);
    tap_kernel_call(&tap, &call);
    tap_section(&tap, IPCTAP_HANDLES, 0, 0, handles, sizeof handles);
}

/** A service process: it registers, accepts a session, receives a request and replies. */
static void serve(void)
{
    struct ipctap_kernel_call received = {.call = IPCTAP_CALL_REPLY_AND_RECEIVE, .value = 1};
    uint8_t table[CTRIPC_STATIC_TABLE_SIZE];
    struct ctripc_static_slot slot[CTRIPC_STATIC_BUFFERS] = {
        {ctripc_descriptor(CTRIPC_STATIC_BUFFER, 0x400, 0), 0x400, 0x00100000}};

    tap.header.pid = SERVICE_PID;
    connect_to_srv();
    CALL(SRV_HANDLE, (ctripc_header(3, 4, 0), name_word("mine:u", 0), name_word("mine:u", 1), 6, 1),
         ctripc_header(3, 1, 2), 0, 0x10, PORT_HANDLE);
    kernel_call(IPCTAP_CALL_ACCEPT_SESSION, PORT_HANDLE, ACCEPTED_HANDLE);
    ctripc_encode_static_table(slot, table, sizeof table);
    enter_receive(0);
    MESSAGE(ctripc_header(CTRIPC_COMMAND_NO_REPLY, 0, 0));
    tap_section(&tap, IPCTAP_RECEIVE_CONTEXT, 0, COMMAND_BUFFER + 0x100, table, sizeof table);
    tap_end(&tap);
    tap_exit(&tap, IPCTAP_KERNEL_CALL, 0, 0);
    tap_kernel_call(&tap, &received);
    MESSAGE(ctripc_header(0x0001, 1, 2), 5, 0x20, 0x44);
    tap_end(&tap);
    enter_receive(ACCEPTED_HANDLE);
    MESSAGE(ctripc_header(0x0001, 1, 0), 0);
    tap_end(&tap);
    tap.header.pid = PROGRAM_PID;
}

/** No session is known, words are missing, the counts do not fit, the reply never comes. */
static void odd_messages(void)
{
    tap_enter(&tap, IPCTAP_CTR_COMMAND, 0x000F0002);
    MESSAGE(ctripc_header(0x0007, 10, 4), 1, 2, 3);
    tap_end(&tap);
    tap_enter(&tap, IPCTAP_CTR_COMMAND, 0x000F0002);
    MESSAGE(ctripc_header(0x0007, 63, 63), 1, 2, 3);
    tap_end(&tap);
    tap_enter(&tap, IPCTAP_CTR_COMMAND, 0x000F0002);
    tap_end(&tap);
    tap_enter(&tap, IPCTAP_CTR_COMMAND, 0x000F0002);
    MESSAGE(ctripc_header(0x0007, 0, 4) | 0x5000, ctripc_descriptor(CTRIPC_MAPPED_NONE, 4, 0),
            0x4000, 0xFC000000, 1);
    tap_end(&tap);
    tap_begin(&tap, IPCTAP_CTR_COMMAND, IPCTAP_SNAPSHOT, 0);
    MESSAGE(ctripc_header(0x0801, 1, 0), 0xC8804478);
    tap_end(&tap);
    tap_begin(&tap, IPCTAP_CTR_COMMAND, IPCTAP_SNAPSHOT, 0);
    tap_section(&tap, IPCTAP_FRAGMENT, 0, 0, "\1\0\0\0\2\0\0\0\3", 9);
    tap_end(&tap);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return EXIT_FAILURE;
    }
    tap_open(&tap, argv[1], IPCTAP_CTR);
    connect_to_srv();
    use_srv();
    use_fs();
    all_kinds();
    serve();
    odd_messages();
    tap_close(&tap);
    return EXIT_SUCCESS;
}
