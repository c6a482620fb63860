/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user's names in all three forms: read or refused with a place, within the memory that is
 * promised; and whatever was read can be asked for. The first byte says which form, and whether
 * there are two files. */
#include <ipcshark/user_names.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void ask(const struct ipcshark_names *names, const struct ipcshark_interface *interface,
                const struct ipcshark_command *command)
{
    enum ipcshark_convention convention = (enum ipcshark_convention)interface->convention;

    require(command->name != NULL);
    ipcshark_names_command(names, convention, interface->name, command->id, 0);
    ipcshark_names_description(names, convention, interface->name, command->id, command->since);
    ipcshark_names_out_interface(names, convention, interface->name, command->id, 0);
    ipcshark_names_description_by_name(names, convention, interface->name, command->name, 0);
}

static void ask_all(const struct ipcshark_names *names)
{
    const struct ipcshark_description *description = &names->description;

    for (uint32_t i = 0; i < description->interface_count && i < 64; i++) {
        const struct ipcshark_interface *interface = &description->interface[i];

        for (uint32_t n = 0; n < interface->command_count && n < 16; n++)
            ask(names, interface, &interface->command[n]);
        for (uint16_t n = 0; n < interface->service_count; n++)
            require(ipcshark_names_service_interface(names, interface->service[n]) != NULL);
    }
}

/** Reads a text, asks for all of it, and gives the memory that it lies in. */
static uint8_t *read_names(const char *file, const uint8_t *text, size_t length,
                           struct ipcshark_names *names)
{
    struct ipcshark_arena arena = {.size = ipcshark_names_memory(length)};
    struct ipcshark_id_error error;

    arena.bytes = malloc(arena.size);
    if (!arena.bytes)
        return NULL;
    if (ipcshark_names_read(file, (const char *)text, length, names->next, &arena,
                            &names->description, &error)) {
        require(error.text[0] == '\0' || (error.line >= 1 && error.column >= 1));
        ask_all(names);
    } else {
        require(error.line >= 1 && error.column >= 1 && error.text[0] != '\0');
        require(strstr(error.text, "memory") == NULL);
    }
    return arena.bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const files[] = {"x.tsv", "x.json", "x.id", "x"};
    struct ipcshark_names first = {.next = NULL}, second = {.next = &first};
    uint8_t *first_memory, *second_memory;
    size_t split;

    if (!length || length > 1u << 16)
        return 0;
    /* A file alone, or the types of its first half for its second. */
    split = bytes[0] & 0x80 ? (length - 1) / 2 : 0;
    first_memory = read_names("x.id", bytes + 1, split, &first);
    second_memory = read_names(files[bytes[0] % 4], bytes + 1 + split, length - 1 - split, &second);
    free(first_memory);
    free(second_memory);
    return 0;
}
