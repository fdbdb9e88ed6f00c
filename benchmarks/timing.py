"""How times are measured."""

import statistics
import time


def median_seconds(function, *args, rounds=15):
    """Median over rounds of the mean time of a call, each round at least some milliseconds long."""
    return interleaved({"": lambda: function(*args)}, rounds=rounds)[""]


def interleaved(functions, rounds=15, shortest=4e-3):
    """For each function (by name, without arguments) the median time of a call.

    In every round each runs once, for at least `shortest` seconds, so that whatever slows the machine down for a
    while slows them all.
    """
    calls = {name: _enough(function, shortest) for name, function in functions.items()}
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(_mean(function, calls[name]))
    return {name: statistics.median(found) for name, found in times.items()}


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
