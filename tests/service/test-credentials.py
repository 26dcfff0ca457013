#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that ask who is there: who answers, what is kept, and where a password never goes."""

import base64
import os
import signal

from gi.repository import GLib

from keelserver import Server, content
from keeltest import Case, House, contents_of, main, wait_until
from keeltest.bus import ERRORS
from keyring import Keyring

SIZE = 300_000
USER = 'boat'
PASSWORD = 'p4ss:w@rd/&%é'
# The same as it stands in a link.
LINKED = 'p4ss%3Aw%40rd%2F%26%25%C3%A9'
BASIC = 'Basic ' + base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()
# The ways in which it could be written down.
SECRETS = [PASSWORD.encode(), LINKED.encode(), BASIC[6:].encode()]


class Credentials(Case):
    arguments = ''

    def setUp(self):
        self.house = House(self, service_arguments=self.arguments,
                           environment={'G_MESSAGES_DEBUG': 'all'})
        # For what the bus starts, and not for keel, which would print it among its answers.
        del self.house.environment['G_MESSAGES_DEBUG']
        self.server = Server(self)
        # Not in the link: what stands there is in the database, rightly.
        self.server.login = USER, PASSWORD
        self.origin = f'http://127.0.0.1:{self.server.port}'

    def url(self, behaviour='basic', name='a.bin', **options):
        return self.server.url(behaviour, name, **{'size': SIZE, **options})

    def link(self, behaviour='basic', password=LINKED, **options):
        """A link with a user name and a password in it."""
        url = self.url(behaviour, **options)
        return url.replace('http://', f'http://{USER}:{password}@')

    def row(self, number):
        """What the bus tells of a task."""
        return self.house.connection.manager('GetTasks', GLib.Variant(
            '(a{sv}as)', ({'ids': GLib.Variant('at', [number])}, [])))[1][0]

    def wait_question(self, number, tries=0):
        """Waits until a task asks for a password, for so many wrong ones; gives the cookie."""
        def look():
            row = self.row(number)
            if row['state'] != 'waiting' or row.get('challenge-tries') != tries:
                raise AssertionError(row)
            return row['challenge-cookie']
        return wait_until(f'task {number} asks', look, 20, interval=0.05)

    def answer(self, cookie, user=USER, password=PASSWORD, **options):
        options = {name: GLib.Variant('b', value) for name, value in options.items()}
        self.house.connection.manager('Answer', GLib.Variant('(sssa{sv})', (
            cookie, user, password, options)))

    def refused(self, call, *arguments, **options):
        """The error that a call to the service gives."""
        with self.assertRaises(GLib.Error) as caught:
            call(*arguments, **options)
        return caught.exception.message.partition(ERRORS)[2].partition(':')[0]

    def check_finished(self, number, name='a.bin'):
        task = self.house.wait_task(number, 'finished')
        self.assertTrue(contents_of(task['file']) == content(name, SIZE), task)
        return task

    def sent(self, name='a.bin'):
        """The values of Authorization that the server was sent for a file."""
        return [exchange.header('Authorization') for exchange in self.server.requests(name)]


class Links(Credentials):
    def test_basic(self):
        self.check_finished(self.house.add(self.link()))
        self.assertEqual(self.sent(), [None, BASIC], 'it is not told before it is asked')

    def test_digest(self):
        for number, algorithm in enumerate(['MD5', 'MD5-sess']):
            name = f'{number}.bin'
            self.check_finished(self.house.add(self.link('digest', name=name,
                                                         algorithm=algorithm)), name)
            self.assertNotIn(PASSWORD, str(self.sent(name)))

    def test_user_without_password(self):
        number = self.house.add(self.url().replace('http://', f'http://{USER}@'))
        cookie = self.wait_question(number)
        self.assertEqual(self.row(number)['user'], USER)
        self.answer(cookie)
        self.check_finished(number)

    def test_wrong_one(self):
        number = self.house.add(self.link(password='wrong'))
        self.answer(self.wait_question(number, tries=1))
        self.check_finished(number)

    def test_the_link_that_is_kept_has_none(self):
        number = self.house.add(self.link(), '--paused')
        self.assertEqual(self.row(number)['uri'], self.url())
        self.assertNotIn('password', self.row(number))

    def test_what_could_break_a_request(self):
        for password in ['a%0D%0Ab', 'a%7Fb', 'x' * 2000]:
            self.house.keel('add', self.link(password=password), status=2)
        self.assertEqual(self.house.tasks(), [])

    def test_an_error_does_not_repeat_it(self):
        session = self.house.connection.open_session('default')
        for url in ['http://boat:S3cret@[::1/x', 'http://boat:S3cret@/x', 'ftp://boat:S3cret@h/x']:
            task = {'uri': GLib.Variant('s', url)}
            with self.assertRaises(GLib.Error) as caught:
                self.house.connection.session(session, 'AddTasks',
                                              GLib.Variant('(aa{sv}a{sv})', ([task], {})))
            self.assertIn('BadUri', caught.exception.message)
            self.assertNotIn('S3cret', caught.exception.message)
            result = self.house.keel('add', url, status=2)
            self.assertNotIn('S3cret', result.out + result.err)


