-- HAProxy asks Latchkey about each request: http-request lua.latchkey /auth
-- Tested with HAProxy 2.6 of Debian 12 by tests/proxy.
--
-- global:  setenv LATCHKEY http://127.0.0.1:8080
--          lua-load-per-thread /etc/haproxy/latchkey.lua
--
-- HAProxy goes on when a script fails. So what counts is the variable txn.latchkey, set last of all,
-- and the configuration refuses whatever comes without it.

local latchkey = os.getenv("LATCHKEY") or "http://127.0.0.1:8080"
local identity = {
    "x-auth-user-id", "x-auth-email", "x-auth-organization-id", "x-auth-role", "x-auth-scope",
    "x-auth-token-id", "x-auth-token-kind", "x-auth-token-expires-in",
}

-- All the values of a header: one that comes twice is Latchkey's to refuse.
local function values(headers, name)
    local list = {}
    local i = 0
    while headers[name] and headers[name][i] do
        list[#list + 1] = headers[name][i]
        i = i + 1
    end
    return #list > 0 and list or nil
end

local function question(txn)
    local headers = txn.http:req_get_headers()
    local asked = {
        ["x-forwarded-method"] = { txn.f:method() },
        ["x-forwarded-uri"] = { txn.f:pathq() },
        ["x-forwarded-for"] = { txn.f:src() },
    }
    for _, name in ipairs({ "host", "authorization", "x-api-key", "cookie", "user-agent" }) do
        asked[name] = values(headers, name)
    end
    return asked
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status })
    for name, value in pairs(headers) do
        reply:add_header(name, value)
    end
    reply:set_body(body)
    txn:done(reply)
end

core.register_action("latchkey", { "http-req" }, function(txn, path)
    local answer = core.httpclient():get({ url = latchkey .. path, headers = question(txn), timeout = 10000 })
    if answer.status == 200 then
        for _, name in ipairs(identity) do
            local told = values(answer.headers, name)
            txn.http:req_del_header(name)
            if told then
                txn.http:req_set_header(name, told[1])
            end
        end
        local authorization = values(answer.headers, "authorization")
        txn.http:req_del_header("authorization")
        if authorization then
            txn.http:req_set_header("authorization", authorization[1])
        end
        txn.http:req_del_header("x-api-key")
        txn:set_var("txn.latchkey", "passed")
        return
    end
    local headers = { ["content-type"] = "application/json", ["cache-control"] = "no-store" }
    if answer.status == 400 or answer.status == 401 or answer.status == 403 then
        local challenge = values(answer.headers, "www-authenticate")
        headers["www-authenticate"] = challenge and challenge[1] or nil
        refuse(txn, answer.status, headers, answer.body)
    else
        headers["retry-after"] = "1"
        refuse(txn, 503, headers, '{"status":503,"detail":"It cannot be checked just now who is calling."}')
    end
end, 1)
