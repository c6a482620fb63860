/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codecs over the vectors, beside a memcpy of the same bytes and parsers that check nothing.
 *
 *     bench_codecs [--rounds N] [--stride N]
 *
 * Every n-th vector is taken (stride), so that the messages fit a cache or do not. Built with
 * libnx's headers (IPCSHARK_LIBNX), its own inline functions are measured too.
 */
#include "corpus.h"
#include "libnx.h"
#include "measure.h"
#include "unchecked.h"

#include <ipcshark/record.h>
#include <stdio.h>

#define RECORD_MESSAGE 168 /* with header and section header 256 bytes */
#define RECORDS        512
#define RECORD_SIZE    (IPCTAP_HEADER_SIZE + IPCTAP_SECTION_SIZE + RECORD_MESSAGE)

static gint rounds = 51;
static gint stride = 17;

static const struct horizon_item *horizon_items(const struct horizon_corpus *corpus)
{
    return (const struct horizon_item *)(const void *)corpus->items->data;
}

static void copy_horizon(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);
    uint8_t copy[0x400];

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        memcpy(copy, corpus->bytes->data + item->offset, item->length);
        measure_keep(copy);
    }
}

static void read_horizon_unchecked(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);
    uint64_t sum = 0;

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        struct unchecked_message message;

        unchecked_parse(corpus->bytes->data + item->offset, &message);
        sum += unchecked_read_all(&message);
        measure_keep(&sum);
    }
}

static void decode_horizon_unchecked(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        struct hipc_message message;

        unchecked_decode(corpus->bytes->data + item->offset, &message);
        measure_keep(&message);
    }
}

static void decode_hipc(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        struct hipc_message message;
        struct ipcshark_findings findings;

        findings.count = findings.dropped = 0;
        hipc_decode(corpus->bytes->data + item->offset, item->length, item->context.direction,
                    &message, &findings);
        measure_keep(&message);
        measure_keep(&findings);
    }
}

static void read_cmif_unchecked(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);
    uint64_t sum = 0;

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        const uint8_t *bytes = corpus->bytes->data + item->offset;
        struct unchecked_message message;

        unchecked_parse(bytes, &message);
        sum += unchecked_read_all(&message);
        if (item->is_cmif)
            sum += unchecked_cmif(bytes, &message, item->context.is_domain);
        measure_keep(&sum);
    }
}

static void decode_cmif(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        const uint8_t *bytes = corpus->bytes->data + item->offset;
        struct hipc_message message;
        struct cmif_message cmif;
        struct htipc_message tipc;
        struct ipcshark_findings findings;

        findings.count = findings.dropped = 0;
        hipc_decode(bytes, item->length, item->context.direction, &message, &findings);
        if (item->is_tipc)
            htipc_decode(bytes, item->length, &message, item->context.direction == HIPC_REPLY,
                         &tipc, &findings);
        else
            cmif_decode(bytes, item->length, &message, &item->context, &cmif, &findings);
        measure_keep(&cmif);
        measure_keep(&tipc);
        measure_keep(&findings);
    }
}

#ifdef IPCSHARK_BENCH_LIBNX
static void read_libnx(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);
    uint64_t sum = 0;

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        const uint8_t *bytes = corpus->bytes->data + item->offset;

        sum += item->context.direction == HIPC_REPLY ? libnx_reply(bytes) : libnx_request(bytes);
        measure_keep(&sum);
    }
}

static void read_libnx_cmif(void *data)
{
    const struct horizon_corpus *corpus = data;
    const struct horizon_item *item = horizon_items(corpus);
    uint64_t sum = 0;

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        const uint8_t *bytes = corpus->bytes->data + item->offset;
        bool is_domain = item->context.is_domain && !item->context.is_control;

        if (!item->is_cmif)
            sum += item->context.direction == HIPC_REPLY ? libnx_reply(bytes)
                                                         : libnx_request(bytes);
        else
            sum += item->context.direction == HIPC_REPLY ? libnx_reply_cmif(bytes, is_domain)
                                                         : libnx_request_cmif(bytes, is_domain);
        measure_keep(&sum);
    }
}
#endif

