"""Every rule of the IR has a program that breaks it, and `verify` says which."""

from dataclasses import replace

import pytest

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Bind, Block, For, Function, Leaf, Node, Op, Parameter, Prim, Program, Var
from adcompiler.ir.text import read, read_program
from adcompiler.ir.types import FLOAT, INT, Array
from adcompiler.ir.verify import InvalidIR, verify


def function(block: Block, results: int = 1) -> Function:
    tree = Leaf() if results == 1 else Node("tuple", tuple(range(results)), (Leaf(),) * results)
    return Function("f", tuple(Parameter(p.hint, Leaf()) for p in block.params), tree, block)


def refuse(ir: Function | Program, message: str) -> None:
    with pytest.raises(InvalidIR, match=message):
        verify(ir)


def x_and_y() -> tuple[Var, Var, Bind]:
    x, y = Var("x", FLOAT), Var("y", FLOAT)
    return x, y, Bind((y,), Prim("neg", (x,)))


def test_a_variable_is_bound_before_its_use() -> None:
    x, y, bind = x_and_y()
    z = Var("z", FLOAT)
    early = Bind((z,), Prim("neg", (y,)))
    refuse(function(Block((x,), (early, bind), (z,))), "'y' is used before it is bound")
    refuse(function(Block((x,), (), (y,))), "'y' is used before")


def test_a_variable_is_bound_once() -> None:
    x, y, bind = x_and_y()
    refuse(function(Block((x,), (bind, bind), (y,))), "'y' is bound twice")
    refuse(function(Block((x, x), (), (x,))), "'x' is bound twice")


def test_a_variable_stays_in_its_block() -> None:
    x, y, bind = x_and_y()
    loop = Bind((), For(const(0), const(3), const(1), (), Block((Var("i", INT),), (bind,), ())))
    refuse(function(Block((x,), (loop,), (y,))), "'y' is used outside of its block")


def test_unknown_operations() -> None:
    class Strange(Op):
        pass

    x, y, _ = x_and_y()
    with pytest.raises(TypeError, match="not an operation"):
        verify(function(Block((x,), (Bind((y,), Strange()),), (y,))))


def test_two_branches_do_not_share_a_variable() -> None:
    fn = read("a = if x\n  y = neg(x)\n  yield y\nelse\n  yield x\nreturn a")
    branch = fn.block.binds[0]
    twice = replace(branch, op=replace(branch.op, orelse=branch.op.then))  # type: ignore[type-var, attr-defined]
    refuse(replace(fn, block=replace(fn.block, binds=(twice,))), "'y' is bound twice")


def test_leaves_match_the_block() -> None:
    x, y, bind = x_and_y()
    block = Block((x,), (bind,), (y,))
    verify(function(block))
    refuse(function(block, results=2), "2 results are needed, 1 are given")
    refuse(replace(function(block), signature=()), "0 parameters are needed, 1 are given")


@pytest.mark.parametrize(("op", "targets", "message"), [
    (Prim("nonsense", ()), 1, "no primitive 'nonsense'"),
    (Prim("neg", (const("a"),)), 0, "0 are given"),
    (Prim("neg", (const(1.0),)), 2, "1 targets of neg are needed, 2 are given"),
    (Prim("load", (const(1.0), const(0)), (("index", ("i",)),)), 1, "cannot index a float"),
    (Prim("eq", (const(1.0), const(2.0))), 1, "'v0' is declared float, but eq gives bool"),
])
def test_primitives(op: Op, targets: int, message: str) -> None:
    variables = tuple(Var(f"v{k}", FLOAT) for k in range(targets))
    refuse(function(Block((), (Bind(variables, op),), (const(1.0),))), message)


@pytest.mark.parametrize("declared", [Array("float64", (1,)), FLOAT, Array("float32", ("n",)),
                                      Array("float64", ("n", "?1"))])
