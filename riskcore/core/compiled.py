"""Compiling loops with numba.  Import late: it costs a third of a second."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba import types

Function = TypeVar("Function", bound=Callable[..., Any])


def read_only(dtype: Any, dimensions: int = 1) -> Any:
    """The type of a C-ordered array that is only read; writable ones match it too."""
    return types.Array(dtype, dimensions, "C", readonly=True)


def compiled(*arguments: Any, returns: Any = types.void) -> Callable[[Function], Function]:
    """Compile for exactly these arguments, at import; kept on disk wherever numba finds a writable place."""

    def compile_now(function: Function) -> Function:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        try:
            return numba.njit(returns(*arguments), cache=True, **options)(function)  # type: ignore[no-any-return]
        except RuntimeError:  # a read-only installation without a home: numba has nowhere to keep it
            return numba.njit(returns(*arguments), **options)(function)  # type: ignore[no-any-return]

    return compile_now
