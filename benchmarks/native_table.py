"""`python benchmarks/native_table.py [NAME ...]`: measures gradients under Numba and writes docs/native_speed.md and .svg.

`--print` prints the table and writes nothing, `--no-memory` leaves out the table of memory, `--save FILE` and `--load FILE` keep
the rows as JSON and read them again.
"""

import argparse
import dataclasses
import json
import math
import os
import platform
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("ADCOMPILER_CACHE", tempfile.mkdtemp(prefix="adcompiler-bench-"))  # so that compiling is seen

import native_run  # noqa: E402
from native_workloads import WORKLOADS  # noqa: E402

DOCS = Path(__file__).parents[1] / "docs"
COLORS = {"by hand": "#2a9d8f", "ours": "#d1495b", "jax": "#30638e", "torch": "#edae49", "autograd": "#8d6a9f"}
LARGEST = {workload.name: workload.sizes[-1] for workload in WORKLOADS}
HEAD = """# Speed under Numba

Made by `python benchmarks/native_table.py`. Each program of
[benchmarks/native_workloads.py](../benchmarks/native_workloads.py) is written as loops or NumPy code from its published
definition; `grad(f, target="numba")` is compared with the program itself under Numba (primal), with a gradient written by
hand for Numba and tuned ([native_by_hand.py](../benchmarks/native_by_hand.py)), and with JAX (`jit`), PyTorch and HIPS autograd
on the CPU as their users write the program ([native_peers.py](../benchmarks/native_peers.py)). All gradients are checked against
each other first. One thread, 64-bit numbers, everything timed in turns in one process; ratios are medians over rounds. "First
call" is the time from the function to its first gradient, with nothing in a cache.
"""


def table(rows):
    """The rows as Markdown."""
    lines = ["| program | primal | gradient | gradient / primal | ours / by hand | ours / best peer | first call: ours, peer |",
             "|---|---|---|---|---|---|---|"]
    for row in rows:
        if "ours" in row.missing:
            lines.append(f"| {row.title} | {duration(row.median('primal'))} | refused: {row.missing['ours']} | - | - | - | - |")
            continue
        peer = row.best_peer
        first = f"{row.first['ours']:.2f} s" + (f", {row.first[peer]:.2f} s" if peer else "")
        rival = f"{row.over('ours', peer):.2f} ({peer})" if peer else "-"
        lines.append(f"| {row.title} | {duration(row.median('primal'))} | {duration(row.median('ours'))} | "
                     f"{row.over('ours', 'primal'):.2f} | {row.over('ours', 'by hand'):.2f} | {rival} | {first} |")
    return "\n".join(lines)


def summary(rows):
    """Geometric means of the largest sizes."""
    large = [row for row in rows if LARGEST[row.name] == row.size and "ours" in row.seconds]
    if not large:
        return ""
    to_primal = [row.over("ours", "primal") for row in large]
    to_hand = [row.over("ours", "by hand") for row in large]
    lost = [row.title for row in large if row.best_peer and row.over("ours", row.best_peer) >= 1.0]
    return (f"At the largest sizes: gradient / primal {mean(to_primal):.2f} as geometric mean and {max(to_primal):.2f} at most; "
            f"ours / by hand {mean(to_hand):.2f} as geometric mean and {max(to_hand):.2f} at most; slower than a peer: "
            f"{', '.join(lost) or 'nowhere'}.")


def mean(numbers):
    """Geometric."""
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def duration(seconds):
    """With three digits."""
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1.0 or unit == "us":
            return f"{seconds * scale:.3g} {unit}"
    raise AssertionError


def memory():
    """Peak memory against size, as Markdown."""
    lines = ["| program | size | ours | by hand |", "|---|---|---|---|"]
    for name, sizes in native_run.MEMORY.items():
        for size in sizes:
            ours, by_hand = (native_run.peak_memory(name, size, who) for who in ("ours", "by hand"))
            lines.append(f"| {name} | {' x '.join(map(str, size))} | {ours:.1f} | {by_hand:.1f} |")
    return "\n".join(lines)


def chart(rows):
    """A point for every contender on a logarithmic axis: its time over that of the primal."""
    rows = [row for row in rows if LARGEST[row.name] == row.size]
    points = [(k, name, row.over(name, "primal")) for k, row in enumerate(rows) for name in COLORS if name in row.seconds]
    low, high = math.floor(math.log10(min(p[2] for p in points))), math.ceil(math.log10(max(p[2] for p in points)))
    left, width, line = 230, 620, 24
    bottom = 50 + line * len(rows)

    def across(value):
        return left + width * (math.log10(value) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 30}" height="{bottom + 45}" '
           'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for k, (name, color) in enumerate(COLORS.items()):
        out += [f'<circle cx="{left + 100 * k}" cy="18" r="5" fill="{color}"/>',
                f'<text x="{left + 100 * k + 10}" y="22">{name}</text>']
    for power in range(low, high + 1):
        x = across(10.0**power)
        out += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="38" y2="{bottom}" stroke="{"#444" if power == 0 else "#ddd"}"/>',
                f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{10.0**power:g}</text>']
    for k, row in enumerate(rows):
        y = 50 + line * k
        out += [f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{row.title}</text>',
                f'<line x1="{left}" x2="{left + width}" y1="{y}" y2="{y}" stroke="#eee"/>']
    out += [f'<circle cx="{across(value):.1f}" cy="{50 + line * k}" r="5" fill="{COLORS[name]}">'
            f'<title>{name}: {value:.3g}</title></circle>' for k, name, value in points]
    out += [f'<text x="{left + width / 2}" y="{bottom + 36}" text-anchor="middle">time of the gradient / time of the primal'
            ' under Numba</text>', '</svg>']
    return "\n".join(out) + "\n"


def environment():
    """What it was measured with."""
    found = [f"Python {platform.python_version()}"]
    for package in ("numpy", "numba", "jax", "torch", "autograd"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return f"{processor()}; {', '.join(found)}."


def processor():
    """The name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--print", action="store_true", dest="only_print")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--load", type=Path)
    given = parser.parse_args()
    rows = []
    if given.load:
        rows = [native_run.Row(**{**row, "size": tuple(row["size"])}) for row in json.loads(given.load.read_text())]
    for workload in WORKLOADS if not given.load else ():
        for size in workload.sizes if not given.names or workload.name in given.names else ():
            peers = native_run.PEERS if size == workload.sizes[0] else native_run.PEERS[:2]
            rows.append(native_run.measured(workload, size, peers))
            print(table(rows[-1:]).splitlines()[-1], flush=True)
    if given.save:
        given.save.write_text(json.dumps([dataclasses.asdict(row) for row in rows]))
    print(summary(rows))
    if given.only_print:
        return
    text = f"{HEAD}\n{environment()}\n\n{table(rows)}\n\n{summary(rows)}\n\n![times over the primal](native_speed.svg)\n"
    if not given.no_memory:
        text += f"\n## Memory\n\nMiB at the peak beyond the arguments, in a process of its own.\n\n{memory()}\n"
    (DOCS / "native_speed.md").write_text(text, encoding="utf-8")
    (DOCS / "native_speed.svg").write_text(chart(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
