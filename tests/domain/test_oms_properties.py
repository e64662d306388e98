"""Order life cycles in any order, repeated and cut, end the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.oms import (
    TABLE,
    AckNew,
    AmendAck,
    AmendReject,
    AmendSent,
    CancelAck,
    CancelReject,
    CancelSent,
    Ending,
    ExecAmended,
    ExecCanceled,
    ExecExpired,
    ExecFilled,
    ExecNew,
    ExecPendingNew,
    ExecRestated,
    ExecStatus,
    ExecTrade,
    FoundClosed,
    FoundOpen,
    LinkLost,
    OrderEvent,
    OrderState,
    ProvenAbsent,
    RejectNew,
    Request,
    Sent,
    TimedOut,
    WorkingOrder,
    kind_of,
    new_order,
    reduce,
)
from app.domain.order import OrderRequest, OrderType, Side
from tests.thorough import examples

D = Decimal

ID = "OQCLML-BW3P3-BUCMWZ"
LOT = D("0.1")


def fresh() -> WorkingOrder:
    return new_order(OrderRequest("c-1", "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(100)), 1)


def fold(order: WorkingOrder, events: list[OrderEvent]) -> WorkingOrder:
    for event in events:
        order, _ = reduce(order, event)
    return order


@st.composite
def lifecycles(draw: st.DrawFn) -> list[OrderEvent]:
    """One truthful venue story of an order of ten lots, without our own steps."""
    fills = draw(st.lists(st.integers(1, 5), max_size=4).filter(lambda lots: sum(lots) <= 10))
    events: list[OrderEvent] = [
        AckNew(10, ID),
        ExecPendingNew(10, ID, "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(100)),
        ExecNew(11, ID),
    ]
    qty, cum, clock = D(1), D(0), 20
    for index, lots in enumerate(fills):
        cum += lots * LOT
        total = cum if draw(st.booleans()) else None
        events.append(
            ExecTrade(clock, ID, f"T{index}", lots * LOT, D(100), D("0.1"), total, None if total is None else cum * 100)
        )
        clock += 1
        if draw(st.booleans()) and cum < qty:
            qty = max(cum + LOT, qty - LOT)
            events.append(ExecAmended(clock, ID, qty, D(100) - clock, cum))
            clock += 1
        if cum >= qty:
            break
    if cum >= qty:
        events.append(ExecFilled(clock, ID, cum, cum * 100))
    elif draw(st.booleans()):
        if draw(st.booleans()):
            events.append(ExecCanceled(clock, ID, "User requested", cum, cum * 100))
        else:
            events.append(ExecExpired(clock, ID, "", cum, cum * 100))
    return events


@given(lifecycles(), st.data())
@settings(max_examples=examples(300), deadline=None)
def test_order_and_repetition_do_not_matter(story: list[OrderEvent], data: st.DataObject) -> None:
    straight = fold(fresh(), [Sent(2), *story])
    shuffled = data.draw(st.permutations(story + data.draw(st.lists(st.sampled_from(story), max_size=4))))
    assert fold(fresh(), [Sent(2), *shuffled]) == straight


@given(lifecycles(), st.data())
@settings(max_examples=examples(200), deadline=None)
def test_silence_in_between_leaves_no_doubt_behind_once_all_is_told(
    story: list[OrderEvent], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(story)))
    doubts: list[OrderEvent] = [LinkLost(15), TimedOut(15, Request.NEW)]
    doubt = data.draw(st.sampled_from(doubts))
    assert fold(fresh(), [Sent(2), *story[:cut], doubt, *story[cut:]]) == fold(fresh(), [Sent(2), *story])


@given(lifecycles(), st.data())
@settings(max_examples=examples(200), deadline=None)
def test_own_cancel_ends_as_the_venue_says(story: list[OrderEvent], data: st.DataObject) -> None:
    """Wherever the cancel falls, an ended order shows the venue's end; an open one stays in doubt."""
    straight = fold(fresh(), [Sent(2), *story])
    shuffled = data.draw(st.permutations(story))
    cut = data.draw(st.integers(0, len(story)))
    answers: list[OrderEvent] = [CancelAck(40), CancelReject(40, "EOrder:Unknown order"), LinkLost(40)]
    answer = data.draw(st.sampled_from(answers))
    order = fold(fresh(), [Sent(2), *shuffled[:cut], CancelSent(30), answer, *shuffled[cut:]])
    if straight.state.terminal:
        assert order == straight
    else:
        assert order.state in {OrderState.PENDING_CANCEL, OrderState.UNKNOWN_CANCEL}
        assert order.worst_case_open_qty == straight.worst_case_open_qty


