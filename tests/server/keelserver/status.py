# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers other than a file."""

from .server import behaviour


@behaviour
def status(exchange):
    """The status `code` with a page as its body, `times` times (default: always); then like good.

    With the option `after` it comes with Retry-After, in seconds; `lines` are header lines, and
    `page` is the body.
    """
    if exchange.is_repeated(1 << 30):
        exchange.answer_with_ranges()
        return
    lines = ['Content-Type: text/html', *exchange.lines]
    if 'after' in exchange.options:
        lines.append(f'Retry-After: {exchange.options["after"]}')
    page = exchange.text('page') or '<html><body>This is no file.</body></html>'
    exchange.answer(page.encode('latin-1'), f'{exchange.number("code", 404)} Said So', *lines)


@behaviour
def no_body(exchange):
    """The status `code` (204, 205, 304), which has no body and no length."""
    exchange.head(f'{exchange.number("code", 204)} Nothing', *exchange.validators)


@behaviour
def long_page(exchange):
    """The status `code` with a page of `size` bytes as its body."""
    exchange.answer(b'x' * exchange.size, f'{exchange.number("code", 500)} Said So',
                    'Content-Type: text/plain')
