/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What emulators print for a function that they do not have:
 *
 *     [  26.842443] … unknown / unimplemented function 'ControlArchive': port='fs:USER'
 *         cmd_buf={[0]=0x80d0144, [1]=0x5, …}                         Citra, Azahar: all words
 *     … function '0x86f0040': port='fs:USER' cmd_buf={[0]=0x86f0040 (0x086F, 1, 0), [1]=0x1000}
 *     … function '0x00460104': port=APT:A, cmd_buff[1]=0x70, …        older Citra: from word 1 on
 *     … function '8': port: 'ISystemClock' cmd_buf={[0]=0x10004, …}   yuzu: the first nine words
 */
#include "importer.h"

#include <ipcshark/writer.h>

#include <string.h>

enum {
    MAX_WORDS = 256,
    BUFFER_SIZE = 0x100, /**< Both consoles' message buffer in the thread's memory. */
};

static const uint64_t nanoseconds = 1000000000;

struct log_message {
    char function[IPCTAP_MAX_NAME + 1];
    char port[IPCTAP_MAX_NAME + 1];
    bool has_split_header; /**< "(0x086F, 1, 0)" behind word 0: only a CTR header is printed so. */
    uint64_t first;        /**< Index of the first word. */
    size_t count;
    uint8_t bytes[MAX_WORDS * 4];
    const char *error;
};

/** Nine digits behind the point, "5" meaning 500,000,000. */
static bool take_fraction(struct text *text, uint64_t *value)
{
    uint64_t scale = nanoseconds / 10;

    *value = 0;
    for (; g_ascii_isdigit(text_peek(text)); text->at++, scale /= 10)
        *value += scale * (uint64_t)g_ascii_digit_value(*text->at);
    return true;
}

static bool take_seconds(struct text *text, uint64_t *time)
{
    uint64_t seconds, fraction;

    if (!text_decimal(text, &seconds) || seconds > UINT64_MAX / nanoseconds - 1 ||
        !text_take(text, ".") || !take_fraction(text, &fraction))
        return false;
    *time = seconds * nanoseconds + fraction;
    return true;
}

static bool bracketed_time(struct text line, uint64_t *time)
{
    if (!text_take(&line, "["))
        return false;
    text_skip_blanks(&line);
    return take_seconds(&line, time) && text_take(&line, "]");
}

/** hh:mm:ss.mmm since the program's start. */
static bool clock_time(struct text line, uint64_t *time)
{
    uint64_t hours, minutes;

    if (!text_decimal(&line, &hours) || !text_take(&line, ":") || !text_decimal(&line, &minutes) ||
        !text_take(&line, ":") || !take_seconds(&line, time) || hours > 10000 || minutes > 59)
        return false;
    *time += (hours * 3600 + minutes * 60) * nanoseconds;
    return text_peek(&line) == ' ';
}

bool import_line_time(struct text line, uint64_t *time)
{
    return bracketed_time(line, time) || clock_time(line, time);
}

/** "port='fs:USER'", "port: 'ISystemClock'" or "port=APT:A". */
static void take_port(struct text text, struct log_message *log)
{
    if (!text_find(&text, "port=") && !text_find(&text, "port:"))
        return;
    text_skip_blanks(&text);
    if (text_take(&text, "'"))
        text_copy_until(&text, "'", log->port, sizeof log->port);
    else
        text_copy_until(&text, ", \t", log->port, sizeof log->port);
}

static void take_function(struct text text, struct log_message *log)
{
    if (text_find(&text, "function '"))
        text_copy_until(&text, "'", log->function, sizeof log->function);
}