static void bench_decode(const char *title, struct horizon_corpus *corpus)
{
    struct measure_case cases[] = {
        {.name = "unchecked: parse, read all descriptors", .run = read_horizon_unchecked},
        {.name = "unchecked: the same, stored", .run = decode_horizon_unchecked},
        {.name = "hipc_decode, validated", .run = decode_hipc},
        {.name = "unchecked: HIPC and CMIF header", .run = read_cmif_unchecked},
        {.name = "hipc_decode + cmif_decode, validated", .run = decode_cmif},
        {.name = "memcpy", .run = copy_horizon},
#ifdef IPCSHARK_BENCH_LIBNX
        {.name = "libnx: parse, read all descriptors", .run = read_libnx},
        {.name = "libnx: the same with the CMIF header", .run = read_libnx_cmif},
#endif
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        cases[i].data = corpus;
    measure_run(cases, G_N_ELEMENTS(cases), corpus->items->len, (unsigned int)rounds);
    measure_print(title, cases, G_N_ELEMENTS(cases), corpus->items->len, (unsigned int)rounds);
}

static void encode_unchecked(void *data)
{
    const struct horizon_corpus *corpus = data;

    for (guint i = 0; i < corpus->requests->len; i++) {
        uint8_t bytes[0x400];

        unchecked_encode(&g_array_index(corpus->requests, struct cmif_request, i), bytes);
        measure_keep(bytes);
    }
}

static void encode_cmif(void *data)
{
    const struct horizon_corpus *corpus = data;

    for (guint i = 0; i < corpus->requests->len; i++) {
        uint8_t bytes[0x400];

        cmif_encode_request(&g_array_index(corpus->requests, struct cmif_request, i), bytes,
                            sizeof bytes);
        measure_keep(bytes);
    }
}

static void encode_hipc(void *data)
{
    const struct horizon_corpus *corpus = data;

    for (guint i = 0; i < corpus->requests->len; i++) {
        uint8_t bytes[0x400];

        hipc_encode(&g_array_index(corpus->requests, struct cmif_request, i).hipc, NULL, bytes,
                    sizeof bytes);
        measure_keep(bytes);
    }
}

/** What is compared must be the same: messages that differ only where libnx writes nothing. */
static void check_encoders(const struct horizon_corpus *corpus)
{
    for (guint i = 0; i < corpus->requests->len; i++) {
        const struct cmif_request *request =
            &g_array_index(corpus->requests, struct cmif_request, i);
        uint8_t unchecked[0x400] = {0};
        uint8_t checked[0x400] = {0};
        size_t size = cmif_encode_request(request, checked, sizeof checked);

        g_assert_cmpuint(unchecked_encode(request, unchecked), ==, size);
        g_assert_cmpmem(unchecked, size, checked, size);
    }
}

static void bench_encode(struct horizon_corpus *corpus)
{
    struct measure_case cases[] = {
        {.name = "unchecked: request with payload", .run = encode_unchecked, .data = corpus},
        {.name = "cmif_encode_request", .run = encode_cmif, .data = corpus},
        {.name = "hipc_encode, raw data zero", .run = encode_hipc, .data = corpus},
    };

    check_encoders(corpus);
    measure_run(cases, G_N_ELEMENTS(cases), corpus->requests->len, (unsigned int)rounds);
    measure_print("Horizon requests encoded", cases, G_N_ELEMENTS(cases), corpus->requests->len,
                  (unsigned int)rounds);
}

#ifdef IPCSHARK_BENCH_LIBNX
static void encode_libnx(void *data)
{
    const struct horizon_corpus *corpus = data;

    for (guint i = 0; i < corpus->requests->len; i++) {
        uint8_t bytes[0x400];

        libnx_encode(&g_array_index(corpus->requests, struct cmif_request, i), bytes);
        measure_keep(bytes);
    }
}

/** Whether libnx writes the same bytes: not for control commands, closes and tokens. */
static bool is_made_by_libnx(const struct cmif_request *request)
{
    uint8_t theirs[0x400] = {0};
    uint8_t ours[0x400] = {0};
    size_t size = cmif_encode_request(request, ours, sizeof ours);

    if (request->out_pointer_count > request->hipc.receive_list_count)
        return false;
    libnx_encode(request, theirs);
    return !memcmp(theirs, ours, size);
}

static void bench_encode_libnx(const struct horizon_corpus *all)
{
    struct horizon_corpus corpus = *all;
    struct measure_case cases[] = {
        {.name = "libnx: cmifMakeRequest and payload", .run = encode_libnx, .data = &corpus},
        {.name = "unchecked: request with payload", .run = encode_unchecked, .data = &corpus},
        {.name = "cmif_encode_request", .run = encode_cmif, .data = &corpus},
    };

    corpus.requests = g_array_new(FALSE, FALSE, sizeof(struct cmif_request));
    for (guint i = 0; i < all->requests->len; i++) {
        if (is_made_by_libnx(&g_array_index(all->requests, struct cmif_request, i)))
            g_array_append_val(corpus.requests,
                               g_array_index(all->requests, struct cmif_request, i));
    }
    measure_run(cases, G_N_ELEMENTS(cases), corpus.requests->len, (unsigned int)rounds);
    measure_print("Horizon requests encoded, those of libnx's cmifMakeRequest", cases,
                  G_N_ELEMENTS(cases), corpus.requests->len, (unsigned int)rounds);
    g_array_unref(corpus.requests);
}
#endif

static const struct ctr_item *ctr_items(const struct ctr_corpus *corpus)
{
    return (const struct ctr_item *)(const void *)corpus->items->data;
}

static void read_ctr_unchecked(void *data)
{
    const struct ctr_corpus *corpus = data;
    const struct ctr_item *item = ctr_items(corpus);
    uint64_t sum = 0;

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        sum += unchecked_ctr(corpus->bytes->data + item->offset);
        measure_keep(&sum);
    }
}

