"""What reports tell of an order beside quantity and price, and what a row shows of it."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

from app.domain.oms import (
    ExecAmended,
    ExecPendingNew,
    ExecRestated,
    ExecStatus,
    FoundOpen,
    OrderDetails,
    OrderEvent,
    WorkingOrder,
    external_order,
    new_order,
    reduce,
)
from app.domain.order import (
    CloseTemplate,
    OrderRequest,
    OrderType,
    PriceKind,
    Side,
    TimeInForce,
    Trigger,
    TriggerRef,
)

D = Decimal
NOW = 1_000_000_000
STOP = Trigger(TriggerRef.INDEX, D(63000))


def after(order: WorkingOrder, *events: OrderEvent) -> WorkingOrder:
    for event in events:
        order, _ = reduce(order, event)
    return order


def iceberg() -> WorkingOrder:
    request = OrderRequest(
        *("c-1", "BTC/USD", Side.BUY, OrderType.ICEBERG, D(1), D(64000), True, TimeInForce.GTD),
        display_qty=D("0.1"),
        expire_ns=NOW * 900,
        leverage=3,
        reduce_only=True,
    )
    return new_order(request, NOW)


def trail() -> WorkingOrder:
    trigger = Trigger(TriggerRef.LAST, D(1), PriceKind.PCT)
    return new_order(
        OrderRequest("c-2", "BTC/USD", Side.SELL, OrderType.TRAILING_STOP, D(1), None, trigger=trigger), NOW
    )


def test_what_was_asked_for_is_known_before_any_report() -> None:
    order = iceberg()
    assert (order.display_qty, order.expire_ns, order.margin, order.leverage) == (D("0.1"), NOW * 900, True, 3)
    assert order.kind_text == "ice post reduce gtd"
    assert order.trigger_status == ""


def test_a_refill_tells_what_is_left_of_the_slice() -> None:
    order = after(iceberg(), ExecStatus(NOW + 1, "O-1", OrderDetails(display_left=D("0.04"))))
    assert (order.display_qty, order.display_left) == (D("0.1"), D("0.04"))


def test_a_trailing_trigger_moves_and_fires() -> None:
    order = after(trail(), ExecStatus(NOW + 1, "O-1", OrderDetails(trigger_price=D(63500))))
    assert (order.trigger_price, order.trigger_status, order.kind_text) == (D(63500), "untriggered", "trail")
    fired = after(order, ExecStatus(NOW + 2, "O-1", OrderDetails(triggered=True)))
    assert (fired.trigger_price, fired.trigger_status) == (D(63500), "triggered")


def test_reports_in_any_order_end_the_same() -> None:
    events: list[OrderEvent] = [
        ExecPendingNew(
            *(NOW + 1, "O-1", "BTC/USD", Side.SELL, OrderType.TRAILING_STOP, D(1)),
            details=OrderDetails(trigger_price=D(63000), triggered=False),
        ),
        ExecStatus(NOW + 2, "O-1", OrderDetails(trigger_price=D(63500))),
        ExecStatus(NOW + 3, "O-1", OrderDetails(trigger_price=D(63700), triggered=True)),
    ]
    ends = {(order.trigger_price, order.triggered) for order in (after(trail(), *way) for way in permutations(events))}
    assert ends == {(D(63700), True)}


def test_a_child_names_its_parent_and_an_external_order_its_terms() -> None:
    born = external_order("O-2", "BTC/USD", Side.SELL, OrderType.STOP_LOSS, NOW)
    details = OrderDetails(trigger=STOP, ord_ref_id="O-1", margin=True, leverage=2, reduce_only=True)
    order = after(born, FoundOpen(NOW + 1, "O-2", D(1), details=details))
    assert (order.ord_ref_id, order.trigger, order.trigger_price) == ("O-1", STOP, D(63000))
    assert (order.margin, order.leverage, order.reduce_only) == (True, 2, True)
    assert after(order, ExecStatus(NOW + 2, "O-2", OrderDetails())).ord_ref_id == "O-1"


def test_amends_and_the_engine_change_details() -> None:
    order = after(iceberg(), ExecStatus(NOW, "O-1"), ExecAmended(NOW + 1, "O-1", details=OrderDetails(D("0.2"))))
    assert order.display_qty == D("0.2")
    restated = after(order, ExecRestated(NOW + 2, "O-1", qty=D("0.8"), details=OrderDetails(display_left=D("0.1"))))
    assert (restated.qty, restated.display_qty, restated.display_left) == (D("0.8"), D("0.2"), D("0.1"))


def test_a_buy_sized_by_money_counts_by_money() -> None:
    request = OrderRequest("c-3", "BTC/USD", Side.BUY, OrderType.MARKET, D("0.003"), None, cash_qty=D(200))
    order = new_order(request, NOW)
    assert order.qty == 0
    assert order.worst_case_notional(D(70000)) == 200


def test_worst_case_of_orders_without_a_limit_of_their_own() -> None:
    stop = OrderRequest("c", "BTC/USD", Side.BUY, OrderType.STOP_LOSS, D(2), None, trigger=STOP)
    assert new_order(stop, NOW).worst_case_notional(D(60000)) == 126_000
    assert trail().worst_case_notional(D(60000)) == 60_000
    close = CloseTemplate(OrderType.LIMIT, D(65000))
    kept = new_order(OrderRequest("c", "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(5), conditional=close), NOW)
    assert kept.conditional == close
