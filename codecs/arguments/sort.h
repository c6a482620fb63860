/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPCSHARK_ARGUMENTS_SORT_H
#define IPCSHARK_ARGUMENTS_SORT_H

#include <stddef.h>

/*
 * Heap sort: in place and never quadratic. qsort() may allocate. Equal keys may change
 * their order.
 */
#define DEFINE_SORT(name, element, compare)                                                        \
    static void name##_sift(struct element *item, size_t root, size_t count)                       \
    {                                                                                              \
        for (size_t child; (child = 2 * root + 1) < count; root = child) {                         \
            struct element swap = item[root];                                                      \
                                                                                                   \
            child += child + 1 < count && compare(&item[child], &item[child + 1]) < 0;             \
            if (compare(&item[root], &item[child]) >= 0)                                           \
                return;                                                                            \
            item[root] = item[child];                                                              \
            item[child] = swap;                                                                    \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void name(struct element *item, size_t count)                                           \
    {                                                                                              \
        for (size_t root = count / 2; root-- > 0;)                                                 \
            name##_sift(item, root, count);                                                        \
        for (size_t end = count; end-- > 1;) {                                                     \
            struct element swap = item[0];                                                         \
                                                                                                   \
            item[0] = item[end];                                                                   \
            item[end] = swap;                                                                      \
            name##_sift(item, 0, end);                                                             \
        }                                                                                          \
    }

#endif
