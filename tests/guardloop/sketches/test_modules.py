from __future__ import annotations

import pytest

from guardloop.sketches.modules import Home, Modules
from metrics.source import SourceTree


def of(files):
    return Modules(SourceTree(files))


def test_names_follow_packages_source_folders_and_scripts():
    known = of({"src/shop/__init__.py": "", "src/shop/a.py": "", "app/__init__.py": "", "app/b/c.py": "", "d.py": ""})
    assert [known.name(path) for path in ("src/shop/__init__.py", "src/shop/a.py", "app/b/c.py", "d.py")] == [
        "shop",
        "shop.a",
        "app.b.c",
        "d",
    ]
    assert known.root("src/shop/a.py") == "src"
    assert known.root("app/b/c.py") == ""


def test_a_name_that_two_roots_share_means_the_nearer_one():
    known = of({"one/a.py": "", "one/b.py": "", "two/a.py": "", "two/b.py": ""})
    assert known.path("b", "one/a.py") == "one/b.py"
    assert known.path("b", "two/a.py") == "two/b.py"
    assert known.path("b", "three.py") is None


SHOP = {
    "shop/__init__.py": "",
    "shop/low.py": "import os\n",
    "shop/high.py": "from shop import low\n",
    "shop/top.py": "from .high import x\n",
}


def test_an_import_against_the_direction_of_another_closes_a_circle():
    known = of(SHOP)
    assert known.would_cycle("shop/low.py", "shop/top.py")
    assert not known.would_cycle("shop/top.py", "shop/low.py")
    assert known.closure("shop/top.py") == {"shop/top.py", "shop/high.py", "shop/low.py"}


def test_imports_inside_functions_or_for_type_checking_close_no_circle():
    lazy = "def f():\n    from shop.low import x\n"
    typed = "import typing\nif typing.TYPE_CHECKING:\n    from shop.low import x\n"
    guarded = "try:\n    from shop.low import x\nexcept ImportError:\n    x = None\n"
    assert not of({**SHOP, "shop/high.py": lazy}).would_cycle("shop/low.py", "shop/high.py")
    assert not of({**SHOP, "shop/high.py": typed}).would_cycle("shop/low.py", "shop/high.py")
    assert of({**SHOP, "shop/high.py": guarded}).would_cycle("shop/low.py", "shop/high.py")


@pytest.mark.parametrize(
    "high",
    [
        "def f():\n    from shop.low import x\nf()\n",
        "def g():\n    from shop.low import x\ndef f():\n    return g()\ntable = {'f': f}\n",
        "class F:\n    def __init__(self):\n        import shop.low\nf = F()\n",
        "class F:\n    def load(self):\n        from . import low\nf = F().load()\n",
        "from shop.tools import f\n@f\ndef g(): pass\n",
        "import importlib\nlow = importlib.import_module('shop.low')\n",
        "from importlib import import_module\ndef f(): return import_module('.low', __package__)\nlow = f()\n",
        "x = [__import__('shop.low')]\n",
    ],
)
def test_imports_inside_functions_that_an_import_may_call_close_a_circle(high):
    tools = "def f(function):\n    from shop.low import x\n    return function\n"
    assert of({**SHOP, "shop/high.py": high, "shop/tools.py": tools}).would_cycle("shop/low.py", "shop/top.py")


@pytest.mark.parametrize("guard", ['__name__ == "__main__"', "'__main__' == __name__"])
def test_what_only_a_program_runs_closes_no_circle(guard):
    program = f"def main():\n    from shop.low import x\nif {guard}:\n    import shop.low\n    main()\n"
    assert not of({**SHOP, "shop/high.py": program}).would_cycle("shop/low.py", "shop/high.py")
    assert of({**SHOP, "shop/high.py": program + "main()\n"}).would_cycle("shop/low.py", "shop/high.py")


