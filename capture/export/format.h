/* SPDX-License-Identifier: GPL-2.0-or-later */
/** @file format.h One exported row as text, in each of the formats. */
#ifndef IPCSHARK_EXPORT_FORMAT_H
#define IPCSHARK_EXPORT_FORMAT_H

#include "columns.h"

/** One JSON object and a newline. */
void export_jsonl(GString *out, const struct row *row);

/** An action line and the document, as the bulk interface of OpenSearch and Elasticsearch takes
 *  them. */
void export_ek(GString *out, const struct row *row, const char *index);

/** RFC 4180 but for the line ends, which are newlines alone. */
void export_csv(GString *out, const struct row *row);
void export_csv_titles(GString *out);

#endif
