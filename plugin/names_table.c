/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names_table.c
 * A few names without a file: the table "Names of commands" of the preferences. Its rows are read
 * as a .tsv file that has them would be (docs/names.md).
 */
#include "names.h"

#include <epan/uat.h>

struct named_command {
    unsigned int kind;
    char *group;
    char *command;
    char *name;
};

static struct named_command *rows;
static unsigned int row_count;

static const value_string kinds[] = {
    {0, "Switch interface"},
    {1, "Switch TIPC service"},
    {2, "3DS service"},
    {3, "PlayStation service"},
    {0, NULL},
};

/* How a .tsv file begins such commands. */
static const char *const heads[] = {"", "tipc ", "ctr ", "ipmi "};

UAT_VS_DEF(named_command, kind, struct named_command, unsigned int, 0, "Switch interface")
UAT_CSTRING_CB_DEF(named_command, group, struct named_command)
UAT_CSTRING_CB_DEF(named_command, command, struct named_command)
UAT_CSTRING_CB_DEF(named_command, name, struct named_command)

static uat_field_t columns[] = {
    UAT_FLD_VS(named_command, kind, "Of", kinds, "Whose commands these are"),
    UAT_FLD_CSTRING(named_command, group, "Interface or service",
                    "\"nn::own::IThing is own:s\", \"own:U\""),
    UAT_FLD_CSTRING(named_command, command, "Command", "Its number, \"10\" or \"0x802\""),
    UAT_FLD_CSTRING(named_command, name, "Name", "\"GetThing\""),
    UAT_END_FIELDS,
};

static void *copy_row(void *target, const void *source, size_t size _U_)
{
    struct named_command *copy = (struct named_command *)target;

    *copy = *(const struct named_command *)source;
    copy->group = g_strdup(copy->group);
    copy->command = g_strdup(copy->command);
    copy->name = g_strdup(copy->name);
    return copy;
}

static void free_row(void *data)
{
    struct named_command *row = (struct named_command *)data;

    g_free(row->group);
    g_free(row->command);
    g_free(row->name);
}

char *names_table_text(void)
{
    GString *text = g_string_new(NULL);

    for (unsigned int n = 0; n < row_count; n++) {
        const struct named_command *row = &rows[n];

        if (row->kind < array_length(heads))
            g_string_append_printf(text, "[%s%s]\n%s\t%s\n", heads[row->kind], row->group,
                                   row->command, row->name);
    }
    return g_string_free(text, FALSE);
}

void names_table_register(module_t *preferences)
{
    uat_t *table = uat_new("Console IPC commands", sizeof(struct named_command), "ipctap_commands",
                           TRUE, &rows, &row_count, UAT_AFFECTS_DISSECTION, NULL, copy_row, NULL,
                           free_row, NULL, NULL, columns);

    prefs_register_uat_preference(preferences, "commands", "Names of commands",
                                  "Names that nobody published, before all others", table);
}