QTY = st.integers(1, 20).map(lambda lots: lots * LOT)
AT = st.integers(1, 60)
EVENTS: st.SearchStrategy[OrderEvent] = st.one_of(
    st.builds(Sent, AT),
    st.builds(AckNew, AT, st.just(ID)),
    st.builds(RejectNew, AT, st.sampled_from(["EOrder:Insufficient funds", "EService:Unavailable"])),
    st.builds(TimedOut, AT, st.sampled_from(Request)),
    st.builds(LinkLost, AT),
    st.builds(AmendSent, AT, QTY, QTY),
    st.builds(AmendAck, AT),
    st.builds(AmendReject, AT, st.sampled_from(["EOrder:Unknown order", "EOrder:Invalid price"])),
    st.builds(CancelSent, AT),
    st.builds(CancelAck, AT),
    st.builds(CancelReject, AT, st.sampled_from(["EOrder:Unknown order", "EOrder:Rate limit exceeded"])),
    st.builds(ExecNew, AT, st.just(ID)),
    st.builds(ExecStatus, AT, st.just(ID)),
    st.builds(ExecTrade, AT, st.just(ID), st.sampled_from("ABCDEF"), QTY, st.just(D(100))),
    st.builds(ExecFilled, AT, st.just(ID)),
    st.builds(ExecCanceled, AT, st.just(ID)),
    st.builds(ExecExpired, AT, st.just(ID)),
    st.builds(ExecAmended, AT, st.just(ID), QTY, QTY),
    st.builds(ExecRestated, AT, st.just(ID), QTY),
    st.builds(FoundOpen, AT, st.just(ID), QTY),
    st.builds(FoundClosed, AT, st.just(ID), st.sampled_from(Ending), QTY),
    st.builds(ProvenAbsent, AT),
)


@given(st.lists(EVENTS, max_size=25))
@settings(max_examples=examples(500), deadline=None)
def test_invariants_hold_whatever_happens(events: list[OrderEvent]) -> None:
    order = fresh()
    for event in events:
        before = order
        order, note = reduce(order, event)
        assert (before.state, kind_of(event)) in TABLE or (order is before and note is not None)
        assert order.cum_qty >= before.cum_qty
        assert order.cum_cost >= before.cum_cost
        assert order.worst_case_open_qty >= order.open_qty >= 0
        assert order.state.terminal == bool(order.closed_ns)
        assert not (order.state.terminal and (order.doubts or order.amending))
        assert order.cum_qty >= order.fill_qty
        if before.state is OrderState.FILLED and before.end is OrderState.FILLED:
            assert order.state is OrderState.FILLED
        if order.state is OrderState.REJECTED:
            assert order.cum_qty == 0
            assert not order.proven
        if before.state.unknown and not order.state.unknown:
            assert not isinstance(event, TimedOut | LinkLost)


@given(st.lists(EVENTS, max_size=15), EVENTS)
@settings(max_examples=examples(300), deadline=None)
def test_a_repeated_report_adds_nothing(events: list[OrderEvent], event: OrderEvent) -> None:
    once, _ = reduce(fold(fresh(), events), event)
    twice, _ = reduce(once, event)
    assert replace(twice) == once or isinstance(event, AmendAck | AmendSent | FoundOpen | ExecAmended | CancelReject)
