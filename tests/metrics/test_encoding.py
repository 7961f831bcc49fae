from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.encoding import UndecodableError, decode, encode


@given(st.text(st.characters(exclude_categories=["Cs"]).filter(lambda c: c != "\ufeff")))
def test_bytes_survive_decoding_and_encoding(text):
    data = b"# " + text.replace("coding", "").encode()
    assert encode(decode(data), data) == data


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_stay(ending):
    assert decode(f"a = 1{ending}b = 2".encode()) == f"a = 1{ending}b = 2"


def test_a_byte_order_mark_is_not_text_but_comes_back():
    data = codecs.BOM_UTF8 + "é = 1\n".encode()
    assert decode(data) == "é = 1\n"
    assert encode("é = 2\n", data) == codecs.BOM_UTF8 + "é = 2\n".encode()


def test_a_declared_encoding_is_read_and_written():
    data = '# -*- coding: latin-1 -*-\nname = "é"\n'.encode("latin-1")
    assert decode(data).endswith('"é"\n')
    assert encode(decode(data), data) == data


def test_an_undecodable_file_names_its_line():
    with pytest.raises(UndecodableError) as caught:
        decode(b"a = 1\nb = '\xff'\n")
    assert caught.value.line == 2


def test_an_unknown_encoding_is_undecodable():
    with pytest.raises(UndecodableError):
        decode(b"# coding: klingon\nx = '\xe9'\n")
    with pytest.raises(UndecodableError):
        decode(b"# coding: klingon\nx = 1\n")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("name", "code"), [("utf-7", "+AAo-hidden = 1"), ("unicode_escape", "\\nhidden = 1")])
def test_what_ascii_bytes_mean_in_a_declared_encoding_is_read(name, code, ending):
    data = f"{ending}# coding: {name}{ending}# {code}{ending}".encode()
    bound: dict[str, int] = {}
    exec(data, bound)
    assert bound["hidden"] == 1
    assert "\nhidden = 1" in decode(data)


@pytest.mark.parametrize("text", ["# a\n\n# coding: utf-7\n# +AAo-", "x = 'coding: utf-7'\ny = '+AAo-'"])
def test_a_line_that_declares_no_encoding_is_none(text):
    assert decode(text.encode()) == text


def test_a_text_that_its_encoding_cannot_say_is_refused():
    with pytest.raises(UndecodableError):
        encode("# coding: ascii\nname = 'é'\n")
