/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint.h"

#include "address.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
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
    bool is_local;
};

static bool fail(GError **error, const char *address, const char *why)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", address, why);
    return false;
}

static bool parse(const char *text, struct endpoint *endpoint, GError **error)
{
    GSocketAddress *address = ipcshark_address_parse(text, error);
    bool good;

    if (!address)
        return false;
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->size = (socklen_t)g_socket_address_get_native_size(address);
    endpoint->is_local = ipcshark_address_is_local(address);
    good = g_socket_address_to_native(address, &endpoint->address, sizeof endpoint->address, error);
    g_object_unref(address);
    return good;
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
    if (probe < 0)
        return;
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
    if (!allow_remote && !endpoint.is_local) {
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
    struct sockaddr_storage native;
    socklen_t size = sizeof native;
    GSocketAddress *address;
    char *text;

    if (getsockname(descriptor, (struct sockaddr *)&native, &size) < 0)
        return NULL;
    address = g_socket_address_new_from_native(&native, size);
    text = ipcshark_address_format(address);
    g_object_unref(address);
    return text;
}
