"""The array programs for HIPS autograd and for PyTorch, as their users write them.

Each function takes the arguments of the workload (NumPy arrays) and gives its gradients as NumPy arrays. What is
converted once (tensors of the arguments) is made before the clock runs: `autograd(name)` and `torch(name)` give a
function of the arguments that gives a function without arguments.
"""

import importlib
from types import FunctionType

import array_workloads as work


def same_text(function, numpy):
    """The same function over another module `np`."""
    return FunctionType(function.__code__, {**function.__globals__, "np": numpy}, function.__name__, function.__defaults__)


# --- autograd: it knows no updates in place ------------------------------------------------------------------------


def with_autograd(workload, args):
    """The gradient by autograd, ready to be called."""
    np = importlib.import_module("autograd.numpy")
    grad = importlib.import_module("autograd").grad
    primal = AUTOGRAD[workload.primal.__name__](np)
    wrt = workload.wrt if isinstance(workload.wrt, int) else list(workload.wrt)
    if isinstance(wrt, int):
        gradient = grad(primal, wrt)
        return lambda: gradient(*args)

    def packed(parts, *rest):
        return primal(*parts, *rest)

    gradient = grad(packed)
    first, rest = args[:len(wrt)], args[len(wrt):]
    return lambda: gradient(first, *rest)


def _mixture(np):
    def mixture(alphas, means, icf, x, rows, cols, gamma, m):
        n, d = x.shape
        k = len(alphas)
        places = np.zeros((d * (d - 1) // 2, d, d))
        places[np.arange(len(rows)), rows, cols] = 1.0
        diagonals = np.exp(icf[:, :d])
        factors = np.einsum("kp,pij->kij", icf[:, d:], places) + diagonals[:, :, None] * np.eye(d)
        scaled = np.matmul(x[None] - means[:, None, :], np.swapaxes(factors, 1, 2))
        sums = np.sum(icf[:, :d], axis=1)
        main = alphas + sums - 0.5 * np.sum(scaled**2, axis=2).T
        prior = 0.5 * gamma**2 * (np.sum(diagonals**2) + np.sum(icf[:, d:]**2)) - m * np.sum(sums)
        top = np.max(main, axis=1)
        points = np.sum(top + np.log(np.sum(np.exp(main - top[:, None]), axis=1)))
        weights = np.log(np.sum(np.exp(alphas - np.max(alphas)))) + np.max(alphas)
        return points - n * weights + prior - work.mixture_constant(n, d, k, gamma, m)
    return mixture


def _heat(np):
    def heat(u0, dt, steps):
        u = u0
        for _ in range(steps):
            u = u + np.pad(dt * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]), 1,
                           "constant")
        return np.sum(u * u)
    return heat


def _conductivity(np):
    def conductivity(a, u0, dt, steps):
        u = u0
        rate = dt * a
        for _ in range(steps):
            u = u + np.pad(rate * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]), 1,
                           "constant")
        return np.sum(u * u)
    return conductivity


AUTOGRAD = {
    "net": lambda np: same_text(work.net, np),
    "log_sum_exp": lambda np: same_text(work.log_sum_exp, np),
    "mixture": _mixture,
    "heat": _heat,
    "conductivity": _conductivity,
    "process": lambda np: same_text(work.process, np),
}


# --- PyTorch -------------------------------------------------------------------------------------------------------


def with_torch(workload, args):
    """The gradient by PyTorch, ready to be called; on one thread, as NumPy here."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    wrt = (workload.wrt,) if isinstance(workload.wrt, int) else workload.wrt
    tensors = [torch.from_numpy(a) if hasattr(a, "shape") else a for a in args]
    sought = [tensors[k].requires_grad_() for k in wrt]
    primal = TORCH[workload.primal.__name__](torch)

    def gradient():
        found = torch.autograd.grad(primal(*tensors), sought)
        return tuple(g.numpy() for g in found)
    return gradient


def _torch_net(torch):
    def net(w1, b1, w2, b2, inputs, labels):
        logits = torch.tanh(inputs @ w1 + b1) @ w2 + b2
        return torch.nn.functional.cross_entropy(logits, labels)
    return net


def _torch_mixture(torch):
    def mixture(alphas, means, icf, x, rows, cols, gamma, m):
        n, d = x.shape
        k = len(alphas)
        diagonals = torch.exp(icf[:, :d])
        factors = torch.diag_embed(diagonals)
        factors[:, rows, cols] = icf[:, d:]
        scaled = (x[None] - means[:, None, :]) @ factors.mT
        sums = torch.sum(icf[:, :d], dim=1)
        main = alphas + sums - 0.5 * torch.sum(scaled**2, dim=2).T
        prior = 0.5 * gamma**2 * (torch.sum(diagonals**2) + torch.sum(icf[:, d:]**2)) - m * torch.sum(sums)
        points = torch.sum(torch.logsumexp(main, dim=1))
        return points - n * torch.logsumexp(alphas, dim=0) + prior - work.mixture_constant(n, d, k, gamma, m)
    return mixture


def _torch_heat(torch):
    def heat(u0, dt, steps):
        u = u0.clone()
        for _ in range(steps):
            u[1:-1, 1:-1] += dt * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1])
        return torch.sum(u * u)
    return heat


def _torch_conductivity(torch):
    def conductivity(a, u0, dt, steps):
        u = u0.clone()
        rate = dt * a
        for _ in range(steps):
            u[1:-1, 1:-1] += rate * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1])
        return torch.sum(u * u)
    return conductivity


def _torch_process(torch):
    def process(log_scales, x, y):
        amplitude, length, noise = torch.exp(log_scales)
        distance = (x[:, None] - x[None, :]) / length
        covariance = amplitude**2 * torch.exp(-0.5 * distance**2) + noise**2 * torch.eye(len(x), dtype=x.dtype)
        factor = torch.linalg.cholesky(covariance)
        alpha = torch.cholesky_solve(y[:, None], factor)[:, 0]
        return -0.5 * (y @ alpha) - torch.sum(torch.log(torch.diag(factor))) - 0.5 * len(x) * 1.8378770664093453
    return process


TORCH = {
    "net": _torch_net,
    "log_sum_exp": lambda torch: lambda x: torch.logsumexp(x, dim=0),
    "mixture": _torch_mixture,
    "heat": _torch_heat,
    "conductivity": _torch_conductivity,
    "process": _torch_process,
}
