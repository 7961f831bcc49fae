"""Runs the steps of `action.yml` as a runner of GitHub Actions would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from twins import twin

ROOT = Path(__file__).resolve().parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
COPY = twin("second", "items")
Git = Callable[..., str]


def outputs_of(text: str) -> dict[str, str]:
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, heredoc, end = line.partition("<<")
        if heredoc and "=" not in name:
            value = []
            for following in lines:
                if following == end:
                    break
                value.append(following)
            else:
                pytest.fail(f"no line {end!r}")
            found[name] = "\n".join(value)
        else:
            name, equals, value_text = line.partition("=")
            assert equals, line
            found[name] = value_text
    return found


@dataclass
class Runner:
    """Carries steps, environment, outputs and the summary, like the program on a runner."""

    workspace: Path
    temporary: Path
    inputs: Mapping[str, str]
    environment: Mapping[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    log: str = ""
    failed: str | None = None

    def run(self, *, installed: bool = True) -> Runner:
        """Every step; with `installed` the first one is taken as done, by this test's own environment."""
        self.temporary.mkdir(exist_ok=True)
        for step in STEPS:
            if installed and step.get("id") == "install":
                self.outputs["install"] = {"programs": str(Path(sys.executable).parent)}
            elif self.failed is None and self._wanted(step):
                self._step(step)
        return self

    @property
    def summary(self) -> str:
        path = self.temporary / "summary"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def results(self) -> dict[str, str]:
        return {name: self._filled(output["value"]) for name, output in ACTION["outputs"].items()}

    def _step(self, step: dict[str, Any]) -> None:
        assert step["shell"] == "bash"
        script, output = self.temporary / "script.sh", self.temporary / "output"
        script.write_text(step["run"], encoding="utf-8")
        output.write_text("")
        environment = {
            **self.environment,
            **{name: self._filled(value) for name, value in step.get("env", {}).items()},
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary"),
            "RUNNER_TEMP": str(self.temporary),
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        folder = self.workspace / self._filled(step.get("working-directory", "."))
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        self.log += done.stdout + done.stderr
        self.outputs[step.get("id", step["name"])] = outputs_of(output.read_text(encoding="utf-8"))
        if done.returncode:
            self.failed = step.get("id", step["name"])

    def _filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda match: self._value(match.group(1)), text)

    def _value(self, expression: str) -> str:
        if expression.startswith("inputs."):
            return self.inputs[expression.removeprefix("inputs.")]
        match = re.fullmatch(r"steps\.([a-z]+)\.outputs\.([a-z]+)", expression)
        assert match, f"the emulation knows no {expression!r}"
        return self.outputs.get(match.group(1), {}).get(match.group(2), "")

    def _wanted(self, step: dict[str, Any]) -> bool:
        conditions = [part for part in step.get("if", "").split(" && ") if part]
        return all(self._holds(*re.fullmatch(r"(\S+) (==|!=) '(.*)'", one).groups()) for one in conditions)

    def _holds(self, expression: str, operator: str, text: str) -> bool:
        return (self._value(expression) == text) == (operator == "==")


@dataclass(frozen=True)
class Pull:
    """A checkout of a pull request, and the repository that it was cloned from."""

    upstream: Path
    checkout: Path
    base: str


@pytest.fixture
def pull(repository: Callable[..., Path], git: Git, tmp_path: Path) -> Callable[..., Pull]:
    def make(
        files: Mapping[str, str], *, base: str = "main", depth: int | None = None, feature: str = "feature"
    ) -> Pull:
        upstream = repository({"pyproject.toml": "", "shop.py": twin()})
        if base != "main":
            git(upstream, "branch", "-m", base)
        git(upstream, "checkout", "-q", "-b", feature)
        for path, text in files.items():
            (upstream / path).parent.mkdir(parents=True, exist_ok=True)
            (upstream / path).write_text(text, encoding="utf-8")
        git(upstream, "add", "-A")
        git(upstream, "commit", "-qm", "change")
        git(upstream, "checkout", "-q", base)
        (upstream / "later.py").write_text("LATER = 1\n")
        git(upstream, "add", "-A")
        git(upstream, "commit", "-qm", "go on")
        checkout = tmp_path / "checkout"
        shallow = ["--depth", str(depth)] if depth else []
        git(tmp_path, "clone", "-q", *shallow, "--single-branch", "-b", feature, f"file://{upstream}", str(checkout))
        return Pull(upstream, checkout, base)

    return make


