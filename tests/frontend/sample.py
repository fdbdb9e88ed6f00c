# ruff: noqa
"""Programs of every construct of the language, for the tests of the front end."""

from dataclasses import dataclass
from math import sin
from typing import NamedTuple

import numpy as np

def relax(x, n):
    y = x
    for i in range(n):
        y = y - 0.1 * sin(y)
    return y * x
def early(x, n):
    if x < 0:
        return -x
    for i in range(n):
        if x > 10:
            return x * 3
        if x > 8: break
        if i == 2: continue
        x = x * 1.5
    else:
        x = x + 100
    return x + 1
def newton(x, a, n=0):
    if abs(x*x - a) < 1e-9 or n > 50:
        return x
    return newton(x - (x*x - a)/(2*x), a, n+1)
def lists(x, n):
    xs = []
    for i in range(n):
        xs.append(x*i)
    t = 0
    for k, v in enumerate(xs):
        t += v*k
    ys = [v*v for v in xs if v > 2]
    return t + sum(ys) + max(xs) + len(ys)
def dicts(x):
    p = {"a": x, "b": 2*x}
    p["a"] += 3
    def inner(z, k=2): return z*k*p["b"]
    f = lambda q: inner(q, k=5)
    a, (b, *c) = 1, (x, 2, 3)
    return p["a"]*f(b) + sum(c)
def arrays(a, n):
    b = np.zeros(n)
    s = 0.0
    for i in range(n):
        b[i] = a[i]*2
        b[i] += 1
        s += b[i]*b[i]
    u = a
    for t in range(3):
        new = np.zeros(n)
        for i in range(1, n):
            new[i] = u[i-1]*2
        u = new
    return s + (u*a).sum() + np.dot(a,a)
def halving(x):
    n = 0
    while x > 1 and n < 100:
        x = x / 2
        n += 1
    assert n < 50, f"too many {n} {x:.3f}"
    if n == 0:
        raise ValueError("bad")
    print("x", x)
    return x * n
G = 9.81
TABLE = [1.0, 2.0, 3.0]
CFG = {"k": 2.0, "name": "abc"}
class P(NamedTuple):
    x: float
    y: float = 2.0
    def norm2(self): return self.x**2 + self.y**2
@dataclass
class D:
    m: float
    v: float = 1.0
    def kick(self, dv): self.v += dv
class Cnt:
    scale = 3.0
    def __init__(self, s): self.s = s; self.hist = []
    def __call__(self, v):
        self.s = self.s + v*self.scale
        self.hist.append(self.s)
        return self.s
def classes(x):
    p = P(x)
    q = p._replace(y=x*2)
    d = D(m=2.0)
    for i in range(3):
        d.kick(x)
    c = Cnt(x)
    c(2.0); c(x)
    return p.norm2()*q.norm2() + d.m*d.v + c.s*G + TABLE[1] + CFG["k"] + sum(c.hist)
def fact(n):
    if n <= 1: return 1
    return n*fact(n-1)
def even(x, n):
    if n == 0: return x
    return odd(x*1.5, n-1)
def odd(x, n):
    if n == 0: return -x
    return even(x+1, n-1)
def mutual(x, n): return even(x, n)*fact(3)
def nested(x, n):
    def rec(k):
        if k == 0: return x
        return x*rec(k-1)
    return rec(n)
def flow(x, n):
    t = 0.0
    for i in range(n):
        for j in range(i):
            if j*x > 4: break
            if i == 3: continue
            t += x*j
            if t > 50: return t*2
        else:
            t += 0.5
    a, b = 1.0, x
    for _ in range(n):
        a, b = b, a+b
    while (m := t - a) > 3:
        t = t/2
    r = x if t > 1 else (2*x if t > 0 else -x)
    ok = 0 < x < 10 and n > 2 or t
    if ok: r += 1
    return t + a*b + r + m
def grid(x, n):
    g = [[x*i*j for j in range(n)] for i in range(n)]
    for i in range(1, n):
        g[i][i-1] = g[i-1][i]*x
        g[i][0] += 1
    s = 0
    for row in g:
        for v in row:
            s += v
    pts = [(x, 1.0), (2*x, 3.0)]
    for k in range(n): pts.append((k*x, x))
    for (a, b), w in zip(pts, reversed([1.,2.,3.])):
        s += a*b*w
    st = [x]
    while st:
        top = st.pop()
        s += top
        if top < 5: st.append(top*2)
    return s
def args(x, *ys, k=2, **kw):
    return x*sum(ys)*k*kw.get("z", 1)
def star(x): return args(x, x, 2.0, k=3, z=x) + args(*[x, 1.0], **{"k": 4})
def compose(x):
    def make(k): 
        return lambda z: z*k
    fs = [make(2), make(x)]
    r = 0
    for f in fs: r += f(x)
    return r + apply(make(3), x) + (lambda a, b=x: a*b)(2)
def apply(f, *a): return f(*a)
def shared_list(x):
    a = [x]; b = a
    b.append(2*x)
    h = []
    u = [x]
    for i in range(4):
        h.append(u)
        u = [x*i]
    return a[1]*len(a) + h[2][0]


def stale_view_in_loops(x, n, v, w):
    view = w[1:] if n % 2 == 0 else w[:-1]; view[0] += x
    for k in range(3):
        for q, e in zip(v, v[::-1]):
            xs = [q + e for q, e in zip(w, w[::-1])]
            if n % 2 == 0:
                continue
    return x + w.sum()


def unknown_factor_in_loop(x):
    for i in range(3):
        x = x * factor
    return x