def test_taking_a_name_from_the_own_package_runs_what_the_package_imports():
    files = {"shop/__init__.py": "from shop.a import f\nx = 1\n", "shop/a.py": "", "shop/b.py": "from shop import x\n"}
    assert of(files).would_cycle("shop/a.py", "shop/b.py")
    assert not of({**files, "shop/b.py": "from shop import c\n", "shop/c.py": ""}).would_cycle("shop/a.py", "shop/b.py")


def test_entering_another_package_runs_its_init():
    files = {"shop/__init__.py": "", "shop/a.py": "", "shop/sub/__init__.py": "import shop.a\n", "shop/sub/b.py": ""}
    assert of(files).would_cycle("shop/a.py", "shop/sub/b.py")


def test_a_module_that_needs_another_third_party_package_is_no_home():
    files = {**SHOP, "shop/low.py": "import numpy\n", "shop/other.py": "import json\n"}
    known = of(files)
    assert not known.can_import("shop/other.py", "shop/low.py")
    assert known.can_import("shop/other.py", "shop/other.py")
    optional = "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n"
    assert of({**files, "shop/low.py": optional}).can_import("shop/other.py", "shop/low.py")


@pytest.mark.parametrize("needed", ["fcntl", "msvcrt", "curses.panel", "tkinter", "sqlite3", "cgi"])
def test_a_module_that_needs_what_only_some_pythons_have_is_no_home(needed):
    known = of({**SHOP, "shop/low.py": f"import {needed}\n", "shop/other.py": "import json\n"})
    assert not known.can_import("shop/other.py", "shop/low.py")
    assert not known.can_import("shop/other.py", "shop/top.py")
    assert known.can_import("shop/low.py", "shop/other.py")
    assert known.can_import("shop/top.py", "shop/low.py")


@pytest.mark.parametrize(
    "low",
    [
        "import sys\nif sys.platform == 'win32':\n    import msvcrt\nelse:\n    import fcntl\n",
        "import os\nif os.name != 'nt' and x:\n    import fcntl\n",
        "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None\n",
        "import collections.abc, threading, multiprocessing\n",
    ],
)
def test_what_is_everywhere_or_not_missed_elsewhere_keeps_no_one_away(low):
    assert of({**SHOP, "shop/low.py": low, "shop/other.py": ""}).can_import("shop/other.py", "shop/top.py")


def test_programs_broken_files_and_other_roots_are_never_imported():
    known = of({**SHOP, "shop/__main__.py": "", "shop/broken.py": "def", "tools/x.py": ""})
    assert not any(
        known.can_import("shop/low.py", other) for other in ("shop/__main__.py", "shop/broken.py", "tools/x.py")
    )


APP = {"app/__init__.py": "", "app/a.py": "", "app/b.py": ""}
PROGRAM = "if __name__ == '__main__':\n    print(1)\n"


def test_a_program_that_imports_its_neighbours_by_bare_names_knows_only_those():
    known = of({**APP, "app/main.py": "import a\n" + PROGRAM})
    assert known.path("a", "app/main.py") == "app/a.py"
    assert known.closure("app/main.py") == {"app/main.py", "app/a.py"}
    assert known.would_cycle("app/a.py", "app/main.py")
    assert known.can_import("app/main.py", "app/a.py")
    assert known.known_as("app/a.py", "app/main.py") == "a"
    assert not known.can_import("app/main.py", "app/b.py")
    assert not known.can_import("app/b.py", "app/main.py")


def test_what_may_run_in_its_package_or_beside_a_program_imports_nothing_of_either():
    known = of({**APP, "app/main.py": "import a\n"})
    assert not known.can_import("app/a.py", "app/b.py")
    assert known.can_import("app/b.py", "app/a.py")
    assert known.known_as("app/a.py", "app/b.py") == "app.a"


