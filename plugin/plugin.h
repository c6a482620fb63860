/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file plugin.h
 * What the dissectors of this plugin share. ipctap.c decodes the record, joins the records of a
 * call and then calls the dissector of the record's kind with a struct call_context as `data`; that
 * dissector gets at the record's sections, at the request that its reply answers, and at the
 * session that the call goes through by the functions below.
 *
 * Who may write state when: only while `context->first_pass` is true. What a record meant at that
 * moment (names, objects, the request's values) is kept in `context->memo`, file scope, and is all
 * that later passes may use; so one pass, two passes and a click in the packet list agree.
 *
 * Nothing here parses messages: bytes go to the codecs, values and offsets come from their views.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "compat.h"
#include "text.h"

#include <ipcshark/appmsg.h>
#include <ipcshark/ctr_result.h>
#include <ipcshark/finding.h>
#include <ipcshark/horizon_result.h>
#include <ipcshark/reader.h>
#include <ipcshark/record.h>

#include <string.h>

/** What few records need, or only who looks at them: its code does not lie between that of all. */
#define PLUGIN_APART G_NO_INLINE

/* ---- Calls: which records belong together (call.c) ------------------------------------------ */

/** One side of one call: its enter and its exit. File scope. Frame numbers are 0 while unknown. */
struct call_exchange {
    uint32_t enter_frame;
    uint32_t exit_frame;
    int64_t duration;           /**< Nanoseconds, once both frames are known. */
    struct call_exchange *peer; /**< The same call as the other process sees it, or NULL. */
    void *request; /**< What the dissector of the enter keeps for the exit: its own struct. */
    uint8_t kind;  /**< enum ipctap_kind: whose struct `request` is. */
    bool is_server;
    bool no_exit;        /**< NO_EXIT: nothing will follow. */
    bool exit_was_early; /**< The exit stands before its enter. */
};

struct known_command;
struct process_state;
struct session;
struct session_object;
struct source_state;
struct tap_call;

/** Whose record it is and where it goes: the same for many records, which share it. File scope. */
struct record_target {
    const char *process;           /**< "fs (pid 81)": never NULL. */
    const char *peer;              /**< The other end, a process or a service: never NULL. */
    struct session *session;       /**< That the record goes through; NULL unknown. */
    struct session_object *object; /**< Horizon: that it is for; NULL unknown, or none. */
    const char *service;           /**< Of the session, as it was known then; NULL unknown. */
    const char *interface_name;    /**< Horizon: of the object, likewise. */
    const char *path;              /**< Horizon: of the object, likewise. */
    uint32_t process_size;         /**< Of that text with its NUL. */
    uint32_t peer_size;
};

/**
 * What the first pass found out about one record. File scope; made by ipctap.c before the kind's
 * dissector is called for the first time, see memo.h.
 */
struct record_memo {
    struct call_exchange *exchange;      /**< NULL: a snapshot, or nothing to join by. */
    const struct record_target *target;  /**< Never NULL. */
    const struct known_command *command; /**< That is called; NULL unknown, or none. */
    void *detail;   /**< What else the kind's dissector keeps: its own struct, or NULL. */
    int32_t offset; /**< Of the record in the frame: whose memo this is. */
    uint8_t kind;   /**< Of the record, likewise. */
    uint8_t platform;
    uint8_t bits; /**< The kind's dissector's own. */
    bool is_used : 1;
    bool is_dropped : 1; /**< Of a packet that is none of the capture's any more (memo.c). */
    bool waits : 1;      /**< The call waits for something to happen: it is never slow. */
};

/** Makes a hash of several numbers, one after the other; its upper half is the better one. */
static inline uint64_t plugin_mix(uint64_t mixed, uint64_t value)
{
    return (mixed ^ value) * 0x9E3779B97F4A7C15u;
}

/** Whether bytes are equal: of texts, which are mostly this short and then need no call. */
static inline bool plugin_equal(const void *pointer_a, const void *pointer_b, size_t length)
{
    const uint8_t *a = (const uint8_t *)pointer_a, *b = (const uint8_t *)pointer_b;

    if (length < sizeof(uint64_t) || length > 2 * sizeof(uint64_t))
        return memcmp(a, b, length) == 0;
    return ipcshark_load_u64(a) == ipcshark_load_u64(b) &&
           ipcshark_load_u64(a + length - sizeof(uint64_t)) ==
               ipcshark_load_u64(b + length - sizeof(uint64_t));
}

/** What a record is about, for the fields of all systems. NULL: unknown, or none. */
struct call_names {
    const char *service;
    const char *interface_name; /**< Without namespaces. */
    const char *command;
    const char *object;
    const char *result; /**< Of replies: "ok", or as Info has it. */
    const char *file;   /**< That the called object was opened for. */
};

/** A record on its way through the plugin: the `data` of every dissector of a kind. */
struct call_context {
    const struct ipctap_record *record;
    const struct ipctap_header *header; /**< &record->header */
    tvbuff_t *tvb;                      /**< The record's bytes (captured ones). */
    packet_info *pinfo;
    proto_tree *tree; /**< The record's own tree (ipctap), for generated fields. */
    proto_item *item; /**< Its item. */
    proto_tree
        *layers;      /**< Nobody reads a tree, but the packet's protocols are counted; or NULL. */
    uint64_t scope;   /**< File section and interface, or connection: state never crosses. */
    bool is_alone;    /**< The frame is this record and nothing else. */
    bool first_pass;  /**< State may be written. */
    bool wants_trees; /**< Somebody reads a tree, collects expert infos or dissects payloads. */
    bool is_shown; /**< Somebody reads a tree, the Info column or a tap; else only state counts. */
    struct text *info; /**< What the record adds to the Info column; NULL: nobody reads it. */
    const struct ipctap_section_index *sections; /**< See record_find(). */
    struct record_memo *memo;
    struct source_state *source;        /**< The record's; first pass only, see state.h. */
    struct process_state *process;      /**< Whose side this is, likewise. */
    const struct record_target *target; /**< The memo's, on the first pass `learnt`. */
    struct record_target *learnt;       /**< To be filled in; NULL on all passes but the first. */
    struct tap_call *tap;               /**< See tap.h; NULL: nobody listens. */
    struct call_names *names;           /**< For the kind's dissector to fill in; NULL: no trees. */
};

/**
 * From enter to exit. By the records' own clock where both have the same one, so that a file, an
 * extcap and the TCP stream itself agree; else by the packets' times.
 */
nstime_t call_duration(const struct call_exchange *exchange);

/** Enter, or a snapshot that is not known to be a reply. */
static inline bool call_is_enter(const struct call_context *context)
{
    return context->header->phase == IPCTAP_ENTER;
}

static inline bool call_is_exit(const struct call_context *context)
{
    return context->header->phase == IPCTAP_EXIT;
}

static inline bool call_is_server(const struct call_context *context)
{
    return (context->header->flags & IPCTAP_SERVER) != 0;
}

/** Within a TCP connection, which has addresses and records of its own order. */
static inline bool call_is_streamed(const struct call_context *context)
{
    return context->scope >> 63;
}

/** The memo of a packet's first record, NULL if it has none (memo.c). */
const struct record_memo *memo_of_packet(packet_info *pinfo);

/** The enter's struct, kept by call_keep_request(); NULL if the request was not captured. Of kernel
 *  calls ipctap_kernel.c's own, of all others the enter's memo. */
void *call_request(const struct call_context *context);

/**
 * Keeps `request` (file scope) for the exit. Of enters on the first pass only; the dissector of the
 * record's own kind comes first and stays the only one (ReplyAndReceive carries another's message).
 */
void call_keep_request(const struct call_context *context, void *request);

/** Of the other process's record of this call, which may have come first; NULL unknown. First
 *  pass. */
struct session *call_other_session(const struct call_context *context);

/** conversations.c: the packet belongs to the record's session, for Wireshark's packet list. */
void conversations_mark(const struct call_context *context);

/** call_names.c: the fields, when context->names is filled in. */
void call_names_add(const struct call_context *context);
void call_names_register(int protocol);

/** The session that ReplyAndReceive replies to (enter) or receives from (exit), 0 if unknown. */
uint32_t kernel_call_session(const struct call_context *context);

/** Adds a result in words, by the record's platform: "ok" for 0. */
void call_add_result(struct text *text, const struct call_context *context, uint32_t result);
/** The same; packet scope. */
const char *call_result_text(const struct call_context *context, uint32_t result);

/**
 * Names the other end of the call for the address columns: the service where it is known, so that a
 * client's requests and replies have the same two endpoints. First pass only, else nothing happens.
 * `peer` (NULL: nothing to say) must live as long as the file.
 */
void call_set_peer(const struct call_context *context, const char *peer);

/** "fs (pid 81)", "pid 81", "emulator"; file scope. First pass only. */
const char *call_process_text(const struct call_context *context, uint32_t pid);

/** "81", "unknown", "none". */
const char *plugin_pid_text(wmem_allocator_t *pool, uint32_t pid);

/* ---- Sections -------------------------------------------------------------------------------- */

/** A section and its bytes as a tvb of their own, as long as what was captured. Where nobody wants
 *  trees, the tvb is the record's. */
struct record_section {
    struct ipctap_section view;
    tvbuff_t *tvb;
};

/** As ipctap_section_find(), by the index: most questions are about sections that are not there. */
static inline bool record_find(const struct call_context *context, uint16_t type, uint16_t index,
                               struct ipctap_section *section)
{
    return ipctap_section_index_may_have(context->sections, type) &&
           ipctap_section_index_find(context->record, context->sections, type, index, section);
}

/** The first section of that type, whatever its index. */
static inline bool record_find_first(const struct call_context *context, uint16_t type,
                                     struct ipctap_section *section)
{
    return ipctap_section_index_may_have(context->sections, type) &&
           ipctap_section_index_find_type(context->record, context->sections, type, section);
}

/** The bytes of a section of the record as a tvb. */
tvbuff_t *record_section_bytes(tvbuff_t *record, const struct ipctap_section *section);

/** The first section of that type and index; false if the record has none. */
bool record_section(const struct call_context *context, uint16_t type, uint16_t index,
                    struct record_section *section);

/** Whether all of a section was captured. */
bool record_is_whole(const struct ipctap_section *section);

/**
 * A text section, escaped for display; packet scope, NULL if there is none. One that is cut is
 * none: half a name is another name.
 */
const char *record_text(const struct call_context *context, uint16_t type, uint16_t index);

/** As record_text(), but kept as keep_unique() does. First pass only. */
const char *record_kept_text(const struct call_context *context, uint16_t type, uint16_t index);

/** Whether the first text section of a type is there and equals `known` byte for byte. */
bool record_text_is(const struct call_context *context, uint16_t type, const char *known);

/** A section of little-endian UTF-16 as UTF-8; pool scope. */
const char *record_wide_text(wmem_allocator_t *pool, const struct ipctap_section *section);

/** A u64 section (SESSION, CAUSE), 0 if there is none. */
uint64_t record_u64(const struct call_context *context, uint16_t type);

/**
 * Adds a section's bytes below `tree` with field `hf` (FT_BYTES), its address and what is missing
 * of it; for the contents of a buffer below its descriptor. Returns NULL if the record has none.
 */
proto_item *record_add_contents(const struct call_context *context, proto_tree *tree, int hf,
                                uint16_t type, uint16_t index);

/**
 * The words of a result that one of the codecs' functions has formatted, without the number before
 * them ("0x80C50007 NO_SUCH_APP"); "ok" stays. NULL if there is only a number.
 */
const char *plugin_result_meaning(const char *text);

/** Captured text, safe to print: control characters and invalid UTF-8 escaped. */
const char *plugin_escape(wmem_allocator_t *pool, const void *bytes, size_t length);

/** Nothing that plugin_escape() changes. */
bool plugin_is_plain(const void *bytes, size_t length);

/** Well-formed UTF-8 without control characters. */
bool plugin_is_printable(const void *bytes, size_t length);

/** The bytes as text if they are nothing but printable lines (and NULs at the end), else NULL. */
const char *plugin_printable_text(wmem_allocator_t *pool, const void *bytes, size_t length);

/** Length of a text that ends with a NUL or with its room. */
size_t plugin_text_length(const void *bytes, size_t size);

/* ---- Findings as expert infos (findings.c) --------------------------------------------------- */

/**
 * Adds what a codec found. Offsets in `findings` count from the start of `tvb`. The filter name of
 * each is the finding's name ("hipc.move_handle_in_request").
 */
void plugin_add_findings(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                         const struct ipcshark_findings *findings);

/** An empty list, without clearing its room. */
static inline void findings_begin(struct ipcshark_findings *findings)
{
    findings->count = 0;
    findings->dropped = 0;
}

/**
 * All findings of a protocol. Behind its fields, before those of others: where another's stand
 * between, `tshark -G elastic-mapping` begins a protocol anew.
 */
void findings_register(int protocol);
void findings_register_preferences(module_t *module);

/* ---- Columns --------------------------------------------------------------------------------- */

/** The record's protocol ("CMIF"); several records of one packet share the column. */
void plugin_set_protocol(packet_info *pinfo, const char *protocol);

/** Adds to the record's text in the Info column (printf); see text.h for faster ways. */
void plugin_info(const struct call_context *context, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Adds contents of `size` bytes to Info: as text if those captured are nothing else, JSON without
 *  quotation marks, others as "12 bytes". */
void plugin_info_contents(const struct call_context *context, const void *bytes, size_t captured,
                          uint64_t size);

/** Writes what has been added so far, for somebody who adds to the column himself. */
void plugin_flush_info(const struct call_context *context);

/** Begins the text of the next record in a packet (ipctap.c only). */
void plugin_next_info(packet_info *pinfo);

#define PLUGIN_ARROW "\xE2\x86\x92" /**< → at the start of every reply. */

/* ---- What is wanted (wants.c) ---------------------------------------------------------------- */

/** What is asked for beside a packet's columns. */
enum plugin_wanted {
    WANTED_NOTHING,
    WANTED_WITHOUT_TREE, /**< Expert infos are collected, or others dissect payloads. */
    WANTED_TREE,
};

/**
 * Whether a tree is worth filling in: it is printed, a filter or a column refers to one of our
 * fields, or somebody collects expert infos. Wireshark often gives a tree (or NULL) only because
 * something else needs one.
 */
enum plugin_wanted plugin_wanted(const packet_info *pinfo, proto_tree *tree);

void wants_register(void);
void wants_handoff(void);

/* ---- Generated items ------------------------------------------------------------------------- */

/** An item over a whole tvb, which may be empty. */
proto_item *plugin_add_all(proto_tree *tree, int hf, tvbuff_t *tvb);

/** A string that no byte holds, in brackets; does nothing for NULL. */
proto_item *plugin_add_generated_string(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text);
proto_item *plugin_add_generated_uint(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t value);

/** The item of a protocol that is enabled, for who counts protocols: does nothing unless
 *  context->layers is there. */
void plugin_add_layer(const struct call_context *context, int protocol);

/** wiki.c: the link to a command's page. `group`: interface or service, NULL adds nothing. */
void wiki_add(const struct call_context *context, proto_tree *tree, const char *group,
              const char *command);
void wiki_register(int protocol);

/* ---- Sessions: what a handle or kid stands for (session.c) ------------------------------------
 */

/** Records for the same object, seen from different places: each place has its own other end. */
enum record_side {
    RECORD_OF_CLIENT,
    RECORD_OF_SERVER,
    RECORD_OF_KERNEL_CALL,
    RECORD_SIDES
};

/** An object of a session: a domain's, or (id 0) what a plain session itself is. */
struct session_object {
    const struct record_target *target[RECORD_SIDES]; /**< Of the last records for it. */
    uint32_t id;
    uint32_t stream;            /**< Numbers a capture's objects from 0: cmif.object_stream. */
    const char *interface_name; /**< File scope; NULL unknown. */
    const char *path;           /**< "IFileSystem#2": how to name it; file scope, never NULL. */
    const char *file;           /**< "/x": what it was opened for; file scope, NULL unknown. */
    uint32_t opened_in;         /**< Frame; 0 if it was there before. */
    uint32_t closed_in;
};

/** What is behind a handle. Behind those from HANDLE_EVENT on is no session: nothing is called. */
enum handle_kind {
    HANDLE_SESSION,
    HANDLE_PORT,
    HANDLE_EVENT,
    HANDLE_READABLE_EVENT,
    HANDLE_WRITABLE_EVENT,
    HANDLE_SEMAPHORE,
    HANDLE_MUTEX,
    HANDLE_MEMORY,
    HANDLE_PROCESS,
    HANDLE_OTHER, /**< Only where it came from is known. */
};

/** One session as one process knows it, by its handle or kid; or what else a handle stands for.
 *  File scope. */
struct session {
    uint32_t stream;     /**< Numbers a capture's sessions from 0: the field ipctap.stream. */
    const char *service; /**< "fsp-srv"; file scope; NULL unknown. */
    const char *owner;   /**< 3DS: the service that gave out a session of a kind; else NULL. */
    uint32_t handle;     /**< By which an older session than the capture was first seen; else 0. */
    uint32_t root;       /**< Domain: the id that the service's object became; 0 unknown. */
    bool is_domain;
    uint8_t kind;       /**< enum handle_kind */
    uint32_t made_in;   /**< What was made elsewhere and passed on: in which frame; or 0. */
    const char *origin; /**< No session: the command that brought it, a process' name; or NULL. */
    uint64_t number;    /**< Kernel's number (SESSION section), 0 unknown. */
    uint32_t opened_in; /**< Frame; 0 if it was there before the capture. */
    uint32_t closed_in; /**< Frame; 0 while open. */
    struct session_object self; /**< A plain session's own object. */
    wmem_map_t *objects;        /**< Domain: id -> struct session_object *. NULL until the first. */
    struct session *other;      /**< The same session as the other process knows it, or NULL. */
    uint32_t first_frame;       /**< Of those that go through it; 0: none so far. */
    uint32_t last_frame;
    void *detail;                     /**< The platform's own struct, or NULL. */
    const struct record_memo *served; /**< Horizon: the request that is being served, or NULL. */
};

/**
 * The session of the record's process behind `handle`, NULL if nothing is known about it. Sessions
 * are kept by (scope, source, pid, handle). First pass only.
 */
struct session *session_find(const struct call_context *context, uint32_t handle);

/** As session_find(), but NULL if the record says that the handle is another session's by now. */
struct session *session_find_same(const struct call_context *context, uint32_t handle);

/** As session_find_same(), but makes an unknown one ("opened before the capture"). First pass
 *  only. */
struct session *session_get(const struct call_context *context, uint32_t handle);

/**
 * A new session behind `handle`, opened by this record; what was behind it before is closed.
 * `service` and `interface_name` are copied, NULL for unknown. First pass only.
 */
struct session *session_open(const struct call_context *context, uint32_t handle,
                             const char *service, const char *interface_name);

/** What another process of the same source has behind `handle`; made if unknown. First pass
 *  only. */
struct session *session_of_process(const struct call_context *context, uint32_t pid,
                                   uint32_t handle);

/** Something else than a session, likewise; `origin` in file scope, or NULL. First pass only. */
struct session *session_open_other(const struct call_context *context, uint32_t handle,
                                   enum handle_kind kind, const char *origin);

/** Whether it can be called, and so has a stream. */
static inline bool session_is_one(const struct session *session)
{
    return session->kind <= HANDLE_PORT;
}

/** A second handle of the record's process for the same session (clone, duplicate). */
void session_share(const struct call_context *context, uint32_t handle, struct session *session);

void session_register(void);

/** What the user says that a process's handle stands for; NULL if nothing. */
const char *decode_as_service(uint32_t pid, uint32_t handle);
void decode_as_register(int protocol, module_t *preferences);
void decode_as_handoff(void);

/** How many sessions the capture has so far: their `stream` is less. */
uint32_t session_stream_count(void);
/** How many objects: their `stream` is less. */
uint32_t session_object_count(void);

/** A session of no handle, for records that name a service and know no handle. File scope. */
struct session *session_new(const char *service, const char *interface_name);

/** A second session to what `original` leads to: its service; a domain they share. */
struct session *session_clone(const struct call_context *context, uint32_t handle,
                              struct session *original);

/**
 * `other` is the session through which the other process sees the record's call (NULL: unknown).
 * What one of them is not known to be is learnt from the other. Returns `session`, or the new one
 * that the handle stands for if it stood for a session to another service before. First pass only.
 */
struct session *session_meet(const struct call_context *context, uint32_t handle,
                             struct session *session, struct session *other);

/** Where it was opened or closed, as this process or the other one saw it; 0 unknown. */
uint32_t session_opened_in(const struct session *session);
uint32_t session_closed_in(const struct session *session);

/**
 * Applies what the record says about `session`: SERVICE, SESSION, the DOMAIN flag; and what another
 * process is known to have under the same session number. First pass only.
 */
void session_learn(const struct call_context *context, struct session *session);

/** A session that nothing is known about takes over service and objects of another. */
void session_copy(struct session *session, const struct session *known);

/** The handle left the process without being closed (it was moved). First pass only. */
void session_forget(const struct call_context *context, uint32_t handle);

/** The handle is closed by this record. First pass only. */
void session_close(const struct call_context *context, uint32_t handle);

/** Everything that this process has is closed (exit of the process). */
void session_close_process(const struct call_context *context);

/** A domain's object, NULL if unknown; id 0 gives the session's own. */
struct session_object *session_object(struct session *session, uint32_t id);
/** As above, made if unknown; `interface_name` (copied) replaces what was known unless NULL. */
struct session_object *session_object_set(const struct call_context *context,
                                          struct session *session, uint32_t id,
                                          const char *interface_name, bool opened);
void session_object_close(const struct call_context *context, struct session *session, uint32_t id);

/* ---- The dissectors of a kind -----------------------------------------------------------------
 */

/**
 * Each registers itself in the table "ipctap.kind" (FT_UINT8, enum ipctap_kind) in its handoff and
 * under its own name:
 *
 *     int dissect_ctripc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
 *
 * `tvb` is the whole record, `tree` the packet's top tree, `data` a struct call_context. It finds
 * its bytes with record_section(), adds its protocol item over the section's tvb, sets the protocol
 * column, adds to Info, and returns tvb_captured_length(tvb).
 *
 * A dissector file has a `void NAME_register(void)` and a `void NAME_handoff(void)`, listed in
 * plugin.c, and finds its protocol number itself.
 */
void ipctap_register(void);
void ipctap_handoff(void);
void horizon_register(void);
void horizon_handoff(void);
void ctripc_register(void);
void ctripc_handoff(void);
void sceipmi_register(void);
void sceipmi_handoff(void);
void appmsg_register(void);
/** Keeps a record's CLOCK_PAIR for the times in messages; any record may carry one. First pass. */
void appmsg_learn_clock(const struct call_context *context);
void appmsg_handoff(void);

#endif
