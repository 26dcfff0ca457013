#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads that need a person: a password, a new link, the sign-in page of a network."""

from gi.repository import GLib

import keeltest
from keeltest import wait_until
from mockdesk import MB, MockDesk
from keelui import LASTING_TOASTS, Atspi, Program

desk = None


def setUpModule():
    global desk
    desk = MockDesk()


def tearDownModule():
    desk.end()


class MendCase(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=700)

    def open(self, **options):
        program = Program(self, desk, **options)
        program.activate()
        return program

    def ask(self, **row):
        """A task that asks for a password."""
        return desk.fill(**{'name': 'a.iso', 'state': 'waiting', 'wait_reason': 'auth',
                            'challenge_cookie': 'c1', 'challenge_tries': 0,
                            'challenge_origin': 'https://example.org:443',
                            'challenge_realm': 'Staff', 'challenge_scheme': 'basic', **row})

    def end_dialog(self, program, title, key):
        """Presses a key that closes the dialog, and waits until it has gone."""
        program.keys(key)
        program.wait_window_gone(title)

    def wait_called(self, method, count, *texts):
        def look():
            calls, last = desk.calls(method)
            assert calls == count, (calls, last)
            return last
        last = wait_until(f'{method} was called', look)
        for text in texts:
            self.assertIn(text, last)


class Notifications(MendCase):
    """What the buttons of a notification ask of the application, in whatever state it is."""

    def click(self, action, number):
        desk.call_application('ActivateAction', GLib.Variant(
            '(sava{sv})', (action, [GLib.Variant('t', number)], {})))

    def test_while_it_is_not_running(self):
        number = self.ask()
        desk.make_activatable()
        self.click('sign-in', number)
        desk.display.wait_window('^Sign In$')
        desk.display.close_window(desk.display.wait_window('^Sign In$'))
        desk.display.close_window(desk.display.wait_window('^Keelboat$'))
        # It stays for a little, and would be the one that the next test opens.
        wait_until('it has gone', lambda: desk.house.connection.owner_of(
            'io.github.keelboat.Keelboat') is None)

    def test_each_opens_what_it_asks(self):
        lost = desk.fill(name='lost.iso', state='failed', error_code='needs-new-url',
                         error_message='x')
        program = self.open()
        self.click('new-link', lost)
        program.activate('Paste New Link')
        self.end_dialog(program, 'Paste New Link', 'Escape')
        program.close()

    def test_what_is_settled_asks_nothing(self):
        number = desk.fill(name='a.iso', state='finished')
        program = self.open()
        before = desk.calls('Control')[0]
        self.click('sign-in', number)
        self.click('choose-folder', number)
        self.click('show-task', number)
        program.wait_focused('a.iso')
        self.assertEqual(desk.calls('Control')[0], before)
        self.assertEqual(desk.display.windows('^Sign In$'), [])
        program.close()


