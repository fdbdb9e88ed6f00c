"""Statements: one function a kind, in the table `STATEMENTS`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from adcompiler.frontend.arrays import forget_twins, lists_with_twins, spread_staleness, store
from adcompiler.frontend.context import Context, function_value
from adcompiler.frontend.control import FALSE, TRUE, Loop, continue_branch, lower_if, merge, run_branch
from adcompiler.frontend.definitions import Quoted
from adcompiler.frontend.expressions import (
    BINARY,
    condition,
    expression,
    in_place_method,
    lift_default,
    number,
    truth,
)
from adcompiler.frontend.iteration import Sequenced, is_lazy, item_now, sequence, sources
from adcompiler.frontend.opaque import opaque, opaque_call, opaque_source
from adcompiler.frontend.resolve import KNOWN_ROOTS, known_attribute
from adcompiler.frontend.state import BOXED, DEAD, EXITED, FALL, Flow, State, has_other_name, kind_of
from adcompiler.frontend.values import (
    POISON,
    ArrayObj,
    BuiltinV,
    DictObj,
    InstanceObj,
    IterV,
    ListObj,
    ModuleV,
    OpaqueV,
    Poisoned,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, const
from adcompiler.ir.nodes import Atom, Bind, Const, For, Foreign, If, Prim, Var, While
from adcompiler.ir.types import ANY, Unknown, has_derivative
from adcompiler.source import parameters_of


def lower_body(ctx: Context, body: Sequence[ast.stmt]) -> None:
    """Lower statements in order. After a possible exit, the rest is lowered where control still falls through."""
    for k, stmt in enumerate(body):
        flow = ctx.state.flow
        if flow is EXITED or flow is DEAD:
            return
        if not isinstance(flow, Flow):
            lower_if(ctx, flow, partial(_set_flow, ctx, EXITED), partial(_resume, ctx, body[k:]))
            return
        if _guarded(ctx, stmt, body[k + 1:]):
            return


def _set_flow(ctx: Context, flow: Flow) -> None:
    ctx.state.flow = flow


def _resume(ctx: Context, rest: Sequence[ast.stmt]) -> None:
    ctx.state.flow = FALL
    lower_body(ctx, rest)


def _guarded(ctx: Context, stmt: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Lower one statement; a refusal is recorded and what the statement binds is poisoned. True: rest is done too."""
    ctx.builder.note = ctx.frame.file.statement_text(stmt)
    ctx.at(stmt)
    try:
        if isinstance(stmt, ast.If):
            return _if(ctx, stmt, rest)
        if type(stmt) not in STATEMENTS:
            raise Refused("ADC119", f"`{type(stmt).__name__.lower()}` statements are not supported", stmt)
        STATEMENTS[type(stmt)](ctx, stmt)
    except Refused as refused:
        if not isinstance(refused.node, ast.AST) or not hasattr(refused.node, "lineno"):
            refused.node = refused.node if refused.node is not None and not isinstance(refused.node, ast.AST) else stmt
        ctx.report(refused)
        if refused.code == "ADC204" and ctx.frame.loops:
            ctx.state.flow = DEAD  # the first iteration ends here, in an error; a later one may find the name bound
        else:
            _poison(ctx, stmt)
    except Poisoned:
        _poison(ctx, stmt)
    return False


def _poison(ctx: Context, stmt: ast.stmt) -> None:
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            ctx.env[node.id] = POISON
    if isinstance(stmt, ast.Return) or any(isinstance(n, ast.Return) for n in ast.walk(stmt)):
        ctx.env["$value"] = POISON
        ctx.env["$return"] = TRUE
        if isinstance(stmt, ast.Return):
            ctx.state.flow = EXITED


# --- assignment -------------------------------------------------------------------------------------------


def assign(ctx: Context, target: ast.expr, value: Value) -> None:
    """Bind `value` to a name, an element, an attribute or a pattern of them."""
    match target:
        case ast.Name(id=name):
            assign_name(ctx, name, value)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            for t, item in zip(targets, _unpack(ctx, targets, value, target), strict=True):
                assign(ctx, t.value if isinstance(t, ast.Starred) else t, item)
        case ast.Subscript():
            store(ctx, target, value)
        case ast.Attribute():
            _set_attribute(ctx, target, value)
        case _:
            raise Refused("ADC119", "this cannot be assigned to", target)


