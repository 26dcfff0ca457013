# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server that misbehaves on request.

Polite servers (SoupServer, Python's http.server) repair or refuse what the engine has to survive,
so this one writes its answers to the socket byte by byte. The path says what it does:

    /BEHAVIOUR[,KEY=VALUE...]/NAME        /short,size=100000,after=4096/x.bin

Behaviours are functions, registered by name, in the modules beside this one (a module a subject);
a new kind of fault is a new function there and nothing else. Each gets an Exchange: the request as
it came, the ways to write an answer, the options of the path and the server's memory of what was
asked before. The bytes of a resource depend on its name, size and version only, so a test knows
them without asking. Texts in options are written in hex (Server.url() does it for bytes).

It speaks TLS too, with certificates of a test authority that can be wrong in every way
(certificates.py), and IPv6.
"""

from .certificates import Authority, Certificate
from .exchange import Exchange, Gone, content, date
from .server import BEHAVIOURS, Server, behaviour
from . import (auth, bodies, chunks, codings, heads, pace, ranges,  # noqa: F401  (they register
               redirects, status)                                   # their behaviours)

__all__ = ['Authority', 'BEHAVIOURS', 'Certificate', 'Exchange', 'Gone', 'Server', 'behaviour',
           'content', 'date']