class SignIn(MendCase):
    def setUp(self):
        super().setUp()
        self.before = desk.calls('Answer')[0]

    def open_dialog(self, program, name='a.iso'):
        program.press('push button', 'Sign In…', inside=name)
        program.activate('Sign In')
        program.find('label', 'wants a user name and a password')

    def test_answer(self):
        number = self.ask()
        program = self.open()
        self.open_dialog(program)
        program.find('label', '“example.org” wants a user name and a password.')
        program.find('label', 'It says: “Staff”')
        self.assertEqual(program.find_all('label', 'was wrong'), [])
        self.assertEqual(program.find_all('label', 'Not encrypted'), [])
        program.type('anna')
        program.keys('Tab')
        program.type('s3cret')
        self.end_dialog(program, 'Sign In', 'Return')
        self.wait_called('Answer', self.before + 1, "'c1', 'anna', 's3cret', {'save': <true>}")
        wait_until('it goes on', lambda: desk.states()[number] == 'queued')
        program.close()

    def test_cancel_leaves_it_waiting(self):
        number = self.ask()
        program = self.open()
        self.open_dialog(program)
        self.end_dialog(program, 'Sign In', 'Escape')
        self.assertEqual(desk.states()[number], 'waiting')
        self.assertEqual(desk.calls('Answer')[0], self.before)
        program.row('a.iso')
        program.close()

    def test_wrong_and_not_encrypted_and_not_remembered(self):
        self.ask(challenge_origin='http://example.org:8080', challenge_tries=1, user='anna')
        program = self.open()
        self.open_dialog(program)
        program.find('label', '“example.org:8080” wants')
        program.find('label', 'The user name or the password was wrong')
        program.find('label', 'Not encrypted')
        program.type('s3cret')
        program.tab_to('Remember Password')
        program.keys('space', 'shift+Tab', 'shift+Tab')
        self.end_dialog(program, 'Sign In', 'Return')
        self.wait_called('Answer', self.before + 1, "'anna', 's3cret', {'save': <false>}")
        program.close()

    def test_a_wrong_answer_asks_again_by_itself(self):
        number = self.ask(user='anna')
        program = self.open()
        self.open_dialog(program)
        program.type('wrong')
        self.end_dialog(program, 'Sign In', 'Return')
        self.wait_called('Answer', self.before + 1)
        desk.change(number, state='waiting', wait_reason='auth', challenge_cookie='c2',
                    challenge_origin='https://example.org:443', challenge_tries=1)
        program.find('label', 'The user name or the password was wrong')
        program.activate('Sign In')
        program.type('right')
        self.end_dialog(program, 'Sign In', 'Return')
        self.wait_called('Answer', self.before + 2, "'c2', 'anna', 'right'")
        program.close()

    def test_nobody_is_asked_out_of_the_blue(self):
        number = self.ask(user='anna')
        program = self.open()
        self.open_dialog(program)
        program.type('right')
        self.end_dialog(program, 'Sign In', 'Return')
        self.wait_called('Answer', self.before + 1)
        desk.change(number, state='running', received=MB, total=9 * MB, rate=MB)
        program.wait_row('a.iso', 'Active')
        desk.change(number, state='waiting', wait_reason='auth', challenge_cookie='c2',
                    challenge_origin='https://example.org:443', challenge_tries=0)
        program.wait_row('a.iso', 'Sign-in needed')
        self.assertEqual(program.find_all('label', 'wants a user name and a password'), [])
        program.close()

    def test_one_that_has_failed_asks_the_server_first(self):
        number = desk.fill(name='a.iso', state='failed', error_code='auth-required',
                           error_message='x')
        program = self.open()
        program.press('push button', 'Sign In…', inside='a.iso')
        wait_until('it tries again', lambda: desk.states()[number] == 'queued')
        desk.change(number, state='waiting', wait_reason='auth', challenge_cookie='c',
                    challenge_origin='https://example.org:443', challenge_tries=0)
        program.find('label', '“example.org” wants a user name and a password.')
        program.activate('Sign In')
        self.end_dialog(program, 'Sign In', 'Escape')
        program.close()

    def test_space_pauses(self):
        number = self.ask()
        program = self.open()
        program.wait_focused('a.iso')
        program.keys('space')
        wait_until('it is paused', lambda: desk.states()[number] == 'paused')
        program.close()


class NewLink(MendCase):
    def setUp(self):
        super().setUp()
        self.number = desk.fill(name='a.iso', state='failed', error_code='needs-new-url',
                                error_message='x', received=MB, total=2 * MB)
        self.before = desk.calls('Update')[0]

    def open_dialog(self, program):
        program.press('push button', 'Paste New Link…', inside='a.iso')
        program.activate('Paste New Link')
        program.find('label', 'What is here of “a.iso” is kept')

    def can_use(self, program):
        states = program.find('push button', 'Use Link').get_state_set()
        return states.contains(Atspi.StateType.SENSITIVE)

    def test_typed(self):
        program = self.open()
        self.open_dialog(program)
        program.type('nothing')
        program.keys('Return')
        program.keys('ctrl+a')
        program.type('http://127.0.0.1:9/new')
        self.end_dialog(program, 'Paste New Link', 'Return')
        self.wait_called('Update', self.before + 1, "'uri': <'http://127.0.0.1:9/new'>")
        program.close()

    def test_from_the_clipboard(self):
        desk.fill(name='b.iso', state='running', uri='http://127.0.0.1:9/fresh')
        program = self.open(environment=LASTING_TOASTS)
        program.row('b.iso')
        program.wait_focused('b.iso')
        program.keys('ctrl+c')
        program.find('label', 'Link copied')
        self.open_dialog(program)
        wait_until('there is a link in it', lambda: self.can_use(program))
        self.end_dialog(program, 'Paste New Link', 'Return')
        self.wait_called('Update', self.before + 1, "'uri': <'http://127.0.0.1:9/fresh'>")
        program.close()

    def test_refused(self):
        program = self.open(environment=LASTING_TOASTS)
        self.open_dialog(program)
        desk.fail('Update', 'InvalidState')
        program.type('http://127.0.0.1:9/new')
        self.end_dialog(program, 'Paste New Link', 'Return')
        program.find('label', 'This is not possible now')
        program.close()

    def test_menu(self):
        program = self.open()
        program.row('a.iso')
        program.wait_focused('a.iso')
        program.keys('shift+F10')
        program.wait_menu('Paste New Link…', 'Retry', 'Copy Link', 'Details', 'Select', 'Remove')
        program.keys('Escape')
        program.close()


if __name__ == '__main__':
    keeltest.main()