def assign_name(ctx: Context, name: str, value: Value) -> None:
    """Bind a name; a value that has no name yet takes this one as its hint."""
    if ctx.no_grad:
        value = _without_gradient(ctx, value)
    for atom, hint in _unnamed(ctx, value, name):
        if isinstance(atom, Var) and not atom.hint:
            atom.hint = hint
    ctx.env[name] = value


def _unnamed(ctx: Context, value: Value, name: str) -> list[tuple[Atom, str]]:
    match value:
        case Var():
            return [(value, name)]
        case Ref(id):
            obj = ctx.state.heap[id]
            if isinstance(obj, ArrayObj | ListObj) and obj.atom is not None:
                return [(obj.atom, name)]
            if isinstance(obj, ListObj):
                return [p for k, v in enumerate(obj.items or ()) for p in _unnamed(ctx, v, f"{name}_{k}")]
            if isinstance(obj, DictObj):
                return [p for k, v in obj.entries for p in _unnamed(ctx, v, f"{name}_{k}")]
            if isinstance(obj, InstanceObj):
                return [p for k, v in obj.fields for p in _unnamed(ctx, v, f"{name}_{k}")]
        case TupleV(items, _, names):
            keys = names or tuple(map(str, range(len(items))))
            return [p for k, v in zip(keys, items, strict=True) for p in _unnamed(ctx, v, f"{name}_{k}")]
    return []


def _without_gradient(ctx: Context, value: Value) -> Value:
    match value:
        case Var() if has_derivative(value.type):
            return ctx.builder.prim("stop_gradient", value)
        case TupleV(items):
            return TupleV(tuple(_without_gradient(ctx, v) for v in items), value.cls, value.names)
        case Ref(id) if isinstance(obj := ctx.state.heap[id], ArrayObj):
            return ctx.wrap(ctx.builder.prim("stop_gradient", ctx.atom(value)), obj.tokens)
        case Ref(id) if isinstance(ctx.state.heap[id], ListObj | DictObj | InstanceObj):
            raise Refused("ADC409", "only numbers, arrays and tuples may be assigned in `with no_grad()`", None,
                          "apply stop_gradient to the elements")
        case _:
            return value


def _unpack(ctx: Context, targets: Sequence[ast.expr], value: Value, node: ast.AST) -> list[Value]:
    items = _items(ctx, value, len(targets), any(isinstance(t, ast.Starred) for t in targets), node)
    stars = [k for k, t in enumerate(targets) if isinstance(t, ast.Starred)]
    if not stars:
        if len(items) != len(targets):
            raise Refused("ADC308", f"{len(items)} values for {len(targets)} names", node)
        return items
    if len(items) < len(targets) - 1:
        raise Refused("ADC308", f"{len(items)} values for at least {len(targets) - 1} names", node)
    at, after = stars[0], len(targets) - stars[0] - 1
    middle = tuple(items[at:len(items) - after])
    from adcompiler.frontend.state import fresh_id

    starred = ctx.new(ListObj(middle, None, frozenset([fresh_id()])))
    return [*items[:at], starred, *items[len(items) - after:]]


def _items(ctx: Context, value: Value, count: int, starred: bool, node: ast.AST) -> list[Value]:
    """The items of an iterable that is unpacked into `count` names."""
    if value == UNDEF:
        return [UNDEF] * count  # the result of a recursive call, at the first look at the function
    seq = sequence(ctx, value, node)
    if seq.items is not None:
        return list(seq.items)
    if starred:
        raise Refused("ADC308", "a starred name needs a sequence of known length", node)
    length = seq.length(ctx)
    if isinstance(length, Const) and length.value != count:
        raise Refused("ADC308", f"{length.value} values for {count} names", node)
    if not isinstance(length, Const):
        check = ctx.builder.prim("eq", length, const(count))
        ctx.builder.effect(Prim("assert", (check, const(f"expected {count} values to unpack"))))
    return [seq.element(ctx, const(k)) for k in range(count)]