static void translate_ctr_unchecked(void *data)
{
    const struct ctr_corpus *corpus = data;
    const struct ctr_item *item = ctr_items(corpus);

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        struct unchecked_ctr_request request;

        unchecked_ctr_translate(corpus->bytes->data + item->offset, &request);
        measure_keep(&request);
    }
}

static void decode_ctr(void *data)
{
    const struct ctr_corpus *corpus = data;
    const struct ctr_item *item = ctr_items(corpus);

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        struct ctripc_message message;
        struct ipcshark_findings findings;

        findings.count = findings.dropped = 0;
        ctripc_decode(corpus->bytes->data + item->offset, item->length, item->direction, &message,
                      &findings);
        measure_keep(&message);
        measure_keep(&findings);
    }
}

static void encode_ctr(void *data)
{
    const struct ctr_corpus *corpus = data;

    for (guint i = 0; i < corpus->descriptions->len; i++) {
        const struct ctr_description *description =
            &g_array_index(corpus->descriptions, struct ctr_description, i);
        uint8_t bytes[CTRIPC_BUFFER_SIZE];

        ctripc_encode(&description->message, description->normal, description->handles, bytes,
                      sizeof bytes);
        measure_keep(bytes);
    }
}

static void copy_ctr(void *data)
{
    const struct ctr_corpus *corpus = data;
    const struct ctr_item *item = ctr_items(corpus);
    uint8_t copy[CTRIPC_BUFFER_SIZE];

    for (guint i = 0; i < corpus->items->len; i++, item++) {
        memcpy(copy, corpus->bytes->data + item->offset, item->length);
        measure_keep(copy);
    }
}

static void bench_ctr(const char *title, struct ctr_corpus *corpus)
{
    struct measure_case cases[] = {
        {.name = "unchecked: read all parameters", .run = read_ctr_unchecked, .data = corpus},
        {.name = "unchecked: words, handles and buffers kept apart",
         .run = translate_ctr_unchecked,
         .data = corpus},
        {.name = "ctripc_decode, validated", .run = decode_ctr, .data = corpus},
        {.name = "ctripc_encode", .run = encode_ctr, .data = corpus},
        {.name = "memcpy", .run = copy_ctr, .data = corpus},
    };

    measure_run(cases, G_N_ELEMENTS(cases), corpus->items->len, (unsigned int)rounds);
    measure_print(title, cases, G_N_ELEMENTS(cases), corpus->items->len, (unsigned int)rounds);
}