class Questions(Credentials):
    def test_what_is_told(self):
        number = self.house.add(self.url())
        self.wait_question(number)
        row = self.row(number)
        self.assertEqual(row['wait-reason'], 'auth')
        self.assertEqual(row['error-code'], 'auth-required')
        self.assertEqual(row['challenge-origin'], self.origin)
        self.assertEqual(row['challenge-realm'], 'The harbour')
        self.assertEqual(row['challenge-scheme'], 'basic')
        self.assertFalse(row['challenge-proxy'])

    def test_answer(self):
        for number, behaviour in enumerate(['basic', 'digest']):
            name = f'{number}.bin'
            task = self.house.add(self.url(behaviour, name))
            self.answer(self.wait_question(task), save=False)
            self.check_finished(task, name)

    def test_three_wrong_ones(self):
        number = self.house.add(self.url())
        cookies = set()
        for tries in range(3):
            cookies.add(self.wait_question(number, tries))
            self.answer(self.wait_question(number, tries), password=f'wrong {tries}')
        task = self.house.wait_task(number, 'failed')
        self.assertEqual(task['error']['code'], 'auth-required')
        self.assertEqual(len(cookies), 3, 'each question has a cookie of its own')
        self.assertEqual(len(self.sent()), 7)
        self.house.keel('retry', number)
        self.answer(self.wait_question(number))
        self.check_finished(number)

    def test_decline(self):
        number = self.house.add(self.url())
        cookie = self.wait_question(number)
        self.answer(cookie, '', '', decline=True)
        task = self.house.task(number)
        self.assertEqual((task['state'], task['error']['code']), ('failed', 'auth-required'))
        self.assertEqual(self.refused(self.answer, cookie), 'NoSuchTask')

    def test_cookies_of_nobody(self):
        number = self.house.add(self.url())
        cookie = self.wait_question(number)
        for wrong in ['', 'x', cookie + 'x', cookie[:-1]]:
            self.assertEqual(self.refused(self.answer, wrong), 'NoSuchTask')
        self.assertEqual(self.refused(self.answer, cookie, password='a\nb'), 'InvalidArgument')
        self.answer(cookie, password='wrong')
        self.wait_question(number, tries=1)
        self.assertEqual(self.refused(self.answer, cookie), 'NoSuchTask')

    def test_a_session_answers_only_its_own(self):
        number = self.house.add(self.url())
        cookie = self.wait_question(number)
        for identifier, app in [('default', 'org.example.Other'), ('other', 'host')]:
            path = self.house.connection.open_session(identifier, app)
            self.assertEqual(self.refused(
                self.house.connection.session, path, 'Answer',
                GLib.Variant('(sssa{sv})', (cookie, USER, PASSWORD, {}))), 'NoSuchTask')
        path = self.house.connection.open_session('default')
        self.house.connection.session(path, 'Answer', GLib.Variant(
            '(sssa{sv})', (cookie, USER, PASSWORD, {})))
        self.check_finished(number)

    def test_one_answer_for_all_of_an_application(self):
        names = [f'{number}.bin' for number in range(5)]
        numbers = [self.house.add(self.url(name=name)) for name in names]
        for number in numbers:
            self.wait_question(number)
        self.answer(self.wait_question(numbers[2]))
        for number, name in zip(numbers, names):
            self.check_finished(number, name)
        number = self.house.add(self.url(name='later.bin'))
        self.check_finished(number, 'later.bin')

    def test_an_answer_for_one_task_alone(self):
        numbers = [self.house.add(self.url(name=name)) for name in 'ab']
        for number in numbers:
            self.wait_question(number)
        self.answer(self.wait_question(numbers[0]), save=False)
        self.check_finished(numbers[0], 'a')
        self.wait_question(numbers[1])


