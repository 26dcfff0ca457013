# SPDX-License-Identifier: GPL-3.0-or-later
"""Status lines and header fields as nobody should write them."""

from .server import behaviour

LINE = 1000


def _fields(exchange):
    return '\r\n'.join([f'Content-Length: {exchange.size}', *exchange.validators, '', ''])


@behaviour
def status_line(exchange):
    """The status line is what the option `as` says, the rest is good; `times` times."""
    if exchange.is_repeated(1 << 30):
        exchange.answer_with_ranges()
        return
    exchange.raw(f'{exchange.text("as")}\r\n{_fields(exchange)}'.encode('latin-1'))
    exchange.write(exchange.body)
    exchange.close()


@behaviour
def no_head(exchange):
    """HTTP/0.9: the body and nothing else."""
    exchange.write(exchange.body)
    exchange.close()


@behaviour
def bare_lines(exchange):
    """Header lines that end with a line feed only (RFC 9112 §2.2: may be accepted)."""
    exchange.raw(f'HTTP/1.1 200 OK\r\n{_fields(exchange)}'.replace('\r', '').encode('latin-1'))
    exchange.write(exchange.body)


@behaviour
def many_fields(exchange):
    """A header block of `bytes` bytes in many lines."""
    count = exchange.number('bytes', 0) // LINE
    filling = [f'X-{number}: ' + 'x' * LINE for number in range(count)]
    exchange.answer(None, '200 OK', *exchange.validators, *filling)


@behaviour
def long_field(exchange):
    """One header line of `bytes` bytes."""
    exchange.answer(None, '200 OK', *exchange.validators, 'X: ' + 'x' * exchange.number('bytes', 0))


@behaviour
def endless_fields(exchange):
    """Header lines that do not end."""
    exchange.raw(b'HTTP/1.1 200 OK\r\n')
    while not exchange.server.ending.is_set():
        exchange.write(b'X-Y: 0123456789abcdef\r\n' * 1000)
    exchange.close()


@behaviour
def endless_line(exchange):
    """A status line that does not end."""
    exchange.raw(b'HTTP/1.1 200 ')
    while not exchange.server.ending.is_set():
        exchange.write(b'OK' * 10000)
    exchange.close()


@behaviour
def informational(exchange):
    """`count` answers of the status `code` (1xx), endless without it, and then a good one."""
    code = exchange.number('code', 100)
    count = exchange.number('count', 1 << 30)
    while count > 0 and not exchange.server.ending.is_set():
        exchange.write(f'HTTP/1.1 {code} Wait\r\nX: y\r\n\r\n'.encode())
        count -= 1
    exchange.answer_with_ranges()
