# SPDX-License-Identifier: GPL-3.0-or-later
"""Apache httpd, with its own configuration and without anything of the system's.

    /FILE             as Apache serves files: ETag, Last-Modified, ranges; what ends in .gz is
                      announced as Content-Encoding: x-gzip, as many mirrors do
    /gzip/FILE        compressed for those who accept it
"""

import os

from .webserver import WebServer

MODULES = '/usr/lib/apache2/modules'
CONFIGURATION = '''
ServerRoot {root}
ServerName localhost
PidFile {root}/pid
DefaultRuntimeDir {root}
Listen {address}:{port}
ErrorLog {root}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule deflate_module {modules}/mod_deflate.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule mime_module {modules}/mod_mime.so
StartServers 1
ServerLimit 1
ThreadsPerChild 32
MaxRequestWorkers 32
{user}
DocumentRoot {folder}
<Directory {folder}>
  Require all granted
</Directory>
TypesConfig /dev/null
AddType text/plain .txt
AddEncoding x-gzip .gz .tgz
Alias /gzip/ {folder}/
<Location /gzip/>
  SetOutputFilter DEFLATE
</Location>
LogFormat "{{\\"path\\":\\"%U\\",\\"status\\":%>s,\\"range\\":\\"%{{Range}}i\\",\
\\"if_range\\":\\"%{{If-Range}}i\\",\\"client\\":\\"%{{remote}}p\\",\
\\"etag\\":\\"%{{ETag}}o\\"}}" json
CustomLog {root}/access.log json
{tls}
'''

TLS = '''
LoadModule ssl_module {modules}/mod_ssl.so
SSLEngine on
SSLCertificateFile {certificate.chain}
SSLCertificateKeyFile {certificate.key}
'''


class Apache(WebServer):
    program = 'apache2'

    def configuration(self):
        tls = '' if self.certificate is None else TLS.format(modules=MODULES,
                                                             certificate=self.certificate)
        # Started by root, it insists on serving as somebody else, who must see our folder.
        user = ''
        if os.geteuid() == 0:
            user = 'User www-data\nGroup www-data'
            os.chmod(self.root, 0o755)
        return CONFIGURATION.format(root=self.root, folder=self.folder, address=self.address,
                                    port=self.port, modules=MODULES, user=user, tls=tls)

    def command(self):
        return [self.binary, '-d', self.root, '-f', self.path('configuration'), '-D', 'FOREGROUND']
