# SPDX-License-Identifier: GPL-3.0-or-later
"""Content-Encoding that nobody asked for: gzip, right and wrong, and others.

What is sent is the body, compressed; the option `coding` is the name that it gets. The faults come
`times` times, and then it is right.
"""

import gzip
import struct
import zlib

from .server import behaviour, resumption

MEMBER = 100_000


def _zipped(exchange):
    return gzip.compress(exchange.body, 1, mtime=0)


def _send(exchange, data, *lines):
    coding = exchange.options.get('coding', 'gzip')
    exchange.answer(data, '200 OK', f'Content-Encoding: {coding}', *exchange.validators, *lines)


def _send_once(exchange, data):
    """The faulty data as often as is wanted, and then the right ones."""
    _send(exchange, _zipped(exchange) if exchange.is_repeated() else data)


@behaviour
def zipped(exchange):
    """gzip, all right. Ranges are ignored."""
    _send(exchange, _zipped(exchange))


@behaviour
def zipped_chunked(exchange):
    """gzip without a length."""
    data = _zipped(exchange)
    exchange.head('200 OK', 'Content-Encoding: gzip', 'Transfer-Encoding: chunked',
                  *exchange.validators)
    exchange.write(b'%x\r\n%s\r\n0\r\n\r\n' % (len(data), data))


@behaviour
def zipped_members(exchange):
    """gzip in several members, one after the other (RFC 1952 §2.2)."""
    body = exchange.body
    _send(exchange, b''.join(gzip.compress(body[start:start + MEMBER], 1)
                             for start in range(0, len(body), MEMBER)))


@behaviour
def zipped_cut(exchange):
    """gzip that ends in the middle, although as many bytes come as were announced."""
    data = _zipped(exchange)
    _send_once(exchange, data[:len(data) // 2])


@behaviour
def zipped_no_trailer(exchange):
    """gzip without its last eight bytes."""
    _send_once(exchange, _zipped(exchange)[:-8])


@behaviour
def zipped_wrong_sum(exchange):
    """gzip whose checksum is that of other bytes."""
    data = _zipped(exchange)
    _send_once(exchange, data[:-8] + struct.pack('<I', 1) + data[-4:])


@behaviour
def zipped_wrong_size(exchange):
    """gzip whose trailer tells another size."""
    _send_once(exchange, _zipped(exchange)[:-4] + struct.pack('<I', exchange.size + 1))


@behaviour
def zipped_garbage(exchange):
    """gzip by its name, but the bytes are the plain ones."""
    _send_once(exchange, exchange.body)


@behaviour
def zipped_short(exchange):
    """gzip whose connection ends after `after` bytes, `times` times; ranges of the coded bytes."""
    data = _zipped(exchange)
    lines = ['Content-Encoding: gzip', 'Accept-Ranges: bytes', *exchange.validators]
    wanted = exchange.wanted_range()
    first = min(wanted[0], len(data)) if wanted else 0
    if wanted:
        lines.append(f'Content-Range: bytes {first}-{len(data) - 1}/{len(data)}')
    exchange.head('206 Partial Content' if wanted else '200 OK',
                  f'Content-Length: {len(data) - first}', *lines)
    if exchange.is_repeated():
        exchange.write(data[first:])
    else:
        exchange.write(data[first:first + exchange.after])
        exchange.close()


@resumption
def zipped_on_resume(exchange):
    """Plain at first; what comes after the cut is gzip, a 206 of the coded bytes included."""
    data = _zipped(exchange)
    wanted = exchange.wanted_range()
    if wanted is None:
        _send(exchange, data)
    else:
        first = min(wanted[0], len(data) - 1)
        exchange.answer(data[first:], '206 Partial Content', 'Content-Encoding: gzip',
                        f'Content-Range: bytes {first}-{len(data) - 1}/{len(data)}',
                        *exchange.validators)


@behaviour
def archive(exchange):
    """A .gz file as some servers send it: its own bytes, and Content-Encoding says so."""
    exchange.answer_with_ranges(f'Content-Encoding: {exchange.options.get("coding", "x-gzip")}')


@behaviour
def archive_short(exchange):
    """The same, and the connection ends after `after` bytes, once."""
    line = 'Content-Encoding: x-gzip'
    if exchange.is_repeated():
        exchange.answer_with_ranges(line)
    else:
        exchange.answer_cut(None, line)


@behaviour
def coded(exchange):
    """Another coding, by its name (`coding`); the bytes are those of deflate."""
    _send(exchange, zlib.compress(exchange.body, 1))


@behaviour
def zeros_zipped(exchange):
    """gzip of `size` zeros: a thousandth of that comes over the wire."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b''.join([squeeze.compress(bytes(1 << 20)) for _ in range(exchange.size >> 20)])
    _send(exchange, data + squeeze.flush())
