/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a server receives: docs/orbis.md, "Packets". */
#include "orbis.h"

#include <ipcshark/writer.h>

struct orbis_packet *orbis_packet_new(uint32_t type, const struct orbis_object *client)
{
    struct orbis_packet *packet = g_new0(struct orbis_packet, 1);

    packet->type = type;
    packet->client_kid = client->kid;
    packet->body = g_byte_array_new();
    return packet;
}

void orbis_packet_free(struct orbis_packet *packet)
{
    if (!packet)
        return;
    if (packet->wait)
        packet->wait->packet = NULL;
    g_byte_array_unref(packet->body);
    g_clear_pointer(&packet->inputs, g_ptr_array_unref);
    g_free(packet);
}

void orbis_packet_put_inputs(struct orbis_packet *packet, GPtrArray *inputs)
{
    for (guint n = 0; n < inputs->len; n++) {
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(g_ptr_array_index(inputs, n), &size);
        uint8_t prefix[4];

        ipcshark_store_u32(prefix, (uint32_t)size);
        g_byte_array_append(packet->body, prefix, sizeof prefix);
        if (size)
            g_byte_array_append(packet->body, bytes, (guint)size);
    }
    packet->inputs = g_ptr_array_ref(inputs);
}

void orbis_packet_put_info(const struct orbis_packet *packet, uint8_t *bytes)
{
    const struct sceipmi_layout *layout = sceipmi_packet_info();

    memset(bytes, 0, SCEIPMI_PACKET_INFO_SIZE);
    sceipmi_set(layout, "input_size", bytes, SCEIPMI_PACKET_INFO_SIZE, packet->body->len);
    sceipmi_set(layout, "type", bytes, SCEIPMI_PACKET_INFO_SIZE, packet->type);
    sceipmi_set(layout, "client_kid", bytes, SCEIPMI_PACKET_INFO_SIZE, packet->client_kid);
}

void orbis_packet_deliver(struct orbis_object *server, struct orbis_packet *packet)
{
    if (server->service) {
        server->service->deliver(server, packet);
        return;
    }
    g_queue_push_tail(&server->packets, packet);
    orbis_wake_receivers(server);
}
