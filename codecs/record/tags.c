/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/record.h>

/* "The tags are big-endian": 12 dissector name, 8 bytes "ipctap" zero padded; 0 end of options. */
const uint8_t ipctap_tags[IPCTAP_TAGS_SIZE] = {0x00, 0x0C, 0x00, 0x08, 'i',  'p',  'c',  't',
                                               'a',  'p',  0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
