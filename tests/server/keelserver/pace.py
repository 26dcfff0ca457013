# SPDX-License-Identifier: GPL-3.0-or-later
"""Slow answers. Waiting is on the server's end, so that nothing outlives a test."""

from .server import behaviour


@behaviour
def drip(exchange):
    """`piece` bytes every `every` milliseconds, with ranges."""
    first, last = exchange.wanted_range() or (0, exchange.size - 1)
    lines = [f'Content-Length: {last + 1 - first}', 'Accept-Ranges: bytes',
             f'ETag: {exchange.etag}']
    if first > 0:
        exchange.head('206 Partial Content',
                      f'Content-Range: bytes {first}-{last}/{exchange.size}', *lines)
    else:
        exchange.head('200 OK', *lines)
    piece = exchange.number('piece', 1)
    body = exchange.body
    while first <= last:
        exchange.write(body[first:min(first + piece, last + 1)])
        first += piece
        if exchange.server.ending.wait(exchange.number('every', 100) / 1000):
            exchange.close()


@behaviour
def hold(exchange):
    """Sends `after` bytes, then nothing until the test sets server.switches[NAME] (an Event)."""
    exchange.head('200 OK', f'Content-Length: {exchange.size}', 'Accept-Ranges: bytes',
                  f'ETag: {exchange.etag}')
    after = exchange.number('after', 65536)
    body = exchange.body
    exchange.write(body[:after])
    gate = exchange.server.switches[exchange.name]
    while not gate.wait(0.05):
        if exchange.server.ending.is_set():
            exchange.close()
    exchange.write(body[after:])
