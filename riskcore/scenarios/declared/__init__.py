"""Scenarios that are declared as data: a mapping, usually read from YAML, becomes a scenario like any other.

Every part has one file: `spec` says what may be declared and `checking` what is wrong, `twin` draws synthetic events,
`columns` makes features of an event, `past` of those before it and `memory` of how those turned out, `defaults` stands
in for what is left out, and `building` puts them together.
"""

from riskcore.scenarios.declared.building import from_spec
from riskcore.scenarios.declared.checking import check_spec, in_words
from riskcore.scenarios.declared.defaults import models_for
from riskcore.scenarios.declared.spec import KEY, Spec, span
from riskcore.scenarios.declared.twin import Twin

__all__ = ["KEY", "Spec", "Twin", "check_spec", "from_spec", "in_words", "models_for", "span"]
