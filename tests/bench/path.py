# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from the programs to the server: the machine's own loopback, or a network of two
namespaces with a bad line (link.c) between them.

    near: the programs, and the service        far: nginx
          192.0.2.2        ------ wire ------       192.0.2.1

Nobody has to know in which of them he lives: a command line has a beginning that leads there.
"""

import contextlib
import dataclasses
import os
import shlex
import shutil
import subprocess
import unittest.mock

from keeltest import processes, wait_until
from keeltest.house import program

NEAR = '192.0.2.2'
FAR = '192.0.2.1'
PORT = 80
INTERFACE = 'wire'
# What may be chosen in a namespace; of what is only available, it may not.
CONTROLS = '/proc/sys/net/ipv4/tcp_allowed_congestion_control'
COMMON_CONTROLS = ['cubic', 'reno']

RATE_BPS = 100_000_000
ONE_WAY_USEC = 20_000
# One BDP: what fits into the path in a round trip.
QUEUE_BYTES = RATE_BPS // 8 * 2 * ONE_WAY_USEC // 1_000_000


@dataclasses.dataclass(frozen=True)
class Link:
    """wanted_control: how senders should find out how fast they may be; loss_percent: packets that
    are lost without a reason."""

    wanted_control: str
    loss_percent: float = 0

    @property
    def control(self):
        with open(CONTROLS, encoding='ascii') as file:
            known = file.read().split()
        return next(name for name in [self.wanted_control, *COMMON_CONTROLS] if name in known)


class NoPath:
    """Server and programs are on this machine, and nothing is between them."""

    address = '127.0.0.1'
    port = 0
    near = ()
    far = ()

    def service_inside(self, folder):
        return contextlib.nullcontext()


NO_PATH = NoPath()


class Path:
    def __init__(self, stage, link, folder):
        self.address = FAR
        self.port = PORT
        near, far = self._namespace(stage), self._namespace(stage)
        self.near = self._way_into(near)
        self.far = self._way_into(far)
        # A line does not wait until a processor is free.
        line = processes.start(
            ['nice', '-n', '-19', _program(), f'--rate={RATE_BPS}', f'--delay={ONE_WAY_USEC}',
             f'--queue={QUEUE_BYTES}', f'--loss={link.loss_percent}', str(near.pid), str(far.pid)],
            stdout=subprocess.PIPE)
        stage.addCleanup(processes.end, line)
        if line.stdout.readline() != b'ready\n':
            raise RuntimeError('the link did not start')
        for way, own, other in [(self.near, NEAR, FAR), (self.far, FAR, NEAR)]:
            self._furnish(way, own, other, link.control)

    @staticmethod
    def why_not():
        """Why it cannot be had here, or None."""
        if os.geteuid() != 0 or not os.path.exists('/dev/net/tun'):
            return 'network namespaces with a TUN interface need root and /dev/net/tun'
        if shutil.which('ip') is None or not os.path.exists(_program()):
            return f'needs ip (iproute2) and {_program()}'
        return None

    @staticmethod
    def _namespace(stage):
        """A process that does nothing in a network of its own."""
        process = processes.start(['unshare', '--net', 'sleep', 'infinity'])
        stage.addCleanup(processes.end, process)

        def has_become_sleep():
            with open(f'/proc/{process.pid}/comm', encoding='ascii') as file:
                return file.read().strip() == 'sleep'
        wait_until('there is a namespace', has_become_sleep)
        return process

    @staticmethod
    def _way_into(process):
        return ['nsenter', f'--net=/proc/{process.pid}/ns/net']

    @staticmethod
    def _furnish(way, own, other, control):
        """An address, a default route so that the service thinks it is online, and senders that
        do not remember from one program to the next how bad the path was."""
        script = (f'ip link set lo up && ip address add {own} peer {other} dev {INTERFACE} && '
                  f'ip link set {INTERFACE} up && ip route add default via {other} && '
                  f'cd /proc/sys/net/ipv4 && echo {control} >tcp_congestion_control && '
                  'echo 1 >tcp_no_metrics_save')
        subprocess.run([*way, 'sh', '-c', script], check=True, timeout=60)

    @contextlib.contextmanager
    def service_inside(self, folder):
        """For the making of a house: its service starts in the near namespace."""
        wrapper = os.path.join(folder, 'service-inside')
        with open(wrapper, 'w', encoding='utf-8') as file:
            command = shlex.join([*self.near, program('KEELBOAT_SERVICE')])
            file.write(f'#!/bin/sh\nexec {command} "$@"\n')
        os.chmod(wrapper, 0o755)
        with unittest.mock.patch.dict(os.environ, {'KEELBOAT_SERVICE': wrapper}):
            yield


def _program():
    return os.path.join(os.environ['KEEL_BUILD_ROOT'], 'tests/bench/link')
