/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/appmsg.h>

uint64_t orbis_monotonic_to_unix(uint64_t monotonic, uint64_t pair_monotonic, uint64_t pair_unix)
{
    if (monotonic < pair_monotonic) {
        uint64_t earlier = pair_monotonic - monotonic;

        return earlier > pair_unix ? 0 : pair_unix - earlier;
    }
    if (monotonic - pair_monotonic > UINT64_MAX - pair_unix)
        return UINT64_MAX;
    return pair_unix + (monotonic - pair_monotonic);
}
