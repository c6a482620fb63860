/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file corpus.h
 * Every n-th vector, its bytes one behind the other in memory, and what an encoder needs to make
 * it.
 */
#ifndef IPCSHARK_CORPUS_H
#define IPCSHARK_CORPUS_H

#include <ipcshark/cmif.h>
#include <ipcshark/ctripc.h>
#include <ipcshark/htipc.h>

#include <glib.h>

/** Bytes behind the last message that an unchecked parser may read. */
#define CORPUS_SLACK 0x400

struct horizon_item {
    uint32_t offset; /**< In the corpus's bytes. */
    uint32_t length;
    struct cmif_context context;
    bool is_cmif; /**< Has a CMIF header. */
    bool is_tipc;
};

/** What a client would say; null for what cmif_encode_request() does not make. */
struct horizon_corpus {
    GByteArray *bytes;
    GArray *items;    /**< struct horizon_item */
    GArray *requests; /**< struct cmif_request, of requests that are CMIF's. */
    GPtrArray *owned;
};

struct ctr_description {
    struct ctripc_message message;
    uint32_t normal[CTRIPC_BUFFER_WORDS];
    uint32_t handles[CTRIPC_BUFFER_WORDS];
};

struct ctr_item {
    uint32_t offset;
    uint32_t length;
    enum ctripc_direction direction;
};

struct ctr_corpus {
    GByteArray *bytes;
    GArray *items;        /**< struct ctr_item */
    GArray *descriptions; /**< struct ctr_description */
};

void corpus_load_horizon(struct horizon_corpus *corpus, const char *path, bool is_reply,
                         guint stride);
void corpus_load_ctr(struct ctr_corpus *corpus, const char *path, enum ctripc_direction direction,
                     guint stride);

#endif
