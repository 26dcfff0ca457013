# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's http.server: HTTP/1.0, no ranges, no ETag, a connection a request. What many people
start in a folder to hand a file to somebody."""

import re
import sys

from .webserver import WebServer

# The module's own command line cannot speak https.
TLS = '''
import http.server, ssl, sys
folder, address, port, chain, key = sys.argv[1:]
def handler(*arguments):
    return http.server.SimpleHTTPRequestHandler(*arguments, directory=folder)
server = http.server.ThreadingHTTPServer((address, int(port)), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
'''

LOG_LINE = re.compile(r'.*"GET (?P<path>\S+) HTTP/1\.[01]" (?P<status>\d+) ')


class PythonServer(WebServer):
    program = sys.executable
    # It writes a request down when it begins, and little of it.
    log_name = 'output'

    def command(self):
        if self.certificate is None:
            return [self.binary, '-m', 'http.server', str(self.port), '--bind', self.address,
                    '--directory', self.folder]
        return [self.binary, '-c', TLS, self.folder, self.address, str(self.port),
                self.certificate.chain, self.certificate.key]

    def parse(self, line):
        match = LOG_LINE.match(line)
        return match and {'path': match['path'], 'status': int(match['status'])}
