/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wiki.c
 * A link from a command to what its system's wiki has about it: Wireshark copies it on a double
 * click. All three wikis go to the page of that name, or show what they find. Only 3dbrew has a
 * page for each command, "FS:OpenFile"; switchbrew's pages have a section for each interface.
 */
#include "plugin.h"

#include <string.h>

static int hf_wiki = -1;

#define SWITCHBREW "https://switchbrew.org/w/index.php?search="
#define DBREW      "https://www.3dbrew.org/w/index.php?search="
#define PSDEVWIKI  "https://www.psdevwiki.com/ps4/index.php?search="

/* Wireshark's window copies no more of a link, however long it is. */
#define LINK_LENGTH 78

struct prefix {
    const char *service;
    const char *prefix;
};

/* Sessions that fs hands out have prefixes of their own. Sources: 3dbrew, "Filesystem services",
 * "Cfg:GetSystemModel". */
static const struct prefix prefixes[] = {
    {"File", "FSFile"}, {"Directory", "FSDir"}, {"cfg:u", "Cfg"},
    {"cfg:s", "Cfg"},   {"cfg:i", "Cfg"},
};

/* "fs:USER" has FS:OpenFile, "gsp::Gpu" has GSPGPU:AcquireRight. */
static const char *ctr_prefix(wmem_allocator_t *pool, const char *service)
{
    const char *colons = strstr(service, "::");
    const char *colon = strchr(service, ':');
    size_t length = colon ? (size_t)(colon - service) : strlen(service);
    char *prefix;

    for (size_t n = 0; n < array_length(prefixes); n++) {
        if (strcmp(service, prefixes[n].service) == 0)
            return prefixes[n].prefix;
    }
    prefix = wmem_strndup(pool, service, length);
    if (colons)
        prefix = wmem_strconcat(pool, prefix, colons + 2, NULL);
    for (char *c = prefix; *c; c++)
        *c = g_ascii_toupper(*c);
    return prefix;
}

/* A command without a name has no page: the service's is looked for. */
static const char *ctr_page(wmem_allocator_t *pool, const char *service, const char *command)
{
    if (!command || g_str_has_prefix(command, "0x"))
        return service;
    return wmem_strconcat(pool, ctr_prefix(pool, service), ":", command, NULL);
}

static const char *link_to(wmem_allocator_t *pool, const char *wiki, const char *page)
{
    char *escaped = g_uri_escape_string(page, ":", FALSE);
    const char *link = wmem_strconcat(pool, wiki, escaped, NULL);

    g_free(escaped);
    return link;
}

static const char *link_of(const struct call_context *context, const char *group,
                           const char *command)
{
    wmem_allocator_t *pool = context->pinfo->pool;

    switch (context->header->platform) {
    case IPCTAP_HORIZON:
        return link_to(pool, SWITCHBREW, group);
    case IPCTAP_CTR:
        return link_to(pool, DBREW, ctr_page(pool, group, command));
    default:
        return link_to(pool, PSDEVWIKI, group);
    }
}

void wiki_add(const struct call_context *context, proto_tree *tree, const char *group,
              const char *command)
{
    const char *service = context->target->service;
    const char *link;
    proto_item *item;

    if (!tree || !group || !proto_field_is_referenced(tree, hf_wiki))
        return;
    link = link_of(context, group, command);
    if (strlen(link) > LINK_LENGTH && service)
        link = link_of(context, service, NULL);
    item = plugin_add_generated_string(tree, hf_wiki, context->tvb, link);
    proto_item_set_url(item);
}

void wiki_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_wiki,
         {"Wiki", "ipctap.wiki", FT_STRING, BASE_NONE, NULL, 0,
          "What switchbrew, 3dbrew or psdevwiki has about the command; a double click copies it",
          HFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
}
