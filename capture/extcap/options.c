/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "address.h"
#include "usage.h"

#include <ipcshark/record.h>
#include <string.h>

/** --extcap-version=4.0 is told and not asked; the answers are the same for all. */
static gboolean ignore(const gchar *name G_GNUC_UNUSED, const gchar *value G_GNUC_UNUSED,
                       gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return TRUE;
}

static GOptionGroup *call_group(struct extcap_options *options)
{
    const GOptionEntry entries[] = {
        {"extcap-interfaces", 0, 0, G_OPTION_ARG_NONE, &options->interfaces, NULL, NULL},
        {"extcap-dlts", 0, 0, G_OPTION_ARG_NONE, &options->dlts, NULL, NULL},
        {"extcap-config", 0, 0, G_OPTION_ARG_NONE, &options->config, NULL, NULL},
        {"capture", 0, 0, G_OPTION_ARG_NONE, &options->capture, NULL, NULL},
        {"extcap-version", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, ignore, NULL,
         NULL},
        {"extcap-interface", 0, 0, G_OPTION_ARG_STRING, &options->interface_name, NULL, NULL},
        {"extcap-control-in", 0, 0, G_OPTION_ARG_FILENAME, &options->control_in, NULL, NULL},
        {"extcap-control-out", 0, 0, G_OPTION_ARG_FILENAME, &options->control_out, NULL, NULL},
        {"fifo", 0, 0, G_OPTION_ARG_FILENAME, &options->fifo, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    GOptionGroup *group = g_option_group_new("extcap", "", "", NULL, NULL);

    g_option_group_add_entries(group, entries);
    return group;
}

static gboolean parse(struct extcap_options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING, &options->listen, NULL, NULL},
        {"server", 0, 0, G_OPTION_ARG_STRING, &options->server, NULL, NULL},
        {"scenario", 0, 0, G_OPTION_ARG_STRING, &options->scenario, NULL, NULL},
        {"platform", 0, 0, G_OPTION_ARG_STRING, &options->platform, NULL, NULL},
        {"filter", 0, 0, G_OPTION_ARG_STRING, &options->filter, NULL, NULL},
        {"pause", 0, 0, G_OPTION_ARG_INT64, &options->pause, NULL, NULL},
        {"rounds", 0, 0, G_OPTION_ARG_INT64, &options->rounds, NULL, NULL},
        {"max-record", 0, 0, G_OPTION_ARG_INT64, &options->max_record, NULL, NULL},
        {"allow-remote", 0, 0, G_OPTION_ARG_NONE, &options->allow_remote, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    /* Later versions of Wireshark may say more, such as --extcap-capture-filter. */
    g_option_context_set_ignore_unknown_options(context, TRUE);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_group(context, call_group(options));
    return g_option_context_parse(context, argc, argv, error);
}

static gboolean find_interface(struct extcap_options *options, GError **error)
{
    if (options->interfaces)
        return TRUE;
    if (!options->interface_name)
        return usage_error(error, "no interface is named: --extcap-interface NAME is missing");
    options->interface = extcap_interface_find(options->interface_name);
    if (!options->interface)
        return usage_error(error, "there is no interface \"%s\"; see --extcap-interfaces",
                           options->interface_name);
    return TRUE;
}

static gboolean find_platform(struct extcap_options *options, GError **error)
{
    static const struct {
        const char *name;
        guint8 platform;
    } platforms[] = {
        {"all", 0},
        {"horizon", IPCTAP_HORIZON},
        {"ctr", IPCTAP_CTR},
        {"orbis", IPCTAP_ORBIS},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(platforms); i++) {
        options->only_platform = platforms[i].platform;
        if (!options->platform || !strcmp(options->platform, platforms[i].name))
            return TRUE;
    }
    return usage_error(error, "there is no system \"%s\": all, horizon, ctr or orbis",
                       options->platform);
}

/** A record's header alone is 64 bytes; less would keep nothing of any message. */
static gboolean check_numbers(const struct extcap_options *options, GError **error)
{
    if (options->max_record &&
        (options->max_record < IPCTAP_HEADER_SIZE || options->max_record > G_MAXUINT32))
        return usage_error(
            error, "--max-record %" G_GINT64_FORMAT ": from %d to %u bytes, or 0 for no limit",
            options->max_record, IPCTAP_HEADER_SIZE, G_MAXUINT32);
    if (options->pause < 0 || options->pause > EXTCAP_MAX_PAUSE)
        return usage_error(error, "--pause %" G_GINT64_FORMAT ": from 0 to %d milliseconds",
                           options->pause, EXTCAP_MAX_PAUSE);
    if (options->rounds < 0)
        return usage_error(error, "--rounds %" G_GINT64_FORMAT " is negative", options->rounds);
    return TRUE;
}

static gboolean check_capture(struct extcap_options *options, GError **error)
{
    if (!options->capture)
        return TRUE;
    if (!options->fifo)
        return usage_error(error, "nowhere to capture to: --fifo PATH is missing");
    return find_platform(options, error) && check_numbers(options, error);
}

static void fill_in(char **text, const char *value)
{
    if (*text && **text)
        return;
    g_free(*text);
    *text = g_strdup(value);
}

gboolean extcap_options_parse(struct extcap_options *options, int argc, char **argv, GError **error)
{
    options->pause = EXTCAP_DEFAULT_PAUSE;
    if (!parse(options, &argc, &argv, error) || !find_interface(options, error) ||
        !check_capture(options, error))
        return FALSE;
    if (options->interface)
        fill_in(&options->listen, options->interface->kind == EXTCAP_PROXY
                                      ? EXTCAP_DEFAULT_PROXY
                                      : IPCSHARK_DEFAULT_RECORDER);
    fill_in(&options->server, IPCSHARK_DEFAULT_SERVER);
    fill_in(&options->scenario, EXTCAP_EACH);
    return TRUE;
}

void extcap_options_clear(struct extcap_options *options)
{
    g_free(options->interface_name);
    g_free(options->fifo);
    g_free(options->control_in);
    g_free(options->control_out);
    g_free(options->listen);
    g_free(options->server);
    g_free(options->scenario);
    g_free(options->platform);
    g_free(options->filter);
}
