"""Products and what is in stock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Product:
    sku: str
    name: str
    price: int
    stock: int
    weight: int = 0
    discontinued: bool = False
    blocked: bool = False


class Catalog:
    def __init__(self, products: list[Product]) -> None:
        self.products = {product.sku: product for product in products}

    def find(self, sku: str) -> Product:
        try:
            return self.products[sku]
        except KeyError:
            raise LookupError(f"no product {sku!r}") from None

    def for_sale(self) -> list[Product]:
        return [p for p in self.products.values() if p.stock > 0 and not p.discontinued and not p.blocked]

    def reserve(self, sku: str, quantity: int) -> bool:
        product = self.find(sku)
        if product.stock > 0 and not product.discontinued and not product.blocked:
            taken = min(product.stock, quantity)
            product.stock -= taken
            return taken == quantity
        return False

    def suggestion(self, sku: str) -> str | None:
        product = self.find(sku)
        for other in sorted(self.products.values(), key=lambda p: p.sku):
            if other is product:
                continue
            if other.stock > 0 and not other.discontinued and not other.blocked:
                return other.sku
        return None

    def shelf_labels(self) -> list[str]:
        labels = []
        for product in self.products.values():
            if not product.stock > 0 or product.discontinued or product.blocked:
                labels.append(f"{product.name}: sold out")
            else:
                labels.append(f"{product.name}: {product.price / 100:.2f}")
        return labels
