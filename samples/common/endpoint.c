/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

struct endpoint {
    struct sockaddr_storage address;
    socklen_t size;
};

static bool fail(GError **error, const char *address, const char *why)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", address, why);
    return false;
}

static bool parse_unix(const char *text, struct endpoint *endpoint, GError **error)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&endpoint->address;
    const char *path = text + strlen("unix:");

    if (!*path || strlen(path) >= sizeof address->sun_path)
        return fail(error, text, "the path must have 1 to 107 bytes");

    address->sun_family = AF_UNIX;
    g_strlcpy(address->sun_path, path, sizeof address->sun_path);
    endpoint->size = sizeof *address;
    return true;
}

static bool parse_tcp(const char *text, struct endpoint *endpoint, GError **error)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    g_autofree char *host = g_strdup(text + strlen("tcp:"));
    char *port = strrchr(host, ':');
    struct addrinfo *found;
    size_t size;
    char *name = host;

    if (!port || !port[1])
        return fail(error, text, "expected tcp:HOST:PORT");

    *port++ = '\0';
    size = strlen(host);
    if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        name = host + 1;
    }
    if (!strcmp(name, "localhost"))
        name = (char *)"127.0.0.1";
    if (getaddrinfo(name, port, &hints, &found) != 0)
        return fail(error, text, "expected a numeric host and port");

    memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
    endpoint->size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool parse(const char *text, struct endpoint *endpoint, GError **error)
{
    memset(endpoint, 0, sizeof *endpoint);
    if (g_str_has_prefix(text, "unix:"))
        return parse_unix(text, endpoint, error);
    if (g_str_has_prefix(text, "tcp:"))
        return parse_tcp(text, endpoint, error);
    return fail(error, text, "expected tcp:HOST:PORT or unix:PATH");
}

static bool is_local(const struct endpoint *endpoint)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&endpoint->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&endpoint->address;

    switch (endpoint->address.ss_family) {
    case AF_INET:
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    case AF_INET6:
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    default:
        return true;
    }
}

/* A socket file that a dead server left behind is replaced; anything else is not. */
static void remove_stale_socket(const struct endpoint *endpoint)
{
    const struct sockaddr_un *address = (const struct sockaddr_un *)&endpoint->address;
    struct stat status;
    int probe;

    if (endpoint->address.ss_family != AF_UNIX || lstat(address->sun_path, &status) < 0 ||
        !S_ISSOCK(status.st_mode))
        return;

    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(probe, (const struct sockaddr *)address, endpoint->size) < 0 &&
        errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(probe);
}

static int open_socket(const struct endpoint *endpoint)
{
    int one = 1;
    int descriptor = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (descriptor >= 0 && endpoint->address.ss_family != AF_UNIX) {
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    return descriptor;
}

static int failed(int descriptor, const char *address, GError **error)
{
    fail(error, address, g_strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

int endpoint_listen(const char *address, bool allow_remote, GError **error)
{
    struct endpoint endpoint;
    int descriptor;

    if (!parse(address, &endpoint, error))
        return -1;
    if (!allow_remote && !is_local(&endpoint)) {
        fail(error, address, "not a loopback address; --allow-remote permits it");
        return -1;
    }
    remove_stale_socket(&endpoint);
    descriptor = open_socket(&endpoint);
    if (descriptor < 0 ||
        bind(descriptor, (struct sockaddr *)&endpoint.address, endpoint.size) < 0 ||
        listen(descriptor, BACKLOG) < 0)
        return failed(descriptor, address, error);
    return descriptor;
}

int endpoint_connect(const char *address, GError **error)
{
    struct endpoint endpoint;
    int descriptor;

    if (!parse(address, &endpoint, error))
        return -1;
    descriptor = open_socket(&endpoint);
    if (descriptor < 0 ||
        connect(descriptor, (struct sockaddr *)&endpoint.address, endpoint.size) < 0)
        return failed(descriptor, address, error);
    return descriptor;
}

char *endpoint_bound_address(int descriptor)
{
    struct endpoint endpoint = {.size = sizeof endpoint.address};
    char host[INET6_ADDRSTRLEN + 16], port[8];

    if (getsockname(descriptor, (struct sockaddr *)&endpoint.address, &endpoint.size) < 0)
        return NULL;
    if (endpoint.address.ss_family == AF_UNIX)
        return g_strdup_printf("unix:%s", ((struct sockaddr_un *)&endpoint.address)->sun_path);
    if (getnameinfo((struct sockaddr *)&endpoint.address, endpoint.size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return NULL;
    if (endpoint.address.ss_family == AF_INET6)
        return g_strdup_printf("tcp:[%s]:%s", host, port);
    return g_strdup_printf("tcp:%s:%s", host, port);
}
