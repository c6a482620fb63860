/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file digest.h
 * One number for everything that the codecs say about a message, the same on every machine.
 */
#ifndef IPCSHARK_DIGEST_H
#define IPCSHARK_DIGEST_H

#include <ipcshark/finding.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** As in pack_vectors.py. */
enum what {
    HORIZON_REQUEST = 1,
    HORIZON_REPLY,
    CTR_REQUEST,
    CTR_REPLY,
    RECORD,
    NAMES_FILE,       /**< Descriptions or names, as ipcshark_names_read() takes them. */
    ORBIS_STRUCTURES, /**< Not packed: random bytes only. */
    WHAT_COUNT
};

enum what_flag {
    WHAT_DOMAIN = 1,
    WHAT_CONTROL = 2,
    WHAT_TIPC = 4,
};

struct digest {
    uint64_t value;
    unsigned long compared; /**< Messages that were encoded again. */
    unsigned long wrong;    /**< Those that came out differently. */
};

/** FNV-1a over the eight bytes of each number. */
void digest_number(struct digest *digest, uint64_t number);
void digest_text(struct digest *digest, const char *text);
void digest_bytes(struct digest *digest, const uint8_t *bytes, size_t size);
void digest_findings(struct digest *digest, const struct ipcshark_findings *findings);

void digest_message(struct digest *digest, enum what what, unsigned int flags, const uint8_t *bytes,
                    size_t length);

#endif
