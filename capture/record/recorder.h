/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file recorder.h
 * What arrives from any number of producers, into one capture file: an interface for each producer,
 * packet times, sources, counts.
 */
#ifndef IPCSHARK_RECORDER_H
#define IPCSHARK_RECORDER_H

#include "capture_file.h"
#include "record_filter.h"

#include <ipcshark/record.h>

#include <glib.h>

struct recorder;
struct producer;

struct recorder_options {
    const char *path; /**< "-" is standard output. */
    enum capture_file_form form;
    enum output_compression compression;
    gboolean waits_for_space; /**< On a full disk: go on when there is room. */
    guint64 max_records;      /**< 0: no limit. */
    guint64 max_bytes;        /**< Of all files together; 0: no limit. */
    guint ring_files;         /**< Files that are kept; 0: all. */
    guint64 ring_size;        /**< Bytes after which a new file begins; 0: no limit. */
    guint64 ring_seconds;     /**< Likewise; 0: no limit. */
    gsize
        max_record_size; /**< Larger records lose contents of their largest sections; 0: none do. */
    struct record_filter *filter; /**< Notes pass; NULL: everything does. */
    /** Whether to write a record; notes are always written. NULL: all are. */
    gboolean (*is_wanted)(const struct ipctap_record *record, gpointer data);
    gpointer is_wanted_data;
};

/** `stopped` is called once, when the file cannot be written any more or has all it shall have. */
struct recorder *recorder_new(void (*stopped)(gpointer data), gpointer data);

/** Opens the file; what is recorded before is lost. */
gboolean recorder_open(struct recorder *recorder, const struct recorder_options *options,
                       GError **error);

/** Closes the file if there is one. Producers must have been closed. */
gboolean recorder_close(struct recorder *recorder, GError **error);

gboolean recorder_flush(struct recorder *recorder);

/** Whether a full disk holds it up. */
gboolean recorder_is_waiting(const struct recorder *recorder);

/** To be called a few times a second: for what happens by time alone. */
void recorder_tick(struct recorder *recorder);

/** The error that stopped it, or NULL. */
const GError *recorder_error(const struct recorder *recorder);

/** A line of the present state on standard error, over the last one if it is a terminal. */
void recorder_print_live(struct recorder *recorder, gboolean is_terminal);

/** "records, bytes, drops" of all and of each producer, on standard error. */
void recorder_print_summary(const struct recorder *recorder);

/**
 * Someone whose records come through one connection.
 *
 * @param description Where it is: "tcp:127.0.0.1:40000".
 * @param source      Given to its records that have none; 0: a new random number.
 */
struct producer *producer_open(struct recorder *recorder, const char *description, guint16 source);

/** Writes one whole record, which may be changed in place. */
void producer_record(struct producer *producer, guint8 *bytes, gsize length);

/** The same; `arrival`, nanoseconds since 1970, is the time of a record that has none. */
void producer_record_at(struct producer *producer, guint8 *bytes, gsize length, guint64 arrival);

/** Writes a note of the recorder's own, with a COMMENT. */
void producer_note(struct producer *producer, const char *comment);

/** It says no more. Its counts stay for the summary; one of the same name goes on in its
 *  interface. */
void producer_close(struct producer *producer);

guint16 recorder_random_source(void);

#endif
