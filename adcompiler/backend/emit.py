"""IR to Python source: what a careful engineer would have written by hand.

    IR -> names kept apart (split, advance) -> copies before updates (inplace) -> structured code (shape)
       -> what is alive where (liveness) -> names (naming) -> syntax trees (render, spell) -> text (printer)
"""

from __future__ import annotations

import ast
from dataclasses import replace

from adcompiler.backend.advance import advance
from adcompiler.backend.code import everything, reads, variables
from adcompiler.backend.inplace import insert_copies
from adcompiler.backend.liveness import analyse
from adcompiler.backend.missing import drop_copies
from adcompiler.backend.module import Facts, facts_of, head_of
from adcompiler.backend.naming import name_all
from adcompiler.backend.native import Native
from adcompiler.backend.printer import to_text
from adcompiler.backend.render import Renderer
from adcompiler.backend.shape import shape
from adcompiler.backend.signature import arguments_of, leaves_of, returner, unpacked
from adcompiler.backend.spell import Speller, names_in, private
from adcompiler.backend.spell import name as named
from adcompiler.backend.split import split
from adcompiler.backend.tidy import tidied
from adcompiler.backend.wording import overwritten, words
from adcompiler.ir.nodes import Function, Program
from adcompiler.ir.rename import without_marks
from adcompiler.library.emitted import EMITTED


def emit(program: Program, *, name: str | None = None, doc: str = "", native: Native | None = None) -> str:
    """The text of a module: imports, constants, outlined functions, and the entry function.

    `name`: of the entry function, if not its own; `doc`: its docstring. `native`: the program went through
    `transforms.native`, and its functions are to be compiled by Numba. The same program gives the same bytes.
    """
    facts = facts_of(program, name or program.entry.name)
    speller = Speller(program.bare, facts.hints, native=native is not None)
    plain = native is None
    functions = [_define(f, private(f.name), speller, facts, outlined=True, elements=plain) for f in program.functions.values()]
    functions.append(_define(program.entry, name or program.entry.name, speller, facts, doc=doc, elements=plain))
    if native:
        for f in functions[:-1] if program.entry.name in program.functions else functions:  # the entry calls its kernel
            f.decorator_list = [ast.parse(native.decorator, mode="eval").body]
        speller.imports |= {("numba", "njit"), ("numpy", "")}
    parts = [to_text(ast.Module([f], [])) for f in functions]
    decorator = f"@{native.decorator}\n" if native else ""
    helpers = [decorator + EMITTED[h].strip("\n") + "\n" for h in sorted(speller.helpers)]
    return "\n\n".join(part for part in (head_of(program, speller), *helpers, *parts) if part)

def _define(function: Function, called: str, speller: Speller, facts: Facts, *, doc: str = "",
            outlined: bool = False, elements: bool = True) -> ast.FunctionDef:
    placed = insert_copies(replace(function, block=advance(split(without_marks(function.block)))), native=not elements)
    code = shape(placed, facts.impure, facts.arity, elements=elements)
    fixed, access = leaves_of(function)
    code[:0] = unpacked(access, code)
    lives = analyse(code, function.block.params, facts.impure)
    names = name_all(lives, fixed, facts.taken | {p.name for p in function.signature} - set(fixed.values()), words(code),
                     overwritten(code, placed.augmentable))
    names |= {v: ast.unparse(part) for v, part in access.items()}
    read = {v for s in everything(code) for e in reads(s) for v in variables(e)}
    drop_copies(code, names)
    speller.names = {v: named(n) for v, n in names.items()} | access
    body = Renderer(speller, names, read, placed.augmentable, returner(function, speller, outlined)).block(tidied(code))
    if body and isinstance(body[-1], ast.Return) and body[-1].value is None:
        del body[-1]
    if doc:
        body.insert(0, ast.Expr(ast.Constant(doc)))
    made = ast.parse("def _(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)  # parsed, since its fields differ between versions of Python
    made.name, made.args, made.body = called, arguments_of(function), body or [ast.Pass()]
    speller.mentioned |= names_in(made.args)
    return made
