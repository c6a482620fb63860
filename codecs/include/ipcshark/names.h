/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names.h
 * Names built in at build time from the tables in codecs/names/tables/. Every lookup is a binary
 * search over constant data, allocates nothing, and returns NULL (or 0) for what is unknown.
 *
 * A firmware version is 0 for "any" (the newest name wins) or HORIZON_VERSION(major, minor, micro);
 * then a name whose range does not hold that version is not given. Texts are constant and last for
 * ever. docs/names.md says where the names come from and what wins where sources differ.
 */
#ifndef IPCSHARK_NAMES_H
#define IPCSHARK_NAMES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HORIZON_VERSION(major, minor, micro)                                                       \
    ((uint32_t)(major) << 16 | (uint32_t)(minor) << 8 | (uint32_t)(micro))

/** "fsp-srv" -> "nn::fssrv::sf::IFileSystemProxy". */
const char *horizon_service_interface(const char *service);

/** Interface + command id -> "OpenFile". The interface may be given without its namespaces (where
 *  several interfaces share that short name, only what they agree on is given), and a service's
 *  name stands for its interface. */
const char *horizon_command_name(const char *interface_name, uint32_t command_id,
                                 uint32_t firmware);

/** TIPC commands of a service ("sm:" 1 -> "GetServiceHandle"). */
const char *horizon_tipc_command_name(const char *service, uint32_t command_id);

/** CmifOutHeader's InterfaceId -> fully qualified name. */
const char *horizon_interface_by_id(uint32_t interface_id);

/** A system program, data or applet by its id (0x0100000000001000 -> "qlaunch"). */
const char *horizon_program_name(uint64_t program_id);

/** The interface of an object that a command gives back ("IFileSystem" + OpenFile -> "IFile"),
 *  `n` counting out objects from 0; NULL if unknown. */
const char *horizon_command_out_interface(const char *interface_name, uint32_t command_id,
                                          unsigned int n);

/** Service + command id -> "OpenFile". `service` may be a pseudo service such as "File" for
 *  sessions that a service hands out. */
const char *ctr_command_name(const char *service, uint16_t command_id);

/** The pseudo service of a session that a command hands out ("fs:USER" OpenFile -> "File",
 *  OpenDirectory -> "Directory"); NULL if it hands out none that is known. */
const char *ctr_command_out_session(const char *service, uint16_t command_id);

/** IPMI service + method -> name. */
const char *orbis_method_name(const char *service, uint32_t method);

/** All of a table, in order, for listing and tests. Returns NULL past the end. */
const char *horizon_service_at(size_t n, const char **interface_name);
const char *ctr_service_at(size_t n);
const char *orbis_service_at(size_t n);

/** The last part of a qualified name: "nn::fssrv::sf::IFile" -> "IFile". */
const char *horizon_short_name(const char *interface_name);

#ifdef __cplusplus
}
#endif

#endif
