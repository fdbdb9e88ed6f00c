"""Measures one program at one size: our gradient under Numba, the one by hand, the primal, and the peers."""

import importlib.util
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import native_by_hand
import native_peers
import numpy as np
from native_compile import compiled
from native_workloads import WORKLOADS
from timing import interleaved, ratio

from adcompiler import CompileError, grad

SLOW = 0.25
"""Peers whose gradient takes more seconds than this are timed three times, apart from the rest."""
PEERS = ("jax", "torch", "autograd")


@dataclass
class Row:
    """What was measured: seconds of every round by contender; of the first call; why a contender is not there."""

    name: str
    size: tuple[int, ...]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def title(self):
        return f"{self.name} {' x '.join(map(str, self.size))}"

    def median(self, name):
        return statistics.median(self.seconds[name]) if name in self.seconds else None

    def over(self, name, other):
        """The time of one over that of another, round by round where both were timed in turns."""
        if name not in self.seconds or other not in self.seconds:
            return None
        times, others = self.seconds[name], self.seconds[other]
        return ratio(times, others) if len(times) == len(others) else self.median(name) / self.median(other)

    @property
    def best_peer(self):
        """The fastest of JAX, PyTorch and autograd."""
        return min((p for p in PEERS if p in self.seconds), key=self.median, default=None)


def measured(workload, size, peers=PEERS, rounds=15):
    """The row of a program; every contender must give the gradient by hand first."""
    args, row = workload.of(size), Row(workload.name, size)
    by_hand = compiled(getattr(native_by_hand, workload.name))
    primal = compiled(workload.primal)
    ours = grad(workload.primal, wrt=workload.wrt, target="numba")
    ready = {"primal": lambda: (lambda: primal(*args)), "by hand": lambda: (lambda: by_hand(*args)),
             "ours": lambda: (lambda: ours(*args))}
    ready |= {p: lambda p=p: native_peers.READY[p](workload, args) for p in peers}
    functions, expected = {}, None
    for name, make in ready.items():
        if name in PEERS and importlib.util.find_spec(name) is None:
            row.missing[name] = "not installed"
            continue
        start = time.perf_counter()
        try:
            functions[name] = make()
            found = functions[name]()
        except CompileError as refused:
            row.missing[name] = refused.code
            functions.pop(name, None)
            continue
        row.first[name] = time.perf_counter() - start
        if name == "by hand":
            expected = found
        elif name != "primal":
            check(found, expected, f"{row.title}: {name}")
    slow = {name: f for name, f in functions.items() if row.first[name] > SLOW and _once(f) > SLOW}
    row.seconds = interleaved({name: f for name, f in functions.items() if name not in slow}, rounds=rounds)
    for name, function in slow.items():
        row.seconds[name] = [_once(function) for _ in range(3)]
    return row


def check(found, expected, what):
    """All gradients agree."""
    for mine, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-7, atol=1e-9 * np.max(np.abs(right)), err_msg=what)


def _once(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


# --- memory -----------------------------------------------------------------------------------------------------------

MEMORY = {"log_sum_exp": [(100_000,), (400_000,), (1_600_000,)], "kmeans": [(100, n, 8) for n in (10_000, 40_000, 160_000)],
          "mixture": [(10, 5, n) for n in (1000, 4000, 16_000)], "euler": [(100_000,), (400_000,), (1_600_000,)],
          "runge_kutta": [(100_000,), (400_000,), (1_600_000,)], "black_scholes": [(n, 100) for n in (2500, 10_000, 40_000)],
          "heston": [(n, 100) for n in (2500, 10_000, 40_000)], "lstm": [(2, n) for n in (1024, 4096, 16_384)]}
"""Programs and growing sizes."""


def peak_memory(name, size, contender):
    """MiB that a gradient needs at its peak beyond its arguments, in a process of its own (Linux)."""
    command = [sys.executable, __file__, name, contender, *map(str, size)]
    return float(subprocess.check_output(command, text=True))


def _peak_here(name, contender, size):
    workload = next(w for w in WORKLOADS if w.name == name)
    if contender == "ours":
        gradient = grad(workload.primal, wrt=workload.wrt, target="numba")
    else:
        gradient = compiled(getattr(native_by_hand, name))
    gradient(*workload.of(workload.tiny))
    args = workload.of(size)
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    gradient(*args)
    return (_status("VmHWM") - before) / 1024


def _status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))


if __name__ == "__main__":
    print(_peak_here(sys.argv[1], sys.argv[2], tuple(map(int, sys.argv[3:]))))
