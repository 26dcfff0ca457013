#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that changes on the server while it is fetched, and pages that are not the file at all.

What had come of the old version is kept until there is more of the new one, since a server may go
back; at the third change the download stops and says that the file does not hold still.
"""

import os

from keelserver import content
from keeltest import contents_of, main, rows, wait_until
from truth import AFTER, NAME, OVERLAP, REST, SIZE, Truth

LOOK_AGAIN_SECONDS = 30


class Changes(Truth):
    def begin_change(self):
        """Half of version 1 is here, and version 2 comes slowly; gives the task's id."""
        number = self.cut('slowly', piece=20_000, every=50)
        self.server.versions[NAME] = 2
        self.house.keel('retry', number)
        self.house.wait_task(number, lambda task: task['state'] == 'running' and
                             0 < task['received'] < AFTER // 2)
        return number

    def test_is_told_while_it_starts_again(self):
        number = self.begin_change()
        task = self.house.task(number)
        self.assertEqual(task['error']['code'], 'content-changed')
        self.assertTrue(task['error']['message'])
        task = self.check_finished(number, version=2)
        self.assertIsNone(task['error'])
        self.assertEqual(self.asked(), [None, REST])

    def test_old_partial_stays_until_the_new_one_is_past_it(self):
        self.begin_change()
        old = content(NAME, SIZE)[:AFTER]

        def kept():
            # The file may be there by then.
            folder = self.house.downloads
            return [name for name in os.listdir(folder) if name.endswith('.part') and
                    contents_of(os.path.join(folder, name)) == old]
        self.assertEqual(len(kept()), 1)
        self.assertEqual(len(self.parts()), 2)
        wait_until('the old partial is dropped', lambda: not kept())
        task, = self.house.tasks()
        self.assertGreaterEqual(task['received'], AFTER)

    def test_cancel_takes_both_partials(self):
        number = self.begin_change()
        self.house.keel('cancel', number)
        self.assertEqual(os.listdir(self.house.downloads), [])

    def test_restart_of_the_service_keeps_both_partials(self):
        number = self.begin_change()
        self.house.signal_service(15)
        self.assertEqual(len(self.parts()), 2)
        self.check_finished(number, version=2)

    def test_back_to_the_version_that_was_set_aside(self):
        number = self.add('turns', order=121, cuts=f'{AFTER}-{AFTER // 4}')
        self.check_finished(number)
        last = self.server.requests()[-1]
        self.check_rest(last)
        self.assertLessEqual(last.sent, SIZE - AFTER + OVERLAP)

    def test_back_to_a_version_that_is_no_longer_here(self):
        number = self.add('turns', order=121, cuts=f'{AFTER}-{AFTER * 2}')
        self.check_finished(number)

    @rows({'always_another': ('123456789', 4), 'two_in_turn': ('12121212121', 4)})
    def test_third_change_pauses(self, order, requests):
        cuts = '-'.join(str(50_000 + 10_000 * turn) for turn in range(len(order)))
        number = self.add('turns', order=order, cuts=cuts)
        task = self.end(number)
        self.assertEqual((task['state'], task['pause_reason']), ('paused', 'unstable'), task)
        self.assertEqual(task['error']['code'], 'content-changed')
        self.assertEqual(len(self.asked()), requests)
        self.parts()

    def test_resume_after_unstable(self):
        number = self.add('turns', order='12345', cuts='50000-60000-70000-80000')
        task = self.end(number)
        self.assertEqual((task['state'], task['pause_reason']), ('paused', 'unstable'), task)
        self.house.keel('resume', number)
        self.check_finished(number, version=5)

    def test_first_two_changes_do_not(self):
        number = self.add('turns', order='123', cuts='50000-60000')
        self.check_finished(number, version=3)


class Captive(Truth):
    """A network that wants somebody to sign in answers every request with its own page."""

    @rows({'page': ('html-flip',), 'status_511': ('sign-in',)})
    def test_partial_is_held(self, behaviour):
        number = self.cut(behaviour)
        self.retry(number)
        self.wait_waiting(number, 'captive-portal')
        self.check_partial(number)
        self.server.switches[NAME].set()
        self.house.keel('retry', number)
        self.check_finished(number)
        for exchange in self.server.requests()[1:]:
            self.check_rest(exchange)

    @rows({'page': ('html-flip',), 'status_511': ('sign-in',)})
    def test_looked_at_again(self, behaviour):
        number = self.cut(behaviour)
        self.retry(number)
        self.wait_waiting(number, 'captive-portal')
        for count in [3, 4]:
            self.house.advance(LOOK_AGAIN_SECONDS + 1)
            self.wait_asked(count)
            self.wait_waiting(number, 'captive-portal')
            self.check_partial(number)
        self.server.switches[NAME].set()
        self.house.advance(LOOK_AGAIN_SECONDS + 1)
        self.check_finished(number)

    def test_511_at_once(self):
        number = self.add('status', code=511)
        self.wait_waiting(number, 'captive-portal')
        self.check_nothing()

    def test_page_that_was_asked_for(self):
        """The file is a page itself: another page in its place is another version."""
        number = self.add('short', lines=b'Content-Type: text/html')
        self.server.versions[NAME] = 2
        self.check_finished(number, version=2)


if __name__ == '__main__':
    main()
