/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/contents.h>

/** Sections of the 3DS are counted by the word that their descriptor stands at. */
static uint16_t translate_section(const struct ctripc_message *message, uint16_t *index)
{
    const struct ctripc_translate *translate;

    if (!message || *index >= message->translate_count)
        return 0;
    translate = &message->translate[*index];
    *index = translate->offset;
    return ctripc_contents_section(translate->kind);
}

uint16_t ipcshark_argument_section(const struct ipcshark_message *message,
                                   const struct ipcshark_argument *argument, uint16_t *index)
{
    *index = argument->index;
    switch (argument->place) {
    case IPCSHARK_PLACE_POINTER:
        return IPCTAP_POINTER;
    case IPCSHARK_PLACE_SEND:
        return IPCTAP_SEND;
    case IPCSHARK_PLACE_RECEIVE:
        return IPCTAP_RECEIVE;
    case IPCSHARK_PLACE_EXCHANGE:
        return IPCTAP_EXCHANGE;
    case IPCSHARK_PLACE_RECEIVE_LIST:
        return IPCTAP_RECEIVE_LIST;
    case IPCSHARK_PLACE_TRANSLATE:
        return translate_section(message->ctr, index);
    default:
        return 0;
    }
}