def _set_attribute(ctx: Context, target: ast.Attribute, value: Value) -> None:
    owner = expression(ctx, target.value)
    if isinstance(owner, Ref) and isinstance(obj := ctx.state.heap[owner.id], InstanceObj):
        ctx.check_ours(obj, target, "return the new value, or build a new object")
        if ctx.no_grad:
            value = _without_gradient(ctx, value)
        for atom, hint in _unnamed(ctx, value, target.attr):
            if isinstance(atom, Var) and not atom.hint:
                atom.hint = hint
        fields = {**dict(obj.fields), target.attr: value}
        ctx.state.heap[owner.id] = replace(obj, fields=tuple(fields.items()))
        spread_staleness(ctx, owner, ctx.span(target))
        return
    raise Refused("ADC309", f"attributes of {kind_of(owner, ctx.state)} cannot be set here", target)


def _assign(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.Assign)
    value = expression(ctx, stmt.value)
    twins = lists_with_twins(ctx)
    for target in stmt.targets:
        assign(ctx, target, value)
    if len(stmt.targets) == 1 and _is_exchange(stmt.targets[0], stmt.value):
        forget_twins(ctx, twins)


def _is_exchange(target: ast.expr, value: ast.expr) -> bool:
    """Whether it is `a[i], a[j] = a[j], a[i]`: no element is there twice after it that was not before."""
    match target, value:
        case ast.Tuple(elts=[ast.Subscript() as a, ast.Subscript() as b]), ast.Tuple(elts=[c, d]):
            same = [ast.unparse(a), ast.unparse(b)] == [ast.unparse(d), ast.unparse(c)]
            return same and ast.unparse(a.value) == ast.unparse(b.value) and not any(
                isinstance(n, ast.Call | ast.NamedExpr) for n in ast.walk(value))
    return False


def _annotated(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.AnnAssign)
    if stmt.value is not None:
        assign(ctx, stmt.target, expression(ctx, stmt.value))


def _augmented(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.AugAssign)
    target = stmt.target
    if isinstance(target, ast.Subscript):
        store(ctx, target, None, stmt)
        return
    read = ast.copy_location(
        ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name)
        else ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Attribute) and any(isinstance(n, ast.Call | ast.NamedExpr) for n in ast.walk(target.value)):
        raise Refused("ADC119", "what has the attribute is computed here, and it must be computed once only", target,
                      "give it a name first: `p = ...; p.attribute += ...`")
    old = expression(ctx, read)
    new = expression(ctx, stmt.value)
    if isinstance(old, Ref):
        in_place_method(ctx, old, type(stmt.op), new, stmt)
        return
    _refuse_shared_box(ctx, old, target, stmt)
    result = number(ctx, BINARY[type(stmt.op)], old, new, stmt)
    if isinstance(old, Var) and old in BOXED and isinstance(result, Var):
        BOXED[result] = BOXED[old]
    assign(ctx, target, result)


def _refuse_shared_box(ctx: Context, old: Value, target: ast.expr, stmt: ast.AugAssign) -> None:
    """An array without axes, which we take for a number, changes for all its names."""
    if not isinstance(old, Var) or old not in BOXED:
        return
    name = target.id if isinstance(target, ast.Name) else ""
    copied = ctx.frame.loops and any(isinstance(n, ast.Assign) and isinstance(n.value, ast.Name) and n.value.id == name
                                     for n in ast.walk(ctx.frame.node))
    if BOXED[old] or copied or has_other_name(old, ctx.frame.id, name, ctx.state):
        raise Refused("ADC402", "this changes an array without axes in place, and it may have another name", stmt,
                      f"write `{ast.unparse(target)} = ...`, or make it a number first: float(...)")


# --- control ----------------------------------------------------------------------------------------------


