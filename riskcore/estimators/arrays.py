"""Named arrays as bytes and back, in a format that cannot hold code."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import ModelIntegrityError


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as a compressed npz."""
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def read(files: Mapping[str, bytes], name: str, wanted: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """The arrays of one of a model's files, as `unpack`; a missing file raises `ModelIntegrityError`, too."""
    if name not in files:
        raise ModelIntegrityError(f"The model has no {name}.")
    return unpack(name, files[name], wanted)


def refuse(name: str, problems: Iterable[str]) -> None:
    """Raise one `ModelIntegrityError` with everything that is unsound in a file, if anything is."""
    told = [f"{name}: {problem}" for problem in problems]
    if told:
        raise ModelIntegrityError("\n".join(told))


def unpack(name: str, content: bytes, wanted: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """The arrays of an npz; `wanted` gives each name its kind of dtype (i, f, u, b or U).

    Raises `ModelIntegrityError` where the file is damaged, an array is missing, or one has another kind or NaN.
    """
    try:
        with np.load(BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (ValueError, OSError, BadZipFile, EOFError, KeyError) as error:
        raise ModelIntegrityError(f"{name} is not a readable set of arrays ({error}).") from None
    missing = sorted(set(wanted) - set(arrays))
    if missing:
        raise ModelIntegrityError(f"{name} lacks {', '.join(missing)}.")
    for key, kind in wanted.items():
        if arrays[key].dtype.kind != kind:
            raise ModelIntegrityError(f"{name}: {key} has dtype {arrays[key].dtype}; expected kind '{kind}'.")
    return arrays
