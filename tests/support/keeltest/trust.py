# SPDX-License-Identifier: GPL-3.0-or-later
"""A house whose service trusts a test's certificate authority.

The service has no switch for that, and shall have none: it believes those whom the system
believes. So the service is started in a mount namespace of its own, in which the system's list
of authorities is the test's.
"""

import functools
import os
import subprocess
import unittest
import unittest.mock

from .house import House, program

# What GnuTLS reads on Debian.
SYSTEM_LIST = '/etc/ssl/certs/ca-certificates.crt'

WRAPPER = '''#!/bin/sh
# The bus starts this in the place of the service.
exec unshare --mount sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' \\
  sh {authority} {system_list} {service} "$@"
'''


@functools.cache
def is_possible():
    """Whether this machine lets us mount something for a process of ours."""
    return os.path.exists(SYSTEM_LIST) and subprocess.run(
        ['unshare', '--mount', 'mount', '--bind', '/dev/null', SYSTEM_LIST],
        capture_output=True, check=False).returncode == 0


def trusting_house(case, authority, **options):
    """A House; skips the test where the machine does not allow it."""
    if not is_possible():
        raise unittest.SkipTest('no mount namespace for the service, so no authority of our own')
    wrapper = os.path.join(authority.root, 'service')
    with open(wrapper, 'w', encoding='utf-8') as file:
        file.write(WRAPPER.format(authority=authority.certificate, system_list=SYSTEM_LIST,
                                  service=program('KEELBOAT_SERVICE')))
    os.chmod(wrapper, 0o755)
    with unittest.mock.patch.dict(os.environ, {'KEELBOAT_SERVICE': wrapper}):
        # LeakSanitizer's own tracer crashes now and then (signal 11) in a process that ends after
        # TLS; leaks are looked for in all the other tests.
        asan = os.environ.get('ASAN_OPTIONS')
        if asan is not None:
            options['environment'] = {**options.get('environment', {}),
                                      'ASAN_OPTIONS': asan + ':detect_leaks=0'}
        return House(case, **options)
