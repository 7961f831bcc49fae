from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from guardloop.report.escaping import code_span, markdown, printable, uri

TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)
MARKUP = st.text(alphabet="ab `|<>@#[]()!*_~\\&;:/.\n{}%\"'$=-+", max_size=60)


def inline(source: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse("x " + source)
    return [child.type for token in tokens for child in token.children or [] if token.type == "inline"]


@given(TEXTS)
@example("\x1b[31m\r\n\u2028\u202e\udc80")
def test_what_is_printed_is_one_line_that_can_be_encoded_and_hides_nothing(text: str) -> None:
    said = printable(text)
    assert len(said.splitlines()) <= 1
    assert said.encode("utf-8").decode("utf-8") == said
    assert not any(character in said for character in "\x1b\u202e\u200b")


def test_readable_text_of_any_language_is_left_as_it_is() -> None:
    assert printable("größe → 数 `x`") == "größe → 数 `x`"


@given(MARKUP)
@example("<img src=x>")
@example("`` ` ``")
@example("[a](b) ![c](d) <!-- e")
@example("www.example.invalid and http://example.invalid")
def test_no_message_becomes_markup_other_than_code(text: str) -> None:
    assert set(inline(markdown(text))) <= {"text", "code_inline"}


@given(MARKUP)
def test_mentions_and_references_stand_in_code_only(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse("x " + markdown(text))
    plain = "".join(child.content for token in tokens for child in token.children or [] if child.type == "text")
    assert not set("@#<&[") & set(plain)


@given(st.text(alphabet="ab `|<@\\*", min_size=1, max_size=30).filter(lambda text: text.strip()))
def test_a_code_span_shows_its_text(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse("x " + code_span(text))
    shown = [child for token in tokens for child in token.children or [] if child.type == "code_inline"]
    assert len(shown) == 1
    assert shown[0].content.strip() == text.strip()


@pytest.mark.parametrize("path", ["pkg/a.py", "a b/ü.py", "c:d.py", "x?y#z.py", "100%.py"])
def test_a_path_as_a_uri_is_relative_and_reads_back(path: str) -> None:
    written = uri(path)
    parts = urlsplit(written)
    assert not parts.scheme
    assert not parts.query
    assert not parts.fragment
    assert unquote(written) == path


def test_a_path_that_is_no_text_keeps_its_bytes() -> None:
    assert uri("a\udc80.py") == "a%80.py"


def test_a_long_word_is_read_in_one_go() -> None:
    word = "a_" * 20_000 + "@"
    assert markdown(word) == f"`{word}`"


def test_names_inside_of_words_stay_plain() -> None:
    assert markdown("3 calls of 'function_call', …: _private") == "3 calls of 'function_call', …: `_private`"
