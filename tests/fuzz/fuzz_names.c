/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user's names in all three forms: read or refused with a place, within the memory that is promised;
 * and whatever was read can be asked for. The first byte says which form. */
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const files[] = {"x.tsv", "x.json", "x.id", "x"};
    struct ipcshark_names names = {.next = NULL};
    struct ipcshark_id_error error;
    struct ipcshark_arena arena;

    if (!length || length > 1u << 16)
        return 0;
    arena.size = ipcshark_names_memory(length - 1);
    arena.bytes = malloc(arena.size);
    arena.used = 0;
    if (!arena.bytes)
        return 0;
    if (ipcshark_names_read(files[bytes[0] % 4], (const char *)bytes + 1, length - 1, NULL, &arena,
                            &names.description, &error)) {
        require(error.text[0] == '\0' || (error.line >= 1 && error.column >= 1));
        ask_all(&names);
    } else {
        require(error.line >= 1 && error.column >= 1 && error.text[0] != '\0');
        require(strstr(error.text, "memory") == NULL);
    }
    free(arena.bytes);
    return 0;
}
