-- SPDX-License-Identifier: GPL-2.0-or-later
-- The plugin's benchmark has this as its other side: the same header, section and message fields as one
-- would write them in Lua. It has no sessions, names, arguments, pairing, findings or statistics: it does
-- much less than the plugin.
local records = Proto("ipctap", "Console IPC records in Lua")
local platforms = {[1] = "Horizon", [2] = "CTR", [3] = "Orbis"}
local kinds = {[1] = "HIPC message", [2] = "CTR command", [3] = "IPMI call", [4] = "App Messaging call",
               [5] = "kernel call", [6] = "note"}
local phases = {[0] = "Snapshot", [1] = "Enter", [2] = "Exit"}

local fields = {
    magic = ProtoField.uint32("ipctap.magic", "Magic", base.HEX),
    version = ProtoField.uint8("ipctap.version", "Version"),
    platform = ProtoField.uint8("ipctap.platform", "Platform", base.DEC, platforms),
    kind = ProtoField.uint8("ipctap.kind", "Kind", base.DEC, kinds),
    phase = ProtoField.uint8("ipctap.phase", "Phase", base.DEC, phases),
    header_size = ProtoField.uint16("ipctap.header_size", "Header size"),
    flags = ProtoField.uint16("ipctap.flags", "Flags", base.HEX),
    record_size = ProtoField.uint32("ipctap.record_size", "Record size"),
    timestamp = ProtoField.uint64("ipctap.timestamp", "Time (ns)"),
    call_id = ProtoField.uint64("ipctap.call_id", "Call id"),
    pid = ProtoField.uint32("ipctap.pid", "Process id"),
    tid = ProtoField.uint32("ipctap.tid", "Thread id"),
    program_id = ProtoField.uint64("ipctap.program_id", "Program id", base.HEX),
    object = ProtoField.uint32("ipctap.object", "Object", base.HEX),
    result = ProtoField.uint32("ipctap.result", "Result", base.HEX),
    peer_pid = ProtoField.uint32("ipctap.peer_pid", "Peer's process id"),
    clock = ProtoField.uint8("ipctap.clock", "Clock"),
    source = ProtoField.uint16("ipctap.source", "Source", base.HEX),
    section_type = ProtoField.uint16("ipctap.section.type", "Type", base.HEX),
    section_index = ProtoField.uint16("ipctap.section.index", "Index"),
    captured_size = ProtoField.uint32("ipctap.section.captured_size", "Captured size"),
    address = ProtoField.uint64("ipctap.section.address", "Address", base.HEX),
    declared_size = ProtoField.uint64("ipctap.section.declared_size", "Declared size"),
    data = ProtoField.bytes("ipctap.section.data", "Data"),
    hipc_type = ProtoField.uint32("hipc.type", "Type", base.DEC, nil, 0xffff),
    hipc_pointers = ProtoField.uint32("hipc.pointers", "Pointer descriptors", base.DEC, nil, 0xf0000),
    hipc_sends = ProtoField.uint32("hipc.sends", "Send descriptors", base.DEC, nil, 0xf00000),
    hipc_receives = ProtoField.uint32("hipc.receives", "Receive descriptors", base.DEC, nil, 0xf000000),
    hipc_words = ProtoField.uint32("hipc.words", "Raw words", base.DEC, nil, 0x3ff),
    hipc_special = ProtoField.uint32("hipc.special", "Special header", base.DEC, nil, 0x80000000),
    cmif_command = ProtoField.uint32("cmif.command_id", "Command or result"),
    ctr_header = ProtoField.uint32("ctripc.header", "Header", base.HEX),
    ctr_command = ProtoField.uint32("ctripc.command_id", "Command", base.HEX, nil, 0xffff0000),
    ctr_normal = ProtoField.uint32("ctripc.normal", "Normal words", base.DEC, nil, 0xfc0),
    ctr_translate = ProtoField.uint32("ctripc.translate", "Translate words", base.DEC, nil, 0x3f),
    ipmi_op = ProtoField.uint32("sceipmi.op", "Manager call", base.HEX),
}
records.fields = fields

local HEADER, SECTION = 64, 24
local MESSAGE, IPMI_CALL = 1, 0x30

