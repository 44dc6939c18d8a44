-- the collector's recursion, finalizers, weak tables, both modes, and a few kernels
local function tree(d) if d == 0 then return {} end return {tree(d - 1), tree(d - 1)} end
local function check(t) if t[1] then return 1 + check(t[1]) + check(t[2]) end return 1 end
for d = 4, 12, 2 do print("ok tree", d, check(tree(d))) end
local list; for i = 1, 200000 do list = {next = list} end
collectgarbage(); local n = 0; while list do n = n + 1; list = list.next end; print("ok list", n)
local final = 0
for i = 1, 1000 do setmetatable({}, {__gc = function() final = final + 1 end}) end
collectgarbage(); collectgarbage(); print("ok finalizers", final)
local w = setmetatable({}, {__mode = "k"}); for i = 1, 100 do w[{}] = i end; collectgarbage(); print("ok weak", next(w))
for _, mode in ipairs {"generational", "incremental"} do
  collectgarbage(mode); local s = 0; for i = 1, 100000 do local x = {i}; s = s + x[1] end; print("ok", mode, s)
end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print("ok fib", fib(20))
local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
print("ok ack", ack(2, 100))
local a = {}; for i = 1, 300 do a[i] = ("%d"):format(i * 7919 % 1000) end; print("ok concat", #table.concat(a))
local keys = {}; for i = 1, 50000 do keys["k" .. i] = i end; for i = 1, 50000, 2 do keys["k" .. i] = nil end
n = 0; for _ in pairs(keys) do n = n + 1 end; print("ok hash", n)
local f = function(...) return select("#", ...), ... end; print("ok varargs", (f(table.unpack(keys, 1, 250))))
