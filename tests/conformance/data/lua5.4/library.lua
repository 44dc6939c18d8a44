-- string, table, math, utf8, os and io: foreign calls with every kind of argument
print("ok", string.format("%5d|%-5d|%05.2f|%e|%g|%a|%x|%q|%s|%c|%i", 42, 42, 3.14159, 1e100, 0.1, 0.5, 255, "a\n\0b", "str", 65, 7))
print("ok", string.format("%.14g %.3f %10.4s|", 2 ^ 53, -0.0, "abcdefgh"), tostring(1e15), 2 ^ 63, math.mininteger, 1 // 0.0, -7 // 2, -7 % 3, 7.5 % -2)
print("ok", ("hello world"):gsub("o", {o = "0"}), ("abc"):rep(3, "-"), ("x=1, y=2"):gsub("(%w+)=(%w+)", "%2=%1"))
for k, v in ("a=1;b=2;c=3"):gmatch("(%w)=(%d)") do io.write("ok ", k, v, "\n") end
print("ok", string.pack("<i4z>d", 7, "hi", 1.5):byte(1, -1)); print("ok", string.unpack("<i4", string.pack("<i4", -2)))
local t = {}; math.randomseed(42); for i = 1, 20000 do t[i] = math.random(1, 1000000) end
table.sort(t); for i = 2, #t do assert(t[i - 1] <= t[i]) end
table.sort(t, function(a, b) return a > b end); for i = 2, #t do assert(t[i - 1] >= t[i]) end
print("ok sorted", #t, table.concat({1, 2, 3}, ","), select("#", table.unpack({}, 1, 200)))
print("ok", utf8.char(228, 8364, 128512), utf8.len("äöü€"), utf8.codepoint("€", 1))
local n = os.tmpname(); local f = assert(io.open(n, "w+")); for i = 1, 1000 do f:write(i, " ", i * 0.5, "\n") end
f:seek("set"); local sum = 0; for l in f:lines() do sum = sum + tonumber(l:match("^%d+")) end
f:seek("set", 0); print("ok", sum, f:read("n", "n", "l", "L", 3)); f:close(); os.remove(n)
print("ok", os.time {year = 2000, month = 1, day = 1, hour = 12}, os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.getenv("NO_SUCH_VARIABLE"))
print("ok", math.sin(1), math.exp(1), math.log(2, 10), math.fmod(-5, 3), math.tointeger(3.0), 3 | 4, ~0, 1 << 62, "10" + 5, 10 .. "")
local p = assert(io.popen("echo from a pipe")); print("ok", p:read("a")); print("ok", p:close())
print("ok", os.execute("exit 3")); print("ok", load("return ...")(1, 2, 3))
print("ok", #string.dump(function() end) > 0, next({}), rawlen({1, 2}), type(print), tostring(nil))