def _if(ctx: Context, stmt: ast.If, rest: Sequence[ast.stmt]) -> bool:
    """Lower an if statement. Where one branch exits and the other falls through, the rest belongs to the latter."""
    cond = condition(ctx, stmt.test)
    if isinstance(cond, Const):
        lower_body(ctx, stmt.body if cond.value else stmt.orelse)
        return False
    entry = ctx.state
    note = ctx.builder.note
    first = run_branch(ctx, entry, lambda: lower_body(ctx, stmt.body))
    second = run_branch(ctx, entry, lambda: lower_body(ctx, stmt.orelse))
    ctx.builder.note = note
    flows = first[1].flow, second[1].flow
    consumed = EXITED in flows and FALL in flows
    if consumed:
        falling = second if flows[0] is EXITED else first
        falling = continue_branch(ctx, falling, lambda: lower_body(ctx, rest))
        first, second = (first, falling) if flows[0] is EXITED else (falling, second)
        ctx.builder.note = note
    merge(ctx, cond, entry, first, second)
    return consumed or (EXITED in flows and DEAD in flows)


def _for(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.For)
    value = expression(ctx, stmt.iter)
    seq = sequence(ctx, value, stmt.iter)
    before = ctx.state.copy() if is_lazy(stmt.iter) else None
    flag = f"$break{ctx.frame.loops + 1}"
    ctx.env[flag] = FALSE
    if seq.items is None or not _as_loop(ctx, seq) or not _looped_known(ctx, stmt, seq, value):
        if seq.items is not None:
            _unrolled(ctx, stmt, value, 0, len(seq.items), flag)
        else:
            _looped(ctx, stmt, seq, value)
    if before is not None:
        _refuse_changes(ctx, stmt, before)
    _orelse(ctx, stmt.orelse, flag)


def _as_loop(ctx: Context, seq: Sequenced) -> bool:
    """Whether a sequence of known length is better a list in a loop than an unrolled loop."""
    return seq.items is not None and len(seq.items) > 2 and seq.materialise(ctx)


def _refuse_changes(ctx: Context, stmt: ast.For, before: State) -> None:
    """A generator or map() computes an element after the body has run for those before: it must not see a change."""
    own = {n.id for n in ast.walk(stmt.iter) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = ({n.id for n in ast.walk(stmt.iter) if isinstance(n, ast.Name)} | ctx.frame.captured) - own
    names = [n for n in read if ctx.env.get(n) is not before.frames[ctx.frame.id].get(n)]
    reached: set[int] = set()
    for n in read:
        _reach(before.frames[ctx.frame.id].get(n), before, reached)
    if names or any(ctx.state.heap.get(k) != before.heap[k] for k in reached):
        what = f"the name {names[0]!r}" if names else "a list, an array or an object"
        raise Refused("ADC403", f"a generator or map() computes its elements one by one, and this loop changes {what} meanwhile",
                      stmt.iter, "make a list of it before the loop: `list(...)`")


def _reach(value: Value | None, state: State, found: set[int]) -> None:
    """Add the objects that a value is, holds, or is a view of."""
    match value:
        case TupleV(items) | IterV(parts=items):
            for item in items:
                _reach(item, state, found)
        case Ref(id) if id not in found and id in state.heap:
            found.add(id)
            obj = state.heap[id]
            if isinstance(obj, ArrayObj) and obj.lens is not None:
                _reach(Ref(obj.lens.base), state, found)
            if isinstance(obj, DictObj | InstanceObj):
                _reach(TupleV(tuple(v for _, v in (obj.entries if isinstance(obj, DictObj) else obj.fields))), state, found)
            if isinstance(obj, ListObj) and obj.items is not None:
                _reach(TupleV(obj.items), state, found)


def _looped_known(ctx: Context, stmt: ast.For, seq: Sequenced, value: Value) -> bool:
    """A loop over a list of the known elements, made before it; False where the body changes what it runs over."""
    state, at, said = ctx.state.copy(), len(ctx.builder.binds), len(ctx.diagnostics)
    before = [(ref.id, ctx.state.heap[ref.id]) for ref in sources(ctx, value)]
    _looped(ctx, stmt, seq, value)
    if all(ctx.state.heap.get(k) is old or ctx.state.heap.get(k) == old for k, old in before):
        return True
    del ctx.builder.binds[at:], ctx.diagnostics[said:]
    ctx.state = state
    return False


def _looped(ctx: Context, stmt: ast.For, seq: Sequenced, value: Value) -> None:
    start, stop, step = seq.range(ctx)
    loop = Loop(ctx, stmt)
    hint = stmt.target.id if isinstance(stmt.target, ast.Name) and seq.is_range else "k"

    def body(index: Var) -> None:
        ctx.builder.note = ctx.frame.file.statement_text(stmt)
        before = _length_of(ctx, value)
        assign(ctx, stmt.target, seq.element(ctx, index))
        lower_body(ctx, stmt.body)
        if _length_of(ctx, value) != before:
            raise Refused("ADC403", "this list grows or shrinks while a loop runs over it", stmt.iter,
                          "loop over a copy: `for v in list(values)`")

    loop.lower_for(start, stop, step, hint, body)


def _length_of(ctx: Context, value: Value) -> object:
    """What changes when a list that is being iterated is appended to (writes of elements are fine)."""
    if isinstance(value, IterV):
        return tuple(_length_of(ctx, ref) for ref in sources(ctx, value))
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap.get(value.id), ListObj):
        if obj.atom is None:
            return len(obj.items or ())
        return _origin(ctx.builder.binds, obj.atom)
    return None


