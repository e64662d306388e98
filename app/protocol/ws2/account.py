"""Sequence and readiness of the account feeds (`ws-v2.md` §7.5, `faults.md` P7, P8).

Each channel counts its messages from its snapshot on. A snapshot starts a new
count, whatever its number, so a restart at 1 after a reconnect is no gap. Any
other jump means something was missed (or is out of order): the account is
stale until a fresh subscription has delivered its snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.protocol.ws2.events import AccountReady, AccountStale, Balances, Event, Executions
from app.protocol.ws2.events import BadFrame as BadFrameEvent
from app.protocol.ws2.private import AccountHead, balance_rows, execution_rows
from app.protocol.ws2.topics import ACCOUNT_CHANNELS


@dataclass
class AccountFeeds:
    """Both account feeds of one connection.

    Attributes:
        ready: Whether they were last said to be whole.
    """

    ready: bool = False
    _last: dict[str, int] = field(default_factory=dict)

    def take(self, head: AccountHead, events: list[Event]) -> str:
        """Deliver a frame's rows and check its number.

        Returns:
            The channel to resubscribe after a gap; empty if all is well.
        """
        snapshot = head.type == "snapshot"
        gap = "" if snapshot else self._gap(head)
        if snapshot or (not gap and head.channel in self._last):
            self._last[head.channel] = head.sequence
        if gap:
            # Said first, so that nobody decides anything on the rows that follow.
            self._last.pop(head.channel, None)
            self.stale(gap, events)
        if head.channel == "executions":
            rows, bad = execution_rows(head)
            events.append(Executions(tuple(rows), snapshot, head.sequence))
        else:
            balances, bad = balance_rows(head)
            events.append(Balances(tuple(balances), snapshot))
        events.extend(BadFrameEvent(reason) for reason in bad)
        return head.channel if gap else ""

    def _gap(self, head: AccountHead) -> str:
        last = self._last.get(head.channel)
        if last is None or not head.sequence or head.sequence == last + 1:
            return ""
        return f"{head.channel}: message {last + 1} expected, {head.sequence} came"

    def restarting(self, channel: str, reason: str, events: list[Event]) -> None:
        """A channel starts over: what it said before no longer counts as whole."""
        self._last.pop(channel, None)
        self.stale(reason, events)

    def stale(self, reason: str, events: list[Event]) -> None:
        """Say that the account can't be trusted, once."""
        if self.ready:
            self.ready = False
            events.append(AccountStale(reason))

    def settle(self, subscribed: bool, events: list[Event]) -> None:
        """Say that the account is whole when both snapshots are here and confirmed."""
        if not self.ready and subscribed and self._last.keys() >= ACCOUNT_CHANNELS:
            self.ready = True
            events.append(AccountReady())

    def lost(self, events: list[Event]) -> None:
        """The link is gone."""
        self._last.clear()
        self.stale("link lost", events)
