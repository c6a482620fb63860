/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ipcshark/record.h>

#define NAME_IN(table, n) ((n) < sizeof(table) / sizeof *(table) ? (table)[n] : NULL)

const char *ipctap_platform_name(uint8_t platform)
{
    static const char *const names[] = {"Other", "Horizon", "CTR", "Orbis", "Prospero"};

    return NAME_IN(names, platform);
}

const char *ipctap_kind_name(uint8_t kind)
{
    static const char *const names[] = {
        NULL,
        "HIPC message",
        "CTR command buffer",
        "IPMI manager call",
        "App Messaging call",
        "Kernel call",
        "Note",
    };

    return NAME_IN(names, kind);
}

const char *ipctap_phase_name(uint8_t phase)
{
    static const char *const names[] = {"Snapshot", "Enter", "Exit"};

    return NAME_IN(names, phase);
}

struct section_name {
    uint16_t type;
    const char *name;
};

static const struct section_name section_names[] = {
    {IPCTAP_MESSAGE, "MESSAGE"},
    {IPCTAP_RECEIVE_CONTEXT, "RECEIVE_CONTEXT"},
    {IPCTAP_FRAGMENT, "FRAGMENT"},
    {IPCTAP_POINTER, "POINTER"},
    {IPCTAP_SEND, "SEND"},
    {IPCTAP_RECEIVE, "RECEIVE"},
    {IPCTAP_EXCHANGE, "EXCHANGE"},
    {IPCTAP_RECEIVE_LIST, "RECEIVE_LIST"},
    {IPCTAP_BUFFER, "BUFFER"},
    {IPCTAP_STATIC, "STATIC"},
    {IPCTAP_MAPPED, "MAPPED"},
    {IPCTAP_PXI, "PXI"},
    {IPCTAP_SECTION_IPMI_CALL, "IPMI_CALL"},
    {IPCTAP_IPMI_BLOCK, "IPMI_BLOCK"},
    {IPCTAP_IPMI_DATA_INFO, "IPMI_DATA_INFO"},
    {IPCTAP_IPMI_BUFFER_INFO, "IPMI_BUFFER_INFO"},
    {IPCTAP_IPMI_IN, "IPMI_IN"},
    {IPCTAP_IPMI_OUT, "IPMI_OUT"},
    {IPCTAP_IPMI_MESSAGE, "IPMI_MESSAGE"},
    {IPCTAP_IPMI_PACKET, "IPMI_PACKET"},
    {IPCTAP_IPMI_PACKET_INFO, "IPMI_PACKET_INFO"},
    {IPCTAP_IPMI_USER_DATA, "IPMI_USER_DATA"},
    {IPCTAP_IPMI_CONFIG, "IPMI_CONFIG"},
    {IPCTAP_IPMI_NAME, "IPMI_NAME"},
    {IPCTAP_IPMI_SCALAR, "IPMI_SCALAR"},
    {IPCTAP_SECTION_APPMSG_CALL, "APPMSG_CALL"},
    {IPCTAP_APPMSG_PAYLOAD, "APPMSG_PAYLOAD"},
    {IPCTAP_APPMSG_MESSAGE, "APPMSG_MESSAGE"},
    {IPCTAP_SECTION_KERNEL_CALL, "KERNEL_CALL"},
    {IPCTAP_HANDLES, "HANDLES"},
    {IPCTAP_MEMORY, "MEMORY"},
    {IPCTAP_SERVICE_ACCESS, "SERVICE_ACCESS"},
    {IPCTAP_CLOCK_PAIR, "CLOCK_PAIR"},
    {IPCTAP_DROPPED, "DROPPED"},
    {IPCTAP_CAUSE, "CAUSE"},
    {IPCTAP_SERVICE, "SERVICE"},
    {IPCTAP_INTERFACE, "INTERFACE"},
    {IPCTAP_FUNCTION, "FUNCTION"},
    {IPCTAP_PROCESS_NAME, "PROCESS_NAME"},
    {IPCTAP_THREAD_NAME, "THREAD_NAME"},
    {IPCTAP_PRODUCER, "PRODUCER"},
    {IPCTAP_FIRMWARE, "FIRMWARE"},
    {IPCTAP_OBJECT_NAME, "OBJECT_NAME"},
    {IPCTAP_COMMENT, "COMMENT"},
    {IPCTAP_SOURCE_TEXT, "SOURCE_TEXT"},
    {IPCTAP_SESSION, "SESSION"},
};

const char *ipctap_section_name(uint16_t type)
{
    size_t low = 0;
    size_t high = sizeof section_names / sizeof *section_names;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (section_names[middle].type == type)
            return section_names[middle].name;
        if (section_names[middle].type < type)
            low = middle + 1;
        else
            high = middle;
    }
    return type >= IPCTAP_PRIVATE ? "private" : NULL;
}

bool ipctap_section_is_text(uint16_t type)
{
    return type >= IPCTAP_SERVICE && type <= IPCTAP_SOURCE_TEXT;
}

const char *ipctap_kernel_call_name(uint32_t call)
{
    static const char *const names[] = {
        NULL,
        "Hello",
        "Exit",
        "ConnectToPort",
        "CloseHandle",
        "CreateSession",
        "CreatePort",
        "AcceptSession",
        "CreateSessionToPort",
        "ReplyAndReceive",
        "WaitSynchronization",
        "CreateEvent",
        "SignalEvent",
        "ClearEvent",
        "CreateMemoryBlock",
        "MapMemoryBlock",
        "UnmapMemoryBlock",
        "ReadMemory",
        "WriteMemory",
        "GetProcessId",
        "DuplicateHandle",
        "SendSyncRequestWithUserBuffer",
        "ResetSignal",
        "CancelSynchronization",
        "CreateSemaphore",
        "ReleaseSemaphore",
    };

    return NAME_IN(names, call);
}
