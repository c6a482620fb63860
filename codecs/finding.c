/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/finding.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct rule {
    const char *name;
    const char *sentence;
    uint32_t result;
    uint8_t severity;
};

static const struct rule rules[IPCSHARK_FINDING_COUNT] = {
    [IPCSHARK_FINDING_NONE] = {"none", "Nothing was found.", 0, IPCSHARK_NOTE},
#define IPCSHARK_FINDING(symbol, name, severity, result, sentence)                                 \
    [IPCSHARK_FINDING_##symbol] = {name, sentence, result, severity},
#include <ipcshark/findings_arguments.def>
#include <ipcshark/findings_ctr.def>
#include <ipcshark/findings_horizon.def>
#include <ipcshark/findings_orbis.def>
#include <ipcshark/findings_record.def>
#undef IPCSHARK_FINDING
};

static const struct rule *rule_of(enum ipcshark_finding_code code)
{
    return &rules[(unsigned int)code < IPCSHARK_FINDING_COUNT ? code : IPCSHARK_FINDING_NONE];
}

const char *ipcshark_finding_name(enum ipcshark_finding_code code)
{
    return rule_of(code)->name;
}

enum ipcshark_severity ipcshark_finding_severity(enum ipcshark_finding_code code)
{
    return (enum ipcshark_severity)rule_of(code)->severity;
}

uint32_t ipcshark_finding_result(enum ipcshark_finding_code code)
{
    return rule_of(code)->result;
}

const char *ipcshark_finding_sentence(enum ipcshark_finding_code code)
{
    return rule_of(code)->sentence;
}

/** Text that grows inside fixed memory and counts on past its end, like snprintf. */
struct text {
    char *bytes;
    size_t size;
    size_t length;
};

static void append(struct text *text, const char *piece, size_t length)
{
    for (size_t i = 0; i < length; i++, text->length++) {
        if (text->length + 1 < text->size)
            text->bytes[text->length] = piece[i];
    }
}

static void append_number(struct text *text, uint64_t value, bool hexadecimal)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, hexadecimal ? "0x%" PRIX64 : "%" PRIu64, value);

    append(text, digits, (size_t)length);
}

/** The placeholder at `from`, or 0 characters if it is none. */
static size_t append_placeholder(struct text *text, const struct ipcshark_finding *finding,
                                 const char *from)
{
    static const struct {
        const char *text;
        bool is_limit;
        bool hexadecimal;
    } placeholders[] = {
        {"{actual}", false, false},
        {"{actual:x}", false, true},
        {"{limit}", true, false},
        {"{limit:x}", true, true},
    };

    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        size_t length = strlen(placeholders[i].text);

        if (strncmp(from, placeholders[i].text, length) != 0)
            continue;
        append_number(text, placeholders[i].is_limit ? finding->limit : finding->actual,
                      placeholders[i].hexadecimal);
        return length;
    }
    return 0;
}

int ipcshark_finding_format(const struct ipcshark_finding *finding, char *bytes, size_t size)
{
    const char *from = ipcshark_finding_sentence((enum ipcshark_finding_code)finding->code);
    struct text text = {bytes, size, 0};

    while (*from) {
        size_t taken = append_placeholder(&text, finding, from);

        if (!taken) {
            append(&text, from, 1);
            taken = 1;
        }
        from += taken;
    }
    if (size)
        bytes[text.length < size ? text.length : size - 1] = '\0';
    return (int)text.length;
}
