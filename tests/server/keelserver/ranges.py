# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to range requests, honest and other.

Most are what a download meets when it is resumed: the first answer is cut, and the test may have
moved server.versions[NAME] on before the next one.
"""

from . import pace
from .server import behaviour, resumption


def _part(exchange, first, last, *lines, total=None, content_range=None):
    """A 206 with these bytes; without further lines it has the validators."""
    if content_range is None:
        content_range = f'bytes {first}-{last}/{total or exchange.size}'
    lines = [line for line in lines or exchange.validators if line]
    if content_range:
        lines.append(f'Content-Range: {content_range}')
    exchange.answer(exchange.body[first:last + 1], '206 Partial Content', *lines)


def _whole(exchange):
    exchange.answer(None, '200 OK', *exchange.validators)


@behaviour
def no_range(exchange):
    """Ignores Range and always sends the whole; `times` times it cuts: the n-th time after an n-th
    of `after` bytes."""
    exchange.head('200 OK', f'Content-Length: {exchange.size}',
                  *(exchange.validators if 'validator' in exchange.options else []))
    if not exchange.is_repeated(0):
        exchange.write(exchange.body[:exchange.after // exchange.attempt])
        exchange.close()
    exchange.write(exchange.body)


@resumption
def lying_206(exchange):
    """If-Range is ignored: 206 of whatever version there is now, which its tag tells."""
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        _whole(exchange)
    else:
        _part(exchange, *wanted)


@behaviour
def same_tag(exchange):
    """The tag is always the same, whatever the bytes are; the first answer is cut."""
    lines = ['ETag: "always"', 'Accept-Ranges: bytes']
    if exchange.attempt == 1:
        exchange.head('200 OK', f'Content-Length: {exchange.size}', *lines)
        exchange.write(exchange.body[:exchange.after])
        exchange.close()
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        exchange.answer(None, '200 OK', *lines)
    else:
        _part(exchange, *wanted, *lines)


@resumption
def wrong_start(exchange):
    """The part begins `shift` bytes later than asked for (earlier if it is negative), and says
    so."""
    wanted = exchange.wanted_range()
    if wanted is None:
        _whole(exchange)
    else:
        first, last = wanted
        _part(exchange, max(0, min(first + exchange.number('shift', 100), last)), last)


@resumption
def shifted(exchange):
    """The part begins `shift` bytes later than it says."""
    wanted = exchange.wanted_range()
    if wanted is None:
        _whole(exchange)
    else:
        first, last = wanted
        shift = exchange.number('shift', 100)
        data = exchange.body[first + shift:last + 1] + bytes(shift)
        exchange.answer(data, '206 Partial Content', *exchange.validators,
                        f'Content-Range: bytes {first}-{last}/{exchange.size}')


@resumption
def no_tag(exchange):
    """206 of whatever version there is now, without a word which."""
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        _whole(exchange)
    else:
        _part(exchange, *wanted, 'X: y')


@resumption
def other_total(exchange):
    """206 with the right tag, and `extra` bytes more in all than before."""
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        _whole(exchange)
    else:
        _part(exchange, *wanted, total=exchange.size + exchange.number('extra', 1000))


@resumption
def shrinks(exchange):
    """Another version of only `now` bytes; a range behind its end gets 416 before If-Range is
    looked at."""
    now = exchange.number('now', 1000)
    exchange.options['size'] = now
    exchange.server.versions[exchange.name] = 2
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted and wanted[0] >= now:
        exchange.answer(b'', '416 Range Not Satisfiable', f'Content-Range: bytes */{now}')
    else:
        exchange.answer_with_ranges()


@resumption
def content_range(exchange):
    """206 with the Content-Range that the option `as` says, none without it."""
    wanted = exchange.wanted_range()
    if wanted is None:
        _whole(exchange)
    else:
        _part(exchange, *wanted, content_range=exchange.text('as'))


@resumption
def multipart(exchange):
    """206 multipart/byteranges for a single range."""
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        _whole(exchange)
        return
    first, last = wanted
    data = (f'--B\r\nContent-Type: application/octet-stream\r\n'
            f'Content-Range: bytes {first}-{last}/{exchange.size}\r\n\r\n').encode()
    data += exchange.body[first:last + 1] + b'\r\n--B--\r\n'
    exchange.answer(data, '206 Partial Content', *exchange.validators,
                    'Content-Type: multipart/byteranges; boundary=B')


@resumption
def short_part(exchange):
    """206 with at most `piece` bytes, however many were asked for: legal, and good servers do."""
    wanted = exchange.wanted_range()
    if wanted is None:
        _whole(exchange)
    else:
        first, last = wanted
        _part(exchange, first, min(first + exchange.number('piece', 500_000) - 1, last))


@resumption
def unsatisfiable(exchange):
    """Range requests but bytes=0-0 get 416; its Content-Range is what the option `as` says."""
    wanted = exchange.wanted_range(honour_if_range=False)
    if wanted is None:
        _whole(exchange)
    elif wanted == (0, 0):
        _part(exchange, 0, 0)
    else:
        lines = [f'Content-Range: {exchange.text("as")}'] if 'as' in exchange.options else []
        exchange.answer(b'', '416 Range Not Satisfiable', *lines)


@behaviour
def unasked_206(exchange):
    """206 of the whole, also when no range was asked for."""
    _part(exchange, *(exchange.wanted_range() or (0, exchange.size - 1)))


def _captive(exchange, status, *lines):
    """A page in place of the file until server.switches[NAME] is set."""
    if exchange.server.switches[exchange.name].is_set():
        exchange.answer_with_ranges('Content-Type: application/octet-stream')
    else:
        exchange.answer(b'<html><body>Please sign in.</body></html>' * 100, status, *lines)


@resumption
def html_flip(exchange):
    """200 with a page instead of the file, until server.switches[NAME] is set."""
    _captive(exchange, '200 OK', 'Content-Type: text/html; charset=utf-8')


@resumption
def sign_in(exchange):
    """511 with a page (RFC 6585 §6), until server.switches[NAME] is set."""
    _captive(exchange, '511 Network Authentication Required', 'Content-Type: text/html')


@behaviour
def turns(exchange):
    """The versions come in the order of the digits of `order`, one a request, and the last stays.
    The others are cut where `cuts` says ("5000-700"), counted from the start of the file."""
    order = exchange.options['order']
    turn = min(exchange.attempt, len(order)) - 1
    exchange.server.versions[exchange.name] = int(order[turn])
    if turn == len(order) - 1:
        exchange.answer_with_ranges()
        return
    first, end = exchange.begin()
    cut = int(exchange.options['cuts'].split('-')[turn])
    exchange.write(exchange.body[first:min(cut, end - 1)])
    exchange.close()


@resumption
def slowly(exchange):
    """Good, but only `piece` bytes every `every` milliseconds."""
    pace.drip(exchange)


@behaviour
def always_new(exchange):
    """Another version at every request, each cut after `after` bytes."""
    exchange.server.versions[exchange.name] = exchange.attempt
    exchange.answer_cut()


@resumption
def then(exchange):
    """The status `code`, with a page if it may have one, and good again after `times` of them."""
    code = exchange.number('code', 404)
    if exchange.attempt > 1 + exchange.number('times', 1 << 30):
        exchange.answer_with_ranges()
    elif code in (204, 205, 304):
        exchange.head(f'{code} Nothing')
    else:
        exchange.answer(b'<html><body>No more.</body></html>', f'{code} Said So',
                        'Content-Type: text/html')
