/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file decompressor.h
 * Compressed files, as the recorder and Wireshark write them, read as if they were not.
 */
#ifndef IPCSHARK_DECOMPRESSOR_H
#define IPCSHARK_DECOMPRESSOR_H

#include <stdio.h>

/**
 * A stream of the plain bytes; the same stream if its first byte is of no gzip or zstd file.
 * Closing it closes the other one, which need not be able to seek. A file that is cut ends where
 * its bytes end; one that is damaged fails with EBADMSG.
 */
FILE *decompressed(FILE *stream);

#endif
