"""Products, linear algebra, Fourier transforms."""

_MATRIX = "numpy.linalg."

CASES = {
    "numpy.dot": ["np.dot(x, y)", "np.dot(X, v)", "np.dot(A, B)", "np.dot(s, X)", "np.dot(v, A)", "np.dot(T, v)", "np.dot(T, A)"],
    "numpy.matmul": ["np.matmul(A, B)", "x @ y", "X @ v", "X[:, 0] @ X", "T @ A", "T @ v", "T @ np.swapaxes(T, 1, 2)", "K @ K", "K[0] @ K", "K @ X", "v[:3] @ K"],
    "numpy.outer": ["np.outer(x, y)", "np.outer(v, x)", "np.outer(X, v)", "np.outer(x, s)"],
    "numpy.inner": ["np.inner(x, y)", "np.inner(X, Y)", "np.inner(X, v)", "np.inner(T, v)"],
    "numpy.vdot": ["np.vdot(x, y)", "np.vdot(X, Y)"],
    "numpy.einsum": ["np.einsum('i,i->', x, y)", "np.einsum('ij,jk->ik', X, A)", "np.einsum('ij,jk', X, A)", "np.einsum('ii', A)", "np.einsum('ii->i', A)",
                     "np.einsum('ij->j', X)", "np.einsum('ij,ij->i', X, Y)", "np.einsum('bij,jk->bik', T, A)", "np.einsum('ij,kj,k->i', X, A, v)", "np.einsum('i,j->ij', x, y)",
                     "np.einsum('ij->ji', X)", "np.einsum('bij,bkj->ik', T, T)", "np.einsum('ij,ij', X, Y)", "np.einsum('...j,j->...', T, v)", "np.einsum('ij,jk->ik', X, A, optimize=True)"],
    "numpy.tensordot": ["np.tensordot(X, A, 1)", "np.tensordot(X, Y)", "np.tensordot(T, X, axes=([1, 2], [0, 1]))", "np.tensordot(x, y, 0)", "np.tensordot(T, A, axes=(2, 1))"],
    "numpy.kron": ["np.kron(x, y)", "np.kron(A, X)", "np.kron(x[:2], A)"],
    "numpy.cross": ["np.cross(x[:3], y[:3])", "np.cross(X[:, :3], y[:3])", "np.cross(X[:, :3], Y[:, 1:])"],
    "numpy.linalg.solve": ["np.linalg.solve(A, v)", "np.linalg.solve(A, B)", "np.linalg.solve(K, X)", "np.linalg.solve(K[0], X)", "np.linalg.solve(A, v[:, None])"],
    "numpy.linalg.inv": ["np.linalg.inv(A)", "np.linalg.inv(K)"], "numpy.linalg.det": ["np.linalg.det(A)", "np.linalg.det(K)"],
    "numpy.linalg.slogdet": ["np.linalg.slogdet(A)[1]", "sign, logdet = np.linalg.slogdet(S)\nr = sign * logdet", "np.linalg.slogdet(K)[1]", "np.linalg.slogdet(A).logabsdet"],
    "numpy.linalg.cholesky": ["np.linalg.cholesky((S + S.T) / 2)", "np.linalg.cholesky(K + np.swapaxes(K, 1, 2))", "np.linalg.cholesky(A @ A.T)", "np.log(np.diag(np.linalg.cholesky(A @ A.T)))"],
    "numpy.linalg.norm": ["np.linalg.norm(x)", "np.linalg.norm(X)", "np.linalg.norm(X, axis=1)", "np.linalg.norm(X, axis=0, keepdims=True)", "np.linalg.norm(x, 1)", "np.linalg.norm(x, np.inf)",
                          "np.linalg.norm(X, 'fro')", "np.linalg.norm(x, 3)", "np.linalg.norm(x, ord=2)", "np.linalg.norm(X, 1)", "np.linalg.norm(X, np.inf)", "np.linalg.norm(X, 2)",
                          "np.linalg.norm(X, 'nuc')", "np.linalg.norm(x, -np.inf)", "np.linalg.norm(X, 1, axis=1)"],
    "numpy.linalg.eigh": ["np.linalg.eigh(A @ A.T)[0]", "w_, V = np.linalg.eigh(A + A.T)\nr = V ** 2 @ w_", "w_, V = np.linalg.eigh(A + A.T)\nr = V @ np.diag(np.sin(w_)) @ V.T"],
    "numpy.linalg.eigvalsh": ["np.linalg.eigvalsh(A + A.T)"],
    "numpy.linalg.svd": ["np.linalg.svd(X, compute_uv=False)", "U_, d, V = np.linalg.svd(X, full_matrices=False)\nr = U_ ** 2 @ (d * np.abs(V.T) ** 2).T", "np.linalg.svd(A, full_matrices=False)[1]"],
    "numpy.linalg.svdvals": ["np.linalg.svdvals(X)"],
    "numpy.linalg.qr": ["np.linalg.qr(A)[1]", "Q, R = np.linalg.qr(X.T)\nr = Q ** 2 @ R ** 2", "np.linalg.qr(X.T)[0]"],
    "numpy.linalg.lstsq": ["np.linalg.lstsq(X.T, v)[0]", "np.linalg.lstsq(X.T, A, rcond=None)[0]"], "numpy.linalg.pinv": ["np.linalg.pinv(X)", "np.linalg.pinv(A)"],
    "numpy.linalg.matrix_power": ["np.linalg.matrix_power(A, 3)", "np.linalg.matrix_power(A, -2)", "np.linalg.matrix_power(A, 1)", "np.linalg.matrix_power(A, 0) + A"],
    "numpy.linalg.multi_dot": ["np.linalg.multi_dot([X, A, B])", "np.linalg.multi_dot([v, A, B, v])"],
    "scipy.linalg.solve": ["scipy.linalg.solve(A, v)", "scipy.linalg.solve(B @ B.T, A, assume_a='pos')"], "scipy.linalg.inv": ["scipy.linalg.inv(A)"], "scipy.linalg.det": ["scipy.linalg.det(A)"],
    "scipy.linalg.norm": ["scipy.linalg.norm(x)", "scipy.linalg.norm(X)"],
    "scipy.linalg.cholesky": ["scipy.linalg.cholesky(A @ A.T, lower=True)", "scipy.linalg.cholesky(A @ A.T)"],
    "scipy.linalg.solve_triangular": ["scipy.linalg.solve_triangular(np.tril(A), v, lower=True)", "scipy.linalg.solve_triangular(A, v)", "scipy.linalg.solve_triangular(A, B, lower=True)",
                                      "scipy.linalg.solve_triangular(A, v, trans=1, lower=True)"],
    "scipy.linalg.cho_factor": ["scipy.linalg.cho_solve(scipy.linalg.cho_factor(A @ A.T), v)", "scipy.linalg.cho_solve(scipy.linalg.cho_factor(S + S.T, lower=True), A)"],
    "scipy.linalg.cho_solve": ["scipy.linalg.cho_solve((np.linalg.cholesky(A @ A.T), True), v)"],
}
ABSENT = {f"numpy.fft.{f}": "complex numbers are refused" for f in "fft ifft rfft irfft".split()}
DOUBLE = {"numpy.linalg.svd", "numpy.linalg.eigh", "numpy.linalg.qr", "numpy.linalg.matrix_power"}
