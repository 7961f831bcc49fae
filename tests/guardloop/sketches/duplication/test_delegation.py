"""One copy is a whole function: the others call it, and nothing needs a name."""

from __future__ import annotations

import pytest


def delegations(said):
    return [sketch for sketch in said.sketches if not sketch.holes]


def test_a_function_with_the_same_body_calls_the_other_with_its_own_stars(ask):
    said = ask(
        '''
        def typed(*args, **kwargs):
            """Key of a function."""
            if kwargs:  #>
                pairs = tuple(sorted(kwargs.items()))
                key = args + pairs
            else:
                key = args
            return key + tuple(map(type, args))  #<


        def typed_method(self, /, *args, **kwargs):
            """Key of a method."""
            if kwargs:  #>
                pairs = tuple(sorted(kwargs.items()))
                key = args + pairs
            else:
                key = args
            return key + tuple(map(type, args))  #<
        '''
    )
    (sketch,) = delegations(said)
    assert sketch.instruction == "Let `typed_method` call `typed`."
    assert said.after(sketch).endswith(
        'def typed_method(self, /, *args, **kwargs):\n    """Key of a method."""\n    return typed(*args, **kwargs)\n'
    )


def test_the_general_copy_is_called_with_what_is_fixed_in_the_other(ask):
    said = ask(
        """
        def commas(rows):
            lines = [",".join(map(str, row)) for row in rows if row]  #>
            lines.append(str(len(lines)))
            return lines  #<

        def separated(rows, separator, header=None):
            lines = [separator.join(map(str, row)) for row in rows if row]  #>
            lines.append(str(len(lines)))
            return lines  #<
        """
    )
    (sketch,) = delegations(said)
    assert 'def commas(rows):\n    return separated(rows, ",")\n' in said.after(sketch)


def test_a_function_that_fixes_what_the_other_chooses_is_not_called(ask):
    said = ask(
        """
        def one(rows):
            lines = ["a".join(map(str, row)) for row in rows if row]  #>
            lines.append(str(len(lines)))
            return lines  #<

        def two(rows):
            lines = ["b".join(map(str, row)) for row in rows if row]  #>
            lines.append(str(len(lines)))
            return lines  #<
        """
    )
    assert not delegations(said)


LIKE = """
{head}
    def {name}(self, rows):
        lines = [str(row) for row in rows if row.name]  #>
        self.show(lines, len(lines), sorted(lines))
        return lines  #<

    def two(self, rows):
        lines = [str(row) for row in rows if row.name]  #>
        self.show(lines, len(lines), sorted(lines))
        return lines  #<
{tail}
"""


def methods(head="class A:", name="one", tail=""):
    return LIKE.format(head=head, name=name, tail=tail)


def test_a_public_method_that_anyone_may_override_is_not_called_but_moved_to_a_private_one(ask):
    said = ask(methods())
    assert not delegations(said)
    after = said.after()
    assert "    def one(self, rows):\n        return self._shared(rows)\n" in after
    assert "    def two(self, rows):\n        return self._shared(rows)\n" in after


@pytest.mark.parametrize(
    "code",
    [
        methods(name="_one"),
        methods(head="class _A:"),
        methods(head="@typing.final\nclass A:"),
        methods(name="one").replace("    def one", "    @final\n    def one"),
        methods(head="class _A:", tail="class _B(_A):\n    def three(self): return 1\n"),
    ],
)
def test_a_method_that_nobody_is_to_override_is_called(ask, code):
    said = ask(code)
    called = "self._one(rows)" if "_one" in code else "self.one(rows)"
    assert f"    def two(self, rows):\n        return {called}\n" in said.after(delegations(said)[0])


@pytest.mark.parametrize(
    "tail",
    [
        "class B(A):\n    def _one(self, rows): return 1\n",
        "class Mixin:\n    def _one(self, rows): return 1\n\nclass B(Mixin, A):\n    pass\n",
    ],
)
def test_a_private_method_that_the_tree_overrides_is_not_called(ask, tail):
    assert delegations(ask(methods(name="_one")))
    assert not delegations(ask(methods(name="_one", tail=tail)))


def test_a_method_of_a_private_class_with_a_public_subclass_is_not_called(ask):
    tail = "class B(_A):\n    def three(self): return 1\n"
    assert not delegations(ask(methods(head="class _A:", tail=tail)))


def test_a_decorated_function_is_not_called_but_may_call(ask):
    said = ask(
        """
        @cache
        def one(rows):
            lines = [str(row) for row in rows if row.name]  #>
            print(lines, len(lines), sorted(lines))
            return lines  #<

        def two(rows):
            lines = [str(row) for row in rows if row.name]  #>
            print(lines, len(lines), sorted(lines))
            return lines  #<
        """
    )
    (sketch,) = delegations(said)
    assert "@cache\ndef one(rows):\n    return two(rows)\n" in said.after(sketch)


def test_the_function_of_another_module_is_imported(ask):
    said = ask(
        {
            "pkg/__init__.py": "",
            "pkg/alpha.py": """
                def lines_of(rows):
                    lines = [str(row) for row in rows if row.name]  #>
                    print(lines, len(lines), sorted(lines))
                    return lines  #<
                """,
            "pkg/beta.py": """
                def read(rows):
                    lines = [str(row) for row in rows if row.name]  #>
                    print(lines, len(lines), sorted(lines))
                    return lines  #<
                """,
        }
    )
    (sketch,) = delegations(said)
    assert list(sketch.sources) == ["pkg/beta.py"]
    assert said.after(sketch).startswith("from pkg.alpha import lines_of\n")
    assert "    return lines_of(rows)\n" in said.after(sketch)


def test_comments_that_the_called_copy_does_not_have_are_told(ask):
    said = ask(
        """
        def one(rows):
            lines = [str(row) for row in rows if row.name]  #>
            # everywhere
            print(lines, len(lines), sorted(lines))
            return lines  #<

        def two(rows):
            lines = [str(row) for row in rows if row.name]  #>
            # everywhere
            print(lines, len(lines), sorted(lines))
            # only here
            return lines  #<
        """
    )
    assert delegations(said)[0].context == ("# only here",)
