-- Sends requests that were prepared in a file, one after another, with a byte 30 between two.
--
--     wrk … -s load.lua URL -- FILE [once | PAUSE]
--
-- With "once", none may be sent twice: `used_up` in the answer says that the file was too short.
-- With a number, each connection rests for so many milliseconds between two.
-- The last line of the output is a JSON object.

local requests, count = {}, 0
local used, may_repeat = 0, true
local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    local file = assert(io.open(args[1], "rb"))
    for request in file:read("*a"):gmatch("[^\30]+") do
        count = count + 1
        requests[count] = request
    end
    file:close()
    may_repeat = args[2] ~= "once"
    used_up = false
    local pause = tonumber(args[2])
    if pause then
        delay = function() return pause end
    end
end

function request()
    used = used + 1
    if used > count then
        used = 1
        used_up = not may_repeat
    end
    return requests[used]
end

function done(summary, latency)
    local errors = summary.errors
    local ended = false
    for _, thread in ipairs(threads) do
        ended = ended or thread:get("used_up")
    end
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "used_up": %s, ' ..
        '"p50_ms": %.3f, "p99_ms": %.3f}\n',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, tostring(ended),
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
