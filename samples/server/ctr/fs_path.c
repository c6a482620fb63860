/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of three kinds and what errno means to a 3DS file system (Azahar file_sys/errors.h). */
#include "service.h"

#include <errno.h>

enum path_type {
    PATH_EMPTY = 1,
    PATH_BINARY = 2,
    PATH_ASCII = 3,
    PATH_UTF16 = 4,
};

uint32_t ctr_fs_result(int64_t code)
{
    switch (-code) {
    case ENOENT:
        return CTR_FS_NOT_FOUND;
    case EEXIST:
        return CTR_FS_ALREADY_EXISTS;
    case ENOTEMPTY:
        return CTR_FS_NOT_EMPTY;
    case EISDIR:
    case ENOTDIR:
        return CTR_FS_UNEXPECTED_TYPE;
    case EFBIG:
    case ENOSPC:
    case EDQUOT:
        return CTR_FS_NO_SPACE;
    default:
        return code < 0 ? CTR_FS_INVALID_PATH : 0;
    }
}

static char *from_utf16(const GByteArray *bytes, uint32_t size)
{
    g_autofree gunichar2 *text = g_new0(gunichar2, size / 2 + 1);

    for (uint32_t i = 0; i < size / 2; i++)
        text[i] = (gunichar2)(bytes->data[2 * i] | bytes->data[2 * i + 1] << 8);
    return g_utf16_to_utf8(text, -1, NULL, NULL, NULL);
}

char *ctr_fs_path(const struct ctr_service_call *call, uint32_t type, uint32_t size, size_t n)
{
    const GByteArray *bytes = ctr_argument(call, n, IPCTAP_STATIC);

    if (!bytes || bytes->len < size)
        return NULL;
    if (type == PATH_ASCII)
        return g_strndup((const char *)bytes->data, size);
    return type == PATH_UTF16 ? from_utf16(bytes, size) : NULL;
}
