/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file vectors.h
 * One vector decoded, written back as the columns of the table, and built anew from its
 * description.
 */
#ifndef IPCSHARK_HORIZON_VECTORS_H
#define IPCSHARK_HORIZON_VECTORS_H

#include "vector_table.h"

#include <ipcshark/cmif.h>
#include <ipcshark/htipc.h>

struct vector {
    const struct vector_table *table;
    guint row;
    GByteArray *bytes;
    struct hipc_message hipc;
    struct cmif_message cmif;
    struct htipc_message tipc;
    struct ipcshark_findings findings;
};

/** The columns as the codec reads them, to be compared as text. Where libnx's parser was told a
 *  size that the bytes do not hold, the expected one is taken if it is possible at all. */
char *render_request(const struct vector *vector, const char *column);
char *render_reply(const struct vector *vector, const char *column);

/** The message built from its description by the encoders; NULL if none is made for its kind. */
GByteArray *rebuild_request(const struct vector *vector);
GByteArray *rebuild_reply(const struct vector *vector);

#endif
