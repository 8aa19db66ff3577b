"""A data set as files to take away: rows, recipe, and what the columns mean."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from riskcore.core.scenario import Scenario
from riskcore.services.data.recipes import data_dictionary, dictionary_text, recipe_text
from riskcore.stores.datasets import Dataset, label_frame
from riskcore.stores.tables import neutralise, to_bytes


def downloads(scenario: Scenario, dataset: Dataset) -> None:
    """One button for each file; each file is made when its button is clicked."""
    stem = f"{scenario.key} {dataset.name.removeprefix(scenario.key)}".replace("  ", " ").replace(" ", "_").lower()
    with st.container(horizontal=True):
        _button("CSV", f"{stem}.csv", "text/csv", lambda: to_bytes(neutralise(_table(scenario, dataset)), "csv"))
        _button(
            "Parquet",
            f"{stem}.parquet",
            "application/vnd.apache.parquet",
            lambda: to_bytes(_table(scenario, dataset), "parquet"),
        )
        if dataset.synthetic:
            _button("Recipe", f"{stem}.yaml", "application/yaml", lambda: recipe_text(scenario, dataset).encode())
        _button(
            "Dictionary (CSV)",
            f"{scenario.key}_dictionary.csv",
            "text/csv",
            lambda: to_bytes(neutralise(data_dictionary(scenario)), "csv"),
        )
        _button(
            "Dictionary (Markdown)",
            f"{scenario.key}_dictionary.md",
            "text/markdown",
            lambda: dictionary_text(scenario).encode(),
        )


def _table(scenario: Scenario, dataset: Dataset) -> pd.DataFrame:
    """Event columns, then `label`, `attack` and `p_true…`, as `riskcore generate` writes them."""
    if dataset.labels is None:
        return dataset.events
    truth = label_frame(dataset.labels, scenario.target.classes)
    return pd.concat([dataset.events, truth], axis=1)


def _button(label: str, file: str, mime: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        label,
        data=make,
        file_name=file,
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
        key=f"lab_dl_{label}",
    )
