"""Run every benchmark, print the table, write `build/bench.json`; exit 1 where a target is missed."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from riskcore.core.settings import read_settings

BUILD = Path(__file__).resolve().parents[1] / "build"


def main() -> int:
    """All rows, those of the server last."""
    settings = read_settings()  # before the libraries load: it sets their threads
    from benchmarks import (
        behavior,
        building,
        committing,
        custom,
        deciding,
        files,
        history,
        identity,
        isolation,
        rerun,
        scoring,
        store,
    )
    from benchmarks.measuring import Row, print_rows
    from riskcore.services.workspace import open_workspace

    with TemporaryDirectory() as folder:
        place = Path(folder)
        workspace = open_workspace(settings.model_copy(update={"data": place / "data", "models": place / "models"}))
        trained = {key: workspace.trained(scenario) for key, scenario in workspace.scenarios.items()}
        session = trained.pop("session_risk")
        found: list[Row] = [
            *scoring.rows(workspace, session, list(trained.values())),
            *building.rows(workspace),
            *deciding.rows(trained["card_fraud"], session),
            *isolation.rows(trained["infra_anomaly"]),
            *behavior.rows(workspace),
            *files.rows(workspace),
            *custom.rows(workspace),
            *history.rows(),
            *identity.rows(trained["identity_risk"]),
            *store.rows(workspace),
            *rerun.rows(),
            *committing.rows(),
        ]
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps([row.to_mapping() for row in found], indent=1) + "\n")
    print_rows(found)
    return 0 if all(row.ok for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
