"""The operator's policies as YAML files; one replaces its scenario's default whole."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from riskcore.core.errors import ConflictError, PolicyError
from riskcore.core.policy import Policy, policy_from_mapping
from riskcore.stores.writing import locked, replace_file


@dataclass(frozen=True)
class Applied:
    """The policy in force and the model version whose risks its thresholds were chosen on (None: the default)."""

    policy: Policy
    model: str | None

    def suits(self, version: str) -> bool:
        """Whether its thresholds were chosen on this model."""
        return self.model is None or self.model == version


class Policies:
    """`folder/<scenario>.yaml`: a policy and the model it is bound to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, scenario: str, default: Policy) -> Applied:
        """The applied policy, or the default; every problem of a bad file is in one `PolicyError`."""
        path = self._path(scenario)
        if not path.exists():
            return Applied(default, None)
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise PolicyError(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
        if not isinstance(said, dict):
            raise PolicyError(f"{path} must hold a mapping with actions and bands.")
        model = said.pop("model", None)
        return Applied(policy_from_mapping(said, str(path)), None if model is None else str(model))

    def apply(self, scenario: str, policy: Policy, model: str, default: Policy, expected: str) -> None:
        """Put a policy in force, chosen on a model version.

        `expected` is the fingerprint of the policy the caller saw in force; another one raises `ConflictError`.
        """
        said = {"model": model} | policy.to_mapping()
        with locked(self.folder):
            self._expect(scenario, default, expected)
            replace_file(self._path(scenario), yaml.safe_dump(said, sort_keys=False, allow_unicode=True).encode())

    def applied_at(self, scenario: str) -> datetime | None:
        """When the policy in force was applied, UTC; None for the default."""
        path = self._path(scenario)
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None

    def reset(self, scenario: str, default: Policy, expected: str) -> None:
        """Go back to the scenario's default; `expected` as in `apply`."""
        with locked(self.folder):
            self._expect(scenario, default, expected)
            self._path(scenario).unlink(missing_ok=True)

    def _expect(self, scenario: str, default: Policy, expected: str) -> None:
        now = self.read(scenario, default).policy.fingerprint()
        if now != expected:
            raise ConflictError(
                f"The policy of {scenario} was changed by someone else since you opened it (it is {now} now). "
                "Look at it, then change it again if you still want to."
            )

    def _path(self, scenario: str) -> Path:
        return self.folder / f"{Path(scenario).name}.yaml"
