/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/un.h>

static GSocketAddress *fail(GError **error, const char *text, const char *why)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\" is no address: %s", text,
                why);
    return NULL;
}

static GSocketAddress *parse_unix(const char *text, const char *path, GError **error)
{
    size_t limit = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    g_autofree char *why = NULL;

    if (*path == '\0')
        return fail(error, text, "the path is missing (unix:PATH)");
    if (strlen(path) <= limit)
        return g_unix_socket_address_new(path);
    why = g_strdup_printf("the path has %zu bytes, a socket's at most %zu", strlen(path), limit);
    return fail(error, text, why);
}

/** "localhost" and numbers; names of other machines are not looked up. */
static GInetAddress *parse_host(const char *host)
{
    if (!strcmp(host, "localhost"))
        return g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    return g_inet_address_new_from_string(host);
}

static char *host_part(const char *from, const char *colon)
{
    size_t length = (size_t)(colon - from);

    if (length >= 2 && from[0] == '[' && from[length - 1] == ']')
        return g_strndup(from + 1, length - 2);
    return g_strndup(from, length);
}

static GSocketAddress *parse_tcp(const char *text, const char *rest, GError **error)
{
    const char *colon = strrchr(rest, ':');
    g_autofree char *host = NULL;
    g_autoptr(GInetAddress) address = NULL;
    guint64 port;

    if (!colon)
        return fail(error, text, "the port is missing (tcp:HOST:PORT)");
    if (!g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return fail(error, text, "the port is no number from 0 to 65535");
    host = host_part(rest, colon);
    address = parse_host(host);
    if (!address)
        return fail(error, text, "the host is neither a number (127.0.0.1, [::1]) nor localhost");
    return g_inet_socket_address_new(address, (guint16)port);
}

GSocketAddress *ipcshark_address_parse(const char *text, GError **error)
{
    if (g_str_has_prefix(text, "tcp:"))
        return parse_tcp(text, text + strlen("tcp:"), error);
    if (g_str_has_prefix(text, "unix:"))
        return parse_unix(text, text + strlen("unix:"), error);
    return fail(error, text, "it begins with neither \"tcp:\" nor \"unix:\"");
}

char *ipcshark_address_format(GSocketAddress *address)
{
    GInetSocketAddress *inet;
    g_autofree char *host = NULL;
    gboolean is_ipv6;

    if (G_IS_UNIX_SOCKET_ADDRESS(address))
        return g_strdup_printf("unix:%s",
                               g_unix_socket_address_get_path(G_UNIX_SOCKET_ADDRESS(address)));
    inet = G_INET_SOCKET_ADDRESS(address);
    host = g_inet_address_to_string(g_inet_socket_address_get_address(inet));
    is_ipv6 = g_socket_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
    return g_strdup_printf(is_ipv6 ? "tcp:[%s]:%u" : "tcp:%s:%u", host,
                           g_inet_socket_address_get_port(inet));
}

gboolean ipcshark_address_is_local(GSocketAddress *address)
{
    if (G_IS_UNIX_SOCKET_ADDRESS(address))
        return TRUE;
    return g_inet_address_get_is_loopback(
        g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
}
