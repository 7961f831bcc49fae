"""One copy is a whole function: the others call it, and nothing needs a name."""

from __future__ import annotations


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


def test_a_method_that_a_subclass_overrides_is_not_called(ask):
    code = """
        class A:
            def one(self, rows):
                lines = [str(row) for row in rows if row.name]  #>
                self.show(lines, len(lines), sorted(lines))
                return lines  #<

            def two(self, rows):
                lines = [str(row) for row in rows if row.name]  #>
                self.show(lines, len(lines), sorted(lines))
                return lines  #<
        """
    assert "return self.one(rows)" in (said := ask(code)).after(delegations(said)[0])
    assert not any(
        "return self.one(rows)" in said.after(sketch)
        for said in [ask(code + "\n        class B(A):\n            def one(self, rows): return 1\n")]
        for sketch in delegations(said)
    )


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
