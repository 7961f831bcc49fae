"""Shapes that would have changed what the code does: each of them was once built by a prototype."""

from __future__ import annotations

import ast

import pytest


def test_a_value_used_inside_a_try_is_not_computed_before_it(ask):
    said = ask(
        """
        def one(table, key, log):
            try:  #>
                found = table[key[0]]
                log.append(found)
            except TypeError:
                found = None
            log.extend([found, key, table])
            return found  #<

        def two(table, key, log):
            try:  #>
                found = table[key[1]]
                log.append(found)
            except TypeError:
                found = None
            log.extend([found, key, table])
            return found  #<
        """
    )
    assert not any("key[" in part for sketch in said.extractions for part in calls(said, sketch))
    assert "would be evaluated earlier" in said.reasons or said.sketches


def test_a_value_that_may_raise_is_passed_only_if_it_is_evaluated_first(ask):
    first = ask(
        """
        def one(row, log):
            name = row["a"].strip()  #>
            log.append(name)
            log.append(len(name))
            print(name, log, len(log))  #<

        def two(row, log):
            name = row["b"].strip()  #>
            log.append(name)
            log.append(len(name))
            print(name, log, len(log))  #<
        """
    )
    assert "row['a']" in first.after() or '"a"' in first.after()
    later = ask(
        """
        def one(row, log):
            log.append(1)  #>
            name = row.a().strip()
            log.append(len(name))
            print(name, log, len(log))  #<

        def two(row, log):
            log.append(1)  #>
            name = row.b().strip()
            log.append(len(name))
            print(name, log, len(log))  #<
        """
    )
    for sketch in later.extractions:
        assert "log.append(1)\n" in later.after(sketch).partition("def one")[2]


def test_a_method_that_calls_super_stays_in_its_class(ask):
    said = ask(
        """
        class Base:
            def show(self, items): return []

        class A(Base):
            def show(self, items):
                found = super().show(items)  #>
                found.extend(item.name for item in items if item)
                found.sort(key=len)
                return [str(item) for item in found]  #<

        class B(Base):
            def show(self, items):
                found = super().show(items)  #>
                found.extend(item.name for item in items if item)
                found.sort(key=len)
                return [str(item) for item in found]  #<
        """
    )
    for sketch in said.extractions:
        assert "super()" not in definition(said, sketch)


def test_super_without_arguments_works_in_another_method_of_the_same_class(ask):
    said = ask(
        """
        class A(dict):
            def one(self, items):
                found = super().copy()  #>
                found.update((item.name, item) for item in items if item)
                return sorted(found, key=len, reverse=True)  #<

            def two(self, items):
                found = super().copy()  #>
                found.update((item.name, item) for item in items if item)
                return sorted(found, key=len, reverse=True)  #<
        """
    )
    assert said.extractions[0].variant == "method"
    assert "super()" in definition(said, said.extractions[0])


def test_a_return_inside_a_manager_that_may_swallow_can_fall_through(ask):
    said = ask(
        """
        from contextlib import suppress

        def one(table, key):
            with suppress(KeyError):  #>
                found = table[key]
                print(found, key, len(table))
                return found.value  #<
            return 1

        def two(table, key):
            with suppress(KeyError):  #>
                found = table[key]
                print(found, key, len(table))
                return found.value  #<
            return 2
        """
    )
    assert not any(
        "return _shared" in said.after(sketch) and "with" in definition(said, sketch) for sketch in said.extractions
    )


def test_a_local_that_may_be_unbound_is_not_passed(ask):
    said = ask(
        """
        def one(a, flag):
            if flag:
                extra = a.pop()
            for item in a:  #>
                print(item, len(a), item.name)
                if item.wide:
                    print(extra, item.name)  #<

        def two(a, flag):
            extra = 1
            for item in a:  #>
                print(item, len(a), item.name)
                if item.wide:
                    print(extra, item.name)  #<
        """
    )
    assert not said.sketches
    assert "extra may be unbound" in said.reasons


def test_a_local_that_no_definition_reaches_stays_inside(ask):
    said = ask(
        """
        def one(a):
            for item in a:  #>
                if item.first:
                    last = item.name
                print(last, item, len(a))  #<

        def two(a):
            for item in a:  #>
                if item.first:
                    last = item.name
                print(last, item, len(a))  #<
        """
    )
    assert "def _shared(a):" in said.after()


