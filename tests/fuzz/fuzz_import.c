/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Import: whatever the text, every record that comes out of it is a flawless one. */
#define _POSIX_C_SOURCE 200809L
#include "import.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(int condition)
{
    if (!condition)
        abort();
}

static bool check_record(void *data, const struct ipctap_header *header, const uint8_t *bytes,
                         size_t size)
{
    struct ipcshark_findings findings = {0};
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_record record;

    require(header->record_size == size);
    require(ipctap_record_decode(bytes, size, &record, &findings));
    while (ipctap_section_next(&record, &iterator, &section, &findings))
        require(section.captured_size <= section.declared_size);
    ipctap_record_check(&record, &findings);
    require(findings.count == 0);
    ++*(unsigned long *)data;
    return true;
}

/** The first byte chooses the options, the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct import_options options = {.source = 1};
    struct import_report report;
    unsigned long records = 0;
    FILE *stream;

    if (length < 2)
        return 0;
    options.format = (enum import_format)(bytes[0] % (IMPORT_JSON + 1));
    options.platform = (bytes[0] >> 4) % (IPCTAP_CTR + 1);
    stream = fmemopen((void *)(uintptr_t)(bytes + 1), length - 1, "rb");
    require(stream != NULL);
    import_stream(stream, &options, check_record, &records, &report);
    require(records == report.messages && report.truncated <= report.messages);
    import_report_clear(&report);
    fclose(stream);
    return 0;
}
