"""Plain functions, and the functions of their module that they call, under Numba."""

from types import FunctionType


def compiled(function, **options):
    """The function under `numba.njit(**options)`, and with it those that it calls.

    A function's attribute `fastmath`, if it has one, is its own option. `error_model="numpy"`, without which Numba tests every
    divisor.
    """
    return _compiled(function, dict(function.__globals__), {"error_model": "numpy"} | options)


def _compiled(function, names, options):
    import numba

    module = function.__globals__
    names[function.__name__] = None
    for name in function.__code__.co_names:
        if isinstance(module.get(name), FunctionType) and names[name] is module[name]:
            _compiled(module[name], names, options)
    own = options | ({"fastmath": function.fastmath} if hasattr(function, "fastmath") else {})
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    names[function.__name__] = numba.njit(**own)(copy)
    return names[function.__name__]
