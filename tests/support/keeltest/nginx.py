# SPDX-License-Identifier: GPL-3.0-or-later
"""The real web server of the tests: nginx, on a free loopback port, with its own configuration.

Files put into `folder` are served under several addresses that differ in behaviour:

    /FILE             as nginx serves files: ETag, Last-Modified, ranges
    /rate/R/FILE      no faster than R bytes a second (500k, 20m) for each connection
    /norange/FILE     never a part of it
    /weak/FILE        its ETag is weak
    /noetag/FILE      Last-Modified only

The listening socket is made here and handed to nginx in the way it does this for itself when a new
binary takes over (the variable NGINX): so the port is ours before nginx runs, and no other test can
get it in between.
"""

import json
import os
import shutil
import socket
import subprocess
import time

from . import processes
from .files import make_file
from .waiting import wait_until

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
    '"connection":$connection,"etag":"$sent_http_etag"}}';
  access_log {root}/access.log json;
  client_body_temp_path {root}/tmp-body;
  proxy_temp_path {root}/tmp-proxy;
  fastcgi_temp_path {root}/tmp-fastcgi;
  uwsgi_temp_path {root}/tmp-uwsgi;
  scgi_temp_path {root}/tmp-scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    location ~ ^/rate/(?<rate>[0-9]+[kKmM]?)/(?<file>.*)$ {{
      limit_rate $rate;
      alias {folder}/$file;
    }}
    location /norange/ {{ max_ranges 0; alias {folder}/; }}
    location /noetag/ {{ etag off; alias {folder}/; }}
    location /weak/ {{
      add_header ETag $weak_tag;
      etag off;
      alias {folder}/;
    }}
  }}
  map $sent_http_last_modified $weak_tag {{ default 'W/"$sent_http_last_modified"'; }}
}}
'''


class Nginx:
    def __init__(self, case=None, parent=None):
        binary = shutil.which('nginx', path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
        if binary is None:
            raise RuntimeError('nginx is not installed')
        self.root = processes.make_folder('keel-www-', parent)
        self.folder = os.path.join(self.root, 'www')
        os.mkdir(self.folder)
        self._binary = binary
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self._process = None
        self.start()
        if case is not None:
            case.addCleanup(self.end)

    def start(self):
        """Starts it (again), on the same port."""
        if self._listener is None:
            self._listener = socket.create_server(('127.0.0.1', self.port), backlog=512)
        configuration = os.path.join(self.root, 'nginx.conf')
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write(CONFIGURATION.format(root=self.root, folder=self.folder, port=self.port,
                                            user='user root;' if os.geteuid() == 0 else ''))
        number = self._listener.fileno()
        with open(os.path.join(self.root, 'nginx.out'), 'ab') as out:
            self._process = processes.start(
                [self._binary, '-p', self.root, '-c', configuration,
                 '-e', os.path.join(self.root, 'error.log')],
                env={**os.environ, 'NGINX': f'{number};'}, pass_fds=[number],
                stdout=out, stderr=subprocess.STDOUT)
        self._listener.close()
        self._listener = None

        def answers():
            if self._process.poll() is not None:
                with open(os.path.join(self.root, 'nginx.out'), encoding='utf-8') as out:
                    raise RuntimeError('nginx did not start: ' + out.read())
            with socket.create_connection(('127.0.0.1', self.port), timeout=2) as client:
                client.sendall(b'GET /- HTTP/1.0\r\n\r\n')
                return client.recv(16)
        wait_until('nginx answers', answers)

    def stop(self):
        """Stops it: connections are refused until start()."""
        processes.end(self._process)

    def url(self, name, kind=''):
        """Address of a file; kind is 'rate/500k', 'norange', 'weak' or 'noetag'."""
        return f'http://127.0.0.1:{self.port}/' + (f'{kind}/' if kind else '') + name

    def file(self, name):
        return os.path.join(self.folder, name)

    def make(self, name, size, seed=0):
        """Makes a file to serve, an hour old so that its date is a strong validator; its path."""
        path = make_file(self.file(name), size, seed)
        hour_ago = time.time() - 3600
        os.utime(path, (hour_ago, hour_ago))
        return path

    def replace(self, name, size, seed):
        """Another version of a file, under the same name; seconds later by its date."""
        old = os.stat(self.file(name))
        make_file(self.file(name) + '.new', size, seed)
        os.utime(self.file(name) + '.new', (old.st_atime, old.st_mtime + 60))
        os.rename(self.file(name) + '.new', self.file(name))

    def requests(self, name=None):
        """What was asked so far and has ended, oldest first; for one file or for all.

        nginx writes this down after the client has its answer: who counts on a request being there
        uses wait_requests().
        """
        try:
            with open(os.path.join(self.root, 'access.log'), encoding='utf-8') as log:
                lines = log.read().splitlines()
        except FileNotFoundError:
            return []
        found = [json.loads(line) for line in lines if line]
        if name is None:
            return [request for request in found if request['path'] != '/-']
        return [request for request in found if request['path'].endswith('/' + name)]

    def wait_requests(self, name, count, seconds=20):
        """Waits until so many requests for the file have ended; gives them."""
        def enough():
            found = self.requests(name)
            assert len(found) >= count, found
            return found
        return wait_until(f'{count} requests for {name} have ended', enough, seconds)

    def end(self):
        processes.end(self._process)
        shutil.rmtree(self.root, ignore_errors=True)
