/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a stream of records: sections lie inside them, shortening keeps a record a record.
 * And as a packet of ilia's, whose calls become records. */
#include <ipcshark/ilia.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static volatile uint8_t sink;

static void read_section(const struct ipctap_section *section)
{
    struct ipctap_kernel_call call;

    for (uint32_t i = 0; i < section->captured_size; i++)
        sink ^= section->bytes[i];
    if (section->type == IPCTAP_SECTION_KERNEL_CALL)
        ipctap_kernel_call_decode(section->bytes, section->captured_size, &call, NULL);
}

/* The first of that type and index is found, whoever searches. */
static void check_index(const struct ipctap_record *record,
                        const struct ipctap_section_index *index, uint16_t type, uint16_t number)
{
    struct ipctap_section wanted, found;
    bool is_there = ipctap_section_find(record, type, number, &wanted);

    if (ipctap_section_index_find(record, index, type, number, &found) != is_there)
        abort();
    if (is_there && (found.offset != wanted.offset || found.cut != wanted.cut ||
                     found.captured_size != wanted.captured_size))
        abort();
    if (is_there && !ipctap_section_index_may_have(index, type))
        abort();
    if (is_there && !ipctap_section_index_find_type(record, index, type, &found))
        abort();
}

static void read_record(const uint8_t *bytes, size_t length)
{
    struct ipcshark_findings findings = {0};
    struct ipctap_section_iterator iterator = {0};
    struct ipctap_section section;
    struct ipctap_section_index index;
    struct ipctap_record record;
    char text[256];

    if (!ipctap_record_decode(bytes, length, &record, &findings))
        return;
    ipctap_section_index_fill(&record, &index);
    check_index(&record, &index, IPCTAP_SERVICE, 0);
    while (ipctap_section_next(&record, &iterator, &section, &findings)) {
        read_section(&section);
        check_index(&record, &index, section.type, section.index);
    }
    ipctap_record_check(&record, &findings);
    for (unsigned int i = 0; i < findings.count; i++)
        ipcshark_finding_format(&findings.item[i], text, sizeof text);
}

static void shorten(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length);
    struct ipctap_record record;
    size_t size;

    memcpy(copy, bytes, length);
    size = ipctap_record_shorten(copy, length, length / 2);
    if (size && (size > length || !ipctap_record_decode(copy, size, &record, NULL)))
        abort();
    free(copy);
}

static void convert(const uint8_t *bytes, size_t length)
{
    struct ipctap_header header = ipctap_header_init(IPCTAP_HORIZON, 0, 0);
    uint8_t *record = malloc(ilia_record_room(length));
    struct ilia_call call;
    size_t size;

    if (ilia_decode(bytes, length, &call)) {
        for (int is_reply = 0; is_reply < 2; is_reply++) {
            size = ilia_encode_record(&call, bytes, is_reply, &header, "I", record,
                                      ilia_record_room(length));
            read_record(record, size);
            if (!size && (!is_reply || call.has_reply))
                abort();
        }
    }
    free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    size_t size;

    convert(bytes, length);

    read_record(bytes, length);
    while (ipctap_stream_next(bytes, length, &size, NULL) == IPCTAP_STREAM_RECORD) {
        read_record(bytes, size);
        shorten(bytes, size);
        bytes += size;
        length -= size;
    }
    return 0;
}
