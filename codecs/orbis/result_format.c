/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/appmsg.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** The name without the prefix that all of its kind share: the number already says whose it is. */
static const char *short_name(const char *name)
{
    static const char *const prefixes[] = {"SCE_APP_MESSAGING_ERROR_", "SCE_KERNEL_ERROR_"};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);

        if (strncmp(name, prefixes[i], length) == 0)
            return name + length;
    }
    return name;
}

int orbis_result_format(enum orbis_result_layer layer, uint32_t result, char *text, size_t size)
{
    const char *name = result ? orbis_result_name(layer, result) : "ok";

    if (!result)
        return snprintf(text, size, "%s", name);
    /* An errno is a small decimal number wherever people write it. */
    if (layer == ORBIS_LAYER_ERRNO && result < 256)
        return snprintf(text, size, name ? "%" PRIu32 " %s" : "%" PRIu32, result,
                        name ? short_name(name) : "");
    return snprintf(text, size, name ? "0x%08" PRIX32 " %s" : "0x%08" PRIX32, result,
                    name ? short_name(name) : "");
}
