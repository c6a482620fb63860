-- SPDX-License-Identifier: GPL-2.0-or-later
-- A dissector for one message type of App Messaging: the payload alone, whoever carries it.
--
--     tshark -X lua_script:samples/lua/cheat_message.lua -r samples/captures/orbis.pcapng -Y cheat
--
-- The payload is JSON: Wireshark's own dissector is called for it, too. That one would write into the
-- packet list, where the plugin has already said what is sent to whom.

local cheat = Proto("cheat", "Cheat switch")

local length = ProtoField.uint32("cheat.length", "Length")
cheat.fields = { length }

local TYPE = 0x08000000

function cheat.dissector(buffer, pinfo, tree)
    local subtree = tree:add(cheat, buffer())
    subtree:add(length, buffer:len()):set_generated()
    local info, protocol = tostring(pinfo.cols.info), tostring(pinfo.cols.protocol)
    Dissector.get("json"):call(buffer, pinfo, subtree)
    pinfo.cols.info, pinfo.cols.protocol = info, protocol
    return buffer:len()
end

DissectorTable.get("appmsg.type"):add(TYPE, cheat)
