-- SPDX-License-Identifier: GPL-2.0-or-later
-- A listener: how often which command was called, and for how long in all.
--
--     tshark -q -X lua_script:samples/lua/count_calls.lua -r samples/captures/ctr.pcapng
--
-- The tap ipctap calls it once for every record; what it needs it takes from fields. The filter
-- leaves out what servers saw of the same calls.

local tap = Listener.new("ipctap", "ipctap.flags.server == 0 && ipctap.phase == 2")
local service = { Field.new("hipc.service"), Field.new("ctripc.service"), Field.new("sceipmi.service") }
local command = { Field.new("cmif.command"), Field.new("htipc.command"), Field.new("ctripc.command"),
                  Field.new("sceipmi.operation") }
local time = Field.new("ipctap.time")

local calls = {}

local function first(extractors)
    for _, extractor in ipairs(extractors) do
        local found = extractor()
        if found then return tostring(found) end
    end
end

function tap.packet()
    local name, what, took = first(service), first(command), time()
    if not name or not what then return end
    local key = name .. " " .. what
    local call = calls[key] or { count = 0, seconds = 0 }
    call.count = call.count + 1
    call.seconds = call.seconds + (took and tonumber(tostring(took)) or 0)
    calls[key] = call
end

function tap.draw()
    local keys = {}
    for key in pairs(calls) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do
        print(string.format("%5d  %.6f s  %s", calls[key].count, calls[key].seconds, key))
    end
end

function tap.reset() calls = {} end
