# SPDX-License-Identifier: MIT
"""shapes - the types of a generated program, and what can be done with a value of each.

Each type has one name (u16, f80, v3, s7) and three functions in the program:

    T   mk_T(u64 x)          a value made of a number
    u64 sum_T(const T *p)    a number made of a value; no padding is read
    T   op_T(T a, T b)       arithmetic in the type itself

So a unit can use a type without knowing which it is. Nothing overflows: integers compute as
unsigned. Floating values are integers up to 12 or halves up to 6: op_T is exact for them in each
format, __bf16 with its 8 bits too. (That one is made by hand, because Debian's libgcc does not have
all of its calls.) So neither contraction nor excess precision can change a result.
"""

import string

INTEGERS = {
    "u8": "unsigned char", "s8": "signed char", "u16": "unsigned short", "s16": "short", "u32": "unsigned",
    "s32": "int", "u64": "unsigned long", "s64": "long",
}
WIDE = {"u128": "unsigned __int128", "s128": "__int128"}
BITS = {"b37": 37, "b100": 100, "b200": 200}
FLOATS = {"f16": "_Float16", "bf16": "__bf16", "f32": "float", "f64": "double", "f80": "long double", "f128": "__float128"}
COMPLEX = {"c16": "f16", "c32": "f32", "c64": "f64", "c80": "f80", "c128": "f128"}
SMALL = ("u8", "s8", "u16", "s16", "f32")     # promoted when passed to a variadic function
NUMBERS = list(INTEGERS) + list(WIDE) + ["f16", "f32", "f64", "f80", "f128"]
SCALARS = NUMBERS + ["bf16"] + list(BITS) + list(COMPLEX) + ["ptr"]

# The bodies of mk, sum and op, by kind.
BODIES = {
    "integer": ("return ($T)x;", "return (u64)*p;", "return ($T)((u64)a * (u64)b + (u64)a / ((u64)b | 1));"),
    "wide": ("return ($T)((u128)x << 64 | next(x));", "return (u64)*p ^ (u64)((u128)*p >> 64) * 3;",
             "return ($T)((u128)a * (u128)b + (u128)a / ((u128)b | 1) - (u128)b % ((u128)a | 1));"),
    "bits": ("return ($T)x * ($T)x + ($T)(x >> 3);",
             "u64 h = 0; for (int i = 0; i < $N; i += 64) h = mix(h, (u64)(*p >> i)); return h;",
             "return a * b + $Q;"),
    "float": ("return ($T)((int)(x % 25) - 12);", "return (u64)(s64)(*p * ($T)4);",
              "$T r = a * b + a; return ($T)((int)r % 13) / ($T)(1 + ((int)r & 1));"),
    "bfloat": ("return bf((int)(x % 25) - 12);", "return (u64)(s64)((float)*p * 4);",
               "float r = (float)a * (float)b + (float)a; return bf((float)((int)r % 13) / (1 + ((int)r & 1)));"),
    "complex": ("$T r; __real__ r = mk_$E(x); __imag__ r = mk_$E(next(x)); return r;",
                "$E r = __real__ *p, i = __imag__ *p; return mix(sum_$E(&r), sum_$E(&i));",
                "$T r = a * b, two = ($T)(pool[2]); __real__ r = ($E)((int)__real__ r % 13);"
                " __imag__ r = ($E)((int)__imag__ r % 13); return r / two;"),
    "pointer": ("return &pool[x % 16];", "return (u64)(*p - pool);", "return &pool[((a - pool) * 5 + (b - pool)) % 16];"),
    "vector": ("$T r; for (int i = 0; i < $N; i++) r[i] = mk_$E(x + i * 77); return r;",
               "u64 h = $N; for (int i = 0; i < $N; i++) { $E e = (*p)[i]; h = mix(h, sum_$E(&e)); } return h;",
               "$V"),
    "bools": ("$T r; for (int i = 0; i < $N; i++) r[i] = x >> i % 63 & 1; return r;",
              "u64 h = 0; for (int i = 0; i < $N; i++) h = h * 3 + (*p)[i]; return h;", "return (a & ~b) ^ (b | ~a);"),
}


def fill(text, **words):
    return string.Template(text).substitute(words)


