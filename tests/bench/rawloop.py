"""The least that a key can cost: a process that reads a byte from its terminal and writes an order to a socket.

It has no screen, no engine and no rules. Python's own cost is in it, so it is
a bound for this program, not for a machine.
"""

from __future__ import annotations

import os
import socket
import sys
import tty

ORDER = b'{"method":"add_order","params":{"order_type":"limit","side":"buy","symbol":"BTC/USD","order_qty":0.1}}'
READY, SEEN = b"ready", b" BUY "


def main(port: int) -> None:
    """Serve the terminal until it hangs up."""
    tty.setraw(0)
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        os.write(1, READY)
        while os.read(0, 1):
            peer.sendall(ORDER)
            os.write(1, SEEN)


if __name__ == "__main__":
    main(int(sys.argv[1]))
