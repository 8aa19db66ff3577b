"""What the models of a declared scenario remember: how the events of an entity turned out, as far as was known."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.schema import EventSchema
from riskcore.estimators.outcomes import KnownOutcomes
from riskcore.estimators.transforming import Transformer
from riskcore.scenarios.declared.past import in_long, plain_words
from riskcore.scenarios.declared.spec import RememberSpec, Spec, span

WORDS = "Share of bad outcomes to be expected of this {by}, by those in {within} that the model knows: "


def remembered(spec: Spec) -> Mapping[str, str]:
    """Each remembered column of a checked spec, with what it holds in words, `{value}` in them."""
    return {
        _name(said, spec): WORDS.format(by=plain_words(said.by), within=in_long(_within(said, spec))) + "{value:.2%}"
        for said in spec.remember
    }


def memories(spec: Spec, delay: timedelta) -> tuple[Callable[[], Transformer], ...]:
    """What makes each of them, for one model; labels arrive after `delay`."""
    at = moment_name(spec)
    return tuple(
        partial(KnownOutcomes, said.by, at, _within(said, spec), delay, into=_name(said, spec), number=i)
        for i, said in enumerate(spec.remember)
    )


def moment_name(spec: Spec) -> str:
    """The key column by which what is remembered is put in order."""
    return f"moment of {spec.roles.time}"


def moments(schema: EventSchema, events: pd.DataFrame) -> Any:
    """When events (n,) were, as whole microseconds in words: a key, for only transformers are to read it."""
    return pd.Series(np.rint(schema.seconds(events) * 1e6).astype(np.int64)).astype("str").array


def _within(said: RememberSpec, spec: Spec) -> timedelta:
    within = said.within or spec.lookback
    assert within is not None  # or `check_spec` had refused it
    return span(within)


def _name(said: RememberSpec, spec: Spec) -> str:
    """How a remembered column is called.

    >>> from types import SimpleNamespace
    >>> _name(RememberSpec(by="card"), SimpleNamespace(lookback="30d"))
    'outcomes by card in 30d'
    """
    return f"outcomes by {said.by} in {said.within or spec.lookback}"