class Type:
    def __init__(self, name, kind, declared, bodies, needs=()):
        self.name, self.kind, self.declared, self.bodies, self.needs = name, kind, declared, bodies, needs

    def __str__(self):
        return self.name

    def text(self, rnd):
        """The declaration and the three functions, each static, some never inlined."""
        heads = ("%s mk_%s(u64 x)", "u64 sum_%s(const %s *p)", "%s op_%s(%s a, %s b)")
        lines = [self.declared]
        for head, body in zip(heads, self.bodies):
            lines.append("%s %s\n{\n\t%s\n}" % (rnd.choice(["static", "static NOINLINE"]),
                                                head % ((self.name,) * head.count("%s")), body))
        return "\n".join(line for line in lines if line) + "\n"


def simple(name, kind, declared, needs=(), **words):
    return Type(name, kind, declared, [fill(b, T=name, **words) for b in BODIES[kind]], needs)


def scalar(name):
    if name in INTEGERS:
        return simple(name, "integer", "")      # the prelude declares these
    if name in WIDE:
        return simple(name, "wide", "")
    if name in BITS:
        # Of more than 128 bits no quotient: its code reads stack slots by an index that
        # thrum-verify cannot bound.
        return simple(name, "bits", "typedef unsigned _BitInt(%d) %s;" % (BITS[name], name), N=BITS[name],
                      Q="a / (b | 1)" if BITS[name] <= 128 else "(a ^ b)")
    if name in FLOATS:
        return simple(name, "bfloat" if name == "bf16" else "float", "typedef %s %s;" % (FLOATS[name], name))
    if name in COMPLEX:
        part = COMPLEX[name]
        return simple(name, "complex", "typedef _Complex %s %s;" % (FLOATS[part], name), (part,), E=part)
    return simple(name, "pointer", "typedef int *ptr;")


