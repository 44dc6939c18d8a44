-- errors unwind by longjmp: pcall at every depth, error objects, stack overflow, xpcall handlers
local function f(n) if n == 0 then error({n = "deep"}) end f(n - 1) return n end
for _, d in ipairs {0, 1, 10, 100, 1000, 10000} do
  local ok, e = pcall(f, d)
  print("ok", d, ok, e.n)
end
local function g(n) if n == 0 then error("inner", 0) end local ok, e = pcall(g, n - 1); error(e .. "<", 0) end
print("ok", select(2, pcall(g, 50)))
local function overflow() return 1 + overflow() end
local ok, e = pcall(overflow)
print("ok overflow", ok, e:match("stack overflow"))
ok, e = pcall(string.rep, "x", -1); print("ok", ok, #e)
ok, e = pcall(string.rep, "x", 1 << 60); print("ok", ok, e)
-- C stack overflow: recursion through metamethods, gsub, sort, patterns
local t = setmetatable({}, {}); getmetatable(t).__index = function(_, k) return t[k + 1] end
ok, e = pcall(function() return t[1] end); print("ok C overflow", ok, e:match("C stack overflow") or e:match("stack overflow"))
local function viagsub(s) return (s:gsub(".", viagsub)) end
ok, e = pcall(viagsub, "a"); print("ok gsub", ok, e:match("stack overflow"))
local s = string.rep("(", 300) .. "1" .. string.rep(")", 300)
ok, e = load("return " .. s); print("ok parser", ok, e and e:match("overflow"))
ok, e = pcall(string.find, string.rep("a", 300000), string.rep("a?", 300000) .. "b"); print("ok pattern", ok, e and e:match("complex") or e)
print("ok xpcall", xpcall(function() local x = nil; return x.y end, function(m) return "handled: " .. m:gsub("[^ ]*:%d+: ", "") end))
for i = 1, 2000 do assert(not pcall(error, i)) end
print("ok many")
ok, e = pcall(table.sort, {3, 1, 2, 5, 4, 9, 8, 7}, function() return true end); print("ok sort", ok, e)
ok, e = pcall(table.sort, {3, 1, 2}, function() error("cmp", 0) end); print("ok sort error", ok, e)
local log = {}
pcall(function() local a <close> = setmetatable({}, {__close = function(_, err) log[#log + 1] = "a:" .. tostring(err) end}); error("out", 0) end)
print("ok close", log[1])
