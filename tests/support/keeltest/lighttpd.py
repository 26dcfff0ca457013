# SPDX-License-Identifier: GPL-3.0-or-later
"""lighttpd, with its own configuration.

    /FILE             as lighttpd serves files: ETag, Last-Modified, ranges
    /gzip/FILE        compressed for those who accept it
"""

import signal

from .webserver import WebServer

CONFIGURATION = '''
server.modules = ( "mod_accesslog", "mod_alias", "mod_deflate"{module} )
server.document-root = "{folder}"
server.bind = "{address}"
server.port = {port}
server.errorlog = "{root}/error.log"
# By default it goes on for two seconds with a file that was replaced.
server.stat-cache-engine = "disable"
server.upload-dirs = ( "{root}" )
mimetype.assign = ( ".txt" => "text/plain", "" => "application/octet-stream" )
accesslog.filename = "{root}/access.log"
accesslog.format = "{{\\"path\\":\\"%U\\",\\"status\\":%s,\\"range\\":\\"%{{Range}}i\\",\
\\"if_range\\":\\"%{{If-Range}}i\\",\\"client\\":\\"%{{remote}}p\\",\\"etag\\":\\"%{{ETag}}o\\"}}"
alias.url = ( "/gzip/" => "{folder}/" )
$HTTP["url"] =~ "^/gzip/" {{
  deflate.mimetypes = ( "" )
  deflate.allowed-encodings = ( "gzip", "deflate" )
}}
{tls}
'''

TLS = '''
ssl.engine = "enable"
ssl.pemfile = "{certificate.chain}"
ssl.privkey = "{certificate.key}"
'''


class Lighttpd(WebServer):
    program = 'lighttpd'

    def configuration(self):
        tls = module = ''
        if self.certificate is not None:
            tls = TLS.format(certificate=self.certificate)
            module = ', "mod_openssl"'
        return CONFIGURATION.format(root=self.root, folder=self.folder, address=self.address,
                                    port=self.port, module=module, tls=tls)

    def command(self):
        return [self.binary, '-D', '-f', self.path('configuration')]

    def requests(self, name=None):
        # It keeps its log for seconds in memory, unless it is told to open it anew.
        self.signal(signal.SIGHUP)
        return super().requests(name)
