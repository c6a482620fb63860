/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listener.h"

#include "address.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <stdio.h>

/**
 * A Unix socket's file outlives its listener. One that nobody listens on any more is removed; a
 * live one, or any other kind of file, is left alone and binding fails.
 */
static void remove_dead_socket(GSocketAddress *address)
{
    g_autoptr(GSocket) probe = NULL;
    const char *path;
    GStatBuf status;

    if (!G_IS_UNIX_SOCKET_ADDRESS(address))
        return;
    path = g_unix_socket_address_get_path(G_UNIX_SOCKET_ADDRESS(address));
    if (g_lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    probe =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    if (probe && !g_socket_connect(probe, address, NULL, NULL))
        g_unlink(path);
}

GSocket *listening_socket(GSocketAddress *address, GError **error)
{
    g_autofree char *text = ipcshark_address_format(address);
    g_autoptr(GSocket)
        socket = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM,
                              G_SOCKET_PROTOCOL_DEFAULT, error);

    if (!socket)
        return NULL;
    remove_dead_socket(address);
    g_socket_set_blocking(socket, FALSE);
    if (g_socket_bind(socket, address, TRUE, error) && g_socket_listen(socket, error))
        return g_steal_pointer(&socket);
    g_prefix_error(error, "cannot listen on %s: ", text);
    return NULL;
}

void close_listening_socket(GSocket *socket)
{
    g_autoptr(GSocketAddress) bound = g_socket_get_local_address(socket, NULL);

    if (bound && G_IS_UNIX_SOCKET_ADDRESS(bound))
        g_unlink(g_unix_socket_address_get_path(G_UNIX_SOCKET_ADDRESS(bound)));
    g_object_unref(socket);
}

char *listening_address(GSocket *socket)
{
    g_autoptr(GSocketAddress) bound = g_socket_get_local_address(socket, NULL);

    return bound ? ipcshark_address_format(bound) : g_strdup("an unknown address");
}

void print_listening(const char *what, GSocket *socket)
{
    g_autofree char *text = listening_address(socket);

    fprintf(stderr, "%slistening on %s\n", what, text);
}
