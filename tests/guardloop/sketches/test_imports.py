from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import Hole, HoleKind
from guardloop.sketches.imports import import_edit
from guardloop.sketches.modules import Modules
from guardloop.sketches.style import Style
from metrics.source import SourceTree

HOLE = Hole("predicate", HoleKind.HELPER_NAME)
PRIVATE = Hole("predicate", HoleKind.HELPER_NAME, prefix="_")


def imported(text, name="is_open", home="shop/parts.py", importer="shop/orders.py", style=None, files=None):
    tree = SourceTree({"shop/__init__.py": "", home: "", importer: text, **(files or {})})
    edit = import_edit(Modules(tree), importer, text, home, name, style or Style())
    if edit is None:
        return text
    new = "".join(part if isinstance(part, str) else (part.prefix + "NEW") for part in edit.parts)
    return text[: edit.start] + new + text[edit.end :]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "from shop.parts import is_open\n"),
        ("x = 1\n", "from shop.parts import is_open\n\nx = 1\n"),
        ("def f():\n    pass\n", "from shop.parts import is_open\n\n\ndef f():\n    pass\n"),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom shop.parts import is_open\n\nx = 1\n'),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nfrom shop.parts import is_open\n\nx = 1\n'),
        ('"""Doc."""', '"""Doc."""\n\nfrom shop.parts import is_open'),
        ("#!/usr/bin/env python\nx = 1\n", "#!/usr/bin/env python\nfrom shop.parts import is_open\n\nx = 1\n"),
        ("# Licence.\n\nx = 1\n", "# Licence.\n\nfrom shop.parts import is_open\n\nx = 1\n"),
        ("# About x.\nx = 1\n", "from shop.parts import is_open\n\n# About x.\nx = 1\n"),
        (
            "from __future__ import annotations\n\nx = 1\n",
            "from __future__ import annotations\n\nfrom shop.parts import is_open\n\nx = 1\n",
        ),
        ("import os\n\nx = 1\n", "import os\n\nfrom shop.parts import is_open\n\nx = 1\n"),
        ("import os; x = [\n1]\n", "import os; x = [\n1]\n\nfrom shop.parts import is_open\n"),
        (
            "import os\n\nfrom .zoo import a\n\nx = 1\n",
            "import os\n\nfrom .parts import is_open\nfrom .zoo import a\n\nx = 1\n",
        ),
        ("from .a import b\n", "from .a import b\nfrom .parts import is_open\n"),
        ("from ..a import b\n", "from ..a import b\nfrom .parts import is_open\n"),
        ("from shop.a import b\n", "from shop.a import b\nfrom shop.parts import is_open\n"),
        ("from shop.z import b\n", "from shop.parts import is_open\nfrom shop.z import b\n"),
        ("from shop.parts import is_open\n", "from shop.parts import is_open\n"),
        ("from shop.parts import is_open as o\n", "from shop.parts import is_open, is_open as o\n"),
        ("from shop.parts import zoo\n", "from shop.parts import is_open, zoo\n"),
        ("from shop.parts import A, Zoo, a  # why\n", "from shop.parts import A, Zoo, a, is_open  # why\n"),
        ("from .parts import z, a\n", "from .parts import z, a, is_open\n"),
        ("from shop.parts import (a, z)\n", "from shop.parts import (a, is_open, z)\n"),
        (
            "from shop.parts import (\n    a,\n    z,\n)\n",
            "from shop.parts import (\n    a,\n    is_open,\n    z,\n)\n",
        ),
        (
            "from shop.parts import (\n    a,\n    b,  # why\n)\n",
            "from shop.parts import (\n    a,\n    b,  # why\n    is_open,\n)\n",
        ),
        (
            "from shop.parts import (\n    a,\n    b  # (why)\n)\n",
            "from shop.parts import (\n    a,\n    b,  # (why)\n    is_open\n)\n",
        ),
        ("from shop.parts import (\n    a,\n    b)\n", "from shop.parts import (\n    a,\n    b,\n    is_open)\n"),
        ("from shop.parts import (\n  a, b,\n  c)\n", "from shop.parts import (\n  a, b,\n  c, is_open)\n"),
        ("from shop.parts import *\n", "from shop.parts import *\nfrom shop.parts import is_open\n"),
        ("from shop.parts import a, \\\n  b\n", "from shop.parts import a, \\\n  b\nfrom shop.parts import is_open\n"),
        ("import os\r\n\r\nx = 1\r\n", "import os\r\n\r\nfrom shop.parts import is_open\r\n\r\nx = 1\r\n"),
        ('é = "é"; from shop.parts import a\n', 'é = "é"; from shop.parts import a, is_open\n'),
    ],
)
def test_an_import_goes_where_the_file_would_put_it(before, after):
    assert imported(before) == after


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (HOLE, "from shop.parts import A, b\n", "from shop.parts import A, b, NEW\n"),
        (PRIVATE, "from shop.parts import A, b\n", "from shop.parts import A, _NEW, b\n"),
        (HOLE, "import os\n", "import os\n\nfrom shop.parts import NEW\n"),
    ],
)
def test_a_name_not_yet_known_is_a_hole_of_the_edit(name, before, after):
    assert imported(before, name=name) == after


