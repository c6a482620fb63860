/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file id_internal.h
 * The reader of `.id` files: text (id_text.c), tokens (id_token.c), syntax (id_parse.c, id_type.c),
 * then names are resolved and sizes computed (ipcshark_id_resolve.c), then tables built
 * (id_read.c). Tables of names and JSON (names_table.c, names_json.c) are other forms of the same:
 * interfaces and commands without arguments. Everything that a file makes lies in the caller's
 * arena; the first error stops all of it.
 */
#ifndef IPCSHARK_ID_INTERNAL_H
#define IPCSHARK_ID_INTERNAL_H

#include "layout.h"

#include <ipcshark/user_names.h>

/** A reference by name that is not resolved yet: `count` is where it stands in the text. */
#define ID_TYPE_NAMED 0xFF

/** ipcshark_type.alignment while a type is not resolved, or being resolved. */
#define ID_UNRESOLVED 0
#define ID_RESOLVING  0xFF

enum id_token_kind {
    ID_END,
    ID_NAME,
    ID_NUMBER,
    ID_STRING,
    ID_ARROW,
    ID_PUNCTUATION,
};

struct id_token {
    enum id_token_kind kind;
    char punctuation;
    uint64_t number;
    size_t start; /**< In the text; of a string without its quotes. */
    size_t length;
};

/** A field, an enumerator or an argument in the order of the file. */
struct id_item {
    struct id_item *next;
    const char *name;
    struct ipcshark_type *type;
    uint64_t value;
};

struct id_list {
    struct id_item *first;
    struct id_item *last;
    uint32_t count;
};

struct id_typedef {
    struct id_typedef *next;
    const char *name;
    struct ipcshark_type *type;
    uint32_t order; /**< In the file. */
    size_t start;
};

struct id_command {
    struct id_command *next;
    size_t start; /**< In the text. */
    struct ipcshark_command command;
    struct id_list in, out;
};

struct id_interface {
    struct id_interface *next;
    struct ipcshark_interface interface;
    struct id_list services;
    struct id_command *first, *last;
};

/** Decorations before a command or an interface. */
struct id_decoration {
    uint32_t since;
    uint32_t until;
    bool undocumented;
};

struct id_parser {
    const char *file;
    const char *text;
    size_t length;
    size_t offset; /**< Behind the token. */
    struct id_token token;
    struct ipcshark_arena *arena;
    struct ipcshark_id_error *error;
    bool failed;
    size_t resolving; /**< Where in the text what is being resolved stands. */
    struct id_typedef *typedefs;
    uint32_t typedef_count;
    const struct ipcshark_names *known; /**< Types of other files; NULL if there are none. */
    unsigned int in_contents;           /**< What is in a buffer may stay unknown. */
    size_t undefined;                   /**< Where the first name stands that is defined nowhere, */
    uint32_t undefined_count;           /**< and how often there are such names. */
    const struct id_typedef *index;     /**< Sorted by name. */
    struct id_interface *first, *last;
    uint32_t interface_count;
};

/** Zeroed memory, or NULL and an error. */
void *ipcshark_id_allocate(struct id_parser *parser, size_t count, size_t size);
const char *ipcshark_id_copy_text(struct id_parser *parser, size_t start, size_t length);

/** Says in `error` what is at that place. */
void ipcshark_id_tell(struct id_parser *parser, size_t offset, const char *text);

/** The first error counts. Always returns false. */
bool ipcshark_id_fail(struct id_parser *parser, size_t offset, const char *text);

/** Whether the file is UTF-8 without control characters; passes over a byte order mark. */
bool ipcshark_id_check_text(struct id_parser *parser);

/** Reads the next token; ID_END at the end and after an error. */
void ipcshark_id_advance(struct id_parser *parser);
/** Lengthens a name by what is allowed in services' names only ("-"). */
void ipcshark_id_widen_name(struct id_parser *parser);
bool ipcshark_id_is(const struct id_parser *parser, char punctuation);
bool ipcshark_id_accept(struct id_parser *parser, char punctuation);
bool ipcshark_id_expect(struct id_parser *parser, char punctuation);
bool ipcshark_id_is_word(const struct id_parser *parser, const char *word);
/** A name (or string), copied; NULL and an error if there is none. */
const char *ipcshark_id_expect_name(struct id_parser *parser);
/** MAJOR.MINOR.MICRO as HORIZON_VERSION(). */
uint32_t ipcshark_id_expect_version(struct id_parser *parser);
bool ipcshark_id_expect_number(struct id_parser *parser, uint64_t limit, uint64_t *number);

/** Appends; an error if there are more than `limit`. */
struct id_item *ipcshark_id_append(struct id_parser *parser, struct id_list *list, uint32_t limit);

/** A type; NULL after an error. */
struct ipcshark_type *ipcshark_id_parse_type(struct id_parser *parser, unsigned int depth);
/** What the name of a type and its arguments make (id_type.c). */
struct ipcshark_type *ipcshark_id_make_type(struct id_parser *parser, size_t start,
                                            const char *name, const struct id_list *arguments);
/** The whole file: `.id`, a table, JSON. */
void ipcshark_id_parse_file(struct id_parser *parser);
void ipcshark_id_parse_table(struct id_parser *parser);
void ipcshark_id_parse_json(struct id_parser *parser);

/** Appended as the last one. */
void ipcshark_id_link_command(struct id_interface *interface, struct id_command *command);
void ipcshark_id_link_interface(struct id_parser *parser, struct id_interface *interface);

bool ipcshark_id_resolve(struct id_parser *parser, struct ipcshark_type *type, unsigned int depth);
/** Sorts the typedefs by name. */
bool ipcshark_id_index_typedefs(struct id_parser *parser);

#endif