def test_names_of_an_inner_scope_are_never_passed(ask):
    said = ask(
        """
        def one(rows, log):
            log.extend(sorted(rows, key=lambda row: row.a + len(log)))  #>
            log.append(len(rows))
            print(log, rows)  #<

        def two(rows, log):
            log.extend(sorted(rows, key=lambda row: row.b + len(log)))  #>
            log.append(len(rows))
            print(log, rows)  #<
        """
    )
    for sketch in said.extractions:
        assert "row.a" in said.after(sketch).partition("def one")[2].partition("def two")[0]
        assert not any("row." in call for call in calls(said, sketch) if "lambda" not in call)


def test_a_default_of_a_nested_function_is_read_where_it_stands(ask):
    said = ask(
        """
        def one(items, size):
            def width(item, most=size):  #>
                return min(len(item), most) + item.count("a")
            print([width(item) for item in items])
            print(sum(width(item) for item in items if item))  #<
            size = 3
            return size

        def two(items, size):
            def width(item, most=size):  #>
                return min(len(item), most) + item.count("a")
            print([width(item) for item in items])
            print(sum(width(item) for item in items if item))  #<
            return size
        """
    )
    assert "def _shared(items, size):" in said.after()


def test_what_a_nested_function_sees_must_not_change_later(ask):
    said = ask(
        """
        def one(items, size):
            show = lambda item: item[:size]  #>
            items.sort(key=show)
            items.append([size, size, len(items)])
            print([show(item) for item in items])  #<
            size = 3
            return show(items)

        def two(items, size):
            show = lambda item: item[:size]  #>
            items.sort(key=show)
            items.append([size, size, len(items)])
            print([show(item) for item in items])  #<
            return show(items)
        """
    )
    assert not any("lambda" in definition(said, sketch) for sketch in said.extractions)


def test_effects_keep_their_order_when_they_become_arguments(ask):
    said = ask(
        """
        def one(draw, out):
            out[draw("a")] = draw("b") + 1  #>
            print(out, len(out), sorted(out))
            print(out, max(out), min(out))  #<

        def two(pick, out):
            out[pick("c")] = pick("d") + 1  #>
            print(out, len(out), sorted(out))
            print(out, max(out), min(out))  #<
        """
    )
    for sketch in said.extractions:
        for call in calls(said, sketch):
            assert not (
                'draw("a")' in call and 'draw("b")' in call and call.index('draw("a")') < call.index('draw("b")')
            )


def test_code_that_sees_its_frame_is_refused_by_name(ask):
    for hazard in (
        "names = locals()",
        "names = vars()",
        "names = sys._getframe(1)",
        "names = inspect.stack()",
        "names = warnings.warn('x', stacklevel=2)",
        "names = warnings.warn('x', DeprecationWarning, 2)",
        "names = w.warn('x', None, 2)",
        "names = warn('x', **a.options)",
        "names = warnings.warn(*a.options)",
        "names = warnings.warn('x', skip_file_prefixes=('y',))",
        "names = traceback.extract_stack(limit=2)",
        "names = traceback.format_stack()",
        "names = traceback.print_stack()",
        "names = list(traceback.walk_stack(None))",
        "names = sys._getframemodulename(1)",
        "names = log.findCaller()",
        "names = eval('a')",
        "names = __class__",
    ):
        assert not is_moved(ask, hazard), hazard


def test_a_warning_that_counts_no_frames_is_shared_and_so_is_a_call_of_the_same_name(ask):
    for harmless in (
        "names = warnings.warn('x', DeprecationWarning)",
        "names = warnings.warn('x')",
        "names = a.warn('x', a.b, a.c)",
    ):
        assert is_moved(ask, harmless), harmless


