"""Programs that read and write arrays through indices of every kind, views and aliases; each is noted with its arguments."""

# ruff: noqa: B007

import numpy as np
from hard_programs import at

X = np.array([[0.3, -1.2, 2.1, 0.8], [1.4, 0.6, -0.5, 0.9], [-0.7, 1.6, 0.2, 1.1]])
x = np.array([0.7, -1.3, 0.4, 1.9, -0.6])
y = np.array([1.1, 0.3, 2.2, 0.8, 1.7])
CALLS = []


@at(x, calls=CALLS)
def scaled_view(x):
    b = x[1:]
    b *= 2
    return np.sum(x * x * x)


@at(x, calls=CALLS)
def overlapping_sum(x):
    a = x.copy()
    a[1:] += a[:-1]
    return np.sum(a * a)


@at(X, calls=CALLS)
def rows_in_a_loop(X):
    A = X * 1.0
    for row in A:
        row *= 2
        row[0] = row[1] * row[2]
    return np.sum(A * A)


@at(X, calls=CALLS)
def rows_swapped_through_views(X):
    A = X.copy()
    A[0], A[1] = A[1], A[0]
    return np.sum(A ** 3 * np.arange(12.0).reshape(3, 4))


@at(x, calls=CALLS)
def elements_swapped(x):
    a = x.copy()
    a[1], a[3] = a[3], a[1]
    return np.sum(a ** 3 * np.arange(5.0))


@at(x, y, calls=CALLS)
def repeated_positions(x, y):
    a = np.zeros(5)
    idx = np.array([0, 2, 2, 4, 0])
    a[idx] = x * y
    return np.sum(a * a * np.arange(1.0, 6.0))


@at(x, y, calls=CALLS)
def repeated_positions_added_once(x, y):
    a = x.copy()
    a[[0, 2, 2]] += y[:3]
    return np.sum(a * a * a)


@at(x, calls=CALLS)
def view_of_a_view(x):
    u = x.copy()
    v = u[::2]
    w = v[1:]
    w[0] = u[0] * u[1]
    v *= u[1]
    return np.sum(u * u) + np.sum(w) * np.sum(v ** 2)


@at(X, calls=CALLS)
def written_through_the_transpose(X):
    A = X * 2.0
    T = A.T
    T[0] = T[1] * T[2]
    A[1] *= 3
    return np.sum(T * A.T) + T[2, 1]


@at(X, calls=CALLS)
def written_through_a_reshape(X):
    A = np.zeros((3, 4))
    A[:] = X
    f = A.reshape(-1)
    f[3] = f[5] * f[7]
    f[::2] *= 2.0
    return np.sum(A ** 3)


@at(x, calls=CALLS)
def view_and_base_in_a_loop(x):
    a = x.copy()
    b = a[1:4]
    for i in range(3):
        b[i] = b[i] * a[0] + a[4]
        a[0] += b[i]
    return np.sum(a * a)


@at(x, calls=CALLS)
def masks(x):
    m = np.array([True, False, True, False, True])
    a = x.copy()
    a[m] = a[m] ** 2
    a[~m] *= 3
    return np.sum(a ** 2)


@at(X, calls=CALLS)
def row_and_column(X):
    A = X.copy()
    r = A[1]
    c = A[:, 2]
    c += r[1]
    r *= c[0]
    return np.sum(A * A)


def scale(v, k):
    v *= k
    v[0] += 1.0


@at(X, calls=CALLS)
def views_given_to_a_function(X):
    A = X.copy()
    scale(A[1], 2.0)
    scale(A[:, 0], A[2, 2])
    return np.sum(A ** 3)


@at(X, calls=CALLS)
def open_mesh(X):
    A = X.copy()
    i, j = np.ix_([0, 2], [1, 3])
    A[i, j] = A[i, j] ** 2
    return np.sum(A ** 3)


