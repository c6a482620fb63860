/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file ctr_generic.c What a 3DS command's header and descriptors say of it when nothing else is
 *  known: each normal word, each handle and each buffer is an argument. */
#include "arguments_internal.h"

#include <stddef.h>

static const char *const word_names[] = {
    "word0",  "word1",  "word2",  "word3",  "word4",  "word5",  "word6",  "word7",
    "word8",  "word9",  "word10", "word11", "word12", "word13", "word14", "word15",
    "word16", "word17", "word18", "word19", "word20", "word21", "word22", "word23",
    "word24", "word25", "word26", "word27", "word28", "word29", "word30", "word31",
    "word32", "word33", "word34", "word35", "word36", "word37", "word38", "word39",
    "word40", "word41", "word42", "word43", "word44", "word45", "word46", "word47",
    "word48", "word49", "word50", "word51", "word52", "word53", "word54", "word55",
    "word56", "word57", "word58", "word59", "word60", "word61", "word62", "word63",
};

static const struct ipcshark_type word_type = {
    .kind = IPCSHARK_TYPE_UNSIGNED, .alignment = 4, .sized = true, .size = 4, .name = "u32"};
static const struct ipcshark_type contents = {
    .kind = IPCSHARK_TYPE_UNKNOWN, .alignment = 1, .name = "unknown"};

#define HANDLE(kind_, attribute_, name_)                                                           \
    {                                                                                              \
        .kind = IPCSHARK_TYPE_##kind_, .alignment = 1, .attribute = (attribute_), .name = (name_)  \
    }
#define BUFFER(kind_, attribute_, name_)                                                           \
    {                                                                                              \
        .kind = IPCSHARK_TYPE_##kind_, .alignment = 1, .attribute = (attribute_), .name = (name_), \
        .element = &contents                                                                       \
    }
#define BUFFERS(kind, more, name)                                                                  \
    BUFFER(kind, 0 | (more), name), BUFFER(kind, 1 | (more), name),                                \
        BUFFER(kind, 2 | (more), name), BUFFER(kind, 3 | (more), name),                            \
        BUFFER(kind, 4 | (more), name), BUFFER(kind, 5 | (more), name),                            \
        BUFFER(kind, 6 | (more), name), BUFFER(kind, 7 | (more), name),                            \
        BUFFER(kind, 8 | (more), name), BUFFER(kind, 9 | (more), name),                            \
        BUFFER(kind, 10 | (more), name), BUFFER(kind, 11 | (more), name),                          \
        BUFFER(kind, 12 | (more), name), BUFFER(kind, 13 | (more), name),                          \
        BUFFER(kind, 14 | (more), name), BUFFER(kind, 15 | (more), name)

static const struct ipcshark_type handles[] = {HANDLE(HANDLE, 0, "handle"),
                                               HANDLE(HANDLE, 1, "handle")};
static const struct ipcshark_type pid_type = HANDLE(PID, 0, "pid");
static const struct ipcshark_type statics[] = {BUFFERS(STATIC, 0, "static")};
static const struct ipcshark_type pxis[] = {BUFFERS(PXI, 0, "pxi")};
static const struct ipcshark_type read_only_pxis[] = {BUFFERS(PXI, 0x100, "pxi")};
static const struct ipcshark_type mapped[] = {
    BUFFER(MAPPED, 0, "mapped"), BUFFER(MAPPED, 1, "mapped"), BUFFER(MAPPED, 2, "mapped"),
    BUFFER(MAPPED, 3, "mapped")};

static const struct ipcshark_type *type_of(const struct ctripc_translate *translate)
{
    switch (translate->kind) {
    case CTRIPC_PROCESS_ID:
        return &pid_type;
    case CTRIPC_STATIC_BUFFER:
        return &statics[translate->id & 15];
    case CTRIPC_PXI_RW:
        return &pxis[translate->id & 15];
    case CTRIPC_PXI_RO:
        return &read_only_pxis[translate->id & 15];
    case CTRIPC_MAPPED_R:
        return &mapped[1];
    case CTRIPC_MAPPED_W:
        return &mapped[2];
    case CTRIPC_MAPPED_RW:
        return &mapped[3];
    case CTRIPC_MAPPED_NONE:
        return &mapped[0];
    default:
        return &handles[translate->kind != CTRIPC_COPY_HANDLES];
    }
}

/** Handles and a process id: a descriptor may have several words of them. */
static bool next_word(struct ipcshark_arguments *arguments,
                      const struct ctripc_translate *translate, struct ipcshark_argument *argument)
{
    uint32_t word = translate->offset + 1u + arguments->handle;

    if (arguments->handle >= translate->handle_count)
        return false;
    arguments->handle++;
    argument->offset = word * CTR_WORD;
    argument->length = CTR_WORD;
    argument->value = ctripc_word(arguments->message.bytes, arguments->message.length, word);
    argument->present = true;
    return true;
}

static bool next_translate(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    const struct ctripc_message *ctr = arguments->message.ctr;

    for (; arguments->translate < ctr->translate_count; arguments->translate++) {
        const struct ctripc_translate *translate = &ctr->translate[arguments->translate];
        const struct ipcshark_type *type = type_of(translate);

        *argument = (struct ipcshark_argument){.name = type->name,
                                               .type = type,
                                               .is_out = arguments->is_reply,
                                               .place = IPCSHARK_PLACE_TRANSLATE,
                                               .index = arguments->translate};
        if (type->kind == IPCSHARK_TYPE_HANDLE || type->kind == IPCSHARK_TYPE_PID) {
            if (next_word(arguments, translate, argument))
                return true;
            arguments->handle = 0;
            continue;
        }
        arguments->translate++;
        ctr_place_buffer(translate, argument);
        return true;
    }
    return false;
}

bool ctr_generic_next(struct ipcshark_arguments *arguments, struct ipcshark_argument *argument)
{
    const struct ipcshark_message *message = &arguments->message;
    uint32_t word = 1u + (arguments->is_reply ? 1u : 0u) + arguments->next;

    if (word > message->ctr->normal_captured)
        return next_translate(arguments, argument);
    arguments->next++;
    ipcshark_read_value(&word_type, word_names[word & 63], message->bytes, message->length,
                        word * CTR_WORD, argument);
    argument->is_out = arguments->is_reply;
    return true;
}
