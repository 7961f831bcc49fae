"""Figures for the back office."""

from __future__ import annotations

from collections.abc import Iterable

from shop.orders import Order


def sales_table(orders: Iterable[Order], prices: dict[str, int]) -> list[str]:
    rows = []
    for order in sorted(orders, key=lambda o: o.number):
        if order.cancelled:
            continue
        amount = sum(prices[sku] * quantity for sku, quantity in order.lines.items())
        state = "paid" if order.paid else "open"
        rows.append(f"{order.number:>6} {amount / 100:>10.2f} {state}")
    rows.append("-" * 24)
    rows.append(f"{len(rows) - 1} orders")
    return rows


def returns_table(orders: Iterable[Order], refunds: dict[str, int]) -> list[str]:
    lines = []
    for order in sorted(orders, key=lambda o: o.number):
        if order.cancelled:
            continue
        amount = sum(refunds[sku] * quantity for sku, quantity in order.lines.items())
        state = "paid" if order.paid else "open"
        lines.append(f"{order.number:>6} {amount / 100:>10.2f} {state}")
    lines.append("-" * 24)
    lines.append(f"{len(lines) - 1} returns")
    return lines