/** "[n]=0x…", n being the next index. */
static bool take_word(struct text *text, struct log_message *log)
{
    uint64_t index, value;
    struct text word = *text;

    if (!text_take(&word, "["))
        return false;
    if (!text_decimal(&word, &index) || !text_take(&word, "]=0x")) {
        log->error = "a word of cmd_buf is not written as [n]=0x…";
        return false;
    }
    if (!text_hex(&word, &value, NULL) || value > UINT32_MAX) {
        log->error = "a word of cmd_buf is no number of 32 bits";
        return false;
    }
    if (log->count == 0)
        log->first = index;
    if (index != log->first + log->count || log->first > 1) {
        log->error = "the words of cmd_buf are not numbered one after another from 0 or 1";
        return false;
    }
    ipcshark_store_u32(log->bytes + 4 * log->count++, (uint32_t)value);
    *text = word;
    return true;
}

static void take_separator(struct text *text, struct log_message *log)
{
    text_skip_blanks(text);
    if (text_take(text, "(")) {
        log->has_split_header = true;
        text_find(text, ")");
    }
    text_take(text, ",");
    text_skip_blanks(text);
    text_take(text, "cmd_buff");
}

/** False: the line has no command buffer. */
static bool take_words(struct text text, struct log_message *log)
{
    if (!text_find(&text, "cmd_buf={") && !text_find(&text, "cmd_buff"))
        return false;
    while (log->count < MAX_WORDS && take_word(&text, log))
        take_separator(&text, log);
    if (log->count == MAX_WORDS)
        log->error = "cmd_buf has more words than any message";
    if (log->count == 0 && !log->error)
        log->error = "cmd_buf has no words";
    return true;
}

/** The older form leaves the header out, but prints it as the name of an unknown function. */
static bool put_header_first(struct log_message *log)
{
    uint64_t header;

    if (!g_str_has_prefix(log->function, "0x") || !text_is_number(log->function, &header) ||
        header > UINT32_MAX || log->count == MAX_WORDS)
        return false;
    memmove(log->bytes + 4, log->bytes, 4 * log->count++);
    ipcshark_store_u32(log->bytes, (uint32_t)header);
    return true;
}

/** Both families print the same line; the port's name and the number of words tell them apart. */
static uint8_t platform_of(const struct importer *importer, const struct log_message *log)
{
    bool is_ctr = import_is_service(IPCTAP_CTR, log->port);
    bool is_horizon = import_is_service(IPCTAP_HORIZON, log->port) ||
                      (log->port[0] == 'I' && g_ascii_isupper(log->port[1]));

    if (importer->options->format == IMPORT_YUZU)
        return IPCTAP_HORIZON;
    if (importer->options->format == IMPORT_CITRA || log->has_split_header || log->first == 1)
        return IPCTAP_CTR;
    if (is_ctr != is_horizon)
        return is_ctr ? IPCTAP_CTR : IPCTAP_HORIZON;
    return import_is_whole_command(log->bytes, 4 * log->count) ? IPCTAP_CTR : IPCTAP_HORIZON;
}

static void emit_log(struct importer *importer, struct text line, struct log_message *log)
{
    g_autoptr(GString) source_text = g_string_new(NULL);
    struct import_message message;

    import_message_init(&message);
    message.platform = platform_of(importer, log);
    message.is_request = true;
    message.from_emulator = true;
    message.has_time = import_line_time(line, &message.time);
    if (log->first == 1)
        message.is_fragment = !put_header_first(log);
    message.bytes = log->bytes;
    message.length = 4 * log->count;
    if (message.platform == IPCTAP_HORIZON)
        import_message_set_port(&message, log->port);
    else
        g_strlcpy(message.service, log->port, sizeof message.service);
    import_message_set_function(&message, log->function);
    import_keep_line(source_text, line);
    message.source_text = source_text;
    importer_emit(importer, &message, importer->line);
}

bool import_log_line(struct importer *importer, struct text line)
{
    struct log_message *log;

    if (!importer_reads(importer, IMPORT_YUZU) && !importer_reads(importer, IMPORT_CITRA))
        return false;
    log = g_new0(struct log_message, 1);
    if (!take_words(line, log)) {
        g_free(log);
        return false;
    }
    take_function(line, log);
    take_port(line, log);
    if (log->error)
        importer_unreadable(importer, importer->line, log->error);
    else
        emit_log(importer, line, log);
    g_free(log);
    return true;
}
