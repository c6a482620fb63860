/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "ids = index+1 in one entry table shared by all domains of the server manager; 0 invalid; the
 * free list starts in order 1..N, freed entries are reused first" (sf_cmif_domain_manager.cpp).
 */
#include "sf.h"

/* A console service has as many as it was built with; here a thousand clients find room. */
#define ENTRIES 2048

struct entry {
    struct sf_domain *domain;
    struct sf_object *object;
};

struct sf_domain_table {
    struct entry entry[ENTRIES];
    uint16_t free_index[ENTRIES];
    unsigned int free_count;
};

struct sf_domain_table *sf_domain_table_new(void)
{
    struct sf_domain_table *table = g_new0(struct sf_domain_table, 1);

    table->free_count = ENTRIES;
    for (unsigned int i = 0; i < ENTRIES; i++)
        table->free_index[i] = (uint16_t)(ENTRIES - 1 - i);
    return table;
}

void sf_domain_table_free(struct sf_domain_table *table)
{
    g_free(table);
}

struct sf_domain *sf_domain_new(struct sf_domain_table *table)
{
    struct sf_domain *domain = g_new0(struct sf_domain, 1);

    domain->table = table;
    domain->references = 1;
    return domain;
}

static void close_entry(struct sf_domain_table *table, unsigned int index)
{
    struct sf_object *object = table->entry[index].object;

    table->entry[index] = (struct entry){0};
    table->free_index[table->free_count++] = (uint16_t)index;
    sf_object_unref(object);
}

void sf_domain_unref(struct sf_domain *domain)
{
    if (!domain || --domain->references > 0)
        return;

    for (unsigned int i = 0; i < ENTRIES; i++) {
        if (domain->table->entry[i].domain == domain)
            close_entry(domain->table, i);
    }
    g_free(domain);
}

uint32_t sf_domain_add(struct sf_domain *domain, struct sf_object *object, uint32_t *id)
{
    struct sf_domain_table *table = domain->table;
    unsigned int index;

    *id = 0;
    if (!object)
        return 0;
    if (table->free_count == 0) {
        sf_object_unref(object);
        return SF_OUT_OF_DOMAIN_ENTRIES;
    }
    index = table->free_index[--table->free_count];
    table->entry[index] = (struct entry){domain, object};
    *id = index + 1;
    return 0;
}

struct sf_object *sf_domain_find(const struct sf_domain *domain, uint32_t id)
{
    if (id == 0 || id > ENTRIES || domain->table->entry[id - 1].domain != domain)
        return NULL;
    return domain->table->entry[id - 1].object;
}

void sf_domain_close(struct sf_domain *domain, uint32_t id)
{
    if (sf_domain_find(domain, id))
        close_entry(domain->table, id - 1);
}
