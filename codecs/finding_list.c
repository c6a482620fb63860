/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/finding.h>

void ipcshark_find(struct ipcshark_findings *findings, enum ipcshark_finding_code code,
                   size_t offset, size_t length, uint64_t actual, uint64_t limit)
{
    struct ipcshark_finding *finding;

    if (!findings)
        return;
    if (findings->count == IPCSHARK_MAX_FINDINGS) {
        findings->dropped += findings->dropped < UINT16_MAX;
        return;
    }
    finding = &findings->item[findings->count++];
    finding->code = (uint16_t)code;
    finding->offset = (uint32_t)offset;
    finding->length = (uint32_t)length;
    finding->actual = actual;
    finding->limit = limit;
}
