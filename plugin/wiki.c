/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wiki.c
 * A link from a command to what its system's wiki has about it: Wireshark opens it on a double click.
 * All three wikis go to the page of that name, or show what they find. Only 3dbrew has a page for each
 * command, "FS:OpenFile"; switchbrew's pages have a section for each interface.
 */
#include "plugin.h"

#include <string.h>

static int hf_wiki = -1;

#define SWITCHBREW "https://switchbrew.org/w/index.php?title=Special:Search&go=Go&search="
#define DBREW      "https://www.3dbrew.org/w/index.php?title=Special:Search&go=Go&search="
#define PSDEVWIKI  "https://www.psdevwiki.com/ps4/index.php?title=Special:Search&go=Go&search="

/* Sessions that fs hands out have prefixes of their own. Source: 3dbrew "Filesystem services". */
static const char *ctr_prefix(wmem_allocator_t *pool, const char *service)
{
    const char *colon = strchr(service, ':');
    char *prefix;

    if (strcmp(service, "File") == 0)
        return "FSFile";
    if (strcmp(service, "Directory") == 0)
        return "FSDir";
    prefix = colon ? wmem_strndup(pool, service, (size_t)(colon - service))
                   : wmem_strdup(pool, service);
    for (char *c = prefix; *c; c++)
        *c = g_ascii_toupper(*c);
    return prefix;
}

static const char *link_to(wmem_allocator_t *pool, const char *wiki, const char *page)
{
    char *escaped = g_uri_escape_string(page, ":", FALSE);
    const char *link = wmem_strconcat(pool, wiki, escaped, NULL);

    g_free(escaped);
    return link;
}

void wiki_add(const struct call_context *context, proto_tree *tree, const char *group,
              const char *command)
{
    wmem_allocator_t *pool = context->pinfo->pool;
    const char *link;
    proto_item *item;

    if (!tree || !group || !proto_field_is_referenced(tree, hf_wiki))
        return;
    if (context->header->platform == IPCTAP_HORIZON)
        link = link_to(pool, SWITCHBREW, group);
    else if (context->header->platform == IPCTAP_CTR && command)
        link =
            link_to(pool, DBREW, wmem_strconcat(pool, ctr_prefix(pool, group), ":", command, NULL));
    else
        link = link_to(pool, PSDEVWIKI, group);
    item = plugin_add_generated_string(tree, hf_wiki, context->tvb, link);
    proto_item_set_url(item);
}

void wiki_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_wiki,
         {"Wiki", "ipctap.wiki", FT_STRING, BASE_NONE, NULL, 0,
          "What switchbrew, 3dbrew or psdevwiki has about the command; a double click opens it",
          HFILL}},
    };

    proto_register_field_array(protocol, fields, array_length(fields));
}
