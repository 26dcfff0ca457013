# SPDX-License-Identifier: GPL-3.0-or-later
"""Caddy, with its own configuration and nothing of its automatic certificates.

    /FILE             as Caddy serves files: ETag, Last-Modified, ranges
    /gzip/FILE        compressed for those who accept it
"""

import json

from .webserver import WebServer

CONFIGURATION = '''
{{
  admin off
  auto_https off
  grace_period 1ms
  storage file_system {root}/storage
  servers {{
    protocols h1 h2
  }}
}}
{scheme}://:{port} {{
  bind {address}
  root * {folder}
  log {{
    output file {root}/access.log
    format json
  }}
  {tls}
  handle_path /gzip/* {{
    encode {{
      gzip
      match header Content-Type *
    }}
    file_server
  }}
  file_server
}}
'''


class Caddy(WebServer):
    program = 'caddy'

    def configuration(self):
        scheme, tls = 'http', ''
        if self.certificate is not None:
            scheme, tls = 'https', f'tls {self.certificate.chain} {self.certificate.key}'
        return CONFIGURATION.format(root=self.root, folder=self.folder, address=self.address,
                                    port=self.port, scheme=scheme, tls=tls)

    def command(self):
        return [self.binary, 'run', '--config', self.path('configuration'),
                '--adapter', 'caddyfile']

    def environment(self):
        return {'HOME': self.root, 'XDG_CONFIG_HOME': self.root, 'XDG_DATA_HOME': self.root}

    def parse(self, line):
        entry = json.loads(line)
        request = entry['request']

        def header(headers, name):
            return ', '.join(headers.get(name, []))
        return {'path': request['uri'], 'status': entry['status'],
                'range': header(request['headers'], 'Range'),
                'if_range': header(request['headers'], 'If-Range'),
                'client': request['remote_port'],
                'etag': header(entry['resp_headers'], 'Etag')}
