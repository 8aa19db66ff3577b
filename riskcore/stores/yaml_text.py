"""YAML that people write: read safely, and no key twice, of which YAML's own readers silently keep the last."""

from collections.abc import Iterator
from typing import Any

import yaml

from riskcore.core.errors import DataError

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml: the same, ten times as slow
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


def parsed(text: str | bytes, where: str, kind: str = "not YAML") -> Any:
    """What the text holds; a `DataError` says why it is no YAML, or every key that is given twice, with line and path.

    `where` names the text in sentences, and `kind` what a text is that cannot be read.
    """
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if repeated := [f"{where}, {problem}" for problem in _repeated(node, "", set())]:
            raise DataError(repeated)
        return None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a date that is none
        raise DataError(f"{where} is {kind}: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise DataError(f"{where} is nested too deeply.") from None


def tree(text: bytes) -> Any:
    """The nodes of a text that `parsed` reads; they know on which line each part stands."""
    return yaml.compose(text, Loader)


def _repeated(node: Any, path: str, seen: set[int]) -> Iterator[str]:
    """Every key of a mapping that stands in it again; what aliases share is looked at once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _repeated(item, f"{path}[{i}]", seen)
    elif isinstance(node, yaml.MappingNode):
        first: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            inner, line = f"{path}.{key.value}".lstrip("."), key.start_mark.line + 1
            name = (key.tag, str(key.value))
            if name in first:
                yield f"line {line}: {inner} is given again, line {first[name]} has it already. Keep one."
            first.setdefault(name, line)
            yield from _repeated(value, inner, seen)
