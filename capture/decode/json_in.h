/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file json_in.h
 * Reads JSON that a user wrote or that `decode` printed. Every function that takes a GError leaves
 * the value alone (its default) if the key is missing or null, and returns false with an error that
 * names the key if it is of another type or out of range.
 */
#ifndef IPCSHARK_JSON_IN_H
#define IPCSHARK_JSON_IN_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#define IN_MAX_DEPTH 64

#define IN_ERROR in_error_quark()
GQuark in_error_quark(void);

/** Text of one JSON object -> its node, NULL with an error. Unref with json_node_unref(). */
JsonNode *in_parse(const char *text, size_t length, GError **error);

/**
 * A number, or a text such as "0x80000000". At most `limit`. A twin (KEY NUMBER_TWIN) counts
 * instead: json-glib 1.6 keeps all 64 bits of a number, later versions cut it to 63.
 */
bool in_number(JsonObject *object, const char *key, uint64_t limit, uint64_t *value,
               GError **error);
bool in_bool(JsonObject *object, const char *key, bool *value, GError **error);
/** The text belongs to the object. */
bool in_string(JsonObject *object, const char *key, const char **value, GError **error);
/** Hexadecimal bytes. The array is new; it stays NULL if there is no such key. */
bool in_hex(JsonObject *object, const char *key, GByteArray **bytes, GError **error);
/** An object or array of at most `limit` elements; NULL if there is none. */
bool in_object(JsonObject *object, const char *key, JsonObject **value, GError **error);
bool in_array(JsonObject *object, const char *key, guint limit, JsonArray **value, GError **error);
/** Numbers of an array of at most `limit`; *count stays if there is none. */
bool in_words(JsonObject *object, const char *key, guint limit, uint32_t *word, guint *count,
              GError **error);
/** The n-th element as an object. */
bool in_element(JsonArray *array, guint n, const char *key, JsonObject **value, GError **error);

/** An object's member with no meaning of its own, as text: "id". NULL if there is none. */
char *in_text(JsonObject *object, const char *key);

#endif
