# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfer-Encoding: chunked, right and wrong (RFC 9112 §7.1).

The faults come after `after` bytes, `times` times, and then the server is good; ranges are answered
as by good in any case.
"""

from .server import behaviour

PIECE = 10000


def _begin(exchange, *lines):
    exchange.head('200 OK', 'Transfer-Encoding: chunked', *exchange.validators, *exchange.lines,
                  *lines)


def _chunk(exchange, data, extension=b''):
    exchange.write(b'%x%s\r\n%s\r\n' % (len(data), extension, data))


def _chunks(exchange, end=None, extension=b''):
    """The first `end` bytes in pieces of `piece` bytes."""
    body = exchange.body[:end]
    piece = exchange.number('piece', PIECE)
    for start in range(0, len(body), piece):
        _chunk(exchange, body[start:start + piece], extension)


def _is_well(exchange):
    """Answers well, and says so, when it is the time for it: never with the option `always`."""
    if exchange.number('always', 0):
        return False
    if exchange.wanted_range() is None and not exchange.is_repeated():
        return False
    exchange.answer_with_ranges()
    return True


@behaviour
def chunked(exchange):
    """A correct body without Content-Length, in pieces of `piece` bytes."""
    _begin(exchange)
    _chunks(exchange)
    exchange.raw(b'0\r\n\r\n')


@behaviour
def chunked_with_extensions(exchange):
    """Correct, with chunk extensions and trailer fields, one of which is a false length."""
    _begin(exchange, 'Trailer: X-Sum, Content-Length')
    _chunks(exchange, extension=b';a=b;c="d"')
    exchange.raw(b'0;e\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\n')


@behaviour
def chunked_with_length(exchange):
    """Chunked and with a Content-Length of `says`, which must not count."""
    _begin(exchange, f'Content-Length: {exchange.number("says", 1000)}')
    _chunks(exchange)
    exchange.raw(b'0\r\n\r\n')


@behaviour
def chunked_unended(exchange):
    """All the bytes, but the last chunk is missing: the connection ends (FIN)."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange)
        exchange.close()


@behaviour
def chunked_short(exchange):
    """Ends (FIN) between two chunks."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange, exchange.after)
        exchange.close()


@behaviour
def chunked_dropped(exchange):
    """Ends between two chunks, and TLS does not announce it."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange, exchange.after)
        exchange.drop()


@behaviour
def chunk_cut(exchange):
    """Ends (FIN) within a chunk."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange, exchange.after)
        exchange.write(b'%x\r\n%s' % (PIECE, exchange.body[exchange.after:][:PIECE // 2]))
        exchange.close()


@behaviour
def chunk_size(exchange):
    """A chunk whose size is what the option `as` says, with more data behind it."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange, exchange.after)
        exchange.raw(exchange.text('as').encode('latin-1') + b'\r\n')
        exchange.write(exchange.body[exchange.after:])
        exchange.close()


@behaviour
def chunk_overrun(exchange):
    """A chunk with more data than its size says."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange, exchange.after)
        exchange.write(b'a\r\n' + exchange.body[exchange.after:])
        exchange.close()


@behaviour
def chunk_line_endless(exchange):
    """A chunk size line that does not end."""
    if not _is_well(exchange):
        _begin(exchange)
        _chunks(exchange, exchange.after)
        while not exchange.server.ending.is_set():
            exchange.write(b'0' * 65536)
        exchange.close()
