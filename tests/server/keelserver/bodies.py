# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies that are not what their headers say, and unusual ones that are."""

from .server import behaviour


@behaviour
def good(exchange):
    """A well-behaved server: ranges and a strong validator. Options: `validator`, `lines`."""
    exchange.answer_with_ranges()


def _cut(exchange, cut):
    if exchange.is_repeated():
        exchange.answer_with_ranges()
    else:
        exchange.answer_cut(cut)


@behaviour
def short(exchange):
    """Ends (FIN) after `after` bytes, `times` times; then like good."""
    _cut(exchange, exchange.close)


@behaviour
def reset(exchange):
    """Resets the connection (RST) after `after` bytes, `times` times; then like good."""
    _cut(exchange, exchange.reset)


@behaviour
def dropped(exchange):
    """As short, and TLS does not announce the end (no close_notify)."""
    _cut(exchange, exchange.drop)


@behaviour
def whole_dropped(exchange):
    """All the bytes that were announced, and then an end that TLS does not announce."""
    exchange.answer_with_ranges()
    exchange.drop()


@behaviour
def reset_at_once(exchange):
    """Resets the connection (RST) instead of an answer, `times` times; then like good."""
    if not exchange.is_repeated():
        exchange.reset()
    exchange.answer_with_ranges()


def _without_length(exchange, end, times):
    """The whole body without any length, or `after` bytes of it, and then the end; ranges as for
    good, since the end check asks for one."""
    if exchange.wanted_range() is not None:
        exchange.answer_with_ranges()
        return
    exchange.head('200 OK', 'Connection: close', 'Accept-Ranges: bytes', *exchange.validators,
                  *exchange.lines)
    is_cut = not exchange.is_repeated(times)
    exchange.write(exchange.body[:exchange.after] if is_cut else exchange.body)
    (end if is_cut else exchange.close)()


@behaviour
def close_delimited(exchange):
    """No length at all: the body ends with the connection. Ranges work, as for good."""
    _without_length(exchange, exchange.close, times=0)


@behaviour
def close_delimited_short(exchange):
    """The same, but the connection ends too early: after `after` bytes, `times` times."""
    _without_length(exchange, exchange.close, times=1)


@behaviour
def close_delimited_reset(exchange):
    """The same, and the early end is a reset."""
    _without_length(exchange, exchange.reset, times=1)


@behaviour
def close_delimited_dropped(exchange):
    """The same, and the early end is one that TLS does not announce."""
    _without_length(exchange, exchange.drop, times=1)


@behaviour
def close_delimited_refusing(exchange):
    """No length, and a request for a range gets the status `code`, or none (0: a reset)."""
    if exchange.header('Range') is None:
        _without_length(exchange, exchange.close, times=0)
    elif exchange.number('code', 0) == 0:
        exchange.reset()
    elif exchange.number('code', 0) == 200:
        exchange.answer(None, '200 OK', *exchange.validators)
    else:
        exchange.answer(b'no', f'{exchange.number("code", 0)} Said So')


@behaviour
def old(exchange):
    """HTTP/1.0: no length, no validator, no ranges; the body ends with the connection."""
    exchange.raw(b'HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n')
    exchange.write(exchange.body)
    exchange.close()


@behaviour
def too_long(exchange):
    """`extra` bytes more than Content-Length says."""
    exchange.head('200 OK', f'Content-Length: {exchange.size}', f'ETag: {exchange.etag}')
    exchange.write(exchange.body + b'x' * exchange.number('extra', 1000))
    exchange.close()


@behaviour
def measured(exchange):
    """Content-Length is what the option `as` says; with line ends in it there are several."""
    lengths = [f'Content-Length: {value}' for value in exchange.text('as').split('\n')]
    exchange.head('200 OK', *lengths, *exchange.validators)
    exchange.write(exchange.body)
    exchange.close()


@behaviour
def grows(exchange):
    """Cut after `after` bytes; then the file has `extra` bytes more, and the tag is the old one."""
    if exchange.attempt == 1:
        exchange.answer_cut()
    body = exchange.body + b'x' * exchange.number('extra', 1000)
    first, last = exchange.wanted_range() or (0, 0)
    if first:
        exchange.answer(body[first:], '206 Partial Content', *exchange.validators,
                        f'Content-Range: bytes {first}-{len(body) - 1}/{len(body)}')
    else:
        exchange.answer(body, '200 OK', *exchange.validators)


@behaviour
def disposition(exchange):
    """Like good; the server's own idea of the name stands in the option `as`."""
    exchange.answer_with_ranges(
        f'Content-Disposition: attachment; filename="{exchange.text("as")}"')


@behaviour
def endless(exchange):
    """The status `code` (default: 200) and a body that never ends, chunked with `chunked=1`."""
    code = exchange.number('code', 200)
    lines = {401: 'WWW-Authenticate: Basic realm="a"', 407: 'Proxy-Authenticate: Basic realm="a"',
             302: 'Location: /good/x'}
    chunked = exchange.number('chunked', 0)
    exchange.head(f'{code} Endless', lines.get(code, 'X: y'),
                  'Transfer-Encoding: chunked' if chunked else 'Connection: close')
    piece = b'<p>This does not end.</p>' * 4000
    while not exchange.server.ending.is_set():
        exchange.write(b'%x\r\n%s\r\n' % (len(piece), piece) if chunked else piece)
    exchange.close()
