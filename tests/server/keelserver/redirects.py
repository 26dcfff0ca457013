# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that lead somewhere else."""

from .server import behaviour, resumption


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
    """Leads, with the status `code`, to the address that stands in the option `url`."""
    exchange.answer(b'<html><body>Moved.</body></html>', f'{exchange.number("code", 302)} Moved',
                    f'Location: {exchange.text("url")}')


@behaviour
def redirect_nowhere(exchange):
    """A redirect without Location."""
    exchange.answer(b'', f'{exchange.number("code", 302)} Moved')


@behaviour
def loop(exchange):
    """Leads to itself."""
    exchange.answer(b'', '302 Moved', f'Location: {exchange.target}')


@behaviour
def ping_pong(exchange):
    """Leads to itself under another query each time, so that no address comes twice."""
    path, _, query = exchange.target.partition('?')
    exchange.answer(b'', '302 Moved', f'Location: {path}?{int(query or 0) + 1}')


@resumption
def leads(exchange):
    """After a cut it leads to the address that stands in the option `to`."""
    exchange.answer(b'', '302 Moved', f'Location: {exchange.text("to")}')