def _origin(binds: Sequence[Bind], atom: Atom) -> Atom:
    """The list that `atom` was made of by element writes alone, in branches and loops too."""
    made = {t: b for b in binds for t in b.targets}
    while isinstance(atom, Var) and atom in made:
        bind = made[atom]
        k = bind.targets.index(atom)
        match bind.op:
            case Prim("store" | "accumulate", args):
                atom = args[0]
            case If(_, then, orelse):
                ends = [_origin(side.binds, side.results[k]) for side in (then, orelse)]
                if ends[0] is not ends[1]:
                    return atom
                atom = ends[0]
            case For(inits=inits) | While(inits=inits) as op if _origin(op.body.binds, op.yields[k]) is op.carried[k]:
                atom = inits[k]
            case _:
                return atom
    return atom


def _unrolled(ctx: Context, stmt: ast.For, value: Value, k: int, count: int, flag: str) -> None:
    """The iterations from the k-th one, each with the element as it is then."""
    if k == count:
        ctx.state.flow = FALL
        return
    ctx.frame.loops += 1
    assign(ctx, stmt.target, item_now(ctx, value, k, count, stmt.iter))
    lower_body(ctx, stmt.body)
    ctx.frame.loops -= 1
    if ctx.state.flow is DEAD:
        return
    stopped = _either(ctx, ctx.env.get(flag, FALSE), ctx.env.get("$return", FALSE))
    ctx.state.flow = FALL
    lower_if(ctx, stopped, lambda: None, lambda: _unrolled(ctx, stmt, value, k + 1, count, flag))
    if ctx.state.flow is not DEAD:
        ctx.state.flow = _flow_of(ctx.env.get("$return", FALSE))


def _either(ctx: Context, a: Value, b: Value) -> Atom:
    assert isinstance(a, Var | Const) and isinstance(b, Var | Const)
    if a == FALSE or b == TRUE:
        return b
    if b == FALSE or a == TRUE:
        return a
    return ctx.builder.prim("or", a, b)


def _flow_of(flag: Value) -> Flow | Atom:
    if flag == FALSE:
        return FALL
    return EXITED if flag == TRUE else flag  # type: ignore[return-value]


def _orelse(ctx: Context, body: Sequence[ast.stmt], flag: str) -> None:
    """The else part of a loop: runs unless the loop was left by break (or return)."""
    if body and ctx.state.flow is not DEAD:
        broke = ctx.env[flag]
        stopped = _either(ctx, broke, ctx.env.get("$return", FALSE))
        flow = ctx.state.flow

        def leave() -> None:
            if broke == FALSE:  # only a return can have stopped the loop
                ctx.env["$return"] = TRUE
                ctx.state.flow = EXITED
            else:
                ctx.state.flow = flow

        lower_if(ctx, stopped, leave, lambda: _resume(ctx, body))
        leaves = any(isinstance(n, ast.Break | ast.Continue) for stmt in body for n in ast.walk(stmt))
        if ctx.state.flow is not DEAD and not leaves and ctx.env.get("$return", FALSE) != FALSE:
            ctx.state.flow = _flow_of(ctx.env["$return"])  # nothing else ends the statements here
    ctx.env.pop(flag, None)


