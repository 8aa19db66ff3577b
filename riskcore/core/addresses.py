"""Casts of network addresses: one spelling for each, so that an address counts as one however it was written."""

from ipaddress import IPv6Address, ip_address

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskcore.core.casting import STRING, Break, Cast, cast_text
from riskcore.core.frames import FEW

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PART = "(?:0|[1-9a-f][0-9a-f]{0,3})"
_SHORTENED = (f"{_PART}(?::{_PART}){{{i}}}::(?:{_PART}(?::{_PART}){{0,{4 - i}}})?" for i in range(5))
# Spellings that are canonical for sure; others may be too, and are parsed.
PLAIN = rf"^(?:{_BYTE}(?:\.{_BYTE}){{3}}|{_PART}(?::{_PART}){{7}}|{'|'.join(_SHORTENED)}|{_PART}(?::{_PART}){{5}}::)$"
ZEROS = "(?:^|:)0::|::0(?::|$)|(?:^|:)0:0(?::|$)"  # that :: may have to stand for, and does not


def canonical(word: str) -> str | None:
    """An address as RFC 5952 spells it, one of IPv4 mapped into IPv6 as IPv4; None where it is no address.

    >>> canonical("2001:0DB8:0:0:0:0:0:0001"), canonical("::ffff:1.2.3.4"), canonical("999.1.1.1")
    ('2001:db8::1', '1.2.3.4', None)
    """
    if "%" in word:  # a zone, which means something on one machine only
        return None
    try:
        address = ip_address(word.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def cast_addresses(column: pd.Series, required: bool, rule: str) -> Cast:
    """IPv4 and IPv6 addresses (n,) as text, each in its canonical spelling; empty counts as missing."""
    cast = cast_text(column, required)
    words = pd.Series(cast.values, copy=False)
    odd = _odd(words)
    if not len(odd):
        return cast
    # Each spelling is parsed once: that takes longer than all else.
    codes, spellings = pd.factorize(words.iloc[odd])
    known = np.array([canonical(str(word)) for word in spellings], dtype=object)
    values = words.astype("object").to_numpy(copy=True)  # what was given is not changed
    values[odd] = known[codes]
    wrong = odd[pd.isna(known)[codes]]
    breaks = (Break(f"must be {rule}", wrong),) if len(wrong) else ()
    return Cast(pd.array(values, dtype=STRING), (*cast.breaks, *breaks))


def _odd(words: pd.Series) -> NDArray[np.int64]:
    """Places of the words (n,) that may not be canonical; missing ones are not among them."""
    if len(words) <= FEW:
        given = words.notna().tolist()
        return np.array([i for i, word in enumerate(words.tolist()) if given[i] and canonical(word) != word], np.int64)
    texts = pa.array(words, from_pandas=True)
    plain = pc.and_not(pc.match_substring_regex(texts, PLAIN), pc.match_substring_regex(texts, ZEROS))
    return np.flatnonzero(~pc.fill_null(plain, True).to_numpy(zero_copy_only=False))
