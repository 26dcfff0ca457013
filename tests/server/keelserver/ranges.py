# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to range requests, honest and other."""

from .server import behaviour


def _part(exchange, first, last, etag=None, total=None):
    exchange.answer(exchange.body[first:last + 1], '206 Partial Content',
                    f'Content-Range: bytes {first}-{last}/{total or exchange.size}',
                    f'ETag: {etag or exchange.etag}', 'Accept-Ranges: bytes')


@behaviour
def no_range(exchange):
    """Ignores Range and always sends the whole; after `after` bytes, `times` times, it cuts."""
    if exchange.attempt <= exchange.number('times', 0):
        exchange.head('200 OK', f'Content-Length: {exchange.size}')
        exchange.write(exchange.body[:exchange.number('after', 65536)])
        exchange.close()
    exchange.answer(None, '200 OK')


@behaviour
def lying_206(exchange):
    """The first answer is cut; then If-Range is ignored: 206 of whatever version there is now."""
    if exchange.attempt == 1:
        exchange.head('200 OK', f'Content-Length: {exchange.size}', 'Accept-Ranges: bytes',
                      f'ETag: {exchange.etag}')
        exchange.write(exchange.body[:exchange.number('after', 65536)])
        exchange.close()
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        exchange.answer(None, '200 OK', f'ETag: {exchange.etag}')
    else:
        _part(exchange, *wanted)


@behaviour
def same_tag(exchange):
    """As lying-206, and the tag does not tell that the bytes are others."""
    if exchange.attempt == 1:
        exchange.head('200 OK', f'Content-Length: {exchange.size}', 'Accept-Ranges: bytes',
                      'ETag: "always"')
        exchange.write(exchange.body[:exchange.number('after', 65536)])
        exchange.close()
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        exchange.answer(None, '200 OK', 'ETag: "always"')
    else:
        _part(exchange, *wanted, etag='"always"')


@behaviour
def wrong_start(exchange):
    """After a cut, answers the range request with a part that begins `shift` bytes later."""
    if exchange.attempt == 1:
        exchange.head('200 OK', f'Content-Length: {exchange.size}', 'Accept-Ranges: bytes',
                      f'ETag: {exchange.etag}')
        exchange.write(exchange.body[:exchange.number('after', 65536)])
        exchange.close()
    wanted = exchange.wanted_range()
    if wanted is None:
        exchange.answer(None, '200 OK', f'ETag: {exchange.etag}')
    else:
        first, last = wanted
        _part(exchange, min(first + exchange.number('shift', 100), last), last)
