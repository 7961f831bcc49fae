"""A program for `command:`: proposes the first choices, and otherwise numbered names or truths."""

import json
import sys

NAMES = {"identifier", "helper-name", "parameter"}


def proposal(hole, number):
    if hole["choices"]:
        return next(choice for choice in hole["choices"] if choice not in hole["taken"])
    if hole["kind"] in NAMES:
        return f"{hole['prefix']}{hole['name']}_{number}"
    return f"{number} > 0"


asked = json.load(sys.stdin)
fills = [{hole["name"]: proposal(hole, n) for hole in asked["holes"]} for n in range(asked["candidates"])]
json.dump({"fills": fills}, sys.stdout)
