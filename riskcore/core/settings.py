"""Settings, read once from the environment.  The only module that looks at environment variables."""

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from riskcore.core.errors import DataError

PROJECT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Where things are and how much of the machine to use.  Each is set by `RISKCORE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="RISKCORE_", frozen=True, extra="ignore")

    data: Path = Field(default=PROJECT / "data", description="folder of datasets, policies and samples")
    models: Path = Field(default=PROJECT / "models", description="folder of trained models")
    database_url: str = Field(
        default="", description="database of events and decisions; empty: SQLite, riskcore.db in the data folder"
    )
    chunk: int = Field(default=100_000, ge=1, le=10_000_000, description="rows scored at a time")
    threads: int = Field(
        default_factory=lambda: len(os.sched_getaffinity(0)), ge=1, le=1024, description="threads of one process"
    )
    real_data: Path = Field(
        default=PROJECT.parent / "shared" / "data", description="folder of real data sets, for tests and benchmarks"
    )


def read_settings() -> Settings:
    """The settings in force; a `DataError` names every variable with a bad value.  Also sets OpenMP's threads, once."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise DataError(
            [f"RISKCORE_{str(e['loc'][0]).upper()} is '{e['input']}'. {e['msg']}." for e in error.errors()]
        ) from None
    # Spinning OpenMP threads starve the others on two cores; both must be set before the libraries load.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.threads))
    return settings
