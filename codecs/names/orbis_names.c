/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_tables.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/names.h>

const char *orbis_method_name(const char *service, uint32_t method)
{
    const struct names_group *group = ipcshark_names_find_group(&ipcshark_names_orbis, service);

    return group ? ipcshark_names_find_command(&ipcshark_names_orbis, group, method, 0) : NULL;
}

const char *orbis_service_at(size_t n)
{
    return n < ipcshark_names_orbis.group_count ? names_text(ipcshark_names_orbis.group[n].name)
                                                : NULL;
}

const char *orbis_result_name(enum orbis_result_layer layer, uint32_t result)
{
    size_t index = (size_t)layer - ORBIS_LAYER_ERRNO;
    const char *name;

    if (index >= NAMES_ORBIS_LAYERS)
        return NULL;
    name = ipcshark_names_find_value(&ipcshark_names_orbis_errors[index], result);
    /* A method may pass on what the kernel said. */
    if (!name && layer == ORBIS_LAYER_METHOD)
        name = ipcshark_names_find_value(&ipcshark_names_orbis_errors[ORBIS_LAYER_MANAGER - 1],
                                         result);
    return name;
}

const char *appmsg_type_name(enum appmsg_family family, uint32_t message_type)
{
    if ((unsigned int)family >= NAMES_APPMSG_FAMILIES)
        return NULL;
    return ipcshark_names_find_value(&ipcshark_names_appmsg_types[family], message_type);
}

const char *appmsg_event_name(unsigned int bit)
{
    return ipcshark_names_find_value(&ipcshark_names_appmsg_events, bit);
}
