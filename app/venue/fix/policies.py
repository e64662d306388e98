"""What the simulated FIX gateway does where Kraken's behaviour is UNCONFIRMED (`fix.md` §10).

Each name answers one point of that list and is our own choice, never Kraken's
documented behaviour. Names without `Final` are switches: the control endpoint
sets them for a venue that runs.
"""

from __future__ import annotations

from typing import Final

MAX_FRAME: Final = 1 << 20
"""Longest message that is read; a stream without an end to its message is thrown away beyond it."""

TICK_S: Final = 0.1
"""How often timers are looked at."""

LOGON_TIMEOUT_S: Final = 10
"""A connection that has not logged on after this long is closed (§8.4)."""

LOGOUT_TIMEOUT_S: Final = 2
"""How long our Logout waits for its answer before the connection is closed (§8.4)."""

PEER_CLOSE_S: Final = 10
"""How long a peer may take to close after our last word (case 13b)."""

MOST_QUEUED: Final = 10_000
"""Messages that are kept while an earlier one is missing; the peer repeats later ones."""

TEST_AT: Final = 12
DEAD_AT: Final = 24
"""Tenths of HeartBtInt of silence after which the peer is asked, and after which it is dead (§8.4)."""

TEST_REQ_ID: Final = "TEST"

SENDING_TIME_S: Final = 120
"""How far SendingTime may be off (§10)."""

NONCE_MS: Final = 5_000
"""How far the logon's nonce may be off (documented, §1.5)."""

MOST_HEARTBEAT_S: Final = 3_600
"""Longest HeartBtInt that a Logon may ask for."""

EVICT_ON_DUPLICATE_LOGON: bool = False
"""Whether a second logon of one CompID ends the first connection; otherwise the newcomer is dropped silently."""

CLEAN_LOGOUT_CANCELS: bool = False
"""Whether cancel-on-disconnect also fires after a clean Logout."""

CANCEL_SCOPE_IS_CONNECTION: bool = True
"""Whether 35=F reaches only orders of the same connection; otherwise those of the same CompID."""

TEXT_PREFIX: bool = True
"""Whether 58 of a business reject starts with the ClOrdID, as production was seen to do."""

POST_ONLY_REJECTS: bool = False
"""Whether a post-only order that would take is refused (35=j) instead of acknowledged and canceled."""

REJECT_REF_SEQ: bool = False
"""Whether 45 of a business reject carries the number of the request; Kraken always shows 0."""

ROLLOVER_S: int = 30
"""How long logons are refused after a rollover."""

ROLLOVER_TEXT: Final = "Session rollover"
ROLLOVER_HOUR: Final = 22
"""UTC hour of the daily rollover (documented)."""

INSTRUMENTS_PER_MESSAGE: Final = 100
"""Pairs in one fragment of an instrument list; Kraken's size is not known."""

MARKET_REPLAY: Final = 2_000
"""Messages that a market data session keeps for a replay; older ones are gap-filled."""

WRITE_LIMIT: Final = 32 << 20
"""Bytes that may wait for a slow reader before its connection is dropped."""

ERRORS_PER_S: Final = 50
"""Rejects within one second after which the session is ended."""

VENUE_ENDS: Final = "The venue ends"
TOO_MANY_ERRORS: Final = "Too many errors"
BAD_CREDENTIALS: Final = "Logon failed: invalid credentials"
DUPLICATE_CL_ORD_ID: Final = "EOrder:Duplicate ClOrdID"
NOT_INCREASING: Final = "EOrder:ClOrdID not increasing"
COMB_OUT_OF_DATE: Final = "ClOrdID invalid value (timestamp is out of date)"
"""Texts whose exact words are not published."""

COMB_WINDOW_S: Final = 120
"""How far the time in a COMB UUID may be off (documented for Derivatives)."""

NO_DERIVATIVES: Final = "EService:Unavailable:This venue has no derivatives engine yet"
"""Answer to any order on the derivatives trading port."""