class Strangers(Credentials):
    def setUp(self):
        super().setUp()
        self.stranger = Server(self)
        self.stranger.login = USER, PASSWORD

    def test_redirect_to_another_server(self):
        target = self.stranger.url('basic', 'a.bin', size=SIZE)
        number = self.house.add(self.link('redirect-to', url=target.encode()))
        self.wait_question(number)
        self.assertEqual(self.row(number)['challenge-origin'],
                         f'http://127.0.0.1:{self.stranger.port}')
        self.assertEqual([exchange.header('Authorization')
                          for exchange in self.stranger.requests()], [None])

    def test_what_one_server_believed_is_not_told_to_another(self):
        self.check_finished(self.house.add(self.link()))
        number = self.house.add(self.stranger.url('basic', 'b.bin', size=SIZE))
        self.wait_question(number)
        self.assertEqual([exchange.header('Authorization')
                          for exchange in self.stranger.requests()], [None])

    def test_the_keyring_serves_whoever_asks(self):
        Keyring(self, self.house).put('host', f'http://127.0.0.1:{self.stranger.port}', USER,
                                      PASSWORD)
        target = self.stranger.url('basic', 'a.bin', size=SIZE)
        self.check_finished(self.house.add(self.url('redirect-to', url=target.encode())))


class Rings(Credentials):
    def keyring(self, **options):
        return Keyring(self, self.house, **options)

    def key(self, app='host', user=USER):
        return app, self.origin, user

    def put(self, keyring, password=PASSWORD, app='host', user=USER):
        keyring.put(app, self.origin, user, password)

    def test_found(self):
        self.put(self.keyring())
        self.check_finished(self.house.add(self.url()))

    def test_kept_once_it_is_right(self):
        keyring = self.keyring()
        number = self.house.add(self.url())
        self.answer(self.wait_question(number), password='wrong')
        self.answer(self.wait_question(number, tries=1))
        self.check_finished(number)
        wait_until('it is kept', lambda: keyring.kept() == {self.key(): PASSWORD})

    def test_of_a_link_is_kept(self):
        keyring = self.keyring()
        self.check_finished(self.house.add(self.link()))
        wait_until('it is kept', lambda: keyring.kept() == {self.key(): PASSWORD})

    def test_not_kept_if_not_wanted(self):
        keyring = self.keyring()
        number = self.house.add(self.url())
        self.answer(self.wait_question(number), save=False)
        self.check_finished(number)
        # What comes later is kept, so that this one would have been, too.
        self.check_finished(self.house.add(self.link(name='b.bin')), 'b.bin')
        wait_until('another is kept', keyring.kept)
        self.assertEqual(keyring.calls.count('CreateItem'), 1)

    def test_a_wrong_one_asks_the_person(self):
        keyring = self.keyring()
        self.put(keyring, 'old')
        number = self.house.add(self.url())
        self.answer(self.wait_question(number, tries=1))
        self.check_finished(number)
        wait_until('the right one is kept', lambda: keyring.kept() == {self.key(): PASSWORD})

    def test_the_user_that_was_named(self):
        keyring = self.keyring()
        self.put(keyring)
        self.put(keyring, 'other', user='other')
        number = self.house.add(self.url().replace('http://', f'http://{USER}@'))
        self.check_finished(number)

    def test_one_application_is_not_served_from_another(self):
        keyring = self.keyring()
        self.put(keyring, app='org.example.Other')
        number = self.house.add(self.url())
        self.wait_question(number)
        wait_until('the keyring was asked', lambda: 'SearchItems' in keyring.calls)
        self.wait_question(number)
        self.assertEqual(self.sent(), [None])

    def test_many_of_one_server_are_one_to_keep(self):
        keyring = self.keyring()
        numbers = {name: self.house.add(self.link(name=name)) for name in 'abcde'}
        for name, number in numbers.items():
            self.check_finished(number, name)
        wait_until('it is kept', keyring.kept)
        self.assertEqual(keyring.calls.count('CreateItem'), 1)

    def test_locked_and_unlocked(self):
        keyring = self.keyring(locked=True)
        self.put(keyring)
        self.check_finished(self.house.add(self.url()))
        self.assertEqual(keyring.prompts, 1)

    def test_locked_and_dismissed(self):
        keyring = self.keyring(locked=True, person='dismisses')
        self.put(keyring)
        numbers = [self.house.add(self.url(name=name)) for name in 'abc']
        for number in numbers:
            self.wait_question(number)
        wait_until('each has looked', lambda: keyring.calls.count('SearchItems') >= 3)
        self.assertEqual(keyring.prompts, 1, 'who has said no is not asked again')
        self.answer(self.wait_question(numbers[0]), save=False)
        self.check_finished(numbers[0], 'a')

    def check_works_without(self, keyring, call):
        """The person is asked, and the answer works, although the keyring is of no use."""
        numbers = [self.house.add(self.url(name=name)) for name in 'abc']
        wait_until('the keyring was asked', lambda: call in keyring.calls)
        for number in numbers:
            self.wait_question(number)
        self.answer(self.wait_question(numbers[1]))
        for number, name in zip(numbers, 'abc'):
            self.check_finished(number, name)
        self.assertLessEqual(keyring.calls.count(call), 1)
        # Before the keyring goes: libsecret complains of one that dies in the middle of a prompt.
        self.house.signal_service(signal.SIGTERM)

    def test_locked_and_nobody_looks(self):
        keyring = self.keyring(locked=True, person='ignores')
        self.put(keyring)
        self.check_works_without(keyring, 'Prompt')

    def test_one_that_hangs(self):
        self.check_works_without(self.keyring(hangs=True), 'SearchItems')


