"""What `complexity` costs, rewards and refuses to reward."""

from __future__ import annotations

from metrics.testing import Costs, Example, Refuses, Rewards

_PRICED = """
def invoice(customer, lines, rates, log):
    total = 0
    for line in lines:
        if line.price > customer.limit and not line.approved:
            log.warning("over the limit", line.name, line.price)
        elif line.amount:
            total += line.price * line.amount
        else:
            log.info("free", line.name)
"""
_SENT = """
    address = customer.address or rates.default
    if address.country in rates.abroad:
        for rate in rates.abroad[address.country]:
            if rate.least <= total and rate.is_valid(address):
                total += rate.fee
                log.info("shipping", rate.name, rate.fee)
    if customer.mail and customer.language:
        customer.send(rates.text(customer.language), total, address.city, address.street)
    elif customer.phone:
        customer.call(customer.phone, total)
    return total
"""
_NESTED = """
def first(rows, limit):
    for row in rows:
        if row:
            for cell in row:
                if cell:
                    while cell.size > limit:
                        if not cell.shrink():
                            return cell
"""
_FLAT = """
def first(rows, limit):
    for cell in cells(rows):
        while cell.size > limit:
            if not cell.shrink():
                return cell


def cells(rows):
    for row in rows:
        if row:
            for cell in row:
                if cell:
                    yield cell
"""
_HIDDEN = """
def first(rows, limit):
    def look():
        for row in rows:
            if row:
                for cell in row:
                    if cell:
                        while cell.size > limit:
                            if not cell.shrink():
                                return cell
    return look()
"""

EXAMPLES: tuple[Example, ...] = (
    Costs(_NESTED, {1: 6}),
    Costs(_FLAT, {}),
    Costs(_PRICED + _SENT.lstrip("\n"), {1: 2}),
    Rewards(_NESTED, _FLAT),
    Rewards(
        _PRICED + _SENT.lstrip("\n"),
        _PRICED + "    return send(customer, rates, log, total)\n\n\ndef send(customer, rates, log, total):" + _SENT,
    ),
    # What is nested in a function counts for it.
    Refuses(_NESTED, _HIDDEN),
)
