/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether Wireshark hands our packets to the plugin that it loads: it is asked to dissect one. A
 * disabled protocol, or a preference of the user's, may keep it from that.
 */
#include "checks.h"

#include <ipcshark/record.h>
#include <ipcshark/writer.h>

#include <string.h>
#include <unistd.h>

enum {
    PCAP_MAGIC = 0xA1B2C3D4,
    PACKET_ROOM = 256,
};

/** A capture with one note in it. */
static size_t write_capture(uint8_t *bytes, size_t capacity)
{
    const struct ipctap_header note =
        ipctap_header_init(IPCTAP_OTHER, IPCTAP_NOTE, IPCTAP_SNAPSHOT);
    struct ipcshark_writer writer = ipcshark_writer(bytes, capacity);
    uint8_t record[PACKET_ROOM];
    struct ipcshark_writer inner = ipcshark_writer(record, sizeof record);
    uint32_t size;

    ipctap_begin(&inner, &note);
    ipctap_add_text(&inner, IPCTAP_PRODUCER, 0, "ipcshark doctor");
    size = (uint32_t)ipctap_end(&inner);
    ipcshark_write_u32(&writer, PCAP_MAGIC);
    ipcshark_write_u16(&writer, 2);
    ipcshark_write_u16(&writer, 4);
    ipcshark_write_u64(&writer, 0);
    ipcshark_write_u32(&writer, IPCTAP_MAX_PACKET_SIZE);
    ipcshark_write_u32(&writer, IPCTAP_LINKTYPE);
    ipcshark_write_u64(&writer, 0);
    ipcshark_write_u32(&writer, IPCTAP_TAGS_SIZE + size);
    ipcshark_write_u32(&writer, IPCTAP_TAGS_SIZE + size);
    ipcshark_write_bytes(&writer, ipctap_tags, IPCTAP_TAGS_SIZE);
    ipcshark_write_bytes(&writer, record, size);
    return writer.offset;
}

/** The protocols that tshark finds in it; NULL if it could not be asked. */
static char *dissect(const struct doctor *doctor, const char *path)
{
    const char *const arguments[] = {"-n", "-r", path, "-T", "fields", "-e", "frame.protocols",
                                     NULL};
    char *output = NULL;

    wireshark_ask(doctor->wireshark->program, arguments, &output, NULL);
    return output ? g_strstrip(output) : NULL;
}

static void judge(struct doctor *doctor, const char *protocols)
{
    if (protocols && strstr(protocols, "ipctap"))
        doctor_good("packets of link type %d with the tag \"ipctap\" reach the plugin",
                    IPCTAP_LINKTYPE);
    else
        doctor_problem(doctor,
                       "Analyze > Enabled Protocols: ipctap and exported_pdu; or rm the file "
                       "disabled_protos of the profile",
                       "packets of link type %d with the tag \"ipctap\" do not reach the plugin "
                       "(seen: %s)",
                       IPCTAP_LINKTYPE, protocols && *protocols ? protocols : "nothing");
}

/** "A user's own mapping" of link types 147 and 148, ilia's, stays the user's. */
static void note_user_mapping(const struct doctor *doctor)
{
    g_autofree char *path =
        g_build_filename(doctor->wireshark->folders[SCOPE_USER].configuration, "user_dlts", NULL);
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL) &&
        (strstr(text, "(DLT=147)") || strstr(text, "(DLT=148)")))
        doctor_note("%s maps link types 147 or 148: ilia's captures are opened as that says (`"
                    "ipcshark import` reads them)",
                    path);
}

void check_link_types(struct doctor *doctor)
{
    g_autofree char *path = NULL;
    g_autofree char *protocols = NULL;
    uint8_t bytes[2 * PACKET_ROOM];
    size_t size = write_capture(bytes, sizeof bytes);
    int file;

    if (!doctor->loaded)
        return;
    file = g_file_open_tmp("ipcshark-XXXXXX.pcap", &path, NULL);
    if (file < 0)
        return; /* check_capturing() tells of the folder. */
    if (write(file, bytes, size) == (ssize_t)size)
        protocols = dissect(doctor, path);
    close(file);
    judge(doctor, protocols);
    unlink(path);
    note_user_mapping(doctor);
}
