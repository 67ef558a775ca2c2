"""The leaf bytes: one value, one byte string (RFC 8785 without floating point)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal.ledger.canonical import NotCanonical, dumps

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=20,
)


def by_the_letter(value: object) -> str:
    """RFC 8785, section 3.2, written out a second time."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{by_the_letter(name)}:{by_the_letter(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(by_the_letter, value)) + "]"
    if isinstance(value, str):
        short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
        return '"' + "".join(short.get(c) or (c if c >= " " else f"\\u{ord(c):04x}") for c in value) + '"'
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or value is True or value is False
        else str(value)
    )


@given(values)
def test_any_value_has_the_form_of_the_rfc(value):
    assert dumps(value) == by_the_letter(value).encode()


@given(values)
def test_what_is_written_is_read_back_and_written_the_same(value):
    once = dumps(value)

    assert json.loads(once) == value
    assert dumps(json.loads(once)) == once


@given(st.dictionaries(text, st.integers(0, 9)), st.randoms())
def test_the_order_in_which_keys_were_written_does_not_matter(value, random):
    names = list(value)
    random.shuffle(names)

    assert dumps({name: value[name] for name in names}) == dumps(value)


def test_keys_are_sorted_as_the_example_of_the_rfc_sorts_them():
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    example = dict.fromkeys(names, "as in section 3.2.3")

    written = json.loads(dumps(example), object_pairs_hook=lambda pairs: [name for name, _value in pairs])

    assert written == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\ud800": 1}, {1: 2}, b"x", {1, 2}]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(NotCanonical):
        dumps({"value": value} if not isinstance(value, dict) else value)
