"""The first steps of every autograd tutorial, each beside the PyTorch lines that it replaces.

    python examples/tutorial.py
"""

from adcompiler import detach, grad, no_grad

# x = torch.tensor(2.0, requires_grad=True)
# y = x**2 + 3*x + 1
# y.backward()
# x.grad                                          -> tensor(7.)


@grad
def polynomial(x):
    return x**2 + 3*x + 1


# a = torch.tensor(5.0, requires_grad=True)
# b = torch.tensor(4.0, requires_grad=True)
# c = a*b + b**2
# c.backward()
# a.grad, b.grad                                  -> tensor(4.), tensor(13.)


@grad(wrt=("a", "b"))
def two_variables(a, b):
    return a*b + b**2


# w = torch.tensor(2.0, requires_grad=True)       (likewise x = 3 and b = 5)
# prediction = w*x + b
# loss = (prediction - target)**2
# loss.backward()
# w.grad, x.grad, b.grad                          -> tensor(60.), tensor(40.), tensor(20.)


@grad(wrt=("w", "x", "b"))
def neuron(w, x, b, target=1.0):
    prediction = w*x + b
    loss = (prediction - target)**2
    return loss


# x = torch.tensor(2.0, requires_grad=True)
# y = x**2
# z = y * y.detach()
# z.backward()
# x.grad                                          -> tensor(16.)   (32 without detach)


@grad
def detached(x):
    y = x**2
    z = y * detach(y)
    return z


# with torch.no_grad():
#     scale = x**2


@grad
def detached_block(x):
    with no_grad():
        scale = x**2
    return x**2 * scale


def main():
    print("x**2 + 3x + 1 at x = 2:       ", polynomial(2.0))
    print("a*b + b**2 at (5, 4):         ", two_variables(5.0, 4.0))
    print("(w*x + b - 1)**2 at (2, 3, 5):", neuron(2.0, 3.0, 5.0))
    print("y * detach(y), y = x**2:      ", detached(2.0))
    print("the same under no_grad:       ", detached_block(2.0))
    print()
    print(polynomial.source)


if __name__ == "__main__":
    main()