@pytest.mark.parametrize(
    ("head", "may"),
    [
        ("", False),
        ("import a\n", True),
        ("from .b import x\n", True),
        ("from app import b\n", True),
        ("def f():\n    import app.b\n", True),
        ("try:\n    from .b import x\nexcept ImportError:\n    from b import x\n", False),
    ],
)
def test_a_program_in_a_package_imports_more_only_if_it_names_the_package_already(head, may):
    known = of({**APP, "app/main.py": head + PROGRAM})
    assert known.can_import("app/main.py", "app/a.py") == may
    in_the_block = PROGRAM.replace("print(1)", "import app")
    assert of({**APP, "app/main.py": in_the_block}).can_import("app/main.py", "app/a.py")


def test_a_bare_name_is_a_library_where_the_package_has_a_name():
    files = {**APP, "app/redis.py": "import redis\n", "app/cache.py": "import redis\nfrom .a import x\n"}
    known = of(files | {"app/json.py": "", "app/read.py": "import json\n"})
    assert known.path("redis", "app/cache.py") is None
    assert known.path("redis", "app/redis.py") is None
    assert known.path("json", "app/read.py") is None
    assert known.can_import("app/cache.py", "app/b.py")
    assert known.can_import("app/read.py", "app/b.py")


def test_the_first_home_is_a_user_that_the_others_can_import():
    assert list(of(SHOP).homes(["shop/top.py", "shop/low.py"])) == [Home("shop/low.py")]


def test_users_of_each_other_get_a_shared_module_or_a_new_one():
    files = {
        **SHOP,
        "shop/a.py": "from shop import low\nfrom shop import b\n",
        "shop/b.py": "from shop import low, a\n",
    }
    assert list(of(files).homes(["shop/a.py", "shop/b.py"], "tests_of_orders")) == [
        Home("shop/low.py"),
        Home("shop/tests_of_orders.py", is_new=True),
    ]


def test_a_new_module_needs_a_free_name_in_a_package():
    files = {"shop/__init__.py": "", "shop/a.py": "", "shop/free.py": "", "tools/x.py": ""}
    known = of(files)
    assert Home("shop/free.py", is_new=True) not in list(known.homes(["shop/a.py"], "free"))
    assert not any(home.is_new for home in known.homes(["shop/a.py", "tools/x.py"], "new"))


@pytest.mark.parametrize(
    "line",
    [
        "print('ready')",
        "signal.signal(signal.SIGUSR1, print)",
        "if len(sys.argv) > 5:\n    sys.exit('usage')",
        "try:\n    import x\nexcept ImportError as error:\n    raise SystemExit from error",
        "for name in names:\n    register(name)",
        "class A:\n    names.append('A')",
    ],
)
def test_a_module_that_acts_at_its_import_is_no_home_for_one_that_did_without_it(line):
    acting = {"shop/__init__.py": "", "shop/a.py": f"{line}\n", "shop/b.py": "", "shop/c.py": "from shop import a\n"}
    known = of({**acting, "shop/d.py": "from shop import c\n"})
    assert not known.can_import("shop/b.py", "shop/a.py")
    assert not known.can_import("shop/b.py", "shop/c.py")
    assert known.can_import("shop/a.py", "shop/b.py")
    assert known.can_import("shop/d.py", "shop/a.py")


@pytest.mark.parametrize(
    "text",
    [
        "log = logging.getLogger(__name__)",
        "@register('a')\ndef f():\n    print(1)\n    raise ValueError",
        "if __name__ == '__main__':\n    print(1)",
        '"""Text."""\n...',
        "x: int = f()",
    ],
)
def test_what_defines_something_only_does_not_act(text):
    known = of({"shop/__init__.py": "", "shop/a.py": f"{text}\n", "shop/b.py": ""})
    assert known.can_import("shop/b.py", "shop/a.py")


def test_entering_a_package_that_acts_is_new_but_not_from_inside():
    files = {"shop/__init__.py": "from shop import b\nprint(b)\n", "shop/a.py": "", "shop/b.py": "print(1)\n"}
    known = of({**files, "other.py": "", "shop/d.py": ""})
    assert not known.can_import("other.py", "shop/a.py")
    assert known.can_import("shop/d.py", "shop/a.py")
    assert known.can_import("shop/d.py", "shop/b.py")
