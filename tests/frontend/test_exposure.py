"""Which names an iteration may read before it binds them."""

import ast
import textwrap

import pytest

from adcompiler.frontend.exposure import exposed_names

BOUND_FIRST = """
for i in xs: z = i; use(z)
for i, (j, k) in xs: use(i, j, k)
for i in xs:
    if c: z = 1
    else: z = 2
    use(z)
for i in xs:
    if c: z = 1
    else: continue
    use(z)
for i in xs:
    (z := f(i)); use(z)
while (z := f()) > 0: use(z)
for i in xs:
    def z(): pass
    use(z)
for i in xs:
    with f() as z: use(z)
for i in xs:
    z: float = 1.0
    use(z)
[use(z) for z in xs if z > 0]
"""

READ_FIRST = """
for i in xs: use(z); z = i
for i in xs:
    if c: z = 1
    use(z)
for i in xs:
    if c: z += 1
for i in xs:
    if c: z = 1
    else: use(z)
for i in xs:
    for j in ys: z = 1
    use(z)
for i in xs:
    while c: z = 1
    use(z)
for i in xs: c and (z := 1); use(z)
for i in xs: (z := 1) if c else 2; use(z)
for i in xs: a < b < (z := 1); use(z)
for i in xs:
    z[0] = 1
    z = y
while z > 0: z = f()
for i in xs:
    z = 1
    del z
    use(z)
for i in xs:
    z: float
    use(z)
for i in xs:
    g = lambda: z
    z = 1
[use(z) for i in xs if c or (z := 1)]
"""


def loops(text):
    """The loops of a text, each from its first line to the next that is not indented."""
    found = []
    for line in textwrap.dedent(text).strip().splitlines():
        if line.startswith(" "):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def loop_of(source):
    node = ast.parse(source).body[0]
    return node.value if isinstance(node, ast.Expr) else node


@pytest.mark.parametrize("source", loops(BOUND_FIRST))
def test_bound_first(source):
    assert not exposed_names(loop_of(source)) & {"z", "i", "j", "k"}


@pytest.mark.parametrize("source", loops(READ_FIRST))
def test_read_first(source):
    assert "z" in exposed_names(loop_of(source))
