/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Much of something: bytes, sessions, objects. */
#include "horizon_steps.h"

#define MEGABYTE     (1u << 20)
#define PROCESSES    6
#define SESSIONS     8
#define OBJECTS      16
#define DOMAIN_STEPS 90
#define MAKE_OBJECT  9

static void write_large_file(struct traffic_run *run, const struct horizon_service *sm)
{
    static const uint8_t create[0x10], mode[4] = {7};
    uint8_t range[0x18] = {0};
    g_autofree uint8_t *bytes = g_malloc0(MEGABYTE);
    struct horizon_command write = {.id = 1, .data = range, .data_size = sizeof range}, command;
    struct horizon_service fsp, card, file;

    if (!horizon_steps_file_system(run, sm, &fsp, &card))
        return;
    horizon_steps_path(&card, 1, NULL, 0, "/large.bin", &command); /* left by an earlier run */
    horizon_steps_path(&card, 0, create, sizeof create, "/large.bin", &command);
    horizon_steps_path(&card, 8, mode, sizeof mode, "/large.bin", &command);
    file = horizon_steps_object(&card, command.out_object[0]);
    ipcshark_store_u64(range + 16, MEGABYTE);
    write.argument[0] = (struct horizon_argument){
        .kind = HORIZON_MAP_IN, .bytes = bytes, .size = MEGABYTE, .attribute = HIPC_MAP_NON_SECURE};
    traffic_expect_equal(run, horizon_call(&file, &write), 0, "Write of a megabyte");
    horizon_steps_close_object(run, &file);
    traffic_expect_equal(run, horizon_steps_path(&card, 1, NULL, 0, "/large.bin", &command), 0,
                         "DeleteFile");
}

void horizon_run_large(struct traffic_run *run)
{
    struct horizon_service sm, echo;

    if (horizon_steps_connect(run, "horizon-large", &sm) &&
        horizon_steps_service(run, &sm, "echo", &echo)) {
        horizon_steps_echo(run, &echo, 2, HORIZON_MAP_IN, HORIZON_MAP_OUT, 0, 4 * MEGABYTE,
                           "EchoMap of 4 MiB");
        horizon_steps_echo(run, &echo, 3, HORIZON_AUTO_IN, HORIZON_AUTO_OUT, 0, MEGABYTE + 1,
                           "EchoAutoSelect of 1 MiB and a byte");
        write_large_file(run, &sm);
    }
    traffic_run_disconnect(run, sm.client);
}

struct process {
    struct horizon_service sm;
    struct horizon_service session[SESSIONS];
};

static void use_session(struct traffic_run *run, const struct horizon_service *session, uint64_t n)
{
    uint8_t numbers[16] = {0};
    struct horizon_command command = {.id = 0, .data = numbers, .data_size = sizeof numbers};

    ipcshark_store_u64(numbers, n);
    traffic_expect_equal(run, horizon_call(session, &command), 0, "EchoScalars");
    traffic_expect_equal(run, horizon_command_u64(&command, 0), n, "the number that came back");
}

static void open_sessions(struct traffic_run *run, struct process *process, unsigned int number)
{
    g_autofree char *name = g_strdup_printf("crowd-%u", number);

    if (!horizon_steps_connect(run, name, &process->sm))
        return;
    for (unsigned int i = 0; i < SESSIONS; i++)
        horizon_steps_service(run, &process->sm, "echo", &process->session[i]);
}

void horizon_run_sessions(struct traffic_run *run)
{
    struct process process[PROCESSES] = {0};

    for (unsigned int p = 0; p < PROCESSES; p++)
        open_sessions(run, &process[p], p);
    for (unsigned int i = 0; i < PROCESSES * SESSIONS; i++) {
        unsigned int p = (unsigned int)g_rand_int_range(run->random, 0, PROCESSES);
        unsigned int s = (unsigned int)g_rand_int_range(run->random, 0, SESSIONS);

        if (process[p].session[s].handle)
            use_session(run, &process[p].session[s], i);
    }
    for (unsigned int p = 0; p < PROCESSES; p++)
        traffic_run_disconnect(run, process[p].sm.client);
}

/* Object ids of a domain, 0 where there is none. */
static void make_or_close(struct traffic_run *run, const struct horizon_service *domain,
                          uint32_t object[OBJECTS], unsigned int n)
{
    struct horizon_command make = {.id = MAKE_OBJECT};
    struct horizon_service one = horizon_steps_object(domain, object[n]);

    if (object[n]) {
        horizon_steps_close_object(run, &one);
        object[n] = 0;
        return;
    }
    traffic_expect_equal(run, horizon_call(domain, &make), 0, "MakeObject");
    object[n] = make.out_object[0];
    for (unsigned int i = 0; i < OBJECTS; i++)
        traffic_expect(run, i == n || object[i] != object[n] || !object[n],
                       "object %u is there twice", object[n]);
}

void horizon_run_domains(struct traffic_run *run)
{
    uint32_t object[OBJECTS] = {0};
    struct horizon_service sm, echo;

    if (horizon_steps_connect(run, "horizon-domains", &sm) &&
        horizon_steps_service(run, &sm, "echo", &echo) &&
        traffic_expect_equal(run, horizon_convert_to_domain(&echo), 0, "convert to domain")) {
        for (unsigned int i = 0; i < DOMAIN_STEPS; i++)
            make_or_close(run, &echo, object,
                          (unsigned int)g_rand_int_range(run->random, 0, OBJECTS));
        for (unsigned int n = 0; n < OBJECTS; n++) {
            if (object[n])
                make_or_close(run, &echo, object, n);
        }
    }
    traffic_run_disconnect(run, sm.client);
}
