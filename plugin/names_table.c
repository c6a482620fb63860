/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names_table.c
 * A few names without a file: the table "Names of commands" of the preferences. Its rows are read
 * as a .tsv file that has them would be (docs/names.md).
 */
#include "names.h"

#include <epan/uat.h>
#include <string.h>
#include <user_files.h>

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

static void add_row(GString *text, const struct named_command *row)
{
    if (row->kind < array_length(heads))
        g_string_append_printf(text, "[%s%s]\n%s\t%s\n", heads[row->kind], row->group, row->command,
                               row->name);
}

char *names_table_text(void)
{
    GString *text = g_string_new(NULL);

    for (unsigned int n = 0; n < row_count; n++)
        add_row(text, &rows[n]);
    return g_string_free(text, FALSE);
}

/* Of "name:line:column: what": a row has neither lines nor columns. */
static char *what_is_wrong(const char *error)
{
    const char *end = strstr(error, ": ");

    return g_strdup_printf("This row is no name of a command: %s.", end ? end + 2 : error);
}

/* NULL if it can be read. */
static char *error_of(const struct named_command *row)
{
    struct user_files *files = user_files_new();
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    GString *text = g_string_new(NULL);
    char *error;

    add_row(text, row);
    user_files_read_text(files, "", text->str, errors);
    error = errors->len ? what_is_wrong((const char *)g_ptr_array_index(errors, 0)) : NULL;
    g_string_free(text, TRUE);
    g_ptr_array_unref(errors);
    user_files_free(files);
    return error;
}

/* One row that cannot be read would cost all others, as a line of a file does. */
static compat_bool check_row(void *data, char **error)
{
    const struct named_command *row = (const struct named_command *)data;

    *error = row->group && *row->group ? error_of(row)
                                       : what_is_wrong("an interface or a service is expected");
    return *error == NULL;
}

void names_table_register(module_t *preferences)
{
    uat_t *table = uat_new("Console IPC commands", sizeof(struct named_command), "ipctap_commands",
                           TRUE, &rows, &row_count, UAT_AFFECTS_DISSECTION, NULL, copy_row,
                           check_row, free_row, NULL, NULL, columns);

    prefs_register_uat_preference(preferences, "commands", "Names of commands",
                                  "Names that nobody published, before all others", table);
}
