"""`guardloop check`: what a change adds, against what it may add."""

from __future__ import annotations

from guardloop.checked import Verdict
from guardloop.checking.judge import check as judge
from guardloop.git import place_in_repository
from guardloop.report.colour import paint_for
from guardloop.report.formats import PLACED_FORMATS, rendered_check
from guardloop.target import Target

EXIT = {Verdict.WITHIN: 0, Verdict.OVER: 1, Verdict.UNKNOWN: 2}


def check(target: Target) -> tuple[str, int]:
    """The judgement in the format that the settings name, and the exit code."""
    checked = judge(target)
    format, verbose = target.settings.format, target.settings.verbose
    folder = place_in_repository(target.root) if format in PLACED_FORMATS else ""
    text = rendered_check(checked, format, verbose=verbose, folder=folder, paint=paint_for())
    return text, EXIT[checked.verdict]
