/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ipcshark decode --json` and `encode`: any line is answered by one line of JSON; what decode
 * answers without an error, encode turns back into bytes, and these decode to the same answer.
 *
 * Input: the line.
 */
#include "json_in.h"
#include "line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_one_line(const GString *answer)
{
    g_autoptr(JsonNode) node = NULL;

    require(answer->len > 2 && answer->str[answer->len - 1] == '\n');
    require(memchr(answer->str, '\n', answer->len) == answer->str + answer->len - 1);
    node = in_parse(answer->str, answer->len, NULL);
    require(node != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) decoded = g_string_new(NULL);
    g_autoptr(GString) encoded = g_string_new(NULL);
    g_autoptr(GString) direct = g_string_new(NULL);
    g_autofree char *line = g_strndup((const char *)data, size);
    bool is_decoded = line_decode(line, size, decoded);

    line_encode(line, size, direct);
    require_one_line(direct);
    require_one_line(decoded);
    if (is_decoded)
        require(line_encode(decoded->str, decoded->len, encoded));
    return 0;
}
