"""Whether an expression may be evaluated before the run instead of in it, for every copy."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from guardloop.sketches.duplication.antiunification import Parameter, Unification, visible_locals
from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.classes import ANYTHING, Classes, receiver_name
from guardloop.sketches.duplication.contract import is_bound
from guardloop.sketches.duplication.evaluation import Event, events, is_quiet, steps_before
from guardloop.sketches.duplication.names import loaded
from guardloop.sketches.duplication.program import FUNCTIONS
from guardloop.sketches.duplication.rebinding import Attribute, Rebinding
from guardloop.sketches.duplication.region import Copy, Refused


class Timing:
    """Knows which expressions give the same value, and never raise, wherever in a copy they are evaluated."""

    def __init__(self, bindings: Bindings, classes: Classes, rebinding: Rebinding) -> None:
        self._bindings, self._classes, self._rebinding = bindings, classes, rebinding

    def arranged(self, found: Unification) -> list[Parameter]:
        """The parameters in an order in which calls may evaluate them; raises `Refused` if there is none."""
        eager = self.eager(found)
        return [*(p for p in found.parameters if p not in eager), *eager]

    def eager(self, found: Unification) -> list[Parameter]:
        """The parameters that must be evaluated first, in their order; raises `Refused` if they are not."""
        order: dict[int, int] = {}
        for index in range(len(found.copies)):
            order.update(self._check(found, index))
        return sorted((p for p in found.parameters if id(p) in order), key=lambda p: order[id(p)])

    def _check(self, found: Unification, index: int) -> dict[int, int]:
        """Positions of the parameters whose expression must be evaluated first, and is."""
        copy = found.copies[index]
        eager: dict[int, Parameter] = {}
        for parameter in found.parameters:
            for nodes in parameter.occurrences:
                if not self._is_timeless(copy, nodes[index]):
                    eager[id(nodes[index])] = parameter
        if not eager:
            return {}
        holes = [nodes[index] for parameter in found.parameters for nodes in parameter.occurrences]
        return self._first(copy, list(events(copy.statements, holes)), eager)

    def _first(self, copy: Copy, steps: Sequence[Event], eager: dict[int, Parameter]) -> dict[int, int]:
        steady: Callable[[ast.Attribute], bool] = lambda node: self._is_steady(copy, node)  # noqa: E731
        quiet, order, made = True, dict[int, int](), set[str]()
        timeless = {id(step.node) for step in steps} - set(eager)
        for position, step in enumerate(steps):
            parameter = eager.get(id(step.node))
            if parameter is None:
                has_value = not isinstance(step.node, ast.Name) or self._has_value(copy, step, made)
                is_still = is_quiet(step.node, steady) or self._is_hole(copy, step.node, timeless)
                quiet = quiet and has_value and is_still
                continue
            is_fresh = step.is_certain and len(parameter.occurrences) == 1
            if not is_fresh or not (quiet or self._is_display(copy, step.node)):
                where = f"{copy.file.path}:{getattr(step.node, 'lineno', 0)}"
                raise Refused(f"{where}: `{_short(copy, step.node)}` would be evaluated earlier than now")
            order[id(parameter)] = position
        return order

    def _has_value(self, copy: Copy, step: Event, made: set[str]) -> bool:
        """Whether the name has a value; `made` holds those that earlier steps gave one, and gets this one's."""
        assert isinstance(step.node, ast.Name)
        name = step.node.id
        if not isinstance(step.node.ctx, ast.Load):
            made.update([name] if step.is_certain and isinstance(step.node.ctx, ast.Store) else [])
            return isinstance(step.node.ctx, ast.Store)
        if name in made:
            return True
        if name in visible_locals(copy):
            return is_bound(copy, name)
        return self._bindings.is_known(copy.file, name)

    def _is_hole(self, copy: Copy, node: ast.AST, timeless: set[int]) -> bool:
        return id(node) in timeless and isinstance(node, ast.expr) and self._is_timeless(copy, node)

    def _is_timeless(self, copy: Copy, node: ast.expr) -> bool:
        """Whether the expression never raises and has the same value whenever the copy evaluates it."""
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return node.id in visible_locals(copy) or self._is_settled(copy, node)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.operand, ast.Constant) and not isinstance(node.operand.value, str)
        if isinstance(node, ast.Tuple):
            return all(self._is_timeless(copy, element) for element in node.elts)
        if isinstance(node, ast.Attribute):
            return self._is_steady(copy, node)
        if isinstance(node, ast.Compare):
            quiet = all(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops)
            return quiet and all(self._is_timeless(copy, part) for part in (node.left, *node.comparators))
        return isinstance(node, ast.Lambda) and not loaded([node]) & visible_locals(copy)

    def _is_settled(self, copy: Copy, node: ast.Name) -> bool:
        """A global that its module binds once, and that nothing in the copy rebinds as an attribute of the module."""
        if not self._bindings.is_settled(copy.file, node.id):
            return False
        is_builtin = not self._bindings.binders(copy.file, node.id)
        return is_builtin or not self._may_change(copy, node, Attribute(node.id, None, is_definition=True))

    def _is_display(self, copy: Copy, node: ast.AST) -> bool:
        """A new list or dict of such values: evaluating it earlier, once, makes no difference."""
        if isinstance(node, (ast.List, ast.Set)):
            return all(self._is_timeless(copy, element) for element in node.elts)
        if isinstance(node, ast.Dict):
            return all(e is not None and self._is_timeless(copy, e) for e in (*node.keys, *node.values))
        return False

    def _is_steady(self, copy: Copy, node: ast.Attribute) -> bool:
        """`self.x` that surely exists, is no property, and that nothing in the copy rebinds; `module.x`, `Class.x`."""
        descriptors = self._classes.descriptors
        if not isinstance(node.value, ast.Name) or node.attr in descriptors or ANYTHING in descriptors:
            return self._is_module_path(copy, node)
        root = node.value.id
        owner = copy.file.class_around(copy.function)
        attribute = Attribute(node.attr, owner.name if owner else None, self._is_definition(copy, node))
        if self._may_change(copy, node, attribute):
            return False
        if root not in visible_locals(copy):
            return self._is_settled_object(copy, node.value)
        if copy.owner is None or receiver_name(copy.functions[-1]) != root:
            return False
        return self._classes.surely_has(self._classes.of(copy.owner), node.attr)

    def _may_change(self, copy: Copy, node: ast.expr, attribute: Attribute) -> bool:
        """Whether the attribute may have been rebound between the start of the copy and the place of the node."""
        steps = steps_before(copy.statements, node)
        if steps is None:
            return self._rebinding.is_ever_rebound(attribute)
        return self._rebinding.may_rebind(steps, attribute, visible_locals(copy))

    def _is_definition(self, copy: Copy, node: ast.Attribute) -> bool:
        if isinstance(node.value, ast.Name) and node.value.id not in visible_locals(copy):
            return True
        lineage = self._classes.lineage(self._classes.of(copy.owner)) if copy.owner else []
        return any(isinstance(n, FUNCTIONS) and n.name == node.attr for one in lineage for n in one.node.body)

    def _is_settled_object(self, copy: Copy, node: ast.Name) -> bool:
        """Whether a global is a module, a class or a function: their attributes are there from the start."""
        if not self._is_settled(copy, node):
            return False
        bound = self._bindings.binders(copy.file, node.id)
        return not bound or isinstance(bound[0], (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef))

    def _is_module_path(self, copy: Copy, node: ast.Attribute) -> bool:
        """`package.module.name`, `tokens.Keyword.DDL`: nothing but attributes of an imported object."""
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in visible_locals(copy):
            return False
        return isinstance(node.value, ast.Attribute) and self._is_settled_object(copy, root)


def _short(copy: Copy, node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else text[:37] + "..."
