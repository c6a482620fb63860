/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stat_srt.c
 * Service response times: `-z hipc,srt` has a table of all interfaces and one for each with its
 * commands; `-z ctripc,srt`, `-z sceipmi,srt` and `-z appmsg,srt` have the same of services.
 */
#include "tap.h"

#include <epan/srt_table.h>

#include <string.h>

/* Names come out of captured bytes: what is past these bounds is counted together. */
#define MAX_TABLES 256
#define MAX_ROWS   512

static srt_stat_table *find_table(GArray *tables, const char *name)
{
    for (unsigned int n = 0; n < tables->len; n++) {
        srt_stat_table *table = g_array_index(tables, srt_stat_table *, n);

        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

/* Tables keep the pointer to their name: an interned one is always valid. */
static srt_stat_table *table_for(GArray *tables, const char *name)
{
    srt_stat_table *table = find_table(tables, name);

    if (!table && tables->len >= MAX_TABLES) {
        name = "others";
        table = find_table(tables, name);
    }
    if (table)
        return table;
    name = g_intern_string(name);
    /* tshark prints no table names, but the name of the column. */
    return init_srt_table(name, name, tables, 0, name, NULL, NULL);
}

static int row_for(srt_stat_table *table, const char *command)
{
    int n;

    for (n = 0; n < table->num_procs; n++) {
        if (strcmp(table->procedures[n].procedure, command) == 0)
            return n;
    }
    if (n == MAX_ROWS)
        return n - 1;
    init_srt_table_row(table, n, n == MAX_ROWS - 1 ? "others" : command);
    return n;
}

/* The table subtracts this from the packet's time. */
static nstime_t request_time(const packet_info *pinfo, const struct tap_call *call)
{
    nstime_t time;

    nstime_delta(&time, &pinfo->abs_ts, &call->time);
    return time;
}

static tap_packet_status count(void *data, packet_info *pinfo, const struct tap_call *call,
                               uint8_t kind)
{
    GArray *tables = ((srt_data_t *)data)->srt_array;
    srt_stat_table *table;
    nstime_t time;

    if (call->record.header.kind != kind || !call->has_time || call->is_repeated)
        return TAP_PACKET_DONT_REDRAW;
    time = request_time(pinfo, call);
    table = g_array_index(tables, srt_stat_table *, 0);
    add_srt_table_data(table, row_for(table, tap_group(call)), &time, pinfo);
    table = table_for(tables, tap_group(call));
    add_srt_table_data(table, row_for(table, tap_command(call)), &time, pinfo);
    return TAP_PACKET_REDRAW;
}

#define COUNTER(name, kind)                                                                        \
    static tap_packet_status name(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,         \
                                  const void *call, tap_flags_t flags _U_)                         \
    {                                                                                              \
        return count(data, pinfo, (const struct tap_call *)call, kind);                            \
    }

COUNTER(count_hipc, IPCTAP_HIPC_MESSAGE)
COUNTER(count_ctripc, IPCTAP_CTR_COMMAND)
COUNTER(count_sceipmi, IPCTAP_IPMI_CALL)
COUNTER(count_appmsg, IPCTAP_APPMSG_CALL)

/* The other tables are made when their first call comes; tshark wants one to be there always. */
static void make_interfaces(struct register_srt *srt _U_, GArray *tables)
{
    init_srt_table("All interfaces", "All", tables, 0, "All interfaces", NULL, NULL);
}

static void make_services(struct register_srt *srt _U_, GArray *tables)
{
    init_srt_table("All services", "All", tables, 0, "All services", NULL, NULL);
}

static void register_one(const char *protocol, tap_packet_cb counter, srt_init_cb make_first)
{
    register_srt_table(proto_get_id_by_filter_name(protocol), "ipctap", MAX_TABLES, counter,
                       make_first, NULL);
}

void stat_srt_register(void)
{
    register_one("hipc", count_hipc, make_interfaces);
    register_one("ctripc", count_ctripc, make_services);
    register_one("sceipmi", count_sceipmi, make_services);
    register_one("appmsg", count_appmsg, make_services);
}
