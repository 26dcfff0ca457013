#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that hangs delays nobody else's transfer, no answer, and not the service's leaving."""

import os
import signal
import threading

from gi.repository import GLib

from disks import DiskCase, OddDisk, Tmpfs, run
from keeltest import House, Nginx, scaled, wait_until
from keeltest.application import Application, opened
from keeltest.played import Logind
from keeltest.systembus import SystemBus

SIZE = 12_000_000
LONG = 40_000_000
RATE = 3_000_000
# A service that waits for the disk would not do it at all.
ANSWER_SECONDS = 15
LEAVE_SECONDS = 15
# What logind grants.
GRANTED_SECONDS = 5


class Hanging(DiskCase):
    def setUp(self):
        super().setUp()
        self.odd = OddDisk(self)
        self.good = Tmpfs(self, 64 << 20)
        self.stuck = self.add(self.odd, 'stuck.bin', LONG, RATE)
        self.house.wait_task(self.stuck, lambda task: task['durable'] > 0)
        self.nginx.hurry()

    def keel(self, *arguments):
        """An answer within the deadline, which is far below that of the bus."""
        return self.house.keel(*arguments, seconds=scaled(ANSWER_SECONDS))

    def test_everything_else_goes_on(self):
        self.odd.hang()
        other = self.add(self.good, 'other.bin', SIZE)
        self.check_finished(other, 'other.bin')
        # Also what is to go to the disk that hangs is accepted.
        another = self.add(self.odd, 'another.bin', 1000)
        self.keel('pause', self.stuck)
        self.keel('resume', self.stuck)
        self.keel('set', self.stuck, '--priority', 'high')
        self.assertEqual(len(self.house.tasks()), 3)
        self.keel('cancel', another)
        after = self.add(self.good, 'after.bin', SIZE)
        self.check_finished(after, 'after.bin')
        self.odd.go_on()
        self.check_finished(self.stuck, 'stuck.bin')
        # The cancelled one may go after that.
        wait_until('nothing else is left', lambda: self.odd.files() == ['stuck.bin'])

    def test_more_than_there_are_slots(self):
        """Those who wait for the disk that hangs do not keep the others from running."""
        self.odd.hang()
        for number in range(20):
            self.add(self.odd, f'many-{number}.bin', 1000)
        other = self.add(self.good, 'other.bin', SIZE)
        self.check_finished(other, 'other.bin')
        self.odd.go_on()
        self.check_finished(self.stuck, 'stuck.bin')
        wait_until('all have finished', lambda: all(
            task['state'] == 'finished' for task in self.house.tasks()), 60)

    def test_folder_that_is_handed_over(self):
        """Looking at it takes as long as its disk; nobody else waits for that."""
        application = Application(self.house)
        self.nginx.make('handed.bin', 1000, 1000)
        with opened(self.odd.path) as fd:
            self.odd.hang()
            answers = []
            handing = threading.Thread(target=lambda: answers.append(application.add(
                self.nginx.url('handed.bin'), [fd], dir_fd=GLib.Variant('h', 0))))
            handing.start()
            for _ in range(3):
                self.keel('status')
            other = self.add(self.good, 'other.bin', SIZE)
            self.check_finished(other, 'other.bin')
            self.assertEqual(answers, [])
            self.odd.go_on()
            handing.join(scaled(20))
        application.wait(answers[0], 'finished')
        self.assertIn('handed.bin', self.odd.files())

    def test_leaving(self):
        """The process cannot end before the kernel lets go of it, but it makes way for the next."""
        self.odd.hang()
        pid = self.house.service_pid()
        os.kill(pid, signal.SIGTERM)
        wait_until('its name is free', lambda: self.house.service_pid() is None, LEAVE_SECONDS)
        self.keel('status')
        self.assertNotEqual(self.house.service_pid(), pid)
        other = self.add(self.good, 'other.bin', SIZE)
        self.check_finished(other, 'other.bin')
        self.odd.go_on()
        task = self.check_finished(self.stuck, 'stuck.bin')
        self.assertGreater(task['resumed_bytes'], 0)

    def test_starting(self):
        """A service that starts while the disk hangs serves all the same."""
        self.house.signal_service(signal.SIGKILL)
        self.odd.hang()
        self.keel('status')
        other = self.add(self.good, 'other.bin', SIZE)
        self.check_finished(other, 'other.bin')
        self.odd.go_on()
        self.check_finished(self.stuck, 'stuck.bin')


class Waiting(DiskCase):
    """A machine that is about to sleep or to be switched off waits for us, but not for the disk."""

    def setUp(self):
        self.nginx = Nginx(self)
        system = SystemBus(self, names=())
        self.logind = Logind(self, system.address)
        self.house = House(self, environment=system.environment, service_arguments='--test-clock')
        self.odd = OddDisk(self)

    def wait_released(self, sign):
        number = self.add(self.odd, 'stuck.bin', LONG, RATE)
        self.house.wait_task(number, lambda task: task['received'] > 0)
        wait_until('the lock', lambda: self.logind.locks('delay'))
        self.nginx.hurry()
        self.odd.hang()
        self.logind.prepare(True, sign)
        self.house.wait_task(number, 'queued')
        self.assertTrue(self.logind.locks('delay'))
        # By its own clock: how long this machine takes for it says nothing.
        self.house.advance(GRANTED_SECONDS - 1)
        wait_until('it is given back', lambda: not self.logind.locks('delay'))
        # Not because all is on disk.
        self.assertIn('the machine sleeps without our last bytes', self.house.service_log())
        self.house.keel('status', seconds=scaled(ANSWER_SECONDS))
        self.odd.go_on()
        self.logind.prepare(False, sign)
        self.check_finished(number, 'stuck.bin')

    def test_sleep(self):
        self.wait_released('PrepareForSleep')

    def test_shutdown(self):
        self.wait_released('PrepareForShutdown')


if __name__ == '__main__':
    run()
