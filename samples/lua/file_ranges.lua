-- SPDX-License-Identifier: GPL-2.0-or-later
-- A dissector for one interface: what part of a file IFile.Read and IFile.Write touch.
--
--     tshark -X lua_script:samples/lua/file_ranges.lua -r samples/captures/horizon.pcapng -Y file_range
--
-- The table cmif.interface calls it for every message of the interface. The buffer is the message's
-- raw data behind the CMIF header, in requests the arguments, in replies what came back.

local ranges = Proto("file_range", "Range of a file")

local fields = {
    first = ProtoField.uint64("file_range.first", "First byte"),
    past = ProtoField.uint64("file_range.past", "Past the last byte"),
}
ranges.fields = { fields.first, fields.past }

-- Who calls what stands in the plugin's own fields.
local command = Field.new("cmif.command")
local result = Field.new("cmif.result") -- In replies alone.

local OFFSET_AT, SIZE_AT = 8, 16 -- Behind the option and its padding.

function ranges.dissector(buffer, pinfo, tree)
    local name = command() and command().value
    if result() or buffer:len() < 24 or (name ~= "Read" and name ~= "Write") then
        return 0
    end
    local offset = buffer(OFFSET_AT, 8):le_uint64()
    local size = buffer(SIZE_AT, 8):le_uint64()
    local subtree = tree:add(ranges, buffer(OFFSET_AT, 16))
    subtree:add_le(fields.first, buffer(OFFSET_AT, 8))
    subtree:add(fields.past, buffer(SIZE_AT, 8), offset + size):set_generated()
    pinfo.cols.info:append(string.format(" [%s, %s)", tostring(offset), tostring(offset + size)))
    return buffer:len()
end

DissectorTable.get("cmif.interface"):add("IFile", ranges)