class Restarts(Credentials):
    """The service is killed in the middle of a download that is slow because it shall be."""

    def kill_in_the_middle(self, is_ready=lambda: True):
        number = self.house.add(self.link(), '--limit', '20k')
        self.house.wait_task(number, lambda task: task['durable'] > 0 and is_ready())
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('set', number, '--limit', 'off')
        return number

    def check_resumed(self, number):
        task = self.check_finished(number)
        self.assertGreater(task['resumed_bytes'], 0)

    def test_with_a_keyring(self):
        keyring = Keyring(self, self.house)
        number = self.kill_in_the_middle(lambda: len(keyring.kept()) == 1)
        self.check_resumed(number)

    def test_without(self):
        number = self.kill_in_the_middle()
        cookie = self.wait_question(number)
        self.assertEqual(self.row(number)['user'], USER)
        self.answer(cookie)
        self.check_resumed(number)


class Places(Credentials):
    """Where a password must not be."""

    def find_everywhere(self):
        """Files of the house, attributes included, and the environment, that have the password."""
        found = []
        for folder, _, names in os.walk(self.house.root):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):
                    continue
                values = [os.getxattr(path, attribute) for attribute in os.listxattr(path)]
                if any(secret in text for text in [contents_of(path), *values]
                       for secret in SECRETS):
                    found.append(os.path.relpath(path, self.house.root))
        with open(f'/proc/{self.house.service_pid()}/environ', 'rb') as file:
            if any(secret in file.read() for secret in SECRETS):
                found.append('the environment')
        return found

    def check(self):
        self.assertEqual(self.find_everywhere(), [])
        rows = str([self.row(task['id']) for task in self.house.tasks()])
        for secret in SECRETS:
            self.assertNotIn(secret.decode(), rows)

    def test_link_answer_and_wrong_one(self):
        wrong = self.house.add(self.url('challenge', 'c', **{'as': b'Basic realm="x"'}))
        for tries in range(3):
            self.answer(self.wait_question(wrong, tries))
            self.check()
        self.house.wait_task(wrong, 'failed')
        self.check_finished(self.house.add(self.link(name='a')), 'a')
        self.check_finished(self.house.add(self.url(name='b')), 'b')
        self.check()
        self.house.signal_service(signal.SIGKILL)
        self.assertEqual(self.house.task(wrong)['state'], 'failed')
        self.check()

    def test_the_search_finds_what_is_there(self):
        self.house.tasks()
        with open(os.path.join(self.house.state, 'x'), 'w', encoding='utf-8') as file:
            file.write(f'a{PASSWORD}b')
        self.assertEqual(self.find_everywhere(), ['home/.local/state/x'])


if __name__ == '__main__':
    main()
