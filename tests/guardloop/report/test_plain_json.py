from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guardloop.report.fixing import Finished, as_json
from guardloop.report.plain_json import dumped, is_text
from guardloop.summary import Accepted, Summary, Tally

ANYTHING = st.text(st.characters())
DOCUMENTS = st.recursive(
    st.none() | st.integers() | ANYTHING, lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner)
)


@given(DOCUMENTS)
def test_no_reader_meets_a_lone_surrogate(document: Any) -> None:
    text = json.dumps(json.loads(dumped(document)), ensure_ascii=False)
    assert is_text(text)


@given(st.text())
def test_text_stays_what_it_is(text: str) -> None:
    assert json.loads(dumped({"a": [text]})) == {"a": [text]}


def finished(diff: str) -> Finished:
    patch = Accepted("i", "f", "duplication", "v", "m", 9, 0, ("a.py",), diff, {}, 1, 0.1)
    return Finished(Summary((patch,), (), Tally(), {}, {}, ""), "nano", 0, 1.0, 1.0, None)


def test_a_diff_of_bytes_that_are_no_text_is_there_in_full_beside_one_that_can_be_read() -> None:
    data = b"-name = 'caf\xe9'\n+name = 'th\xe9'\n"
    entry = json.loads(as_json(finished(data.decode("utf-8", "surrogateescape"))))["accepted"][0]
    assert entry["diff"] == "-name = 'caf\ufffd'\n+name = 'th\ufffd'\n"
    assert b64decode(entry["diff_base64"]) == data


def test_a_diff_of_text_is_there_once() -> None:
    entry = json.loads(as_json(finished("-é\n+è\n")))["accepted"][0]
    assert entry["diff"] == "-é\n+è\n"
    assert "diff_base64" not in entry
