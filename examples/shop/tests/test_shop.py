import pytest
from shop.catalog import Catalog, Product
from shop.orders import Desk
from shop.pricing import books_total, goods_total
from shop.reports import returns_table, sales_table


@pytest.fixture
def catalog():
    return Catalog(
        [
            Product("desk", "Desk", 19900, 3, weight=32_000),
            Product("lamp", "Lamp", 2950, 40, weight=1_200),
            Product("rug", "Rug", 8900, 0, weight=9_000),
            Product("vase", "Vase", 1500, 5, weight=800, discontinued=True),
            Product("fake", "Fake", 10, 5, blocked=True),
        ]
    )


@pytest.fixture
def desk(catalog):
    return Desk(catalog)


def test_only_what_can_be_bought_is_for_sale(catalog):
    assert [p.sku for p in catalog.for_sale()] == ["desk", "lamp"]


def test_reserving_takes_from_stock(catalog):
    assert catalog.reserve("lamp", 10)
    assert catalog.find("lamp").stock == 30
    assert not catalog.reserve("desk", 4)
    assert not catalog.reserve("desk", 1)
    assert not catalog.reserve("vase", 1)
    assert not catalog.reserve("fake", 1)


def test_unknown_products_are_named():
    with pytest.raises(LookupError, match="no product 'x'"):
        Catalog([]).find("x")


def test_a_suggestion_can_be_bought(catalog):
    assert catalog.suggestion("rug") == "desk"
    assert catalog.suggestion("desk") == "lamp"
    assert Catalog([catalog.find("rug")]).suggestion("rug") is None


def test_labels_say_price_or_sold_out(catalog):
    assert catalog.shelf_labels() == [
        "Desk: 199.00",
        "Lamp: 29.50",
        "Rug: sold out",
        "Vase: sold out",
        "Fake: sold out",
    ]


@pytest.mark.parametrize(
    ("lines", "goods", "books"),
    [
        ([(1000, 1)], 1190, 1070),
        ([(1000, 10)], 11305, 10165),
        ([(1000, 60)], 67830, 54570),
        ([(1000, 100), (50, 3)], 101328, 91110),
        ([], 0, 0),
    ],
)
def test_totals_know_discounts_and_tax(lines, goods, books):
    assert goods_total(lines, "DE") == goods
    assert books_total(lines, "DE") == books


@pytest.mark.parametrize("total", [goods_total, books_total])
def test_countries_without_a_rate_are_refused(total):
    with pytest.raises(ValueError, match="no tax rate for XX"):
        total([(1, 1)], "XX")


def test_paid_orders_ship(desk):
    order = desk.place(1, {"desk": 2, "lamp": 3})
    with pytest.raises(RuntimeError, match="order 1 cannot be shipped"):
        desk.ship(1)
    order.paid = True
    assert desk.ship(1) == 5
    assert order.log == ["shipped in 5 parcels"]
    assert desk.outbox == ["order 1: shipped"]
    order.cancelled = True
    with pytest.raises(RuntimeError):
        desk.ship(1)


def test_shipping_is_quoted_before_payment(desk):
    desk.place(1, {"lamp": 3})
    assert desk.quote_shipping(1, express=False) == 490
    assert desk.quote_shipping(1, express=True) == 980
    desk.place(2, {"desk": 2, "lamp": 3})
    assert desk.quote_shipping(2, express=False) == 2450


def test_letters_list_what_was_ordered(desk):
    order = desk.place(1, {"lamp": 3, "desk": 1})
    assert desk.confirm(1)
    assert desk.remind(1)
    assert desk.outbox == [
        "Dear customer,\n  1 x Desk\n  3 x Lamp\nthank you for your order.",
        "Dear customer,\n  1 x Desk\n  3 x Lamp\nplease pay within 14 days.",
    ]
    assert order.log == ["confirmed", "reminded"]
    order.paid = True
    assert not desk.remind(1)
    order.cancelled = True
    assert not desk.confirm(1)


def test_tables_leave_out_cancelled_orders(desk):
    desk.place(1, {"lamp": 3}).paid = True
    desk.place(2, {"desk": 1})
    desk.place(3, {"rug": 1}).cancelled = True
    orders = desk.orders.values()
    assert sales_table(orders, {"lamp": 2950, "desk": 19900}) == [
        "     1      88.50 paid",
        "     2     199.00 open",
        "-" * 24,
        "2 orders",
    ]
    assert returns_table(orders, {"lamp": 100, "desk": 200}) == [
        "     1       3.00 paid",
        "     2       2.00 open",
        "-" * 24,
        "2 returns",
    ]
