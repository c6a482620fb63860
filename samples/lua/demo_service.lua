-- SPDX-License-Identifier: GPL-2.0-or-later
-- A service that nobody has described: its request, its reply, and what its buffers hold.
--
--     tshark -X lua_script:samples/lua/demo_service.lua -r samples/captures/ctr.pcapng -Y demo
--
-- The demo's server has a service demo:u of its own. Its command 1 takes a number, a handle, a name
-- and a text, changes the text and gives back the next number and an answer. The table
-- ctripc.service calls the dissector for every message of the service; the buffer is the command
-- buffer from its header on.

local demo = Proto("demo", "Demo service")

local fields = {
    number = ProtoField.uint32("demo.number", "Number"),
    name = ProtoField.string("demo.name", "Name"),
    text = ProtoField.string("demo.text", "Text"),
    next = ProtoField.uint32("demo.next", "Next number"),
    answer = ProtoField.string("demo.answer", "Answer"),
    asked = ProtoField.uint32("demo.asked", "Number that was asked for"),
    caller = ProtoField.string("demo.caller", "Caller"),
    opened = ProtoField.framenum("demo.opened", "Session opened in"),
}
demo.fields = fields

-- What the plugin knows of the message. A result stands in replies alone; contents are those of the
-- buffers, in the order of their descriptors.
local command = Field.new("ctripc.command")
local result = Field.new("ctripc.result")
local contents = Field.new("ctripc.argument.contents")
local process = Field.new("ipctap.process")
local opened = Field.new("ctripc.session_opened_in")
local reply_to = Field.new("ipctap.response_to")

local numbers = {} -- By the request's frame: the reply does not repeat it.

local function text_of(field)
    return field.range:stringz()
end

local function add_request(buffer, pinfo, tree)
    local name, text = contents()
    local number = buffer(4, 4):le_uint()
    numbers[pinfo.number] = number
    tree:add_le(fields.number, buffer(4, 4))
    if name then tree:add(fields.name, name.range, text_of(name)) end
    if text then tree:add(fields.text, text.range, text_of(text)) end
    pinfo.cols.info:append(string.format(" [Transform %d]", number))
end

local function add_reply(buffer, pinfo, tree)
    local text, answer = contents()
    tree:add_le(fields.next, buffer(8, 4))
    if text then tree:add(fields.text, text.range, text_of(text)) end
    if answer then tree:add(fields.answer, answer.range, text_of(answer)) end
    local asked = reply_to() and numbers[reply_to().value]
    if asked then tree:add(fields.asked, asked):set_generated() end
    pinfo.cols.info:append(string.format(" [Transformed to %d]", buffer(8, 4):le_uint()))
end

function demo.dissector(buffer, pinfo, tree)
    if not command() or command().value ~= "0x0001" or buffer:len() < 12 then return 0 end
    local subtree = tree:add(demo, buffer())
    if result() then
        if result().value ~= 0 then return 0 end
        add_reply(buffer, pinfo, subtree)
    else
        add_request(buffer, pinfo, subtree)
    end
    if process() then subtree:add(fields.caller, process().value):set_generated() end
    if opened() then subtree:add(fields.opened, opened().value):set_generated() end
    return buffer:len()
end

DissectorTable.get("ctripc.service"):add("demo:u", demo)
