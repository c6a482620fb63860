/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file user_names.h
 * Names and descriptions that come from a user's files at run time, over those that are built in.
 *
 * A file is an `.id` description, a table (`.tsv`) or the JSON of Ghidra-Switch-Loader;
 * docs/names.md has the three forms. Reading one makes a struct ipcshark_description in memory of
 * the caller's; several make a list, of which the first that knows an answer gives it, then what is
 * built in:
 *
 *     struct ipcshark_names own = {.next = NULL};
 *     size_t size = ipcshark_names_memory(length);
 *     struct ipcshark_arena arena = {malloc(size), size, 0};
 *
 *     if (ipcshark_names_read("own.tsv", text, length, NULL, &arena, &own.description, &error))
 *         puts(ipcshark_names_command(&own, IPCSHARK_CONVENTION_CMIF, "IFile", 0, 0));
 *
 * `names` may be NULL everywhere: then only what is built in answers. Nothing here allocates; a
 * lookup is a binary search in each file of the list. Texts live as long as their arena.
 */
#ifndef IPCSHARK_USER_NAMES_H
#define IPCSHARK_USER_NAMES_H

#include <ipcshark/arguments.h>
#include <ipcshark/names.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One file's names; `next` is asked for what this one does not know. */
struct ipcshark_names {
    const struct ipcshark_names *next;
    struct ipcshark_description description;
};

/** Bytes of arena that reading a file of that length takes at most. */
static inline size_t ipcshark_names_memory(size_t length)
{
    return length > IPCSHARK_ID_MAX_FILE ? 0 : 64 * length + 1024;
}

/**
 * Reads a file of any of the three forms: by the end of its name (.id, .tsv, .json), else by its
 * first character. What an `.id` file describes is there in full; of the others' commands only the
 * name, the range of firmware and the interfaces that they give back, and they count as
 * undocumented.
 *
 * The text is UTF-8, with or without a byte order mark. Types that it does not define are those of
 * `known`, then those that are built in.
 *
 * @param known  Files that were read before, which must stay as long as this one; or NULL.
 * @return false if it is not well-formed or the arena is too small; `error` then says where and
 * why.
 *         With true, `error` has an empty text, or says of which type nobody knows the size: files
 *         read later may.
 */
bool ipcshark_names_read(const char *file_name, const char *text, size_t length,
                         const struct ipcshark_names *known, struct ipcshark_arena *arena,
                         struct ipcshark_description *description, struct ipcshark_id_error *error);

/**
 * A command's name, NULL if nobody knows one. Placeholders ("Unknown12", "Cmd12") of undocumented
 * commands are no names.
 *
 * @param name      CMIF: interface, its short name where that is clear, or service; TIPC: service;
 *                  3DS: service or kind of session ("File"); IPMI: service.
 * @param firmware  HORIZON_VERSION(), or 0 for the newest name.
 */
const char *ipcshark_names_command(const struct ipcshark_names *names,
                                   enum ipcshark_convention convention, const char *name,
                                   uint32_t id, uint32_t firmware);

/** What a command takes and gives; NULL if that is not known. Parameters as above. */
const struct ipcshark_command *ipcshark_names_description(const struct ipcshark_names *names,
                                                          enum ipcshark_convention convention,
                                                          const char *name, uint32_t id,
                                                          uint32_t firmware);

/** The described command of that name, NULL if there is none: for those who write messages by
 *  hand. */
const struct ipcshark_command *ipcshark_names_description_by_name(
    const struct ipcshark_names *names, enum ipcshark_convention convention, const char *name,
    const char *command_name, uint32_t firmware);

/** "fsp-srv" -> "nn::fssrv::sf::IFileSystemProxy"; NULL if unknown. */
const char *ipcshark_names_service_interface(const struct ipcshark_names *names,
                                             const char *service);

/** The interface of the n-th object that a CMIF command gives back, or the kind of session that a
 *  3DS command gives back; NULL if unknown. */
const char *ipcshark_names_out_interface(const struct ipcshark_names *names,
                                         enum ipcshark_convention convention, const char *name,
                                         uint32_t id, unsigned int n);

#ifdef __cplusplus
}
#endif

#endif
