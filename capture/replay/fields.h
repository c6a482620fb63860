/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file fields.h
 * A record taken apart by the codecs into named values that can be compared one by one.
 */
#ifndef IPCSHARK_REPLAY_FIELDS_H
#define IPCSHARK_REPLAY_FIELDS_H

#include "call.h"
#include "ids.h"

enum field_kind {
    FIELD_NUMBER,
    FIELD_RESULT, /**< A number that has a name. */
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_ID,   /**< Another run gives another number: compared as there or not there. */
    FIELD_TIME, /**< Never compared. */
};

struct field {
    enum field_kind kind;
    enum id_kind id;
    guint32 within;     /**< Of an ID. */
    gboolean fallback;  /**< Told only if no other field differs: others say it better. */
    gboolean is_kernel; /**< Of a RESULT. */
    char *name;         /**< "cmif.result", "receive[0]" */
    guint64 number;     /**< Of BYTES: how many there were, if that is more than was captured. */
    char *text;
    GByteArray *bytes;
};

struct fields {
    GArray *list; /**< struct field */
    uint8_t platform;
    gboolean has_value_ids; /**< Arguments that are ids stand among the raw data. */
};

/** An argument of that name is a number that another run gives anew. */
gboolean fields_is_id_name(const char *name);

/** What a record of this call carries; of a reply also its results. */
void fields_read(struct fields *fields, const struct ipctap_record *record,
                 const struct call *call);
void fields_clear(struct fields *fields);

/* For the systems' own files. `format` makes the name; the rest of an ID, a RESULT or BYTES is set
 * in what is returned, before the next field is added. */
struct field *fields_add(struct fields *fields, enum field_kind kind, guint64 number,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);
/** A copy, for struct field. */
GByteArray *field_bytes(const uint8_t *bytes, size_t length);
void fields_add_ipmi(struct fields *fields, const struct call_message *message);
void fields_add_appmsg(struct fields *fields, const struct call_message *message);
/** True: the section needs no generic comparison of its bytes. */
gboolean fields_add_orbis_section(struct fields *fields, const struct ipctap_record *record,
                                  const struct ipctap_section *section, const struct call *call);

#endif
