# SPDX-License-Identifier: GPL-3.0-or-later
"""The real web server of most tests: nginx, with its own configuration.

Files put into `folder` are served under several addresses that differ in behaviour:

    /FILE             as nginx serves files: ETag, Last-Modified, ranges
    /rate/R/FILE      no faster than R bytes a second (500k, 20m) for each connection; after hurry()
                      as fast as it goes, what is asked for from then on
    /norange/FILE     never a part of it
    /weak/FILE        its ETag is weak
    /noetag/FILE      Last-Modified only
    /gzip/FILE        compressed for those who accept it
    /to?URL           a redirect to URL
"""

import os

from .webserver import WebServer

CONFIGURATION = '''
{user}
daemon off;
master_process on;
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log warn;
events {{ worker_connections 512; }}
http {{
  types {{ text/html html; text/plain txt; application/zip zip; image/png png; }}
  default_type application/octet-stream;
  sendfile on;
  sendfile_max_chunk 256k;
  keepalive_requests 100000;
  log_format json escape=json '{{"path":"$request_uri","method":"$request_method",'
    '"status":$status,"sent":$body_bytes_sent,"range":"$http_range","if_range":"$http_if_range",'
    '"agent":"$http_user_agent","headers":"$http_x_test","took":$request_time,"at":$msec,'
    '"connection":$connection,"client":"$remote_port","etag":"$sent_http_etag"}}';
  access_log {root}/access.log json;
  client_body_temp_path {root}/tmp-body;
  proxy_temp_path {root}/tmp-proxy;
  fastcgi_temp_path {root}/tmp-fastcgi;
  uwsgi_temp_path {root}/tmp-uwsgi;
  scgi_temp_path {root}/tmp-scgi;
  server {{
    listen {address}:{port}{tls};
    root {folder};
    set $hurry '';
    if (-f {root}/hurry) {{ set $hurry 1; }}
    location ~ ^/rate/(?<rate>[0-9]+[kKmM]?)/(?<file>.*)$ {{
      limit_rate $pace;
      alias {folder}/$file;
    }}
    location /norange/ {{ max_ranges 0; alias {folder}/; }}
    location /noetag/ {{ etag off; alias {folder}/; }}
    location /weak/ {{
      add_header ETag $weak_tag;
      etag off;
      alias {folder}/;
    }}
    location /gzip/ {{
      gzip on;
      gzip_min_length 1;
      gzip_types *;
      alias {folder}/;
    }}
    location = /to {{ return 302 $args; }}
  }}
  map $hurry $pace {{ default $rate; 1 0; }}
  map $sent_http_last_modified $weak_tag {{ default 'W/"$sent_http_last_modified"'; }}
}}
'''

TLS = ''' ssl{http2};
    ssl_certificate {certificate.chain};
    ssl_certificate_key {certificate.key}'''


class Nginx(WebServer):
    program = 'nginx'

    def __init__(self, case=None, http2=False, **options):
        """http2: it speaks that too, with those who ask for it while TLS is set up."""
        self._http2 = http2
        super().__init__(case, **options)

    def configuration(self):
        tls = '' if self.certificate is None else TLS.format(
            certificate=self.certificate, http2=' http2' if self._http2 else '')
        return CONFIGURATION.format(root=self.root, folder=self.folder, address=self.address,
                                    port=self.port, tls=tls,
                                    user='user root;' if os.geteuid() == 0 else '')

    def command(self):
        return [self.binary, '-p', self.root, '-c', self.path('configuration'),
                '-e', self.path('error.log')]

    def hurry(self):
        """What is asked for from now on comes at once, also from /rate/; what is on its way keeps
        its pace.

        So a file can be so large that it is certainly on its way still when something is done to
        it, however long the test or the machine stops in between, and nobody waits for the rest.
        """
        with open(self.path('hurry'), 'wb'):
            pass