LOOKERS = [
    ("def old(text):\n    warnings.warn(text, stacklevel=3)", False),
    ("def old(text):\n    warnings.warn(text, None, 3)", False),
    ("def old(text, level=2):\n    warnings.warn(text, stacklevel=level + 1)", False),
    ("def old(text):\n    return sys._getframe(1).f_code.co_name", False),
    ("class old:\n    def __init__(self, text):\n        warnings.warn(text, stacklevel=3)", False),
    ("def old(text):\n    warnings.warn(text, stacklevel=2)", True),
    ("def old(text):\n    return sys._getframe().f_lineno", True),
    ("def other(text):\n    warnings.warn(text, stacklevel=3)", True),
]


@pytest.mark.parametrize(("definition", "may_move"), LOOKERS)
def test_a_function_that_looks_past_its_caller_is_called_where_it_was(ask, definition, may_move):
    assert is_moved(ask, "names = old('x')", f"{definition}\n\n\n") is may_move


def is_moved(ask, line, head=""):
    imports = "import warnings, warnings as w\nfrom warnings import warn\n\n"
    body = f"    {line}  #>\n    print(names, len(names), a)\n    print(sorted(names), max(names), a.b)  #<\n"
    said = ask(f"{imports}{head}def one(a):\n{body}\ndef two(a):\n{body}")
    return any(line in definition(said, sketch) for sketch in said.extractions)


def test_private_names_of_two_classes_become_a_parameter(ask):
    said = ask(
        """
        class A:
            def __init__(self): self.__data = []
            def show(self, items):
                for item in items:  #>
                    self.__data.append(item.name)
                    print(item, item.name, len(items))
                print(len(self.__data), items)  #<

        class B:
            def __init__(self): self.__data = []
            def show(self, items):
                for item in items:  #>
                    self.__data.append(item.name)
                    print(item, item.name, len(items))
                print(len(self.__data), items)  #<
        """
    )
    assert "__data" not in definition(said, said.extractions[0])
    assert said.after().count("_shared(items, self.__data)") == 2


def test_a_generator_stays_one_and_stays_lazy(ask, run):
    said = ask(
        """
        def one(items, log):
            log.append("start")  #>
            for item in items:
                yield item.strip() + "-"
                log.append(item)
            return len(items)  #<

        def two(items, log):
            log.append("start")  #>
            for item in items:
                yield item.strip() + "+"
                log.append(item)
            return len(items)  #<
        """
    )
    module, log = run(said.after()), []
    made = module["one"]([" a", "b "], log)
    assert log == []
    assert list(made) == ["a-", "b-"]
    assert log == ["start", " a", "b "]
    assert 'return (yield from _shared(items, log, "-"))' in said.after()


def test_an_async_run_is_awaited_and_twins_are_refused(ask):
    said = ask(
        """
        async def one(client, url):
            answer = await client.get(url, timeout=3)  #>
            answer.check()
            return [await part.read() for part in answer.parts if part]  #<

        async def two(client, url):
            answer = await client.get(url, timeout=4)  #>
            answer.check()
            return [await part.read() for part in answer.parts if part]  #<
        """
    )
    assert "async def _shared(client, url, " in said.after()
    assert "return await _shared(client, url, 3)" in said.after()
    twins = ask(
        """
        async def one(client, url):
            answer = await client.get(url, timeout=3)  #>
            answer.check()
            print([part.read() for part in answer.parts if part])  #<

        def two(client, url):
            answer = client.get(url, timeout=3)  #>
            answer.check()
            print([part.read() for part in answer.parts if part])  #<
        """
    )
    assert not any("client.get" in definition(twins, sketch) for sketch in twins.extractions)


def test_an_elif_is_not_a_statement_of_its_own(ask):
    said = ask(
        """
        def one(a, b):
            if a:
                print(b)
            elif a.name and b.name:  #>
                print(a.name, b.name, len(a), len(b))
                print(a.width, b.width, sum(a), sum(b))  #<

        def two(a, b):
            if b:
                print(a)
            elif a.name and b.name:  #>
                print(a.name, b.name, len(a), len(b))
                print(a.width, b.width, sum(a), sum(b))  #<
        """
    )
    for sketch in said.extractions:
        ast.parse(said.after(sketch))
        assert "elif a.name" not in definition(said, sketch)


