# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies that are not what their headers say, and unusual ones that are."""

from .server import behaviour


@behaviour
def good(exchange):
    """A well-behaved server: ranges and a strong validator."""
    exchange.answer_with_ranges()


@behaviour
def short(exchange):
    """Ends (FIN) after `after` bytes, `times` times; then like good."""
    _cut(exchange, exchange.close)


@behaviour
def reset(exchange):
    """Resets the connection (RST) after `after` bytes, `times` times; then like good."""
    _cut(exchange, exchange.reset)


def _cut(exchange, cut):
    if exchange.attempt > exchange.number('times', 1):
        exchange.answer_with_ranges()
        return
    first, last = exchange.wanted_range() or (0, exchange.size - 1)
    lines = [f'Content-Length: {last + 1 - first}', 'Accept-Ranges: bytes',
             f'ETag: {exchange.etag}']
    if first > 0:
        exchange.head('206 Partial Content',
                      f'Content-Range: bytes {first}-{last}/{exchange.size}', *lines)
    else:
        exchange.head('200 OK', *lines)
    exchange.write(exchange.body[first:min(first + exchange.number('after', 65536), last)])
    cut()


@behaviour
def chunked(exchange):
    """A correct body without Content-Length, in pieces of `piece` bytes."""
    exchange.head('200 OK', 'Transfer-Encoding: chunked', f'ETag: {exchange.etag}')
    piece = exchange.number('piece', 10000)
    body = exchange.body
    for start in range(0, len(body), piece):
        part = body[start:start + piece]
        exchange.write(b'%x\r\n%s\r\n' % (len(part), part))
    exchange.write(b'0\r\n\r\n')


@behaviour
def close_delimited(exchange):
    """No length at all: the body ends with the connection. Ranges work, as for good."""
    if exchange.wanted_range() is not None:
        exchange.answer_with_ranges()
        return
    exchange.head('200 OK', 'Connection: close', 'Accept-Ranges: bytes', f'ETag: {exchange.etag}')
    exchange.write(exchange.body)
    exchange.close()


@behaviour
def too_long(exchange):
    """`extra` bytes more than Content-Length says."""
    exchange.head('200 OK', f'Content-Length: {exchange.size}', f'ETag: {exchange.etag}')
    exchange.write(exchange.body + b'x' * exchange.number('extra', 1000))
    exchange.close()


@behaviour
def disposition(exchange):
    """Like good; the server's own idea of the name stands in the option `as`, in hex."""
    name = bytes.fromhex(exchange.options['as']).decode('latin-1')
    exchange.answer_with_ranges(f'Content-Disposition: attachment; filename="{name}"')