def test_a_line_that_grows_too_long_becomes_a_list():
    before = "from shop.parts import aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb  # why\n"
    after = "from shop.parts import (\n    aaaaaaaaaaaaaaaaaaaa,\n    bbbbbbbbbbbbbbbbbbbb,\n    c,\n)  # why\n"
    assert imported(before, name="c", style=Style(line_length=60)) == after
    within = before.replace("import ", "import (").replace("  #", ")  #")
    assert imported(within, name="c", style=Style(line_length=60)) == after


def test_the_neighbours_decide_between_relative_and_absolute():
    files = {"shop/a.py": "from .b import c\n", "shop/b.py": "c = 1\n"}
    assert imported("", files=files) == "from .parts import is_open\n"
    assert imported("", importer="shop/sub/x.py", files={**files, "shop/sub/__init__.py": ""}).startswith(
        "from ..parts import"
    )
    assert imported("", home="shop/__init__.py", files=files) == "from . import is_open\n"


def test_a_package_itself_imports_from_its_members():
    assert (
        imported("from .a import b\n", importer="shop/__init__.py") == "from .a import b\nfrom .parts import is_open\n"
    )


def test_scripts_beside_each_other_import_absolutely():
    assert imported("import os\n", home="parts.py", importer="orders.py") == "import os\n\nfrom parts import is_open\n"


def test_a_program_that_imports_its_neighbours_by_bare_names_goes_on_so():
    relative = {"shop/b.py": "from .c import d\n", "shop/c.py": "d = 1\n"}
    assert imported("import parts\n", files=relative) == "import parts\nfrom parts import is_open\n"
    assert imported("from parts import a\n") == "from parts import a, is_open\n"


LINES = st.lists(
    st.sampled_from(
        [
            "import os",
            "import os.path as p, sys",
            "from shop.parts import a",
            "from shop.parts import (a,\n  b,  # c\n  )",
            "from .parts import (\n    a\n)",
            "x = 1",
            "# comment",
            "",
            '"""text"""',
            "if x:\n    import y",
            "try:\n    import z\nexcept ImportError:\n    z = None",
            "def f():\n    import w",
            "from __future__ import annotations",
        ]
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_file_parses_afterwards_and_imports_the_name_once_more(lines, newline, is_ended):
    lines = sorted(lines, key=lambda line: "__future__" not in line)
    text = newline.join(line.replace("\n", newline) for line in lines) + (newline if is_ended else "")
    after = imported(text)
    names = [a.name for n in ast.parse(after).body if isinstance(n, ast.ImportFrom) for a in n.names]
    assert names.count("is_open") == 1
    compile(after, "after", "exec")
    rest = ast.unparse(ast.parse(after)).replace("from shop.parts import is_open\n", "", 1)
    assert len(rest) >= len(ast.unparse(ast.parse(text)))