@at(X, calls=CALLS)
def pairs_of_positions(X):
    A = X.copy()
    rows, cols = np.array([0, 1, 2, 0]), np.array([1, 1, 3, 1])
    A[rows, cols] = X[0] * 2
    return np.sum(A ** 3)


@at(X, calls=CALLS)
def rows_by_repeated_positions(X):
    A = X.copy()
    A[[0, 0, 1]] = A[[2, 1, 0]] * A[[1, 1, 1]]
    return np.sum(A ** 3)


@at(x, calls=CALLS)
def either_view(x):
    if x[0] > 0:
        b = x[1:]
    else:
        b = x[:-1]
    return np.sum(b * b)


@at(x, 3, calls=CALLS)
def view_across_branches_and_loops(x, n):
    a = x.copy()
    v = a[1:]
    if n > 2:
        v[0] = 5.0 * a[0]
    else:
        a[1] = a[2] ** 2
    for k in range(n):
        v *= a[0]
        a[0] *= 1.1
        if v[0] > 1:
            v[1] = 0.5
    return np.sum(v * a[:-1])


@at(x, calls=CALLS)
def reversed_and_new_axis(x):
    a = x.copy()
    a[...] = a[::-1] * a
    a[-1] -= 2 * a[0]
    b = a[:, None]
    b[1] = 3 * b[2]
    return np.sum(a * a)


@at(X, y, calls=CALLS)
def mixed_indices(X, y):
    A = X.copy()
    A[:, [0, 2]] = y[:2]
    A[1:, 1] = A[:-1, 2] * 2
    A[np.array([0, 1]), 1:3] *= 2
    return np.sum(A ** 3)


@at(X, calls=CALLS)
def grid_of_positions(X):
    A = X.copy()
    A[np.array([[0, 1], [1, 0]]), np.array([0, 3])] += 1.5 * A[0, 0]
    return np.sum(A ** 3)


@at(x, calls=CALLS)
def alias_then_rebound(x):
    a = x.copy()
    b = a
    b[1:] *= a[:-1]
    c = b[2:4]
    c -= a[0]
    a = a * 2
    c[0] = 7
    return np.sum(a) + np.sum(b ** 2)


@at(x, calls=CALLS)
def stencil(x):
    u = np.concatenate([x, x])
    for t in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


@at(x, calls=CALLS)
def slice_objects(x):
    s = slice(1, 4)
    a = x.copy()
    a[s] *= 2
    k = (slice(None), None)
    return np.sum(a[k] * a ** 2)


@at(X, calls=CALLS)
def row_doubled_in_a_while_loop(X):
    A = X.copy()
    while A[0, 0] < 10:
        r = A[0]
        r *= 2
        A[1] += r
    return np.sum(A ** 2)


@at(x, calls=CALLS)
def permutation(x):
    a = np.zeros(5)
    a[np.argsort(x)] = x ** 2
    a[np.arange(5)] *= 2
    return np.sum(a ** 2 * np.arange(5.))


@at(x, calls=CALLS)
def list_of_views(x):
    xs = [x[:2], x[1:3], x[3:]]
    out = np.zeros(2)
    for v in xs:
        out += v * v
    return np.sum(out * out)


@at(X, calls=CALLS)
def views_of_the_argument(X):
    B = X[1:, 1:]
    C = B[::-1, ::2]
    C[0] += X[0, :2]
    D = np.swapaxes(B, 0, 1)
    D[0, 1] *= 4
    return np.sum(X ** 3)


@at(X, calls=CALLS)
def mask_and_newaxis_reads(X):
    m = np.array([True, False, True, True])
    return np.sum(X[1:, m] ** 2) + np.sum(X[:, m][[0, 0]] ** 3) + np.sum(X[..., None, 1] * X[:, 2])


@at(x, y, calls=CALLS)
def last_write_wins(x, y):
    a = x.copy()
    a[np.array([1, 1, 1])] = 2.5 * y[0]
    a[np.array([0, 0])] = y[1:3]
    return np.sum(a ** 2)


