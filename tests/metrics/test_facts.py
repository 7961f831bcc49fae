from __future__ import annotations

import marshal
import sysconfig
from pathlib import Path

import pytest

from metrics.encoding import decode
from metrics.facts import UnparsableError, gather, parse
from metrics.scorers import SCORERS


def test_code_lines_leave_out_blanks_comments_and_docstrings():
    head = '"""Module\n\ndocs."""\n\n# a remark\nx = 1\n\n\n'
    text = head + 'def f():\n    """Docs."""\n    return (\n        x  # why\n    )\n'
    assert parse(text).code_lines == 5


def test_a_text_that_is_no_docstring_is_code():
    assert parse('x = """a\n\nb"""\n').code_lines == 2


def test_lines_end_where_python_says():
    assert parse("a = 1\r\nb = '\x0c\u2028'\rc = 2\n").lines == ["a = 1", "b = '\x0c\u2028'", "c = 2", ""]


@pytest.mark.parametrize(("text", "line"), [("x = 1\ny = (\n", 2), ("a\x00b", 1), ("if x:\npass\n", 2)])
def test_what_is_not_python_is_unparsable_and_says_where(text, line):
    with pytest.raises(UnparsableError) as caught:
        parse(text)
    assert caught.value.line == line


@pytest.mark.filterwarnings("error")
def test_warnings_of_the_judged_code_are_not_ours():
    parse("x = '\\d'\ny = 1 is 1\n")


def test_deep_nesting_is_walked():
    text = "def f():\n    x = " + " + ".join(["a"] * 2000) + "\n    return x\n"
    assert gather(parse(text), SCORERS).lines == 3


def test_a_number_that_python_cannot_write_out_is_named():
    with pytest.raises(UnparsableError, match="a number too long"):
        gather(parse(f"class A(B[0x{'f' * 6000}]):\n    pass\n"), SCORERS)


@pytest.mark.parametrize("package", ["asyncio", "ctypes", "test/test_patma.py", "test/test_grammar.py"])
def test_every_scorer_reads_all_that_python_can_say(package):
    library = Path(sysconfig.get_path("stdlib"), package)
    files = [library] if library.suffix else sorted(library.rglob("*.py"))
    for path in (path for path in files if path.is_file()):
        facts = gather(parse(decode(path.read_bytes())), SCORERS)
        assert facts.lines > 0 or not path.stat().st_size
        assert marshal.loads(marshal.dumps(dict(facts.readings))) == facts.readings
