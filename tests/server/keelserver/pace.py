# SPDX-License-Identifier: GPL-3.0-or-later
"""Slow answers. Waiting is on the server's end, so that nothing outlives a test."""

from .server import behaviour


@behaviour
def drip(exchange):
    """`piece` bytes every `every` milliseconds, with ranges."""
    first, end = exchange.begin()
    piece = exchange.number('piece', 1)
    body = exchange.body
    while first < end:
        exchange.write(body[first:min(first + piece, end)])
        first += piece
        if exchange.server.ending.wait(exchange.number('every', 100) / 1000):
            exchange.close()


@behaviour
def hold(exchange):
    """Sends `after` bytes, then nothing until the test sets server.switches[NAME] (an Event)."""
    exchange.head('200 OK', f'Content-Length: {exchange.size}', 'Accept-Ranges: bytes',
                  f'ETag: {exchange.etag}')
    body = exchange.body
    exchange.write(body[:exchange.after])
    gate = exchange.server.switches[exchange.name]
    while not gate.wait(0.05):
        if exchange.server.ending.is_set():
            exchange.close()
    exchange.write(body[exchange.after:])


@behaviour
def gated(exchange):
    """`after` bytes of each answer, and the rest of it when the test has set server.switches[NAME]
    (an Event); with ranges."""
    first, end = exchange.begin()
    middle = min(first + exchange.after, end)
    exchange.write(exchange.body[first:middle])
    gate = exchange.server.switches[exchange.name]
    while not gate.wait(0.05):
        if exchange.server.ending.is_set():
            exchange.close()
    exchange.write(exchange.body[middle:end])


@behaviour
def stall(exchange):
    """Sends `after` bytes and then nothing at all, `times` times; then like good."""
    if exchange.is_repeated():
        exchange.answer_with_ranges()
        return
    first, end = exchange.begin()
    exchange.write(exchange.body[first:min(first + exchange.after, end - 1)])
    exchange.server.ending.wait()
    exchange.close()


@behaviour
def silent(exchange):
    """Reads the request and never answers."""
    exchange.server.ending.wait()
    exchange.close()


@behaviour
def slow_head(exchange):
    """A head that comes byte by byte, one every `every` milliseconds, and does not end."""
    exchange.raw(b'HTTP/1.1 200 OK\r\nX: ')
    while not exchange.server.ending.wait(exchange.number('every', 100) / 1000):
        exchange.write(b'x')
    exchange.close()