def test_a_sentinel_is_imported_and_never_made_twice(ask):
    said = ask(
        {
            "alpha.py": """
                _MISSING = object()

                def one(table, key):
                    found = table.get(key, _MISSING)  #>
                    if found is _MISSING:
                        raise LookupError(f"no {key} among {len(table)}")
                    return found.value  #<
                """,
            "beta.py": """
                _MISSING = object()

                def two(table, key):
                    found = table.get(key, _MISSING)  #>
                    if found is _MISSING:
                        raise LookupError(f"no {key} among {len(table)}")
                    return found.value  #<
                """,
        }
    )
    for sketch in said.extractions:
        assert "_MISSING" not in definition(said, sketch)
        assert said.after(sketch).count("_MISSING = object()") == 2


def test_a_jump_out_of_the_run_is_refused(ask):
    said = ask(
        """
        def one(items):
            for item in items:
                print(item.name, len(items))  #>
                if item.last and item.name:
                    break
                print(item.width, item.height)  #<

        def two(items):
            for item in items:
                print(item.name, len(items))  #>
                if item.last and item.name:
                    break
                print(item.width, item.height)  #<
        """
    )
    assert not any("break" in definition(said, sketch) for sketch in said.extractions)


def test_what_a_handler_reads_is_bound_where_it_can_see_it(ask):
    said = ask(
        """
        def one(stream, log):
            step = "none"
            try:
                step = "open"  #>
                log.append(stream.open())
                step = "read"
                log.append(stream.read())  #<
            except OSError:
                return step

        def two(stream, log):
            step = "none"
            try:
                step = "open"  #>
                log.append(stream.open())
                step = "read"
                log.append(stream.read())  #<
            except OSError:
                return step
        """
    )
    assert not any("step" in definition(said, sketch) for sketch in said.extractions)


def test_an_attribute_that_the_run_may_rebind_is_not_passed(ask):
    said = ask(
        """
        class A:
            def __init__(self):
                self.left, self.right = [], []
                self.log = []

            def reset(self):
                self.left, self.right = [], []

            def one(self, item):
                self.reset()  #>
                self.left.append(item.name)
                self.log.append(len(item.name))
                print(item, self.log)  #<

            def two(self, item):
                self.reset()  #>
                self.right.append(item.name)
                self.log.append(len(item.name))
                print(item, self.log)  #<
        """
    )
    assert not any("self.reset()" in definition(said, sketch) for sketch in said.extractions)


def test_a_property_is_not_read_before_its_turn(ask):
    said = ask(
        """
        class A:
            @property
            def left(self): return []
            @property
            def right(self): return []

            def one(self, item, log):
                log.append(item.name)  #>
                self.left.append(item.name)
                print(item, log, len(log), item.name)  #<

            def two(self, item, log):
                log.append(item.name)  #>
                self.right.append(item.name)
                print(item, log, len(log), item.name)  #<
        """
    )
    for sketch in said.extractions:
        assert not ("log.append" in definition(said, sketch) and any(".left" in c for c in calls(said, sketch)))


def test_a_loop_value_computed_again_each_time_is_not_computed_once(ask):
    said = ask(
        """
        def one(queue, log):
            while queue.more():  #>
                log.append(queue.get("a"))
                log.append(len(log))
                print(log, queue)  #<

        def two(queue, log):
            while queue.more():  #>
                log.append(queue.put("a"))
                log.append(len(log))
                print(log, queue)  #<
        """
    )
    assert not any("while" in definition(said, sketch) for sketch in said.extractions)


def test_a_mutable_display_used_twice_is_not_shared(ask):
    said = ask(
        """
        def one(rows):
            for row in rows:  #>
                row.items = ["a"]
                row.count = len(rows) + len(row.name)
                print(row, row.name, row.count)  #<

        def two(rows):
            for row in rows:  #>
                row.items = ["b"]
                row.count = len(rows) + len(row.name)
                print(row, row.name, row.count)  #<
        """
    )
    assert not any('["a"]' in call for sketch in said.extractions for call in calls(said, sketch))


def definition(said, sketch):
    tree = ast.parse(said.after(sketch))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    shared = (n for n in functions if n.name.strip("_") == "shared")
    return ast.unparse(next(shared))


def calls(said, sketch):
    tree = ast.parse(said.after(sketch))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) == "_shared":
            found.append(ast.get_source_segment(said.after(sketch), node))
    return found
