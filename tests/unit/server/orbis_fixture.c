/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "orbis_fixture.h"

void fixture_start(struct fixture *fixture, gconstpointer data)
{
    server_fixture_start(&fixture->server, data);
}

void fixture_open(struct fixture *fixture, unsigned int n, bool messaging)
{
    g_autofree char *name = g_strdup_printf("app %u", n);
    g_autoptr(GError) error = NULL;
    uint32_t result;

    fixture->app[n] = traffic_client_open(fixture->server.address, &error);
    g_assert_no_error(error);
    g_assert_true(
        traffic_client_hello(fixture->app[n], IPCTAP_ORBIS, name, APP_ID(n), 0, NULL, 0, &result));
    if (messaging)
        g_assert_cmphex(app_messaging_initialize(&fixture->messaging[n], fixture->app[n]), ==, 0);
}

void fixture_close(struct fixture *fixture, unsigned int n)
{
    traffic_client_free(fixture->app[n]);
    fixture->app[n] = NULL;
    fixture->messaging[n].kid = 0;
}

void fixture_stop(struct fixture *fixture)
{
    for (unsigned int n = 0; n < FIXTURE_APPS; n++)
        fixture_close(fixture, n);
    server_fixture_stop(&fixture->server);
}

void fixture_end(struct fixture *fixture, gconstpointer data)
{
    fixture_stop(fixture);
    server_fixture_end(&fixture->server, data);
}
