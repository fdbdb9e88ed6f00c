"""`python -m pytest benchmarks/test_arrays.py`: gradients of array programs, against the same gradients by hand, by
HIPS autograd and by PyTorch.

All of them must agree. Each is timed in the same run, in turns, on one thread. The table at the end shows the time of
our gradient, and of the others in relation to it or to the gradient by hand. Peers that are not installed (extra
`bench`) are left out.
"""

import importlib.util

import numpy as np
import peers
import pytest
from array_workloads import WORKLOADS
from test_benchmarks import generated
from timing import interleaved

from adcompiler import grad

PEERS = {"autograd": peers.with_autograd, "torch": peers.with_torch}


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("workload", WORKLOADS, ids=[w.primal.__name__ for w in WORKLOADS])
def test_gradient_of_arrays(workload, array_table):
    args = workload.arguments()
    ours = generated(grad(workload.primal, wrt=workload.wrt), args)
    contenders = {"ours": lambda: ours(*args), "by hand": lambda: workload.by_hand(*args)}
    contenders |= {name: make(workload, args) for name, make in PEERS.items() if importlib.util.find_spec(name)}
    expected = as_tuple(workload.by_hand(*args))
    for name, gradient in contenders.items():
        for mine, right in zip(as_tuple(gradient()), expected, strict=True):
            np.testing.assert_allclose(mine, right, rtol=1e-6, atol=1e-8 * np.max(np.abs(right)), err_msg=name)
    contenders["primal"] = lambda: workload.primal(*args)
    array_table[workload.name] = interleaved(contenders, rounds=41)
