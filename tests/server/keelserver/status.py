# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers other than a file."""

from .server import behaviour


@behaviour
def status(exchange):
    """The status `code` with a page as its body, `times` times (default: always); then like good.

    With the option `after` it comes with Retry-After, in seconds.
    """
    if exchange.attempt > exchange.number('times', 1 << 30):
        exchange.answer_with_ranges()
        return
    lines = ['Content-Type: text/html']
    if 'after' in exchange.options:
        lines.append(f'Retry-After: {exchange.options["after"]}')
    exchange.answer(b'<html><body>This is no file.</body></html>',
                    f'{exchange.number("code", 404)} Said So', *lines)


@behaviour
def redirect(exchange):
    """Leads to the behaviour `to` under the same name, `times` hops from here."""
    times = exchange.number('times', 1)
    code = exchange.number('code', 302)
    size = f',size={exchange.size}'
    if times > 1:
        target = f'/redirect,times={times - 1},code={code}{size}/{exchange.name}'
    else:
        target = f'/{exchange.options.get("to", "good")}{size}/{exchange.name}'
    exchange.answer(b'', f'{code} Moved', f'Location: {target}')


@behaviour
def redirect_to(exchange):
    """Leads to the address that stands, in hex, in the option `url`."""
    url = bytes.fromhex(exchange.options['url']).decode('latin-1')
    exchange.answer(b'', '302 Moved', f'Location: {url}')


@behaviour
def loop(exchange):
    """Leads to itself."""
    exchange.answer(b'', '302 Moved', f'Location: {exchange.target}')


@behaviour
def silent(exchange):
    """Reads the request and never answers."""
    exchange.server.ending.wait()
    exchange.close()
