/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's switches: their names, that the documentation has them, and what those of the
 * PlayStation do. */
#include "orbis_fixture.h"

#include <choices.h>
#include <string.h>

static const char *const other_way[] = {
    "orbis-try-receive=peek",
    "orbis-receive=return",
    "orbis-overwrite=append",
    "orbis-event-pattern=whole",
    "orbis-empty-event=no-message",
    "orbis-no-service=enoent",
    "orbis-unknown-operation=success",
    "orbis-kids=reuse",
    NULL,
};
static const char *const shallow[] = {"orbis-queue=one", NULL};

static void start_otherwise(struct fixture *fixture, gconstpointer data)
{
    fixture->server.options.choices = data;
    fixture_start(fixture, NULL);
}

static void test_parse(void)
{
    uint8_t settings[SERVER_CHOICES] = {0};
    GError *error = NULL;

    g_assert_true(server_choice_parse("ctr-vblank=on", settings, NULL));
    g_assert_cmpuint(settings[CHOICE_CTR_VBLANK], ==, 1);
    g_assert_true(server_choice_parse("ctr-vblank=off", settings, NULL));
    g_assert_cmpuint(settings[CHOICE_CTR_VBLANK], ==, 0);
    g_assert_false(server_choice_parse("ctr-vblan=on", settings, &error));
    g_assert_nonnull(strstr(error->message, "\"ctr-vblan\""));
    g_clear_error(&error);
    g_assert_false(server_choice_parse("ctr-vblank=maybe", settings, &error));
    g_assert_nonnull(strstr(error->message, "off and on, not \"maybe\""));
    g_clear_error(&error);
    g_assert_false(server_choice_parse("ctr-vblank", settings, NULL));
    g_assert_false(server_choice_parse("", settings, NULL));
}

/* "| `name` | `default` | `other` |" */
static void test_documentation(void)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(SERVER_CHOICES_DOCUMENT, &text, NULL, NULL));
    for (int i = 0; i < SERVER_CHOICES; i++) {
        const struct server_choice_info *info = &server_choice_infos[i];
        g_autofree char *line =
            g_strdup_printf("\n| `%s` | `%s` | `%s` |", info->name, info->value[0], info->value[1]);

        if (!strstr(text, line))
            g_error("docs/server-choices.md does not have%s", line);
    }
}

static uint32_t send_text(struct fixture *fixture, uint32_t type, const char *text, uint32_t flags)
{
    return app_messaging_send(&fixture->messaging[0], APP_ID(1), type, text, strlen(text), flags);
}

static void expect_text(struct fixture *fixture, const char *text)
{
    struct app_message message;

    g_assert_cmphex(app_messaging_try_receive(&fixture->messaging[1], &message), ==, 0);
    g_assert_cmpmem(message.payload, message.payload_size, text, strlen(text));
}

static void test_messages(struct fixture *fixture, gconstpointer data)
{
    struct app_message message;

    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    g_assert_cmphex(app_messaging_receive(&fixture->messaging[1], &message), ==,
                    APP_MESSAGING_NO_MESSAGE);
    g_assert_cmphex(send_text(fixture, 1, "first", 0), ==, 0);
    g_assert_cmphex(send_text(fixture, 1, "second", 1), ==, 0);
    expect_text(fixture, "first");
    expect_text(fixture, "first"); /* still there */
    g_assert_cmphex(app_messaging_receive(&fixture->messaging[1], &message), ==, 0);
    expect_text(fixture, "second"); /* OVERWRITE put it last */
}

static void test_event_flags(struct fixture *fixture, gconstpointer data)
{
    uint64_t pattern = 0;

    (void)data;
    fixture_open(fixture, 0, true);
    app_messaging_set_event_flag(&fixture->messaging[0], APP_ID(0), 6);
    g_assert_cmphex(app_messaging_try_get_event_flag(&fixture->messaging[0], 2, &pattern, false),
                    ==, 0);
    g_assert_cmphex(pattern, ==, 6);
    g_assert_cmphex(app_messaging_try_get_event_flag(&fixture->messaging[0], 8, &pattern, false),
                    ==, APP_MESSAGING_NO_MESSAGE);
}

static void test_manager(struct fixture *fixture, gconstpointer data)
{
    struct traffic_client *client;
    uint32_t kid;

    (void)data;
    fixture_open(fixture, 0, false);
    client = fixture->app[0];
    kid = orbis_ipmi_create_client(client, "SceNobody", 0, 0);
    g_assert_cmphex(orbis_ipmi_connect(client, kid), ==, 0x80020002);
    g_assert_cmphex(orbis_ipmi_simple(client, 0x444, 0), ==, 0);
    g_assert_cmphex(orbis_ipmi_simple(client, SCEIPMI_DESTROY_CLIENT, kid), ==, 0);
    g_assert_cmphex(orbis_ipmi_create_client(client, "SceNobody", 0, 0), ==, kid);
}

static void test_one_message(struct fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture_open(fixture, 0, true);
    fixture_open(fixture, 1, true);
    g_assert_cmphex(send_text(fixture, 1, "one", 0), ==, 0);
    g_assert_cmphex(send_text(fixture, 1, "two", 0), ==, 0x80C50006);
    expect_text(fixture, "one");
    g_assert_cmphex(send_text(fixture, 1, "two", 0), ==, 0);
}

/* A PlayStation 5 has a SceShellCore of its own; the other console's applications are not there. */
static void test_playstation_5(struct fixture *fixture, gconstpointer data)
{
    struct traffic_client *client = server_fixture_connect(&fixture->server);
    struct app_messaging messaging;
    struct app_message message;
    uint32_t result;

    (void)data;
    fixture_open(fixture, 0, true);
    g_assert_true(
        traffic_client_hello(client, IPCTAP_PROSPERO, "ps5", 0x2016, 0, NULL, 0, &result));
    g_assert_cmphex(app_messaging_initialize(&messaging, client), ==, 0);
    g_assert_cmphex(app_messaging_send(&messaging, APP_ID(0), 0, "x", 1, 0), ==,
                    APP_MESSAGING_NO_SUCH_APP);
    g_assert_cmphex(app_messaging_send(&messaging, 0x2016, 0, "x", 1, 0), ==, 0);
    g_assert_cmphex(app_messaging_try_receive(&messaging, &message), ==, 0);
    g_assert_cmphex(message.sender, ==, 0x2016);
    traffic_client_free(client);
}

#define other_test(path, choices, function)                                                        \
    g_test_add(path, struct fixture, choices, start_otherwise, function, fixture_end)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/choices/parse", test_parse);
    g_test_add_func("/server/choices/documentation", test_documentation);
    other_test("/orbis/choices/messages", other_way, test_messages);
    other_test("/orbis/choices/event-flags", other_way, test_event_flags);
    other_test("/orbis/choices/manager", other_way, test_manager);
    other_test("/orbis/choices/one-message", shallow, test_one_message);
    fixture_test("/orbis/playstation-5", test_playstation_5);
    return g_test_run();
}