class Types:
    """The types of one program, made when they are asked for; text() declares them in order."""

    def __init__(self, rnd):
        self.rnd = rnd
        self.all = {}           # name -> Type, in the order of declaration
        self.made = []          # composite types so far
        for name in list(INTEGERS) + list(WIDE):
            self.use(name)

    def use(self, name):
        if name not in self.all:
            made = scalar(name)
            for other in made.needs:
                self.use(other)
            self.all[name] = made
        return self.all[name]

    def add(self, made):
        self.all[made.name] = made
        self.made.append(made)
        return made

    def text(self):
        return "\n".join(t.text(self.rnd) for t in self.all.values())

    # ---- choosing ----

    def scalar(self, among=SCALARS):
        return self.use(self.rnd.choice(among))

    def one_of(self, kinds, most, makers):
        """One of these kinds: an old one, or, more often while there are few, a new one."""
        old = [t for t in self.made if t.kind in kinds]
        if old and (len(old) >= most or self.rnd.random() < 0.4):
            return self.rnd.choice(old)
        return self.rnd.choice(makers)()

    def aggregate(self):
        return self.one_of(("struct", "union"), 6, [self.make_struct, self.make_struct, self.make_block, self.make_union])

    def vector(self, kinds=("vector", "bools")):
        return self.one_of(kinds, 4, [self.make_vector, self.make_vector] + [self.make_bools] * ("bools" in kinds))

    def any(self):
        return self.rnd.choice([self.scalar, self.scalar, self.aggregate, self.aggregate, self.vector])()

    def passed(self):
        """A type for an argument after the dots. A promoted one does not arrive as itself, and
        neither does a vector of clang's below 8 bytes."""
        while True:
            t = self.any()
            if t.name not in SMALL and not (t.kind in ("vector", "bools") and t.size < 8):
                return t

    # ---- making ----

    def make_vector(self):
        name = "v%d" % len(self.made)
        element = self.scalar(["u8", "u16", "u32", "u64", "f16", "f32", "f64"])
        size = int(element.name[1:]) // 8
        count = self.rnd.choice([n // size for n in (8, 16, 32, 64) if n >= size])
        attribute = "vector_size(%d)" % (count * size)
        if self.rnd.random() < 0.3:
            count = self.rnd.choice([3, 5, 6, 7, count])
            attribute = "ext_vector_type(%d)" % count
        order = ", ".join(str(self.rnd.randrange(2 * count)) for _ in range(count))
        shuffled = "__builtin_shufflevector(a, b, %s)" % order
        if element.kind == "integer":
            op = "%s r = a * b + (b / (a | 1)) - (a >> 3);\n\treturn r ^ %s;" % (name, shuffled)
        else:
            op = ("%s r = %s;\n\tfor (int i = 0; i < %d; i++)\n\t\tr[i] = op_%s(r[i], b[i]);\n\treturn r;"
                  % (name, shuffled, count, element))
        declared = "typedef %s %s __attribute__((%s));" % (element, name, attribute)
        made = simple(name, "vector", declared, E=element, N=count, V=op)
        made.element, made.count, made.size = element, count, count * size
        return self.add(made)

    def make_bools(self):
        name = "v%d" % len(self.made)
        count = self.rnd.choice([3, 4, 7, 8, 16, 31, 32, 64])
        made = simple(name, "bools", "typedef _Bool %s __attribute__((ext_vector_type(%d)));" % (name, count), N=count)
        made.size = count // 8
        return self.add(made)

    def make_block(self):
        """1 to 300 bytes."""
        name, size = "st%d" % len(self.made), self.rnd.choice([self.rnd.randint(1, 40), self.rnd.randint(1, 300)])
        bodies = ("$T r; for (int i = 0; i < $N; i++) r.c[i] = x >> i % 57; return r;",
                  "u64 h = 0; for (int i = 0; i < $N; i++) h = h * 31 + p->c[i]; return h;",
                  "for (int i = 0; i < $N; i++) a.c[i] += b.c[$N - 1 - i] * 7; return a;")
        return self.add(Type(name, "struct", "typedef struct { u8 c[%d]; } %s;" % (size, name),
                             [fill(b, T=name, N=size) for b in bodies]))

    def attributes(self):
        return self.rnd.choice([""] * 5 + [" __attribute__((packed))"] * 2
                               + [" __attribute__((aligned(%d)))" % min(64, self.rnd.choice([16, 32, 64, 128]))])

    def members(self, most):
        """(type, name, elements or 0, bits or 0) each. Calls pass one class in registers."""
        rnd, result = self.rnd, []
        among = rnd.choice([SCALARS, SCALARS, ["f32"], ["f64", "f32"], ["u8", "s16", "f32"], ["u64", "f64"], ["f80", "u32"], ["f16", "f32"]])
        for i in range(rnd.randint(1, most)):
            t, elements, bits = self.scalar(among), 0, 0
            if rnd.random() < 0.15:
                t = self.any()
            elif rnd.random() < 0.25:
                elements = rnd.randint(1, 6)
            elif t.kind == "integer" and rnd.random() < 0.3:
                bits = rnd.randint(1, {"8": 8, "6": 16, "2": 32, "4": 64}[t.name[-1]])
            result.append((t, "m%d" % i, elements, bits))
        return result

    def composite(self, kind, members, read):
        """read: the members that hold something, in a union only one."""
        fields, mk, fold, op = [], [], [], []
        for t, m, elements, bits in members:
            fields.append("%s %s%s;" % (t, m, "[%d]" % elements if elements else ":%d" % bits if bits else ""))
        for t, m, elements, bits in read:
            loop = "for (int i = 0; i < %d; i++) " % elements if elements else ""
            at = m + "[i]" if elements else m
            mk.append("x = next(x); %sr.%s = mk_%s(x%s);" % (loop, at, t, " + i" if elements else ""))
            fold.append("%s{ %s e = p->%s; h = mix(h, sum_%s(&e)); }" % (loop, t, at, t))
            if not op or self.rnd.random() < 0.5:
                op.append("%sa.%s = op_%s(a.%s, b.%s);" % (loop, at, t, at, at))
        name = "st%d" % len(self.made)
        return self.add(Type(name, kind, "typedef %s%s { %s } %s;" % (kind, self.attributes(), " ".join(fields), name),
                             ["\n\t".join(["%s r;" % name] + mk + ["return r;"]),
                              "\n\t".join(["u64 h = %d;" % len(read)] + fold + ["return h;"]),
                              "\n\t".join(op + ["return a;"])]))

    def make_struct(self):
        members = self.members(self.rnd.choice([2, 4, 9]))
        return self.composite("struct", members, members)

    def make_union(self):
        members = self.members(4)
        return self.composite("union", members, [self.rnd.choice(members)])
