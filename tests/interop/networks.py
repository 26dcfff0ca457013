# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of our own, to cut, to leave and to come back to.

The test program goes into network and mount namespaces (enter()), where nothing of the machine's
network is to be seen. There the House lives. Each Network has one more namespace, "far", with the
servers; a pair of interfaces joins the two:

    near: 192.0.2.2, 2001:db8::2  ---link---  far: 192.0.2.1, 2001:db8::1 and the default route;
                                              also 203.0.113.1 and 198.51.100.1, where servers are

Names are what the test says (name_host()), and nobody else is asked.
"""

import os
import subprocess
import sys

from keeltest import processes, skip_all, wait_until

# The monitor that asks the kernel; with the machine's NetworkManager we have nothing to do.
ENVIRONMENT = {'GIO_USE_NETWORK_MONITOR': 'netlink'}

NEAR = '192.0.2.2'
NEAR_AFTER_A_MOVE = '192.0.2.3'
GATEWAY = '192.0.2.1'
SERVER = '203.0.113.1'
OTHER_SERVER = '198.51.100.1'
NEAR_6 = '2001:db8::2'
SERVER_6 = '2001:db8::1'
# An address for which packets leave and nothing ever comes back.
BLACK_HOLE_6 = '2001:db8::99'
NOBODY = '02:00:00:00:00:99'

PROMOTE_SECONDARIES = '/proc/sys/net/ipv4/conf/near/promote_secondaries'

MARK = 'KEEL_TEST_NETWORK'
HOSTS = 'KEEL_TEST_NETWORK_HOSTS'
TOOLS = '/usr/sbin:/sbin'


def enter():
    """Runs the program anew in namespaces of its own, and there returns."""
    if MARK in os.environ:
        _furnish()
        return
    os.environ['PATH'] += ':' + TOOLS
    command = ['unshare', '--net', '--mount']
    if os.geteuid() != 0:
        command.append('--map-root-user')
    try:
        subprocess.run([*command, 'sh', '-c', 'ip link add near type veth peer name far && '
                        'mount -t tmpfs none /mnt'], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        skip_all('this machine allows no network namespaces')
    os.environ[MARK] = '1'
    os.execvp(command[0], [*command, sys.executable, *sys.argv])


def _furnish():
    """Nothing but our own names and no way to look up others."""
    folder = processes.make_folder('keel-network-')
    for path, text in [('/etc/hosts', '127.0.0.1 localhost\n'),
                       ('/etc/nsswitch.conf', 'hosts: files dns\n'),
                       ('/etc/resolv.conf', 'nameserver 127.0.0.1\n')]:
        own = os.path.join(folder, os.path.basename(path))
        with open(own, 'w', encoding='ascii') as file:
            file.write(text)
        if os.path.exists(path):
            subprocess.run(['mount', '--bind', own, os.path.realpath(path)], check=True)
    os.environ[HOSTS] = os.path.join(folder, 'hosts')
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)


def name_host(name, *addresses):
    """What a name means from now on, beside what was named before."""
    with open(os.environ[HOSTS], 'a', encoding='ascii') as file:
        for address in addresses:
            file.write(f'{address} {name}\n')


def run(*command):
    subprocess.run(command, check=True, timeout=60)


class Network:
    def __init__(self, case):
        self._far = processes.start(['unshare', '--net', 'sleep', 'infinity'])
        # For servers: the beginning of a command line that runs there.
        self.inside = ['nsenter', f'--net=/proc/{self._far.pid}/ns/net']
        wait_until('there is a far namespace', lambda: self._namespace() !=
                   os.readlink('/proc/self/ns/net') and self._has_started())
        run('ip', 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns',
            str(self._far.pid))
        case.addCleanup(self.end)
        for address in [f'{GATEWAY}/24', f'{SERVER}/32', f'{OTHER_SERVER}/32']:
            self.far('addr', 'add', address, 'dev', 'far')
        self.far('link', 'set', 'lo', 'up')
        self.far('link', 'set', 'far', 'up')
        self.near('addr', 'add', f'{NEAR}/24', 'dev', 'near')
        self.near('link', 'set', 'near', 'up')
        self.near('route', 'add', 'default', 'via', GATEWAY)

    def _namespace(self):
        return os.readlink(f'/proc/{self._far.pid}/ns/net')

    def _has_started(self):
        """Whether unshare has become sleep, so that its namespace is the final one."""
        with open(f'/proc/{self._far.pid}/comm', encoding='ascii') as file:
            return file.read().strip() == 'sleep'

    def end(self):
        run('ip', 'link', 'del', 'near')
        processes.end(self._far)

    def near(self, *arguments):
        run('ip', *arguments)

    def far(self, *arguments):
        run(*self.inside, 'ip', *arguments)

    # What may happen to it

    def add_ipv6(self):
        """Gives both sides an address of the newer kind, and a neighbour who never answers."""
        self.far('-6', 'addr', 'add', f'{SERVER_6}/64', 'dev', 'far', 'nodad')
        self.near('-6', 'addr', 'add', f'{NEAR_6}/64', 'dev', 'near', 'nodad')
        self.near('-6', 'neigh', 'add', BLACK_HOLE_6, 'lladdr', NOBODY, 'dev', 'near',
                  'nud', 'permanent')

    def lose_packets(self):
        """From now on nothing that leaves arrives, and no one is told."""
        self.near('neigh', 'replace', GATEWAY, 'lladdr', NOBODY, 'dev', 'near', 'nud', 'permanent')

    def lose_no_packets(self):
        self.near('neigh', 'del', GATEWAY, 'dev', 'near')

    def go_offline(self):
        self.near('link', 'set', 'near', 'down')

    def come_back(self):
        self.near('link', 'set', 'near', 'up')
        self.near('route', 'add', 'default', 'via', GATEWAY)

    def move(self):
        """As a laptop that changes to another network: our address is another one, and what was
        connected from the old one will never hear anything again."""
        # The second address takes the place of the first in one step, and the routes stay.
        with open(PROMOTE_SECONDARIES, 'w', encoding='ascii') as file:
            file.write('1')
        self.near('addr', 'add', f'{NEAR_AFTER_A_MOVE}/24', 'dev', 'near')
        self.near('addr', 'del', f'{NEAR}/24', 'dev', 'near')