def test_declared_shapes(declared: object) -> None:
    x = Var("x", Array("float64", ("n",)))
    wrong = Bind((y := Var("y", declared),), Prim("neg", (x,)))  # type: ignore[arg-type]
    refuse(function(Block((x,), (wrong,), (y,))), "'y' is declared .*, but neg gives")


def test_unknown_dimensions_agree_with_all() -> None:
    x = Var("x", Array("float64", ("n",)))
    bind = Bind((y := Var("y", Array("float64", ("?7",))),), Prim("neg", (x,)))
    verify(function(Block((x,), (bind,), (y,))))


LOOP = """
fn f(x: {0}, n: int)
  y = for i in range(0, n, 1) carry y: {1} = x
    v = {2}
    yield v
  return y
"""


def counted(**changes: object) -> Function:
    fn = read(LOOP.format("float", "float", "neg(y)"))
    bind = fn.block.binds[0]
    op = replace(bind.op, **changes)  # type: ignore[type-var]
    return replace(fn, block=replace(fn.block, binds=(replace(bind, op=op),)))


def test_loops() -> None:
    verify(counted())
    refuse(counted(inits=()), "1 parameters of a loop body are needed, 2 are given")
    refuse(counted(exits=True), "2 yields of a loop are needed, 1 are given")
    refuse(counted(stop=const(1.5)), "integers, not float")
    refuse(counted(inits=(const("a"),)), "'y' would be any or float")
    refuse(counted(inits=(Builder().prim("list", const(1.0)),)), "before it is bound")


def test_carried_values_have_one_type() -> None:
    verify(read(LOOP.format("int", "float", "truediv(y, 2)")))
    verify(read(LOOP.format("f64[1]", "f64[?1]", "neg(y)")))
    refuse(read(LOOP.format("int", "int", "truediv(y, 2)")), "'y' is declared int, but its value is float")
    refuse(read(LOOP.format("float", "f64[n]", "neg(y)")), "'y' would be")
    refuse(read(LOOP.format("f64[1]", "f64[n]", "neg(y)")), "'y' is declared")


def test_while_conditions() -> None:
    text = "while carry y = x\n  cond {0}\n    {1}\n  do\n    v = neg(y)\n    yield v\nreturn x"
    verify(read("y = " + text.format("", "yield True")))
    refuse(read("y = " + text.format("", "yield True, True")), "1 results of a loop condition are needed")
    refuse(read("y = " + text.format("y: int", "yield True")), "'y' is declared int")


def test_branches() -> None:
    text = """
fn f(c: bool, x: float, v: f64[n])
  a: {0} = if c
    yield {1}
  else
    yield {2}
  return a
"""
    verify(read(text.format("float", "x", "undefined")))
    verify(read(text.format("float", "x", "1")))
    refuse(read(text.format("float", "x", "v")), "'a' would be float or")
    refuse(read(text.format("int", "1", "x")), "'a' is declared int")
    fn = read(text.format("float", "x", "x"))
    bind = fn.block.binds[0]
    short = replace(bind, op=replace(bind.op, orelse=Block((), (), ())))  # type: ignore[type-var]
    broken = replace(fn, block=replace(fn.block, binds=(short,)))
    refuse(broken, "1 results of `else` are needed, 0 are given")


def test_calls() -> None:
    text = "fn f(x: float)\n  y: {0} = call {1}({2})\n  return y\n\nfn g(x: float)\n  return x"
    verify(read_program(text.format("float", "g", "x")))
    verify(read_program(text.format("float", "f", "x")))
    refuse(read_program(text.format("float", "h", "x")), "'h' is not part of the program")
    refuse(read_program(text.format("float", "g", "x, x")), "1 arguments of g are needed, 2 are given")
    refuse(read_program(text.format("int", "g", "x")), "'y' is declared int, but its value is float")
    refuse(read_program(text.format("float", "g", "'a'")), "'x' is declared float")
