/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file finding.h
 * What a codec has to say about a message beyond its fields: it is cut off, or malformed, or the
 * console's kernel or server would refuse it, and with which result.
 *
 * Every finding that any codec can make stands once, in the lists `findings_*.def`, with its stable
 * name, severity, console result and sentence; the enum below, the texts, the plugin's expert infos
 * (`ei_…`, filter name = the finding's name) and docs/findings.md are all generated from there.
 */
#ifndef IPCSHARK_FINDING_H
#define IPCSHARK_FINDING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ipcshark_severity {
    IPCSHARK_NOTE = 1,    /**< Unusual, harmless: kept so that re-encoding gives the same bytes. */
    IPCSHARK_WARNING = 2, /**< Truncated input, or something the console ignores. */
    IPCSHARK_ERROR = 3,   /**< The console refuses this message (see result). */
};

/** Stable numbers are not promised, stable names are: use ipcshark_finding_name() in files. */
enum ipcshark_finding_code {
    IPCSHARK_FINDING_NONE = 0,
#define IPCSHARK_FINDING(symbol, name, severity, result, sentence) IPCSHARK_FINDING_##symbol,
#include <ipcshark/findings_arguments.def>
#include <ipcshark/findings_ctr.def>
#include <ipcshark/findings_horizon.def>
#include <ipcshark/findings_orbis.def>
#include <ipcshark/findings_record.def>
#undef IPCSHARK_FINDING
    IPCSHARK_FINDING_COUNT
};

struct ipcshark_finding {
    uint16_t code;   /**< enum ipcshark_finding_code. */
    uint32_t offset; /**< First byte it is about, from the start of the decoded bytes. */
    uint32_t length; /**< How many bytes; may reach past the end of truncated input. */
    uint64_t actual; /**< The number found. */
    uint64_t limit;  /**< The number allowed, expected or available. */
};

/** A message that gives rise to more findings than this is described well enough by these. */
#define IPCSHARK_MAX_FINDINGS 16

/**
 * The caller's list: set `count` and `dropped` to 0 before the first decode; a codec only appends,
 * so that several layers of one message can share a list. NULL is accepted wherever a list is
 * taken.
 */
struct ipcshark_findings {
    uint16_t count;
    uint16_t dropped; /**< Findings that did not fit. */
    struct ipcshark_finding item[IPCSHARK_MAX_FINDINGS];
};

/** Adds one, or counts it as dropped; `offset` and `length` in bytes. For codecs, of any layer. */
void ipcshark_find(struct ipcshark_findings *findings, enum ipcshark_finding_code code,
                   size_t offset, size_t length, uint64_t actual, uint64_t limit);

/** "hipc.move_handle_in_request": stable, unique, and the plugin's filter name. */
const char *ipcshark_finding_name(enum ipcshark_finding_code code);

enum ipcshark_severity ipcshark_finding_severity(enum ipcshark_finding_code code);

/** The result that the console gives for it, 0 if it gives none or nobody knows. */
uint32_t ipcshark_finding_result(enum ipcshark_finding_code code);

/** The rule, a whole sentence, with {actual} and {limit} (hexadecimal: {actual:x}) still in it. */
const char *ipcshark_finding_sentence(enum ipcshark_finding_code code);

/** The rule with both numbers filled in. Returns what snprintf would; always ends in NUL. */
int ipcshark_finding_format(const struct ipcshark_finding *finding, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
