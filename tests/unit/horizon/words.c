/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include <ipcshark/writer.h>

struct words words_of(size_t count, const uint32_t *word)
{
    struct words words = {.length = count * sizeof *word};
    struct ipcshark_writer writer = ipcshark_writer(words.bytes, sizeof words.bytes);

    for (size_t i = 0; i < count; i++)
        ipcshark_write_u32(&writer, word[i]);
    g_assert_false(writer.failed);
    return words;
}

const struct ipcshark_finding *finding_of(const struct ipcshark_findings *findings,
                                          enum ipcshark_finding_code code)
{
    for (unsigned int i = 0; i < findings->count; i++) {
        if (findings->item[i].code == code)
            return &findings->item[i];
    }
    return NULL;
}
