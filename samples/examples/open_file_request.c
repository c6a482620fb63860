/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds IFileSystem::OpenFile as a client of Horizon's file system service sends it (the path in a
 * pointer buffer, the mode as argument) and prints the message.
 */
#include <ipcshark/cmif.h>
#include <ipcshark/writer.h>

#include <stdio.h>

enum {
    OPEN_FILE = 8,
    MODE_READ = 1,
    PATH_SIZE = 0x301, /* FsPath, always sent whole */
};

/** Where the path stands in the client; the kernel reads it there. */
#define PATH_ADDRESS UINT64_C(0x7100001000)

int main(void)
{
    uint8_t mode[4];
    uint8_t bytes[HIPC_TLS_MESSAGE_SIZE];
    struct cmif_request request = {
        .hipc = {.type = HIPC_TYPE_INVOKE_2_METHOD, .pointer_count = 1},
        .method_id = OPEN_FILE,
        .data = mode,
        .data_size = sizeof mode,
    };
    size_t size;

    ipcshark_store_u32(mode, MODE_READ);
    request.hipc.pointer[0] =
        (struct hipc_pointer){.address = PATH_ADDRESS, .size = PATH_SIZE, .index = 0};
    size = cmif_encode_request(&request, bytes, sizeof bytes);
    if (size > sizeof bytes) {
        fprintf(stderr, "the request takes %zu bytes\n", size);
        return 1;
    }
    for (size_t i = 0; i < size; i++)
        printf("%02x%s", bytes[i], i % 16 == 15 || i + 1 == size ? "\n" : " ");
    return 0;
}
