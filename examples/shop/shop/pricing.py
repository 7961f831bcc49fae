"""What a line costs, with quantity discounts and tax."""

from __future__ import annotations

TAX = {"DE": 19, "FR": 20, "US": 0}
REDUCED_TAX = {"DE": 7, "FR": 5, "US": 0}


def goods_total(lines: list[tuple[int, int]], country: str) -> int:
    """Gross price of (unit price, quantity) lines in cents."""
    net = 0
    for price, quantity in lines:
        amount = price * quantity
        if quantity >= 100:
            amount -= amount * 15 // 100
        elif quantity >= 10:
            amount -= amount * 5 // 100
        net += amount
    rate = TAX.get(country)
    if rate is None:
        raise ValueError(f"no tax rate for {country}")
    return net + net * rate // 100


def books_total(lines: list[tuple[int, int]], country: str) -> int:
    """Gross price of lines of books, which are taxed at the reduced rate."""
    net = 0
    for price, quantity in lines:
        amount = price * quantity
        if quantity >= 50:
            amount -= amount * 15 // 100
        elif quantity >= 10:
            amount -= amount * 5 // 100
        net += amount
    rate = REDUCED_TAX.get(country)
    if rate is None:
        raise ValueError(f"no tax rate for {country}")
    return net + net * rate // 100