@pytest.fixture
def runner(sources: Path, pip_cache: Mapping[str, str], tmp_path: Path) -> Callable[..., Runner]:
    def make(pull: Pull, *, event: str = "pull_request", **given: str) -> Runner:
        defaults = {name: described["default"] for name, described in ACTION["inputs"].items()}
        inputs = {**defaults, **{name.replace("_", "-"): value for name, value in given.items()}}
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "GITHUB_ACTION_PATH": str(sources), **pip_cache}
        environment["GUARDLOOP_CACHE"] = str(tmp_path / "cache")
        if event == "pull_request":
            environment["GITHUB_BASE_REF"] = pull.base
        return Runner(pull.checkout, tmp_path / "runner", inputs, environment)

    return make


def test_no_expression_stands_in_a_shell() -> None:
    assert len(STEPS) >= 4
    for step in STEPS:
        assert set(step) <= {"id", "name", "if", "shell", "env", "working-directory", "run"}
        assert "${{" not in step["run"]


def test_every_input_and_output_is_described_and_every_input_has_a_default() -> None:
    for described in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert described["description"]
    assert all(isinstance(described["default"], str) for described in ACTION["inputs"].values())


WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *(ROOT / "examples" / "places").glob("work*.yml")])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_pin_every_action_by_commit_and_may_only_read_by_default(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if step.get("uses") in ("./", "OWNER/guardloop@COMMIT")]
    assert len(ours) == 1
    assert set(ours[0].get("with", {})) <= set(ACTION["inputs"])
    for step in steps:
        assert "${{" not in step.get("run", "")
        assert step in ours or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", f"a/b@{'0' * 40}"))
    assert set(re.findall(r"steps\.guardloop\.outputs\.(\w+)", path.read_text())) <= set(ACTION["outputs"])


def test_a_checkout_with_all_of_its_history_needs_no_network(
    pull: Callable[..., Pull], runner: Callable[..., Runner], git: Git
) -> None:
    pulled = pull({"copied.py": COPY})
    git(pulled.checkout, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
    git(pulled.checkout, "remote", "set-url", "origin", "https://missing.invalid/")
    assert runner(pulled).run().results["verdict"] == "over"


def test_it_installs_itself_and_judges_with_what_it_installed(
    pull: Callable[..., Pull], runner: Callable[..., Runner], tmp_path: Path
) -> None:
    pulled = pull({"copied.py": COPY, "pip/__main__.py": "raise SystemExit('the judged code was run')\n"})
    ran = runner(pulled, python=sys.executable).run(installed=False)
    if "No matching distribution found" in ran.log:
        pytest.skip("the packages that guardloop needs cannot be had here")
    assert ran.results["verdict"] == "over", ran.log
    assert "the judged code was run" not in ran.log
    programs = Path(ran.outputs["install"]["programs"])
    assert programs.is_relative_to(tmp_path / "runner")
    assert not list(programs.parent.glob("lib/*/site-packages/torch"))


TESTED = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '-p no:hypothesispytest -p no:anyio'\n",
    "copied.py": COPY,
    "tests/test_copied.py": (
        "from types import SimpleNamespace\n\nfrom copied import second\n\n\n"
        "def test_second():\n    assert second([SimpleNamespace(price=2, count=3)], 1) == 6\n"
    ),
}


def test_a_patch_for_what_the_change_added_is_suggested_when_asked_for(
    pull: Callable[..., Pull], runner: Callable[..., Runner], git: Git
) -> None:
    pulled = pull(TESTED)
    ran = runner(pulled, suggest="true", python=sys.executable).run()
    assert ran.results["verdict"] == "over", ran.log
    suggestion = ran.results["suggestion"]
    assert suggestion, ran.log
    assert git(pulled.checkout, "status", "--porcelain") == ""
    git(pulled.checkout, "apply", suggestion)
    git(pulled.checkout, "add", "-A")
    git(pulled.checkout, "commit", "-qm", "apply the suggestion")
    assert runner(pulled).run().results["verdict"] == "within"


def test_a_copy_is_annotated_summed_up_and_stopped(pull: Callable[..., Pull], runner: Callable[..., Runner]) -> None:
    ran = runner(pull({"copied.py": COPY})).run()
    assert ran.failed == "Hold the change to its budget"
    assert re.search(r"^::error file=copied\.py,line=1,", ran.log, re.M), ran.log
    results = ran.results
    assert results["verdict"] == "over"
    assert json.loads(Path(results["json"]).read_text())["charges"]["duplication"] > 0
    sarif = json.loads(Path(results["sarif"]).read_text())
    assert sarif["version"] == "2.1.0"
    assert {result["ruleId"] for result in sarif["runs"][0]["results"]} >= {"duplication"}
    assert "over budget" in ran.summary
    assert results["comment"].rstrip("\n") == ran.summary.rstrip("\n")
    assert results["suggestion"] == ""


def test_what_the_base_branch_did_meanwhile_is_not_the_changes(
    pull: Callable[..., Pull], runner: Callable[..., Runner], git: Git
) -> None:
    pulled = pull({"plain.py": "PRICE = 3\n"})
    (pulled.upstream / "copied.py").write_text(COPY)
    git(pulled.upstream, "add", "-A")
    git(pulled.upstream, "commit", "-qm", "copy on the base branch")
    ran = runner(pulled).run()
    assert ran.failed is None, ran.log
    assert ran.results["verdict"] == "within"
    assert "within budget" in ran.summary


def test_a_change_over_budget_may_be_only_reported(pull: Callable[..., Pull], runner: Callable[..., Runner]) -> None:
    ran = runner(pull({"copied.py": COPY}), fail="false").run()
    assert ran.failed is None
    assert ran.results["verdict"] == "over"


@pytest.mark.parametrize("fail", ["true", "false"])
def test_a_change_that_cannot_be_judged_never_passes(
    pull: Callable[..., Pull], runner: Callable[..., Runner], fail: str
) -> None:
    ran = runner(pull({"torn.py": "def torn(:\n"}), fail=fail).run()
    assert ran.failed == "Hold the change to its budget"
    assert ran.results["verdict"] == "unknown"
    assert "::error" in ran.log


def test_settings_that_cannot_be_read_never_pass(pull: Callable[..., Pull], runner: Callable[..., Runner]) -> None:
    ran = runner(pull({"pyproject.toml": "[tool.guardloop]\nbudgetz = 3\n"}), fail="false").run()
    assert ran.failed is not None
    assert ran.results["verdict"] == "unknown"
    assert "budgetz" in ran.log


def test_a_shallow_checkout_gets_the_history_that_it_needs(
    pull: Callable[..., Pull], runner: Callable[..., Runner]
) -> None:
    ran = runner(pull({"copied.py": COPY}, depth=1)).run()
    assert ran.results["verdict"] == "over", ran.log


@pytest.mark.parametrize("depth", [[], ["--depth", "1"]], ids=["whole history", "one commit"])
def test_the_merge_that_github_checks_out_is_judged_for_what_the_branch_adds(
    pull: Callable[..., Pull], runner: Callable[..., Runner], git: Git, tmp_path: Path, depth: list[str]
) -> None:
    pulled = pull({"copied.py": COPY})
    # The base branch has a copy of its own by now, which is none of the pull request's.
    (pulled.upstream / "later.py").write_text(twin("third", "entries"))
    git(pulled.upstream, "commit", "-qam", "copy on the base branch")
    git(pulled.upstream, "merge", "-q", "--no-ff", "-m", "merge", "feature")
    git(pulled.upstream, "update-ref", "refs/pull/1/merge", "HEAD")
    git(pulled.upstream, "reset", "-q", "--hard", "HEAD~1")
    checkout = tmp_path / "merge"
    git(tmp_path, "init", "-q", str(checkout))
    git(checkout, "remote", "add", "origin", f"file://{pulled.upstream}")
    git(checkout, "fetch", "-q", "--no-tags", *depth, "origin", "+refs/pull/1/merge:refs/remotes/pull/1/merge")
    git(checkout, "checkout", "-q", "--detach", "refs/remotes/pull/1/merge")
    ran = runner(Pull(pulled.upstream, checkout, "main")).run()
    assert ran.results["verdict"] == "over", ran.log
    findings = json.loads(Path(ran.results["json"]).read_text())["findings"]
    new = {finding["sites"][n]["path"] for finding in findings for n in finding["new_sites"]}
    assert new == {"copied.py"}


HOSTILE = ["\"; touch {mark}; '$(touch {mark})`touch {mark}`\ntouch {mark}", "--help"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("names", [["against"], ["paths"], ["python"], ["fail", "suggest", "suggest-seconds"]], ids=str)
def test_a_hostile_input_is_never_run_and_never_passes(
    pull: Callable[..., Pull], runner: Callable[..., Runner], tmp_path: Path, names: list[str], text: str
) -> None:
    mark = tmp_path / "mark"
    given = dict.fromkeys(names, text.format(mark=mark))
    ran = runner(pull({"copied.py": COPY}), **given).run(installed="python" not in names)
    assert not mark.exists()
    assert ran.failed is not None


def test_a_hostile_duration_of_the_patch_is_refused(
    pull: Callable[..., Pull], runner: Callable[..., Runner], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    ran = runner(pull({"copied.py": COPY}), suggest="true", suggest_seconds=HOSTILE[0].format(mark=mark)).run()
    assert not mark.exists()
    assert "::warning title=guardloop::no patch could be made" in ran.log
    assert ran.failed == "Hold the change to its budget"


@pytest.mark.parametrize("branch", ["a'b\"c;$(touch${IFS}mark)`touch${IFS}mark`", "a/-x/--help"])
def test_a_hostile_branch_is_only_a_name(
    pull: Callable[..., Pull], runner: Callable[..., Runner], branch: str, tmp_path: Path
) -> None:
    ran = runner(pull({"copied.py": COPY}, base=branch, feature=f"{branch}-change")).run()
    assert ran.results["verdict"] == "over", ran.log
    assert not list(tmp_path.rglob("mark"))


def test_names_in_the_code_give_no_commands_to_the_runner(
    pull: Callable[..., Pull], runner: Callable[..., Runner]
) -> None:
    ran = runner(pull({"x\n::add-mask::y\n.py": COPY, "z\nverdict=within\n.py": "def torn(:\n"})).run()
    assert not re.search(r"^::(?!error|warning|notice|stop-commands|[0-9a-f]{32}::)", ran.log, re.M), ran.log
    assert ran.results["verdict"] == "unknown"
    assert ran.failed is not None


def test_paths_limit_what_is_judged(pull: Callable[..., Pull], runner: Callable[..., Runner]) -> None:
    ran = runner(pull({"copied.py": COPY, "plain.py": "PRICE = 3\n"}), paths="plain.py\n").run()
    assert ran.results["verdict"] == "within", ran.log


def test_a_push_needs_to_be_told_what_to_compare_with(pull: Callable[..., Pull], runner: Callable[..., Runner]) -> None:
    pulled = pull({"copied.py": COPY})
    ran = runner(pulled, event="push").run()
    assert ran.failed == "base"
    assert "the input against is needed" in ran.log
    assert runner(pulled, event="push", against="HEAD~1").run().results["verdict"] == "over"
