"""The order state machine: what each event does, one story at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

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
    EventKind,
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
    NoteKind,
    OrderEvent,
    OrderState,
    ProvenAbsent,
    RejectNew,
    Request,
    Sent,
    Submitted,
    TimedOut,
    WorkingOrder,
    external_order,
    new_order,
    reduce,
)
from app.domain.order import OrderRequest, OrderType, Side

D = Decimal

ID = "OQCLML-BW3P3-BUCMWZ"
S = OrderState


def fresh() -> WorkingOrder:
    request = OrderRequest("c-1", "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(100), post_only=True)
    return new_order(request, now_ns=1, owner="ws")


def run(*events: OrderEvent, order: WorkingOrder | None = None) -> WorkingOrder:
    order = order or fresh()
    for event in events:
        order, _ = reduce(order, event)
    return order


def trade(exec_id: str, qty: str, cum: str | None = None, *, at: int = 10, fee: str = "0") -> ExecTrade:
    total = None if cum is None else D(cum)
    return ExecTrade(at, ID, exec_id, D(qty), D(100), D(fee), total, None if total is None else total * 100)


WORKING = (Sent(2), AckNew(3, ID), ExecNew(4, ID))


def test_resting_limit_goes_from_pending_to_filled() -> None:
    order, seen = fresh(), []
    for event in (
        Submitted(1),
        Sent(2),
        AckNew(3, ID),
        ExecPendingNew(3, ID, "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(100), True),
        ExecNew(4, ID),
        trade("T1", "0.4", "0.4", fee="0.1"),
        trade("T2", "0.6", "1.0", at=11, fee="0.2"),
        ExecFilled(12, ID, D(1), D(100)),
    ):
        order, note = reduce(order, event)
        assert note is None
        seen.append(order.state)
    assert seen == [
        S.PENDING_NEW,
        S.PENDING_NEW,
        S.ACKED,
        S.ACKED,
        S.WORKING,
        S.PARTIALLY_FILLED,
        S.FILLED,
        S.FILLED,
    ]
    assert (order.cum_qty, order.avg_price, order.fees, order.closed_ns) == (D(1), D(100), D("0.3"), 12)
    assert order.worst_case_open_qty == 0


def test_completing_trade_marked_partially_filled_leaves_nothing_open() -> None:
    """The venue may call the last trade `partially_filled`; quantity decides."""
    assert run(*WORKING, trade("T1", "1", "1")).state is S.FILLED


def test_fill_before_ack_and_before_new_is_counted() -> None:
    order = run(Sent(2), trade("T1", "0.4"), AckNew(3, ID), ExecNew(4, ID))
    assert (order.state, order.cum_qty, order.order_id) == (S.PARTIALLY_FILLED, D("0.4"), ID)


def test_post_only_that_would_cross_ends_canceled_with_its_reason() -> None:
    order = run(Sent(2), AckNew(3, ID), ExecCanceled(4, ID, "Post only order"))
    assert (order.state, order.reason, order.closed_ns) == (S.CANCELED, "Post only order", 4)


def test_refusal_by_the_venue_names_the_layer() -> None:
    order = run(Sent(2), RejectNew(3, "EOrder:Insufficient funds", "engine"))
    assert (order.state, order.reject_layer, order.reason) == (S.REJECTED, "engine", "EOrder:Insufficient funds")


class TestUnknownIsNotRejected:
    @pytest.mark.parametrize(
        "doubt",
        [
            TimedOut(3, Request.NEW),
            LinkLost(3),
            RejectNew(3, "EService:Unavailable"),
            RejectNew(3, "EGeneral:Internal error:12"),
            RejectNew(3, "EGeneral:Invalid arguments:cl_ord_id not unique"),
        ],
    )
    def test_new_in_doubt_still_counts_in_full(self, doubt: OrderEvent) -> None:
        order = run(Sent(2), doubt)
        assert order.state is S.UNKNOWN_NEW
        assert order.worst_case_open_qty == D(1)
        assert order.worst_case_notional(D(7)) == D(100)

    @pytest.mark.parametrize(
        ("evidence", "state"),
        [
            (AckNew(4, ID), S.ACKED),
            (ExecNew(4, ID), S.WORKING),
            (ExecStatus(4, ID), S.ACKED),
            (trade("T1", "0.5"), S.PARTIALLY_FILLED),
            (FoundOpen(4, ID, D(1), D(100)), S.WORKING),
            (FoundOpen(4, ID, D(1), D(100), live=False), S.ACKED),
            (FoundClosed(4, ID, Ending.FILLED, D(1), D(100)), S.FILLED),
            (FoundClosed(4, ID, Ending.CANCELED, D("0.2"), D(20), "User requested"), S.CANCELED),
            (FoundClosed(4, ID, Ending.EXPIRED), S.EXPIRED),
            (RejectNew(4, "EOrder:Rate limit exceeded"), S.REJECTED),
            (ProvenAbsent(4), S.REJECTED),
        ],
    )
    def test_only_evidence_leaves_unknown_new(self, evidence: OrderEvent, state: OrderState) -> None:
        assert run(Sent(2), LinkLost(3), evidence).state is state

    @pytest.mark.parametrize("event", [TimedOut(9, Request.NEW), LinkLost(9), TimedOut(9, Request.CANCEL)])
    def test_more_silence_proves_nothing(self, event: OrderEvent) -> None:
        assert run(Sent(2), LinkLost(3), event).state is S.UNKNOWN_NEW

    def test_an_order_once_shown_is_never_proven_absent(self) -> None:
        order = run(*WORKING, CancelSent(5), LinkLost(6))
        after, note = reduce(order, ProvenAbsent(7))
        assert after is order
        assert note is not None
        assert note.kind is NoteKind.CONTRADICTION

    def test_an_order_presumed_absent_that_shows_up_lives_again(self) -> None:
        order, note = reduce(run(Sent(2), LinkLost(3), ProvenAbsent(4)), trade("T1", "0.5"))
        assert (order.state, order.closed_ns, order.reason) == (S.PARTIALLY_FILLED, 0, "")
        assert note is not None
        assert note.kind is NoteKind.SURPRISE

    def test_refusal_of_an_order_that_trades_is_not_believed(self) -> None:
        order = run(Sent(2), trade("T1", "0.5"))
        after, note = reduce(order, RejectNew(5, "EOrder:Insufficient funds"))
        assert after is order
        assert note is not None
        assert note.kind is NoteKind.CONTRADICTION


class TestCancel:
    def test_ack_of_a_cancel_is_not_the_end(self) -> None:
        order = run(*WORKING, CancelSent(5), CancelAck(6))
        assert order.state is S.PENDING_CANCEL
        assert run(ExecCanceled(7, ID, "User requested"), order=order).state is S.CANCELED

    def test_late_ack_of_a_lost_cancel_still_needs_proof(self) -> None:
        assert run(*WORKING, CancelSent(5), LinkLost(6), CancelAck(7)).state is S.UNKNOWN_CANCEL

    def test_unknown_order_means_ask(self) -> None:
        order, note = reduce(run(*WORKING, CancelSent(5)), CancelReject(6, "EOrder:Unknown order"))
        assert order.state is S.UNKNOWN_CANCEL
        assert note is not None
        assert note.kind is NoteKind.ASK
        assert run(FoundClosed(7, ID, Ending.FILLED, D(1), D(100)), order=order).state is S.FILLED

    def test_refused_cancel_leaves_the_order_as_it_was(self) -> None:
        refused = CancelReject(6, "EOrder:Rate limit exceeded")
        assert run(*WORKING, CancelSent(5), refused).state is S.WORKING
        assert run(*WORKING, trade("T", "0.3"), CancelSent(5), refused).state is S.PARTIALLY_FILLED
        assert run(Sent(2), CancelSent(5), refused).state is S.PENDING_NEW
        assert run(Sent(2), LinkLost(3), CancelSent(5), refused).state is S.UNKNOWN_NEW
        assert run(*WORKING, AmendSent(5, D(99)), CancelSent(5), refused).state is S.PENDING_AMEND

    def test_a_second_cancel_may_follow_a_lost_one(self) -> None:
        order = run(*WORKING, CancelSent(5), LinkLost(6))
        assert order.state is S.UNKNOWN_CANCEL
        assert run(CancelSent(7), order=order).state is S.PENDING_CANCEL
        refused = run(CancelSent(7), CancelReject(8, "EOrder:Rate limit exceeded"), order=order)
        assert refused.state is S.WORKING

    def test_fill_while_canceling_counts_and_settles_nothing(self) -> None:
        order = run(*WORKING, CancelSent(5), trade("T1", "0.4", "0.4"))
        assert (order.state, order.worst_case_open_qty) == (S.PENDING_CANCEL, D("0.6"))

    def test_completing_fill_while_canceling_ends_it(self) -> None:
        order = run(*WORKING, CancelSent(5), trade("T1", "1"))
        assert (order.state, order.closed_ns) == (S.FILLED, 10)
        assert run(CancelReject(11, "EOrder:Unknown order"), order=order).state is S.FILLED

    def test_cancel_before_ack(self) -> None:
        order = run(Sent(2), CancelSent(3), ExecCanceled(4, ID), AckNew(5, ID), ExecNew(4, ID))
        assert (order.state, order.order_id) == (S.CANCELED, ID)

    def test_found_open_settles_a_lost_cancel_but_not_one_on_its_way(self) -> None:
        found = FoundOpen(7, ID, D(1), D(100))
        assert run(*WORKING, CancelSent(5), found).state is S.PENDING_CANCEL
        assert run(*WORKING, CancelSent(5), LinkLost(6), found).state is S.WORKING

    def test_fill_reported_after_the_cancel_is_counted(self) -> None:
        order, note = reduce(run(*WORKING, ExecCanceled(5, ID)), trade("T1", "0.4"))
        assert (order.state, order.cum_qty) == (S.CANCELED, D("0.4"))
        assert note is not None
        assert note.kind is NoteKind.LATE_FILL
        assert run(trade("T2", "0.6"), order=order).state is S.FILLED


class TestAmend:
    def test_terms_change_only_on_proof(self) -> None:
        order = run(*WORKING, AmendSent(5, price=D(99), qty=D(2)))
        assert (order.limit_price, order.qty, order.worst_case_open_qty) == (D(100), D(1), D(2))
        order = run(AmendAck(6), order=order)
        assert (order.state, order.limit_price, order.qty) == (S.WORKING, D(99), D(2))
        assert order.changed_ns == 6
        assert not order.amending

    def test_lost_amend_counts_the_larger_size_until_found(self) -> None:
        order = run(*WORKING, AmendSent(5, qty=D(2)), TimedOut(6, Request.AMEND))
        assert (order.state, order.worst_case_open_qty) == (S.UNKNOWN_AMEND, D(2))
        order = run(FoundOpen(7, ID, D(1), D(100)), order=order)
        assert (order.state, order.worst_case_open_qty) == (S.WORKING, D(1))

    def test_lost_amend_that_was_applied_restarts_the_age(self) -> None:
        lost = run(*WORKING, AmendSent(5, price=D(99)), LinkLost(6))
        assert run(FoundOpen(7, ID, D(1), D(99)), order=lost).changed_ns == 7
        assert run(FoundOpen(7, ID, D(1), D(100)), order=lost).changed_ns == 1

    def test_refused_amend_keeps_the_old_terms(self) -> None:
        order = run(*WORKING, AmendSent(5, price=D(99)), AmendReject(6, "EOrder:Post only order"))
        assert (order.state, order.limit_price, order.amending) == (S.WORKING, D(100), False)

    def test_amend_of_unknown_order_means_ask(self) -> None:
        order, note = reduce(run(*WORKING, AmendSent(5, price=D(99))), AmendReject(6, "EOrder:Unknown order"))
        assert order.state is S.UNKNOWN_AMEND
        assert note is not None
        assert note.kind is NoteKind.ASK

    def test_report_before_the_answer(self) -> None:
        order = run(*WORKING, AmendSent(5, price=D(99)), ExecAmended(6, ID, D(1), D(99)))
        assert (order.state, order.limit_price) == (S.WORKING, D(99))
        assert run(AmendAck(7), order=order).state is S.WORKING

    def test_old_terms_do_not_come_back(self) -> None:
        late = ExecPendingNew(3, ID, "BTC/USD", Side.BUY, OrderType.LIMIT, D(1), D(100))
        order = run(*WORKING, ExecAmended(8, ID, D(1), D(99)), late, ExecAmended(6, ID, D(1), D(98)))
        assert order.limit_price == D(99)

    def test_engine_may_restate_the_size(self) -> None:
        order = run(*WORKING, ExecRestated(6, ID, qty=D("0.5"), reason="reduce"), trade("T1", "0.5"))
        assert (order.state, order.qty, order.changed_ns) == (S.FILLED, D("0.5"), 1)

    def test_amend_raised_elsewhere_reopens_a_presumed_fill(self) -> None:
        order = run(*WORKING, trade("T1", "1"))
        assert order.state is S.FILLED
        order = run(ExecAmended(9, ID, D(2)), order=order)
        assert (order.state, order.open_qty, order.closed_ns) == (S.PARTIALLY_FILLED, D(1), 0)


def test_repeated_fill_counts_once() -> None:
    order, note = reduce(run(*WORKING, trade("T1", "0.4")), trade("T1", "0.4"))
    assert order.cum_qty == D("0.4")
    assert note is not None
    assert note.kind is NoteKind.DUPLICATE


def test_lower_total_is_an_old_report() -> None:
    assert run(*WORKING, trade("T2", "0.3", "0.7"), trade("T1", "0.4", "0.4")).cum_qty == D("0.7")


def test_more_filled_than_asked_is_said() -> None:
    order, note = reduce(run(*WORKING, trade("T1", "0.9")), trade("T2", "0.4"))
    assert (order.state, order.cum_qty, order.open_qty) == (S.FILLED, D("1.3"), D(0))
    assert note is not None
    assert note.kind is NoteKind.OVERFILL


def test_report_for_another_order_is_refused() -> None:
    order = run(*WORKING)
    after, note = reduce(order, ExecCanceled(9, "OTHER1-AAAAA-BBBBBB"))
    assert after is order
    assert note is not None
    assert note.kind is NoteKind.CONTRADICTION


@pytest.mark.parametrize("event", [AmendSent(9, D(1)), Submitted(9), Sent(9)])
def test_impossible_events_change_nothing(event: OrderEvent) -> None:
    order = run(*WORKING, ExecCanceled(8, ID))
    after, note = reduce(order, event)
    assert after is order
    assert note is not None
    assert note.kind is NoteKind.ILLEGAL


def test_expiry_ends_it() -> None:
    assert run(*WORKING, ExecExpired(9, ID, cum_qty=D("0.2"))).state is S.EXPIRED


def test_order_placed_elsewhere_is_known_by_its_reports() -> None:
    order = external_order(ID, "BTC/USD", Side.SELL, OrderType.LIMIT, 5)
    order = run(trade("T1", "0.4"), order=order)
    assert order.external
    assert (order.state, order.cum_qty) == (S.PARTIALLY_FILLED, D("0.4"))
    order = run(ExecFilled(9, ID), order=order)
    assert (order.state, order.qty) == (S.FILLED, D("0.4"))


def test_the_table_is_total_over_what_may_overtake() -> None:
    """Reports and evidence have a row in every state: the stream knows no order."""
    for kind in EventKind:
        if kind.value.startswith(("exec_", "found_")) or kind in {EventKind.ACK_NEW, EventKind.LINK_LOST}:
            assert all((state, kind) in TABLE for state in OrderState), kind