-- The CMIF header is looked for, as a Lua script would do it: "SFCI" or "SFCO" on an aligned place.
local function cmif(bytes, tree)
    for offset = 8, bytes:len() - 16, 4 do
        local magic = bytes(offset, 4):le_uint()
        if magic == 0x49434653 or magic == 0x4f434653 then
            tree:add_le(fields.cmif_command, bytes(offset + 8, 4))
            return bytes(offset + 8, 4):le_uint()
        end
    end
end

local function hipc(bytes, tree)
    tree:add_le(fields.hipc_type, bytes(0, 4))
    tree:add_le(fields.hipc_pointers, bytes(0, 4))
    tree:add_le(fields.hipc_sends, bytes(0, 4))
    tree:add_le(fields.hipc_receives, bytes(0, 4))
    tree:add_le(fields.hipc_words, bytes(4, 4))
    tree:add_le(fields.hipc_special, bytes(4, 4))
    return cmif(bytes, tree)
end

local function ctr(bytes, tree)
    tree:add_le(fields.ctr_header, bytes(0, 4))
    tree:add_le(fields.ctr_command, bytes(0, 4))
    tree:add_le(fields.ctr_normal, bytes(0, 4))
    tree:add_le(fields.ctr_translate, bytes(0, 4))
    return bytes(2, 2):le_uint()
end

local function contents(section_type, kind, bytes, tree)
    if section_type == MESSAGE and kind == 1 and bytes:len() >= 8 then
        return hipc(bytes, tree)
    elseif section_type == MESSAGE and kind == 2 and bytes:len() >= 4 then
        return ctr(bytes, tree)
    elseif section_type == IPMI_CALL and bytes:len() >= 4 then
        tree:add_le(fields.ipmi_op, bytes(0, 4))
        return bytes(0, 4):le_uint()
    end
end

local function header(buffer, tree)
    tree:add_le(fields.magic, buffer(0, 4))
    tree:add(fields.version, buffer(4, 1))
    tree:add(fields.platform, buffer(5, 1))
    tree:add(fields.kind, buffer(6, 1))
    tree:add(fields.phase, buffer(7, 1))
    tree:add_le(fields.header_size, buffer(8, 2))
    tree:add_le(fields.flags, buffer(10, 2))
    tree:add_le(fields.record_size, buffer(12, 4))
    tree:add_le(fields.timestamp, buffer(16, 8))
    tree:add_le(fields.call_id, buffer(24, 8))
    tree:add_le(fields.pid, buffer(32, 4))
    tree:add_le(fields.tid, buffer(36, 4))
    tree:add_le(fields.program_id, buffer(40, 8))
    tree:add_le(fields.object, buffer(48, 4))
    tree:add_le(fields.result, buffer(52, 4))
    tree:add_le(fields.peer_pid, buffer(56, 4))
    tree:add(fields.clock, buffer(60, 1))
    tree:add_le(fields.source, buffer(62, 2))
end

function records.dissector(buffer, pinfo, tree)
    local subtree = tree:add(records, buffer())
    local kind = buffer(6, 1):uint()
    local offset, command = HEADER, nil
    header(buffer, subtree)
    while offset + SECTION <= buffer:len() do
        local size = buffer(offset + 4, 4):le_uint()
        local section = subtree:add(buffer(offset, math.min(SECTION + size, buffer:len() - offset)),
                                    "Section")
        section:add_le(fields.section_type, buffer(offset, 2))
        section:add_le(fields.section_index, buffer(offset + 2, 2))
        section:add_le(fields.captured_size, buffer(offset + 4, 4))
        section:add_le(fields.address, buffer(offset + 8, 8))
        section:add_le(fields.declared_size, buffer(offset + 16, 8))
        if size > 0 and offset + SECTION + size <= buffer:len() then
            local bytes = buffer(offset + SECTION, size)
            section:add(fields.data, bytes)
            command = contents(buffer(offset, 2):le_uint(), kind, bytes, section) or command
        end
        offset = offset + SECTION + math.floor((size + 7) / 8) * 8
    end
    pinfo.cols.protocol = platforms[buffer(5, 1):uint()] or "IPCTAP"
    pinfo.cols.info = string.format("%s %s %s", kinds[kind] or kind, phases[buffer(7, 1):uint()] or "",
                                    command or "")
end
