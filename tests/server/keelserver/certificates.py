# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority that lives as long as a test, and the certificates it makes.

Good ones and bad ones; the command openssl does the work. Nobody trusts the authority unless its
certificate (`Authority.certificate`) is given to them.
"""

import os
import shutil
import ssl
import subprocess
import tempfile
import time

DAY = 24 * 3600
SUBJECT = '/O=Keelboat tests/CN='

# What `openssl ca` needs to know; it can give certificates any dates, which `req` cannot.
CONFIGURATION = '''
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
rand_serial = yes
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[authority_extensions]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[host_extensions]
basicConstraints = CA:false
subjectAltName = ${{ENV::KEEL_TEST_HOSTS}}
[req]
distinguished_name = name
[name]
'''


class Certificate:
    """chain: the file with what the server shows; key: its private key.

    is_outdated: the server speaks nothing newer than TLS 1.1
    """

    def __init__(self, chain, key):
        self.chain = chain
        self.key = key
        self.is_outdated = False

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.is_outdated:
            context.set_ciphers('ALL@SECLEVEL=0')
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.load_cert_chain(self.chain, self.key)
        return context


class Authority:
    """certificate: the file with its own; root: the folder of all files."""

    def __init__(self, case=None, name='Test Authority'):
        self.root = tempfile.mkdtemp(prefix='keel-ca-')
        self._configuration = os.path.join(self.root, 'openssl.cnf')
        self._count = 0
        with open(self._configuration, 'w', encoding='ascii') as file:
            file.write(CONFIGURATION.format(folder=self.root))
        with open(os.path.join(self.root, 'index.txt'), 'w', encoding='ascii'):
            pass
        self._authority_key = self._make_key('authority')
        self.certificate = self._path('authority.pem')
        self._openssl('req', '-x509', '-new', '-key', self._authority_key, '-subj', SUBJECT + name,
                      '-days', '30', '-extensions', 'authority_extensions', '-out',
                      self.certificate)
        if case is not None:
            case.addCleanup(self.end)

    def end(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def issue(self, *hosts, since=-DAY, until=30 * DAY):
        """A certificate for these hosts ("IP:127.0.0.1" by default), valid between two times, in
        seconds from now."""
        return self._issue(hosts, since, until, self.certificate, self._authority_key)

    def issue_expired(self):
        return self.issue(since=-30 * DAY, until=-DAY)

    def issue_early(self):
        """A certificate that is not valid yet."""
        return self.issue(since=DAY)

    def issue_self_signed(self):
        """A certificate that nobody vouches for but itself."""
        name = self._next_name()
        key = self._make_key(name)
        chain = self._path(name + '.pem')
        self._openssl('req', '-x509', '-new', '-key', key, '-subj', SUBJECT + 'self', '-days', '30',
                      '-extensions', 'host_extensions', '-out', chain)
        return Certificate(chain, key)

    def issue_through_another(self, complete=True):
        """A certificate from an authority in between; if complete, the server shows that one's
        certificate too, as it should."""
        between_key = self._make_key('between')
        between = self._sign('between', between_key, 'authority_extensions', '', -DAY, 30 * DAY,
                             self.certificate, self._authority_key)
        certificate = self._issue((), -DAY, 30 * DAY, between, between_key)
        if complete:
            with open(between, encoding='ascii') as more, \
                 open(certificate.chain, 'a', encoding='ascii') as chain:
                chain.write(more.read())
        return certificate

    def _issue(self, hosts, since, until, issuer, issuer_key):
        name = self._next_name()
        key = self._make_key(name)
        hosts = ','.join(hosts or ['IP:127.0.0.1', 'IP:::1'])
        chain = self._sign(name, key, 'host_extensions', hosts, since, until, issuer, issuer_key)
        return Certificate(chain, key)

    def _sign(self, name, key, extensions, hosts, since, until, issuer, issuer_key):
        request = self._path(name + '.csr')
        chain = self._path(name + '.pem')
        self._openssl('req', '-new', '-key', key, '-subj', SUBJECT + name, '-out', request)
        start, end = [time.strftime('%Y%m%d%H%M%SZ', time.gmtime(time.time() + seconds))
                      for seconds in (since, until)]
        self._openssl('ca', '-batch', '-notext', '-cert', issuer, '-keyfile', issuer_key,
                      '-startdate', start, '-enddate', end, '-extensions', extensions,
                      '-in', request, '-out', chain, hosts=hosts)
        return chain

    def _make_key(self, name):
        path = self._path(name + '.key')
        self._openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path)
        return path

    def _next_name(self):
        self._count += 1
        return f'host-{self._count}'

    def _path(self, name):
        return os.path.join(self.root, name)

    def _openssl(self, command, *arguments, hosts='IP:127.0.0.1'):
        configured = ['-config', self._configuration] if command in ('ca', 'req') else []
        result = subprocess.run(['openssl', command, *configured, *arguments], check=False,
                                capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                env={**os.environ, 'KEEL_TEST_HOSTS': hosts or 'IP:127.0.0.1'})
        if result.returncode != 0:
            raise RuntimeError(f'openssl {command}: {result.stderr}')