def _while(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.While)
    flag = f"$break{ctx.frame.loops + 1}"
    ctx.env[flag] = FALSE
    simple = not any(isinstance(n, ast.NamedExpr | ast.Call) for n in ast.walk(stmt.test)) or _is_pure(ctx, stmt.test)
    note = ctx.builder.note

    def body() -> None:
        ctx.builder.note = note
        lower_body(ctx, stmt.body)

    def tested_body() -> None:
        ctx.builder.note = note
        cond = condition(ctx, stmt.test)
        lower_if(ctx, cond, body, lambda: _leave(ctx, flag))

    def _leave(ctx: Context, flag: str) -> None:
        ctx.env[flag] = TRUE
        ctx.state.flow = EXITED

    def test() -> Atom:
        ctx.builder.note = note
        return condition(ctx, stmt.test)

    if simple:
        Loop(ctx, stmt).lower_while(test, body)
        if isinstance(stmt.test, ast.Constant) and stmt.test.value and ctx.env[flag] == FALSE:
            returns = ctx.env.get("$return", FALSE) != FALSE
            ctx.state.flow = EXITED if returns else DEAD  # nothing else ends this loop
            if returns:
                ctx.env["$return"] = TRUE
        _orelse(ctx, stmt.orelse, flag)
    else:
        if stmt.orelse:
            raise Refused("ADC102", "`while ... else` needs a condition that changes nothing", stmt,
                          "compute the condition in a variable before the loop and at its end")
        Loop(ctx, stmt).lower_while(lambda: TRUE, tested_body)
        ctx.env.pop(flag, None)


def _is_pure(ctx: Context, test: ast.expr) -> bool:
    """Whether evaluating a loop condition leaves names and heap as they are (tried on a copy)."""
    if any(isinstance(n, ast.NamedExpr) for n in ast.walk(test)):
        return False
    builder, state = ctx.builder.child(), ctx.state.copy()
    with ctx.inside(builder, state):
        try:
            condition(ctx, test)
        except (Refused, Poisoned):
            return True
        end = ctx.state
    same_heap = all(end.heap.get(k) is v for k, v in ctx.state.heap.items())
    return same_heap and not any(isinstance(b.op, Foreign) and not b.op.pure for b in builder.binds)


def _break(ctx: Context, stmt: ast.stmt) -> None:
    ctx.env[f"$break{ctx.frame.loops}"] = TRUE
    ctx.state.flow = EXITED


def _continue(ctx: Context, stmt: ast.stmt) -> None:
    ctx.state.flow = EXITED


def _return(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.Return)
    value = expression(ctx, stmt.value) if stmt.value is not None else const(None)
    if ctx.no_grad:
        value = _without_gradient(ctx, value)
    ctx.env["$value"] = value
    ctx.env["$return"] = TRUE
    ctx.state.flow = EXITED


# --- effects ----------------------------------------------------------------------------------------------


def _expression(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.Expr)
    ctx.discarded = stmt.value
    if isinstance(stmt.value, ast.Constant):
        return
    expression(ctx, stmt.value)


def _assert(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.Assert)
    cond = truth(ctx, expression(ctx, stmt.test), stmt.test)
    args: tuple[Atom, ...] = (cond,)
    if stmt.msg is not None:
        args += (_message(ctx, stmt.msg),)
    ctx.at(stmt).effect(Prim("assert", args))


def _message(ctx: Context, node: ast.expr) -> Atom:
    """A value that is only shown: any expression."""
    value = expression(ctx, node)
    if isinstance(value, Var | Const):
        return value
    return ctx.atom(opaque(ctx, opaque_source(ctx, value, node), node, pure=True))


