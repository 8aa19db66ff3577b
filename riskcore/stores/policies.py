"""The operator's policies as YAML files; one replaces its scenario's default whole, and every change is a version."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from riskcore.core.errors import ConflictError, DataError, PolicyError, UnknownKeyError
from riskcore.core.policy import Policy, policy_from_mapping
from riskcore.stores import yaml_text
from riskcore.stores.writing import locked, replace_file

HEADER = ("model", "dry_run")  # what a file says beside the policy itself
BACK = "back to the default"


@dataclass(frozen=True)
class Applied:
    """The policy in force and the model version whose risks its thresholds were chosen on (None: the default).

    In a dry run its decisions are logged, and nobody acts on them.
    """

    policy: Policy
    model: str | None
    dry_run: bool = False

    def suits(self, version: str) -> bool:
        """Whether its thresholds were chosen on this model."""
        return self.model is None or self.model == version


@dataclass(frozen=True, kw_only=True)
class Version:
    """One change of what is in force, in order from 1."""

    number: int
    at: datetime  # UTC
    author: str
    note: str
    applied: Applied

    @property
    def policy(self) -> Policy:
        return self.applied.policy


class Policies:
    """`folder/<scenario>.yaml` is in force; `folder/versions/<scenario>/<number>.yaml` are all that ever were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, scenario: str, default: Policy) -> Applied:
        """The applied policy, or the default; every problem of a bad file is in one `PolicyError`."""
        path = self._path(scenario)
        return read_policy(path) if path.exists() else Applied(default, None)

    def apply(
        self,
        scenario: str,
        policy: Policy,
        model: str | None,
        default: Policy,
        expected: str,
        *,
        author: str = "",
        note: str = "",
        dry_run: bool = False,
    ) -> Version:
        """Put a policy in force, chosen on a model version.

        `expected` is the fingerprint of the policy the caller saw in force; another one raises `ConflictError`.
        """
        wanted = Applied(policy, model, dry_run)
        return self._change(scenario, default, expected, wanted, author, note, lambda: self._put(scenario, wanted))

    def rollback(
        self, scenario: str, number: int, default: Policy, expected: str, *, author: str = "", note: str = ""
    ) -> Version:
        """Put an earlier version back in force, as a new version; 0 is the scenario's default.

        `expected` as in `apply`.
        """
        if number == 0:
            path, wanted = self._path(scenario), Applied(default, None)
            return self._change(
                scenario, default, expected, wanted, author, note or BACK, lambda: path.unlink(missing_ok=True)
            )
        known = {v.number: v for v in self.versions(scenario)}
        if number not in known:
            raise UnknownKeyError(f"version of the policy of {scenario}", number, (0, *known))
        wanted = known[number].applied
        told = note or f"back to version {number}"
        return self._change(scenario, default, expected, wanted, author, told, lambda: self._put(scenario, wanted))

    def versions(self, scenario: str) -> list[Version]:
        """Every change, the oldest first."""
        return [_read_version(path) for path in sorted(self._versions(scenario).glob("*.yaml"))]

    def applied_at(self, scenario: str) -> datetime | None:
        """When the policy in force was applied, UTC; None for the default."""
        path = self._path(scenario)
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None

    def _change(
        self,
        scenario: str,
        default: Policy,
        expected: str,
        wanted: Applied,
        author: str,
        note: str,
        put: Callable[[], None],
    ) -> Version:
        """One change, told as a version once it is made; a file that was edited by hand is kept as one before it."""
        with locked(self.folder):
            now = self._expect(scenario, default, expected)
            told = self.versions(scenario)
            last = told[-1].applied if told else Applied(default, None)
            if now != last:
                told.append(self._keep(scenario, len(told) + 1, now, "", "found in the file, changed by hand"))
            put()
            return self._keep(scenario, len(told) + 1, wanted, author, note)

    def _put(self, scenario: str, wanted: Applied) -> None:
        replace_file(self._path(scenario), to_yaml(wanted).encode())

    def _keep(self, scenario: str, number: int, applied: Applied, author: str, note: str) -> Version:
        made = Version(number=number, at=datetime.now(UTC), author=author, note=note, applied=applied)
        said = {"at": made.at.isoformat(), "author": author, "note": note} | _mapping(applied)
        replace_file(self._versions(scenario) / f"{number:06d}.yaml", _dump(said).encode())
        return made

    def _expect(self, scenario: str, default: Policy, expected: str) -> Applied:
        now = self.read(scenario, default)
        if now.policy.fingerprint() != expected:
            raise ConflictError(
                f"The policy of {scenario} was changed by someone else since you opened it (it is "
                f"{now.policy.fingerprint()} now). Look at it, then change it again if you still want to."
            )
        return now

    def _path(self, scenario: str) -> Path:
        return self.folder / f"{Path(scenario).name}.yaml"

    def _versions(self, scenario: str) -> Path:
        return self.folder / "versions" / Path(scenario).name


def read_policy(path: Path) -> Applied:
    """A policy from a YAML file; every problem is in one `PolicyError`, with file, path and value."""
    said = _load(path)
    return _applied(said, str(path))


def from_yaml(text: str, where: str = "policy") -> Applied:
    """A policy from YAML text, as `to_yaml` writes it."""
    return _applied(_parsed(text, where), where)


def to_yaml(applied: Applied) -> str:
    """A policy as YAML text; `from_yaml` reads back the same value."""
    return _dump(_mapping(applied))


def _mapping(applied: Applied) -> dict[str, Any]:
    said: dict[str, Any] = {} if applied.model is None else {"model": applied.model}
    return said | ({"dry_run": True} if applied.dry_run else {}) | applied.policy.to_mapping()


def _applied(said: dict[str, Any], where: str) -> Applied:
    header = {key: said.pop(key) for key in HEADER if key in said}
    dry_run, model = header.get("dry_run", False), header.get("model")
    problems = [] if isinstance(dry_run, bool) else [f"{where}: dry_run is {dry_run!r}; it must be true or false."]
    try:
        policy = policy_from_mapping(said, where)
    except PolicyError as error:
        raise PolicyError([*problems, *error.problems]) from None
    if problems:
        raise PolicyError(problems)
    return Applied(policy, None if model is None else str(model), dry_run)


def _read_version(path: Path) -> Version:
    said = _load(path)
    at, author, note = (said.pop(key, "") for key in ("at", "author", "note"))
    try:
        when = datetime.fromisoformat(str(at))
    except ValueError:
        raise PolicyError(f"{path}: at is '{at}'; it must be a date and time.") from None
    return Version(
        number=int(path.stem), at=when, author=str(author), note=str(note), applied=_applied(said, str(path))
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path} is not YAML: {error}.") from None
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}.") from None
    return _parsed(text, str(path))


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        said = yaml_text.parsed(text, where)
    except DataError as error:
        raise PolicyError(error.problems) from None
    if not isinstance(said, dict):
        raise PolicyError(f"{where} must hold a mapping with actions and bands.")
    return said


def _dump(said: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
    return text
