"""Say what the work tree adds over a branch: `python judge_change.py BRANCH`."""

import sys

import guardloop

checked = guardloop.check(["."], against=sys.argv[1])
print(checked.verdict, dict(checked.excess))
for one in checked.findings:
    places = ", ".join(f"{site.path}:{site.line}" for site in one.finding.sites)
    print(f"+{one.charge} {one.finding.rule}: {one.finding.message} ({places})")

scored = guardloop.score(["."], rules=["duplication"])
print(f"duplication in the whole tree: {scored.costs['duplication']}")
