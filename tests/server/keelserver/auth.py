# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that ask who is there: Basic (RFC 7617) and Digest (RFC 7616).

The right answer is the option `user` with `password`, or what the server's `login` says.
"""

import base64
import hashlib
import re

from .server import behaviour

REALM = 'The harbour'
ALGORITHMS = {'MD5': hashlib.md5, 'SHA-256': hashlib.sha256, 'MD5-sess': hashlib.md5,
              'SHA-256-sess': hashlib.sha256}


def _who(exchange):
    user, password = exchange.server.login
    return exchange.options.get('user', user), exchange.options.get('password', password)


def _ask(exchange, challenge):
    exchange.answer(b'<html><body>Who are you?</body></html>', '401 Unauthorized',
                    f'WWW-Authenticate: {challenge}', 'Content-Type: text/html')


@behaviour
def basic(exchange):
    """Wants Basic credentials; then like good."""
    right = base64.b64encode(':'.join(_who(exchange)).encode()).decode()
    if exchange.header('Authorization') == f'Basic {right}':
        exchange.answer_with_ranges()
    else:
        _ask(exchange, f'Basic realm="{REALM}", charset="UTF-8"')


@behaviour
def basic_after_cut(exchange):
    """Good for anybody at first, and cut after `after` bytes; then it wants Basic credentials."""
    if exchange.attempt == 1:
        exchange.answer_cut()
    basic(exchange)


def _digest_challenge(exchange, stale=False):
    algorithm = exchange.options.get('algorithm', 'MD5')
    qop = exchange.options.get('qop', 'auth')
    return (f'Digest realm="{REALM}", nonce="{_nonce(exchange)}", algorithm={algorithm}'
            + (f', qop="{qop}"' if qop != 'none' else '') + (', stale=true' if stale else ''))


def _nonce(exchange):
    """With the option `stale`, a nonce is good for so many requests."""
    lifetime = exchange.number('stale', 0)
    return f'n{(exchange.attempt // (lifetime + 1)) if lifetime else 0}'


def _digest_of(exchange, given, hashed):
    """What the response should be, from the fields that the client has given."""
    user, password = _who(exchange)
    first = hashed(f'{user}:{REALM}:{password}')
    if given.get('algorithm', '').endswith('-sess'):
        first = hashed(f'{first}:{given["nonce"]}:{given["cnonce"]}')
    second = hashed(f'{exchange.method}:{exchange.target}')
    middle = [given.get('nonce', '')]
    if 'qop' in given:
        middle += [given.get('nc', ''), given.get('cnonce', ''), given['qop']]
    return hashed(':'.join([first, *middle, second]))


@behaviour
def digest(exchange):
    """Wants Digest credentials; then like good. Options: `algorithm` (MD5, SHA-256, -sess), `qop`
    (auth, auth-int, none), `stale` (requests that a nonce lives)."""
    scheme, _, rest = (exchange.header('Authorization') or '').partition(' ')
    given = {name.lower(): quoted or plain for name, quoted, plain in
             re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)}
    algorithm = ALGORITHMS.get(exchange.options.get('algorithm', 'MD5'), hashlib.md5)

    def hashed(text):
        return algorithm(text.encode()).hexdigest()
    if scheme.lower() != 'digest' or given.get('uri') != exchange.target:
        _ask(exchange, _digest_challenge(exchange))
    elif given.get('response') != _digest_of(exchange, given, hashed):
        _ask(exchange, _digest_challenge(exchange))
    elif given.get('nonce') != _nonce(exchange):
        _ask(exchange, _digest_challenge(exchange, stale=True))
    else:
        exchange.answer_with_ranges()


@behaviour
def challenge(exchange):
    """Asks with the challenge that stands in the option `as`, whatever is answered."""
    _ask(exchange, exchange.text('as'))
