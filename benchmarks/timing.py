"""How times are measured."""

import statistics
import time


def median_seconds(function, *args, rounds=15):
    """Median over rounds of the mean time of a call, each round at least some milliseconds long."""
    return statistics.median(interleaved({"": lambda: function(*args)}, rounds=rounds)[""])


def interleaved(functions, rounds=15, shortest=4e-3):
    """For each function (by name, without arguments) the mean time of a call in every round.

    In every round each runs once, for at least `shortest` seconds, and in the opposite order in the next round, so that
    whatever slows the machine down for a while slows them all.
    """
    calls = {name: _enough(function, shortest) for name, function in functions.items()}
    times = {name: [] for name in functions}
    for k in range(rounds):
        for name in list(functions)[::-1 if k % 2 else 1]:
            times[name].append(_mean(functions[name], calls[name]))
    return times


def ratio(times, others):
    """The median over rounds of the time of one function over that of another."""
    return statistics.median(a / b for a, b in zip(times, others, strict=True))


def _enough(function, shortest):
    """How many calls take `shortest` seconds."""
    function()
    calls = 1
    while _mean(function, calls) * calls < shortest:
        calls *= 2
    return calls


def _mean(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls
