from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("browser.js").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: the report was not looked at in a browser")


def run(folder: Path, page: Path, *options: str) -> tuple[str, list[str]]:
    """The document after its scripts ran, and what was written to the console."""
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--dump-dom"]
    command += [f"--user-data-dir={folder / 'browser'}", "--allow-file-access-from-files", "--enable-logging=stderr"]
    # Nothing may be asked of any network: every name resolves to nothing.
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def look(report: Path, width: int, *options: str, scripts: bool = True) -> dict[str, Any]:
    """What a reader sees of a report in a window of this width, at first and after some steps."""
    sandbox = "" if scripts else ' sandbox="allow-same-origin"'
    constants = 'const RULE = "reification-miss", WORDS = "CATALOG stock";'
    page = report.with_name("outside.html")
    frame = f'<iframe src="{report.name}" width="{width}" height="900" style="border: 0"{sandbox}></iframe>'
    page.write_text(f"<!doctype html><body>{frame}<script>{constants}\n{SCRIPT}</script></body>", encoding="utf-8")
    dom, console = run(report.parent, page, *options)
    assert [line for line in console if scripts or "Blocked script execution" not in line] == []
    found = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)
    assert found, dom[-2000:]
    seen: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    assert "error" not in seen, seen["error"]
    return seen


def score(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("guardloop")), "score", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    report = tmp_path_factory.mktemp("report") / "report.html"
    report.write_text(score(str(ROOT / "examples/shop"), "--format", "html"), encoding="utf-8")
    return report, json.loads(score(str(ROOT / "examples/shop"), "--format", "json"))


def ids(document: dict[str, Any], wanted: Callable[[dict[str, Any]], bool]) -> list[str]:
    return [finding["id"] for finding in document["findings"] if wanted(finding)]


@pytest.mark.parametrize("width", [1280, 400])
def test_the_report_is_seen_as_it_is_meant(shop: tuple[Path, dict[str, Any]], width: int) -> None:
    report, document = shop
    gated = ids(document, lambda finding: finding["gated"])
    seen = look(report, width)
    start = seen["start"]
    assert start["findings"] == gated
    assert start["count"] == f"{len(gated)} findings"
    assert start["maps"] == 1
    assert start["tiles"] >= 4
    assert start["flatTiles"] == 0
    assert min(start["labels"]) >= 8
    assert start["figures"] == 2
    assert start["overflow"] <= 0
    assert seen["reachable"]
    assert seen["requests"] == 0
    assert seen["chosen"]["findings"] == ids(document, lambda finding: finding["rule"] == "reification-miss")
    assert seen["chosen"]["maps"] == 1
    assert 0 < seen["chosen"]["tiles"] < start["tiles"]


def test_searching_and_clicking_a_tile_lead_to_the_findings(shop: tuple[Path, dict[str, Any]]) -> None:
    report, document = shop
    seen = look(report, 1280)
    assert seen["searched"]["findings"] == ids(document, lambda finding: finding["rule"] == "reification-miss")
    assert seen["searched"]["count"] == f"1 of {len(seen['start']['findings'])} findings"
    clicked = seen["clicked"]
    assert clicked["focused"] == clicked["target"]
    assert clicked["open"]
    assert 0 < len(clicked["findings"]) < len(seen["start"]["findings"])


def test_a_link_to_a_finding_that_is_filtered_out_shows_its_rule(shop: tuple[Path, dict[str, Any]]) -> None:
    report, document = shop
    led = look(report, 1280)["led"]
    rule = next(finding["rule"] for finding in document["findings"] if finding["id"] == led["id"])
    assert led["findings"] == ids(document, lambda finding: finding["rule"] == rule)


def test_without_scripts_everything_but_the_search_works(shop: tuple[Path, dict[str, Any]]) -> None:
    report, document = shop
    seen = look(report, 1280, scripts=False)
    assert seen["start"]["findings"] == ids(document, lambda finding: finding["gated"])
    assert seen["start"]["search"] == 0
    assert seen["chosen"]["findings"] == ids(document, lambda finding: finding["rule"] == "reification-miss")
    assert seen["reachable"]


def test_the_reader_chooses_between_light_and_dark(shop: tuple[Path, dict[str, Any]]) -> None:
    papers = [
        sum(map(int, re.findall(r"\d+", look(shop[0], 800, *options)["start"]["paper"])))
        for options in ([], ["--blink-settings=preferredColorScheme=0"])
    ]
    assert papers[0] > 600 > 150 > papers[1]


def test_code_that_looks_like_a_page_runs_nothing(tmp_path: Path) -> None:
    attack = "</script><script>document.title='owned';parent.owned=1</script><img src=x onerror=alert(1)><!--"
    source = (ROOT / "examples/shop/shop/reports.py").read_text(encoding="utf-8")
    assert '"open"' in source
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a'><svg onload=alert(1)>.py").write_text(source.replace('"open"', repr(attack)))
    report = tmp_path / "report.html"
    report.write_text(score(str(tmp_path), "--format", "html"), encoding="utf-8")
    assert attack.split("<")[1] in html.unescape(report.read_text(encoding="utf-8"))
    dom, console = run(tmp_path, report)
    assert console == []
    assert "<title>owned" not in dom
    assert "<img" not in dom
    assert look(report, 800)["start"]["findings"]


def test_a_trend_over_the_history_is_drawn(
    tmp_path: Path, repository: Callable[..., Path], git: Callable[..., str]
) -> None:
    root = repository({"pyproject.toml": "", "a.py": (ROOT / "examples/shop/shop/orders.py").read_text()})
    (root / "b.py").write_text((ROOT / "examples/shop/shop/pricing.py").read_text())
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "more")
    report = tmp_path / "report.html"
    report.write_text(score(str(root), "--format", "html", "--trend", "5"), encoding="utf-8")
    assert "Over 2 revisions" in report.read_text(encoding="utf-8")
    seen = look(report, 1280)
    assert seen["start"]["charts"] == 1
    assert seen["start"]["overflow"] <= 0
