/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sustained.h
 * Many records to a file, none lost: how many a second, with what is needed to close the file.
 */
#ifndef IPCSHARK_SUSTAINED_H
#define IPCSHARK_SUSTAINED_H

/** Through the shim and through pcap_dump, `rounds` each in turn, `records` a round. */
void sustained_run(const char *folder, unsigned int records, unsigned int rounds);

#endif