def _raise(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.Raise)
    if stmt.exc is None:
        raise Refused("ADC110", "a bare `raise` belongs into an except clause", stmt)
    if isinstance(ctx.frame.file, Quoted) and isinstance(stmt.exc, ast.Call) and \
            isinstance(text := stmt.exc.args[0], ast.Constant) and ast.unparse(stmt.exc.func) == "NotImplementedError":
        raise Refused("ADC407", str(text.value), stmt)
    if isinstance(stmt.exc, ast.Call):
        template = opaque_call(ctx, expression(ctx, stmt.exc.func), "", stmt.exc)
        error = ctx.atom(opaque(ctx, template, stmt, pure=True))
    else:
        error = _message(ctx, stmt.exc)
    ctx.at(stmt).effect(Prim("raise", (error,)))
    ctx.state.flow = DEAD


def _pass(ctx: Context, stmt: ast.stmt) -> None:
    """Nothing to do."""


def _with(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.With)
    managers: list[Atom | None] = []
    for item in stmt.items:
        value = expression(ctx, item.context_expr)
        if isinstance(value, BuiltinV) and value.name == "no_grad()":
            managers.append(None)
            ctx.no_grad += 1
            continue
        manager = ctx.atom(value, item.context_expr)
        if not isinstance(manager.type, Unknown) or isinstance(manager, Const):
            raise Refused("ADC120", "this is not a context manager", item.context_expr)
        if any(isinstance(n, ast.Return | ast.Break | ast.Continue) for s in stmt.body for n in ast.walk(s)):
            raise Refused("ADC120", "`return`, `break` and `continue` are not supported inside this `with`", stmt,
                          "assign the value inside the block and return it after the block")
        entered = ctx.at(stmt).emit(Foreign("{0}.__enter__()", (manager,)), [ANY])[0]
        if item.optional_vars is not None:
            assign(ctx, item.optional_vars, entered)
        managers.append(manager)
    try:
        lower_body(ctx, stmt.body)
    finally:
        ctx.no_grad -= managers.count(None)
    for left in reversed(managers):
        if left is not None:
            ctx.at(stmt).effect(Foreign("{0}.__exit__(None, None, None)", (left,)))


# --- definitions ------------------------------------------------------------------------------------------


def _function(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.FunctionDef)
    if stmt.decorator_list:
        raise Refused("ADC121", "decorated functions inside a function are not supported", stmt.decorator_list[0],
                      "call the decorator's work yourself, or move the function to the module")
    defaults = tuple((p.name, lift_default(ctx, p.default)) for p in parameters_of(stmt) if p.default is not None)
    ctx.env[stmt.name] = function_value(stmt.name, stmt, ctx, defaults)


def _import(ctx: Context, stmt: ast.stmt) -> None:
    assert isinstance(stmt, ast.Import | ast.ImportFrom)
    for alias in stmt.names:
        name = alias.asname or alias.name.split(".")[0]
        if isinstance(stmt, ast.Import):
            dotted = alias.name if alias.asname else alias.name.split(".")[0]
            known = dotted.split(".")[0] in KNOWN_ROOTS
            ctx.env[name] = ModuleV(dotted) if known else OpaqueV(f"__import__({dotted!r})")
        elif stmt.level == 0 and stmt.module and stmt.module.split(".")[0] in KNOWN_ROOTS:
            ctx.env[name] = known_attribute(stmt.module, alias.name)
        elif stmt.module == "adcompiler":
            ctx.env[name] = BuiltinV(alias.name)
        else:
            raise Refused("ADC203", f"the import of {alias.name!r} inside a function is not followed", stmt,
                          "import it at the top of the module")


STATEMENTS: dict[type[ast.stmt], Callable[[Context, ast.stmt], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.For: _for,
    ast.While: _while,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Return: _return,
    ast.Expr: _expression,
    ast.Assert: _assert,
    ast.Raise: _raise,
    ast.Pass: _pass,
    ast.With: _with,
    ast.FunctionDef: _function,
    ast.Import: _import,
    ast.ImportFrom: _import,
}
