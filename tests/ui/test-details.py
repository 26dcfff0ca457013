#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of one download: there and back, what it says, what can be set; by keyboard and tree."""

import time

import keeltest
from keeltest import wait_until
from mockdesk import MB, MockDesk, days_ago
from gi.repository import GLib
from keelui import Atspi, Program

desk = None
LINK = 'https://download.example.org/releases/41/fedora-live-41.iso'
MIRROR = 'https://mirror-3.example.net/pub/fedora-live-41.iso'
HASH = 'a2dd3caf3224b8f3a640d9e31b1016d2a4e98a6d7cb435a1e2030235976d6da2'


def setUpModule():
    global desk
    desk = MockDesk()


def tearDownModule():
    desk.end()


def ago(seconds):
    return int((time.time() - seconds) * 1000000)


def history(*entries):
    """Of (seconds ago, what, details)."""
    return GLib.Variant('a(xsa{sv})', [(ago(seconds), kind, details)
                                       for seconds, kind, details in entries])


class Details(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=852)
        self.number = desk.fill(name='fedora-live-41.iso', state='running', received=1200 * MB,
                                total=2300 * MB, rate=14 * MB, uri=LINK, effective_uri=MIRROR,
                                checksum_algorithm='sha-256', checksum_expected=HASH)
        self.know(ranges=GLib.Variant('a(tts)', [
            (0, 700 * MB, 'durable'), (700 * MB, 800 * MB, 'written'),
            (800 * MB, 950 * MB, 'arriving'), (950 * MB, 1200 * MB, 'durable'),
            (1200 * MB, 1250 * MB, 'written'), (1250 * MB, 2300 * MB, 'arriving')]),
            total=GLib.Variant('t', 2300 * MB), resumes=GLib.Variant('u', 3),
            resumed_bytes=GLib.Variant('t', 1200 * MB), running_time=GLib.Variant('x', 93000000),
            server=GLib.Variant('s', 'nginx/1.22'), http_version=GLib.Variant('s', '2'),
            history=history((3000, 'added', {}),
                            (2004, 'retry', {'error-code': GLib.Variant('s', 'truncated')}),
                            (2000, 'resumed', {'offset': GLib.Variant('t', MB),
                                               'reason': GLib.Variant('s', 'retry')}),
                            (1000, 'paused', {'reason': GLib.Variant('s', 'user')}),
                            (900, 'resumed', {'offset': GLib.Variant('t', MB),
                                              'reason': GLib.Variant('s', 'paused')})))

    def know(self, **details):
        """What the service answers when it is asked for details."""
        values = {'details-' + name.replace('_', '-'): value for name, value in details.items()}
        desk._mock('Change', GLib.Variant('(ata{sv})', ([self.number], values)))

    def open_details(self, *keys):
        program = Program(self, desk)
        program.row('fedora-live-41.iso')
        program.activate()
        program.keys('Down')
        program.wait_focused('fedora-live-41.iso')
        program.keys(*keys)
        program.find('label', 'Served From')
        return program

    def test_there_and_back(self):
        for there, back in [('Return', 'Escape'), ('F9', 'alt+Left'), ('alt+Return', 'Escape')]:
            with self.subTest(there):
                program = self.open_details(there)
                program.keys(back)
                program.wait_focused('fedora-live-41.iso')
                program.close()

    def test_what_it_says(self):
        program = self.open_details('F9')
        for label in [LINK, MIRROR, 'nginx/1.22 · HTTP/2', HASH, 'Checked when complete',
                      'Resumed 3 times, 1.2\N{NO-BREAK SPACE}GB not fetched again',
                      'Average 12.9\N{NO-BREAK SPACE}MB/s',
                      'Connection lost, resumed after 4 seconds', 'Added', '52%']:
            program.find('label', label)
        wait_until('graph and strip have words', lambda: [
            name for name in program.names(None) if 'arriving in 2 places' in name] and [
            name for name in program.names(None) if name.startswith('Speed of the last')])
        program.keys('Escape')
        program.close()

    def test_a_server_without_a_name(self):
        self.know(server=GLib.Variant('s', ''))
        program = self.open_details('F9')
        program.find('label', 'HTTP/2')
        self.assertEqual([name for name in program.names('label') if name.startswith(' ·')], [])
        program.close()

    def test_narrow(self):
        desk.set_settings(window_width=360, window_height=640)
        program = self.open_details('F9')
        program.find('push button', 'Pause')
        program.close()

    def test_finished(self):
        desk.change(self.number, state='finished', received=2300 * MB, finished=days_ago(0),
                    checksum_actual=HASH)
        program = Program(self, desk)
        program.row('fedora-live-41.iso')
        program.activate()
        program.keys('Down')
        program.wait_focused('fedora-live-41.iso')
        program.keys('F9')
        program.find('label', '1 minute at')
        program.close()

    def test_removed_meanwhile(self):
        program = self.open_details('F9')
        desk.forget_all()
        program.find('label', 'No Downloads Yet')
        program.close()

    def test_an_older_service_is_asked_once(self):
        """It does not know the question; what is in the row is there all the same."""
        before = desk.calls('GetDetails')[0]
        desk.fail('GetDetails', 'Unsupported', times=1000)
        self.addCleanup(desk.fail, 'GetDetails', '', times=0)
        program = self.open_details('F9')
        program.find('label', LINK)
        # Two seconds of being told numbers.
        for step in range(8):
            desk.tick(self.number, (1200 + step) * MB, 5 * MB)
            time.sleep(0.3)
        self.assertEqual(desk.calls('GetDetails')[0], before + 1)
        program.keys('Escape')
        program.wait_focused('fedora-live-41.iso')
        program.close()

    def test_a_history_that_did_not_come(self):
        """It is asked for again with the next numbers."""
        desk.fail('GetDetails', 'State', times=2)
        program = self.open_details('F9')
        program.find('label', 'Connection lost, resumed after 4 seconds')
        program.close()

    def test_copy_and_back_by_tree(self):
        program = self.open_details('F9')
        for button in program.find_all('push button', 'Copy Address'):
            Atspi.Action.do_action(button, 0)
            program.find('label', 'Link copied')
        program.keys('ctrl+a')
        self.assertEqual(program.find_all('label', 'Selected'), [])
        program.press('push button', 'Back')
        program.wait_focused('fedora-live-41.iso')
        self.assertEqual(program.find_all('label', 'Selected'), [])
        self.assertEqual(program.find_all('push button', 'Back'), [])
        # What was copied last: where it is served from.
        program.keys('ctrl+v')
        entry = program.find('text', 'Link')

        def look():
            text = Atspi.Text.get_text(entry, 0, Atspi.Text.get_character_count(entry))
            assert text == MIRROR, text
            return True
        wait_until('the link is there', look)
        program.press('push button', 'Cancel')
        program.wait_window_gone('Add Download')
        program.close()

    def test_what_is_refused_goes_back(self):
        program = self.open_details('F9')
        switch = program.find('check box', 'Only on Unmetered Networks')

        def is_on():
            return switch.get_state_set().contains(Atspi.StateType.CHECKED)
        before = desk.calls('Update')[0]
        desk.fail('Update', 'Busy')
        self.assertFalse(is_on())
        program.press('check box', 'Only on Unmetered Networks')
        program.find('label', 'The download service is busy')
        wait_until('it is off again', lambda: not is_on())
        self.assertEqual(desk.calls('Update')[0], before + 1)
        program.press('check box', 'Only on Unmetered Networks')
        wait_until('it is told', lambda: desk.calls('Update')[0] == before + 2)
        self.assertIn('unmetered', desk.calls('Update')[1])
        self.assertTrue(is_on())
        program.close()

    def test_search_leads_back_to_the_list(self):
        program = self.open_details('F9')
        program.keys('ctrl+f')
        program.wait_focused('Search downloads')
        program.row('fedora-live-41.iso')
        self.assertEqual(program.find_all('push button', 'Back'), [])
        program.close()

    def test_asked_only_while_it_is_seen(self):
        began = time.monotonic()
        first = desk.calls('GetDetails')[0]
        program = self.open_details('F9')
        wait_until('it asks again', lambda: desk.calls('GetDetails')[0] >= first + 2)
        program.keys('Escape')
        program.wait_focused('fedora-live-41.iso')
        before = desk.calls('GetDetails')[0]
        # Once a second, however long that took, and some when the page comes.
        self.assertLessEqual(before - first, time.monotonic() - began + 10)
        desk.tick(self.number, 1300 * MB, 5 * MB)
        program.wait_progress('fedora-live-41.iso', 0.56)
        program.wait_row('fedora-live-41.iso', '1.3 of')
        self.assertEqual(desk.calls('GetDetails')[0], before)
        program.close()


if __name__ == '__main__':
    keeltest.main()
