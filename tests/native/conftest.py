"""These tests need Numba, and keep compiled code in a folder of their own."""

import pytest

pytest.importorskip("numba", reason="the target numba needs Numba")


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory):
    """A fresh folder for compiled code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADCOMPILER_CACHE", str(tmp_path_factory.mktemp("compiled")))
        yield
