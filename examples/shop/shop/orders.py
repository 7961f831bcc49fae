"""Orders, from the cart to the parcel."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop.catalog import Catalog


@dataclass
class Order:
    number: int
    lines: dict[str, int] = field(default_factory=dict)
    paid: bool = False
    cancelled: bool = False
    log: list[str] = field(default_factory=list)


class Desk:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.orders: dict[int, Order] = {}
        self.outbox: list[str] = []

    def place(self, number: int, lines: dict[str, int]) -> Order:
        order = Order(number, dict(lines))
        self.orders[number] = order
        return order

    def ship(self, number: int) -> int:
        order = self.orders[number]
        if not order.paid or order.cancelled:
            raise RuntimeError(f"order {number} cannot be shipped")
        weight = 0
        parcels = 0
        for sku, quantity in sorted(order.lines.items()):
            product = self.catalog.find(sku)
            weight += product.weight * quantity
            if product.weight > 20_000:
                parcels += quantity
        parcels += max(1, -(-weight // 30_000))
        order.log.append(f"shipped in {parcels} parcels")
        self.outbox.append(f"order {number}: shipped")
        return parcels

    def quote_shipping(self, number: int, express: bool) -> int:
        order = self.orders[number]
        weight = 0
        parcels = 0
        for sku, quantity in sorted(order.lines.items()):
            item = self.catalog.find(sku)
            weight += item.weight * quantity
            if item.weight > 20_000:
                parcels += quantity
        parcels += max(1, -(-weight // 30_000))
        price = 490 * parcels
        return price * 2 if express else price

    def remind(self, number: int) -> bool:
        order = self.orders[number]
        if order.paid or order.cancelled:
            return False
        text = "Dear customer,\n"
        for sku, quantity in sorted(order.lines.items()):
            product = self.catalog.find(sku)
            text += f"  {quantity} x {product.name}\n"
        text += "please pay within 14 days."
        self.outbox.append(text)
        order.log.append("reminded")
        return True

    def confirm(self, number: int) -> bool:
        order = self.orders[number]
        if order.cancelled:
            return False
        text = "Dear customer,\n"
        for sku, quantity in sorted(order.lines.items()):
            product = self.catalog.find(sku)
            text += f"  {quantity} x {product.name}\n"
        text += "thank you for your order."
        self.outbox.append(text)
        order.log.append("confirmed")
        return True