@at(X, calls=CALLS)
def mask_of_two_axes(X):
    A = X.copy()
    A[A > 0] *= 2
    A[1, A[1] > 0] = 0.5 * A[0, 0]
    return np.sum(A ** 2)


@at(x, y, calls=CALLS)
def scatter_add(x, y):
    a = x * 1.0
    np.add.at(a, [0, 0, 2], y[:3])
    A = np.outer(a, y)
    np.add.at(A, np.s_[[1, 1], 1:], A[0, 1:] * a[0])
    np.add.at(A[1:], (np.array([0, 0]), np.array([2, 3])), 2.5 * a[1])
    return np.sum(A ** 2)


@at(X, y, calls=CALLS)
def functions_that_write(X, y):
    A = X.copy()
    np.fill_diagonal(A, y[:3])
    np.put(A, [1, 5, 5], y[0] ** 2)
    np.copyto(A, X * 2, where=X > 0.5)
    np.putmask(A, A < 0, X ** 2)
    np.place(A, A > 3, y[1])
    return np.sum(A ** 3)


@at(X, y, calls=CALLS)
def along_an_axis(X, y):
    A = X.copy()
    i = np.argsort(X, axis=1)
    np.put_along_axis(A, i[:, :1], y[:3, None], axis=1)
    np.copyto(A[0], y[:4])
    return np.sum(A ** 3)


@at(X, calls=CALLS)
def filled(X):
    A = X.copy()
    A.fill(X[0, 0])
    A[1].fill(X[1, 1])
    return np.sum(A ** 3)


@at(x, calls=CALLS)
def array_in_a_list_doubled(x):
    xs = [x]
    xs[0] += x
    return np.sum(x * x)


@at(y, calls=CALLS)
def squeezed_view(y):
    view = np.squeeze(y)
    other = view
    view[1] = y[0] * 2
    return np.sum(other * y)


@at(x, calls=CALLS)
def view_of_a_doubled_array(x):
    view = x * 1
    for k in range(2):
        view = x[1:]
        x += x
    return np.sum(view ** 2)


@at(x, 1, calls=CALLS)
@at(x, 2, calls=CALLS)
def array_bound_on_one_path(x, n):
    if n > 1:
        square = x * x
    total = 1.0
    if n > 1:
        total = np.sum(square * square)
    return total + np.sum(x)


def raise_all(a):
    a += 1
    return 2 * a[0]


@at(x, calls=CALLS)
def read_before_the_right_side(x):
    a = x * 2
    a[[1]] += raise_all(a)
    a[2] += raise_all(a)
    a[3:] += raise_all(a)
    return np.sum(a ** 2)


@at(0.3, 0.7, calls=CALLS)
def bounds_of_a_range_vary(start, step):
    points = np.arange(start, start + 3.5 * step, step)
    return np.sum(points ** 2) + points[-1]


def total_times(t, s):
    return np.sum(t * s)


def negated_row(t):
    for k in range(len(t)):
        t[k] = -t[k]
    return t[1]


@at(X, calls=CALLS)
def read_before_a_loop_adds_in_place(X):
    row = negated_row(X[1:])
    square = row ** 2
    row[~(row > 0.2)] = total_times(X, square[-3])
    for k in range(len(X)):
        square += k
    return np.sum(square) + np.sum(X)


@at(0.7, calls=CALLS)
def number_of_where_added_to_in_a_loop(s):
    x = np.where(s > 0, s, 0.1 * s)
    total = 0.0
    for k in range(3):
        total = total + x ** 3
        x += 1.5
    return total * 1.0


@at(X, calls=CALLS)
def views_in_a_dict(X):
    parts = {"row": X[0], "column": X[:, 1]}
    parts["row"] *= 2
    parts["column"] += parts["row"][0]
    return np.sum(X ** 3)
