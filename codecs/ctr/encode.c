/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <ipcshark/writer.h>

/** Returns the handles behind those that were written. */
static const uint32_t *encode_translate(struct ipcshark_writer *writer,
                                        const struct ctripc_translate *translate,
                                        const uint32_t *handles)
{
    ipcshark_write_u32(writer, translate->descriptor);
    if (ctripc_is_handles(translate->kind)) {
        for (unsigned int i = 0; i < translate->handle_count; i++)
            ipcshark_write_u32(writer, *handles++);
    } else if (translate->words != 1) {
        /* One word: the command ends at the descriptor, as a decode found it. */
        ipcshark_write_u32(writer, translate->address);
    }
    return handles;
}

size_t ctripc_encode(const struct ctripc_message *message, const uint32_t *normal,
                     const uint32_t *handles, uint8_t *bytes, size_t capacity)
{
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);

    ipcshark_write_u32(&writer, ctripc_header(message->command_id, message->normal_count,
                                              message->translate_words) |
                                    (message->header & CTRIPC_HEADER_UNUSED));
    for (unsigned int i = 0; i < (message->normal_count & 0x3Fu); i++)
        ipcshark_write_u32(&writer, normal[i]);
    for (unsigned int i = 0; i < message->translate_count && i < CTRIPC_MAX_TRANSLATE; i++)
        handles = encode_translate(&writer, &message->translate[i], handles);
    return writer.offset;
}
