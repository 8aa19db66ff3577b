"""An address is one text, however it was written."""

from ipaddress import ip_address

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.addresses import cast_addresses
from riskcore.core.frames import FEW
from riskcore.core.schema import EventSchema, text

SCHEMA = EventSchema(fields=(text("ip", "Address", form="ip address", optional=True),))
RULE = "must be an IPv4 or IPv6 address"
FILL = [f"10.{i // 256}.{i % 256}.1" for i in range(FEW)]  # makes a table of many rows of a few


def spelled(*words: str | None, many: bool = False) -> list[str | None]:
    cast = cast_addresses(pd.Series([*words, *(FILL if many else [])], dtype="str"), False, RULE)
    assert not cast.breaks
    return [None if pd.isna(word) else word for word in cast.values[: len(words)]]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2001:0DB8:0:0:0:0:0:0001", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::FFFF:102:304", "1.2.3.4"),
        (" 1.2.3.4 ", "1.2.3.4"),
        ("2001:db8:0::1", "2001:db8::1"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("2001:db8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("1:2:3:4:5:6::", "1:2:3:4:5:6::"),
        ("::1", "::1"),
        ("", None),
        (None, None),
    ],
)
def test_every_spelling_of_an_address_becomes_one(written: str | None, means: str | None, many: bool) -> None:
    assert spelled(written, "192.0.2.1", many=many) == [means, "192.0.2.1"]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    "word", ["999.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4:80", "1::2::3", "12345::", "fe80::1%eth0", "x"]
)
def test_what_is_no_address_is_rejected_by_name(word: str, many: bool) -> None:
    table = pd.DataFrame({"ip": ["1.2.3.4", word, None, *(FILL if many else [])]})
    (violation,) = SCHEMA.validate(table).violations
    assert (violation.field, violation.rule, violation.rows.tolist()) == ("ip", RULE, [1])
    assert violation.values.tolist() == [word]


groups = st.lists(st.sampled_from(["0", "1", "f", "0a", "ffff", "A0"]), min_size=8, max_size=8).map(":".join)
cut = st.builds(
    lambda word, a, b: f"{':'.join(word.split(':')[:a])}::{':'.join(word.split(':')[b:])}",
    groups,
    st.integers(0, 4),
    st.integers(5, 8),
)


@given(st.one_of(groups, cut, st.ip_addresses().map(str)))
def test_many_rows_are_spelled_as_python_spells_each(word: str) -> None:
    address = ip_address(word)
    mapped = getattr(address, "ipv4_mapped", None)
    assert spelled(word, many=True) == spelled(word) == [str(mapped or address)]


def test_the_input_is_not_changed_and_a_required_address_must_be_given() -> None:
    given_words = pd.Series(["::FFFF:1.2.3.4", None], dtype="str")
    cast = cast_addresses(given_words, True, RULE)
    assert given_words[0] == "::FFFF:1.2.3.4"
    assert [b.rows.tolist() for b in cast.breaks] == [[1]]
    assert np.asarray(cast.values, dtype=object)[0] == "1.2.3.4"
