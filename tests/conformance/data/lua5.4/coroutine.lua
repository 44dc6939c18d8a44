-- coroutines: generators, errors across yields, wrap, close, deep recursion inside
local function gen(n)
  return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end)
end
local s = 0
for v in gen(10000) do s = s + v end
print("ok sum", s)

local function permgen(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(a) else
    for i = 1, n do
      a[n], a[i] = a[i], a[n]
      permgen(a, n - 1)
      a[n], a[i] = a[i], a[n]
    end
  end
end
local count, last = 0, nil
for p in coroutine.wrap(function() permgen({1, 2, 3, 4, 5, 6, 7}) end) do
  count = count + 1; last = table.concat(p, " ")
end
print("ok permutations", count, last)

local co = coroutine.create(function(a)
  local ok, e = pcall(function() local x = coroutine.yield(a + 1); error({code = x}) end)
  local y = coroutine.yield(e.code)
  error("boom " .. y)
end)
print("ok", coroutine.resume(co, 1)); print("ok", coroutine.resume(co, 42))
local good, message = coroutine.resume(co, "z"); print("ok", good, message:match("boom.*"))
print("ok", coroutine.status(co), coroutine.resume(co))

local function deep(n) if n == 0 then return coroutine.yield("bottom") end return 1 + deep(n - 1) end
co = coroutine.wrap(function() return deep(5000) end)
print("ok", co(), co(7))

-- coroutines inside coroutines, each resume recurses in the interpreter
local function nest(n)
  if n == 0 then return 0 end
  return 1 + select(2, assert(coroutine.resume(coroutine.create(nest), n - 1)))
end
print("ok nested", nest(150))
local ok, e = pcall(nest, 250)
print("ok nested limit", ok, (tostring(e):gsub("[^ ]*:%d+: ", "")))

local closed = {}
co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() closed[#closed + 1] = "x" end}); coroutine.yield() end)
coroutine.resume(co); print("ok close", coroutine.close(co), #closed)
print("ok yieldable", coroutine.isyieldable(), select(2, coroutine.running()))