static void build_records(void *data)
{
    static const uint8_t message[RECORD_MESSAGE] = {4};
    struct ipctap_header header =
        ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    uint8_t *records = data;

    for (unsigned int i = 0; i < RECORDS; i++) {
        struct ipcshark_writer writer =
            ipcshark_writer(records + (size_t)i * RECORD_SIZE, RECORD_SIZE);

        header.call_id = i;
        ipctap_begin(&writer, &header);
        ipctap_add(&writer, IPCTAP_MESSAGE, 0, 0x1000, message, sizeof message);
        g_assert_cmpuint(ipctap_end(&writer), ==, RECORD_SIZE);
    }
    measure_keep(records);
}

static void decode_records(void *data)
{
    const uint8_t *records = data;

    for (unsigned int i = 0; i < RECORDS; i++) {
        struct ipctap_section_iterator iterator = {0};
        struct ipcshark_findings findings;
        struct ipctap_record record;
        struct ipctap_section section;

        findings.count = findings.dropped = 0;
        if (!ipctap_record_decode(records + (size_t)i * RECORD_SIZE, RECORD_SIZE, &record,
                                  &findings))
            abort();
        while (ipctap_section_next(&record, &iterator, &section, &findings))
            measure_keep(&section);
        measure_keep(&record);
    }
}

static void read_records_unchecked(void *data)
{
    const uint8_t *records = data;
    uint64_t sum = 0;

    for (unsigned int i = 0; i < RECORDS; i++) {
        sum += unchecked_record(records + (size_t)i * RECORD_SIZE);
        measure_keep(&sum);
    }
}

static void copy_records(void *data)
{
    const uint8_t *records = data;
    uint8_t copy[RECORD_SIZE];

    for (unsigned int i = 0; i < RECORDS; i++) {
        memcpy(copy, records + (size_t)i * RECORD_SIZE, RECORD_SIZE);
        measure_keep(copy);
    }
}

static void bench_records(void)
{
    g_autofree uint8_t *records = g_malloc((size_t)RECORDS * RECORD_SIZE);
    struct measure_case cases[] = {
        {.name = "memcpy of 256 bytes", .run = copy_records, .data = records},
        {.name = "record built", .run = build_records, .data = records},
        {.name = "unchecked: header and sections", .run = read_records_unchecked, .data = records},
        {.name = "record decoded, sections walked", .run = decode_records, .data = records},
    };

    build_records(records);
    measure_run(cases, G_N_ELEMENTS(cases), RECORDS, (unsigned int)rounds);
    measure_print("Capture records of 256 bytes", cases, G_N_ELEMENTS(cases), RECORDS,
                  (unsigned int)rounds);
}

static void bench_all(void)
{
    struct horizon_corpus requests, replies;
    struct ctr_corpus ctr_requests, ctr_replies;

    corpus_load_horizon(&requests, "vectors/horizon/requests.tsv.gz", false, (guint)stride);
    corpus_load_horizon(&replies, "vectors/horizon/replies.tsv.gz", true, (guint)stride);
    corpus_load_ctr(&ctr_requests, "vectors/ctr/requests.tsv.gz", CTRIPC_REQUEST, (guint)stride);
    corpus_load_ctr(&ctr_replies, "vectors/ctr/replies.tsv.gz", CTRIPC_REPLY, 1);
    bench_decode("Horizon requests decoded", &requests);
    bench_decode("Horizon replies decoded", &replies);
    bench_encode(&requests);
#ifdef IPCSHARK_BENCH_LIBNX
    bench_encode_libnx(&requests);
#endif
    bench_ctr("3DS requests", &ctr_requests);
    bench_ctr("3DS replies (all of them)", &ctr_replies);
    bench_records();
}

int main(int argc, char **argv)
{
    const GOptionEntry options[] = {
        {"rounds", 0, 0, G_OPTION_ARG_INT, &rounds, "Samples of each case", "N"},
        {"stride", 0, 0, G_OPTION_ARG_INT, &stride, "Take every n-th vector", "N"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "bench_codecs: %s\n", error->message);
        return 2;
    }
    rounds = CLAMP(rounds, 1, MEASURE_MAX_ROUNDS);
    stride = MAX(stride, 1);
    bench_all();
    return 0;
}
