"""What `quarterdeck venue` can be told."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import UsageError
from app.venue.wire import policies

DEFAULT_SEED = 1
DEFAULT_SPEED = 1.0
TEST_COMP_IDS = "TW44,ISLD"
_PORT_LIMIT = 65_536
_FACES = 4
_FIX_FACES = 6


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one venue.

    Attributes:
        host: Address to listen on.
        port: First of four ports in a row; 0 for any free ones.
        fix_port: First of six FIX ports in a row; 0 for any free ones.
        fix_test: CompIDs of the tester and of the venue for session test suites, on the spot trading port;
            None for Kraken's FIX.
        fix_store: Directory that keeps the numbers and reports of FIX trading sessions; None forgets them at the end.
        seed: Seed of agents and history.
        pairs: How many pairs to list; 0 for all.
        levels: Price levels a side that a book opens with at the most; 0 for what suits each market.
        speed: Pace of the agents; 0 lets them rest.
        flood: Extra book events a second on the busiest markets.
        tls: Serve TLS with a certificate made for the occasion.
        tier: Budgets for REST and level3; empty to go by account.
        truth: Where the truth log goes; None for a temporary file.
        keys_file: Where the keys go as well, with mode 0600.
        until_eof: End when standard input is closed at the other end.
        write_limit: Bytes that may wait for a slow reader.
    """

    host: str = "127.0.0.1"
    port: int = 0
    fix_port: int = 0
    fix_test: tuple[str, str] | None = None
    fix_store: Path | None = None
    seed: int = DEFAULT_SEED
    pairs: int = 0
    levels: int = 0
    speed: float = DEFAULT_SPEED
    flood: int = 0
    tls: bool = False
    tier: str = ""
    truth: Path | None = None
    keys_file: Path | None = None
    until_eof: bool = False
    write_limit: int = policies.WRITE_LIMIT


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        """Refuse with one line.

        Raises:
            UsageError: Always.
        """
        raise UsageError(message, "see `quarterdeck venue --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="quarterdeck venue", description="Run the local exchange alone.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=0, help="first of four ports in a row; 0 for any free ones")
    parser.add_argument("--fix-port", type=int, default=0, help="first of six FIX ports in a row; 0 for any free ones")
    parser.add_argument("--fix-test", action="store_true", help="FIX for session test suites: plain, no password, echo")
    parser.add_argument("--fix-comp-ids", default=TEST_COMP_IDS, help="CompIDs of tester and venue with --fix-test")
    parser.add_argument("--fix-store", type=Path, help="directory that keeps FIX sequence numbers over restarts")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same order flow")
    parser.add_argument("--pairs", type=int, default=0, help="how many pairs to list; 0 for all")
    parser.add_argument("--levels", type=int, default=0, help="levels a book opens with at the most; 0 for its own")
    parser.add_argument("--speed", type=float, default=DEFAULT_SPEED, help="pace of the agents; 0 lets them rest")
    parser.add_argument("--flood", type=int, default=0, help="extra book events a second, for load tests")
    parser.add_argument("--tls", action="store_true", help="serve TLS with a certificate made for the occasion")
    parser.add_argument("--tier", choices=tuple(policies.REST_COUNTER), default="", help="budgets for REST and level3")
    parser.add_argument("--truth", type=Path, default=None, help="where every order and trade is written down")
    parser.add_argument("--keys-file", type=Path, default=None, help="write the practice keys there too, mode 0600")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    return parser


def parse(args: Sequence[str]) -> Options:
    """Read the words after `quarterdeck venue`.

    Raises:
        UsageError: A word cannot be understood or a number is out of range.
    """
    words = _parser().parse_args(args)
    if not 0 <= words.port <= _PORT_LIMIT - _FACES:
        raise UsageError(f"--port {words.port} is out of range", "give 0 or a port from 1 to 65532")
    if not 0 <= words.fix_port <= _PORT_LIMIT - _FIX_FACES:
        raise UsageError(f"--fix-port {words.fix_port} is out of range", "give 0 or a port from 1 to 65530")
    if words.fix_store is not None and not words.fix_store.is_dir():
        raise UsageError(f"--fix-store {words.fix_store} is no directory", "make it first: `mkdir` with mode 700")
    client, comma, venue = words.fix_comp_ids.partition(",")
    if not (client and comma and venue):
        raise UsageError(f"--fix-comp-ids {words.fix_comp_ids} is not a pair", "give two CompIDs, as in TW44,ISLD")
    if min(words.pairs, words.levels, words.flood, words.speed) < 0:
        raise UsageError("--pairs, --levels, --flood and --speed must not be negative", "give 0 or more")
    return Options(
        host=words.host,
        port=words.port,
        fix_port=words.fix_port,
        fix_test=(client, venue) if words.fix_test else None,
        fix_store=words.fix_store,
        seed=words.seed,
        pairs=words.pairs,
        levels=words.levels,
        speed=words.speed,
        flood=words.flood,
        tls=words.tls,
        tier=words.tier,
        truth=words.truth,
        keys_file=words.keys_file,
        until_eof=words.until_eof,
    )
