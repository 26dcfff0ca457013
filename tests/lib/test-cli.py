#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as scripts see it: what it prints, its JSON, and its exit status."""

import json
import os
import signal
import time
import unittest.mock

from mocked import MockedHouse
from keeltest import Case, main, wait_until

KEYS = ['id', 'session', 'app', 'kind', 'state', 'wait_reason', 'wait_detail', 'wait_until',
        'pause_reason',
        'uri', 'effective_uri', 'mirrors', 'file', 'file_uri', 'name', 'received', 'durable',
        'total', 'rate', 'eta', 'connections', 'max_connections', 'resumable', 'attempts',
        'resumed_bytes', 'refetched_bytes', 'checksum', 'length_confirmed', 'mime_type',
        'http_status', 'error', 'created', 'finished']
URL = 'http://127.0.0.1:9/'


class Cli(Case):
    def setUp(self):
        self.house = MockedHouse(self)
        self.keel = self.house.keel


class Json(Cli):
    def test_every_key_of_a_new_task(self):
        task, = self.keel('add', '--json', URL + 'x').objects
        self.assertEqual(list(task), KEYS)
        self.assertEqual(task, {
            **dict.fromkeys(KEYS), 'id': 1, 'session': 'default', 'app': 'host',
            'kind': 'download', 'state': 'queued', 'uri': URL + 'x', 'name': 'x', 'received': 0,
            'durable': 0, 'rate': 0, 'connections': 0, 'attempts': 0, 'resumed_bytes': 0,
            'refetched_bytes': 0, 'mirrors': [], 'created': unittest.mock.ANY})
        self.assertRegex(task['created'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')

    def test_every_value(self):
        number = self.house.fill(
            state='running', error_code='truncated', error_message='short',
            error_http_status=200, error_retryable=True, total=456, received=123, durable=100,
            rate=100, connections=2, max_connections=4, resumable=True, http_status=206,
            mime_type='a/b',
            effective_uri='http://e/', file=b'/abs/x.iso\0', name='x.iso', attempts=1,
            checksum_algorithm='sha-256', checksum_expected='aa', checksum_actual='bb',
            checksum_ok=False, length_confirmed=True, created=0, finished=1000000)
        task = self.keel('show', '--json', number).json
        self.assertEqual(list(task), KEYS)
        self.assertEqual(task | {'id': 0, 'uri': 'u'}, {
            'id': 0, 'session': 'default', 'app': 'host', 'kind': 'download', 'state': 'running',
            'wait_reason': None, 'wait_detail': None, 'wait_until': None, 'pause_reason': None,
            'uri': 'u',
            'effective_uri': 'http://e/', 'mirrors': [], 'file': '/abs/x.iso',
            'file_uri': 'file:///abs/x.iso', 'name': 'x.iso', 'received': 123, 'durable': 100,
            'total': 456, 'rate': 100, 'eta': 4,
            'connections': 2, 'max_connections': 4, 'resumable': True, 'attempts': 1,
            'resumed_bytes': 0, 'refetched_bytes': 0, 'length_confirmed': True, 'mime_type': 'a/b',
            'http_status': 206, 'created': '1970-01-01T00:00:00Z',
            'finished': '1970-01-01T00:00:01Z',
            'checksum': {'algorithm': 'sha-256', 'expected': 'aa', 'actual': 'bb', 'ok': False},
            'error': {'code': 'truncated', 'message': 'short', 'http_status': 200,
                      'retryable': True}})

    def test_reasons(self):
        number = self.house.fill(state='waiting', wait_reason='low-disk', wait_until=5000000)
        task = self.keel('show', '--json', number).json
        self.assertEqual(task['wait_reason'], 'low-disk')
        self.assertEqual(task['wait_until'], '1970-01-01T00:00:05Z')
        self.house.change(number, state='paused', wait_reason=None, wait_until=None,
                          pause_reason='quarantined')
        task = self.keel('show', '--json', number).json
        self.assertEqual((task['wait_reason'], task['wait_until'], task['pause_reason']),
                         (None, None, 'quarantined'))

    def test_any_bytes_in_a_name(self):
        name = 'a"b\\c\x01\x1f\x7f\u2028\U0001f6a2\n'
        number = self.house.fill(name=name, file=b'/d/\xff\x01"\0')
        task = self.keel('show', '--json', number).json
        self.assertEqual(task['name'], name)
        self.assertEqual(task['file'], '/d/\ufffd\x01"')
        self.assertEqual(task['file_uri'], 'file:///d/%FF%01%22')

    def test_words_of_a_newer_service(self):
        number = self.house.fill(state='levitating', error_code='gremlins', error_message='grr')
        task = self.keel('show', '--json', number).json
        self.assertEqual(task['state'], 'waiting')
        self.assertEqual(task['error']['message'], 'grr')
        self.assertEqual(self.keel('list').status, 0)

    def test_status(self):
        self.house.fill(2, state='finished')
        self.house.fill(state='waiting', wait_reason='slot')
        status = self.keel('status', '--json').json
        self.assertEqual(list(status), ['version', 'pid', 'tasks', 'waiting', 'rate', 'limit'])
        self.assertEqual(status['version'], 'mock')
        self.assertEqual(status['pid'], self.house.service_pid())
        self.assertEqual(status['tasks'], {
            'queued': 0, 'waiting': 1, 'running': 0, 'verifying': 0, 'paused': 0, 'finished': 2,
            'failed': 0, 'cancelled': 0})
        self.assertEqual(status['waiting']['slot'], 1)
        self.assertEqual(status['waiting']['low-disk'], 0)
        self.assertNotIn('none', status['waiting'])
        self.assertIsNone(status['limit'])
        self.keel('limit', '2M')
        self.assertEqual(self.keel('status', '--json').json['limit'], 2000000)


class List(Cli):
    def test_own_sessions_and_those_of_others(self):
        mine = self.house.fill()
        work = self.house.fill(session='work')
        theirs = self.house.fill(app='org.example.App')

        def ids(*arguments):
            return [task['id'] for task in self.keel('list', '--json', *arguments).json]
        self.assertEqual(ids(), [mine, work])
        self.assertEqual(ids('--all-apps'), [mine, work, theirs])
        self.assertEqual(ids('--session', 'work'), [work])
        self.assertEqual(ids('--session', 'nothing'), [])

    def test_state(self):
        self.house.fill(3)
        number = self.house.fill(state='failed')
        self.assertEqual([task['id'] for task in
                          self.keel('list', '--state', 'failed', '--json').json], [number])
        self.keel('list', '--state', 'lost', status=2)

    def test_more_than_a_page(self):
        self.house.fill(1300)
        self.assertEqual(len(self.keel('list', '--json').json), 1300)
        self.assertEqual(len(self.keel('list').out.splitlines()), 1300)

    def test_lines(self):
        self.house.fill(state='running', total=200, received=50, name='big.iso')
        self.house.fill(state='failed', error_code='http-status', error_http_status=404, name='no')
        first, second = self.keel('list').out.splitlines()
        self.assertEqual(first.split(), ['1', '25%', 'Downloading', 'big.iso'])
        self.assertIn('The file is no longer on the server', second)

    def test_names_cannot_move_the_cursor(self):
        self.house.fill(name='a\x1b[2J\x07\n\u202eb', state='paused')
        for arguments in [['list'], ['show', 1]]:
            out = self.keel(*arguments).out
            for evil in '\x1b\x07\u202e':
                self.assertNotIn(evil, out)
            self.assertIn('a\ufffd[2J\ufffd\ufffd\ufffdb', out)


class Add(Cli):
    def test_one_id_a_line(self):
        self.assertEqual(self.keel('add', URL + 'a', URL + 'b').out, '1\n2\n')
        self.assertEqual(self.house.calls('Watch'), 0)

    def test_everything_is_passed_on(self):
        os.mkdir(os.path.join(self.house.home, 'sub'))
        self.keel('add', '--dir', 'sub', '--name', 'n \u4e2d', '--checksum', 'md5:' + '0' * 32,
                  '--header', 'X-A:  b: c', '--referer', 'http://r/', '--user-agent', 'Boat',
                  '--limit', '1.5M', '--not-before', '2030-01-02T03:04:05Z', '--priority', 'high',
                  '--session', 'work', '--paused', '--connections', '4', '--mirror', 'http://m/1',
                  '--mirror', 'http://m/2', '--network', 'unmetered', '--power', 'ac',
                  '--conflict', 'fail', URL)
        sent = self.house.last_call('AddTasks')
        for part in [f"'dir': <b'{self.house.home}/sub'>", "'name': <'n \u4e2d'>",
                     f"'checksum': <'md5:{'0' * 32}'>", "('X-A', 'b: c')",
                     "('Referer', 'http://r/')", "('User-Agent', 'Boat')",
                     "'max-rate': <uint64 1500000>", "'max-connections': <uint32 4>",
                     "'mirrors': <['http://m/1', 'http://m/2']>",
                     "'not-before': <int64 1893553445000000>", "'priority': <'high'>",
                     "'network': <'unmetered'>", "'power': <'ac'>", "'conflict': <'fail'>",
                     "'start': <false>"]:
            self.assertIn(part, sent)
        self.keel('add', '--network', 'any', URL)
        sent = self.house.last_call('AddTasks')
        self.assertIn("'network': <'any'>", sent)
        self.assertNotIn("'power'", sent)
        self.keel('add', '--session', 'work', '--paused', URL)
        self.assertIn("'work'", self.house.last_call('OpenSession'))

    def test_not_before_in_a_while(self):
        self.keel('add', '--not-before', '+1h30m', URL)
        self.assertIn("'not-before': <", self.house.last_call('AddTasks'))

    def test_locale_does_not_change_bytes(self):
        self.keel('add', '--name', 'na\u00efve \u4e2d', URL, environment={'LC_ALL': 'C'})
        self.assertEqual(self.house.task(1)['name'], 'na\u00efve \u4e2d')

    def test_input(self):
        links = f'\n# a comment\n  {URL}1  \r\n{URL}2\n\n{URL}3'
        path = os.path.join(self.house.home, 'links')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(links)
        self.assertEqual(self.keel('add', '--input', path, URL + '0').out, '1\n2\n3\n4\n')
        self.assertEqual(self.keel('add', '--input', '-', input=links).out, '5\n6\n7\n')
        self.assertEqual([task['uri'][-1] for task in self.house.tasks()], list('0123123'))

    def test_input_of_an_editor_that_marks_its_files(self):
        self.keel('add', '--input', '-', input=f'\ufeff{URL}1\n{URL}2\n')
        self.assertEqual([task['uri'] for task in self.house.tasks()], [f'{URL}1', f'{URL}2'])

    def test_percent_sign_in_a_name(self):
        self.keel('add', URL + '100%.zip')
        self.assertTrue(self.house.task(1)['uri'].startswith(URL + '100%'))

    def test_more_than_a_message_holds(self):
        links = '\n'.join(f'{URL}{i}' for i in range(2500))
        result = self.keel('add', '--input', '-', input=links)
        self.assertEqual(result.out.split(), [str(i) for i in range(1, 2501)])
        self.assertEqual(self.house.calls('AddTasks'), 3)

    def test_long_links_go_in_several_messages(self):
        links = '\n'.join(URL + 'x' * 8000 for i in range(200))
        self.keel('add', '--input', '-', input=links)
        self.assertGreater(self.house.calls('AddTasks'), 2)
        self.assertEqual(len(self.house.tasks()), 200)

    def test_refused_later_part_takes_all_back(self):
        number = self.house.fill()
        links = '\n'.join(f'{URL}{i}' for i in range(1500))
        self.house.fail('AddTasks', 'LimitsExceeded', after=1)
        result = self.keel('add', '--input', '-', input=links, status=1)
        self.assertEqual(result.out, '')
        self.assertIn('too many', result.err)
        self.assertEqual(self.house.calls('AddTasks'), 2)
        self.assertEqual([task['id'] for task in self.house.tasks()], [number])

    def test_usage(self):
        for arguments in [[], ['--name', 'n', URL, URL], ['--mirror', 'http://m/', URL, URL],
                          ['--mirror', 'ftp://m/', URL], ['--connections', '33', URL],
                          ['--connections', '0', URL], ['--limit', 'fast', URL],
                          ['--limit', '-5', URL], ['--limit', '5x', URL], ['--limit', '', URL],
                          ['--limit', '1e3', URL], ['--priority', 'urgent', URL],
                          ['--not-before', 'soon', URL], ['--not-before', '+', URL],
                          ['--timeout', '5', URL], ['--wait', '--timeout', '0', URL],
                          ['--wait', '--timeout', '1h30', URL], ['--header', 'no colon', URL],
                          ['--header', ': empty', URL], ['--header', 'A: b\r\nC: d', URL],
                          ['--input', '/does/not/exist'], ['--input', '/'], ['--dir', '', URL],
                          ['--conflict', 'merge', URL], ['--user', '', URL],
                          ['--network', 'wifi', URL], ['--power', '', URL], ['--upload', 'f', URL],
                          ['ftp://h/x'], ['nothing'], [''], ['http://'], [URL, 'gopher://h/'],
                          ['http://a b/'], ['http://h/' + 'x' * 9000]]:
            with self.subTest(' '.join(arguments)[:60]):
                result = self.keel('add', *arguments, status=2)
                self.assertEqual(result.out, '')
                self.assertTrue(result.err.startswith('keel: '), result)
        self.assertIsNone(self.house.service_pid(), 'a mistake must not start the service')

    def test_no_terminal_to_ask_for_a_password(self):
        result = self.keel('add', '--user', 'me', URL, status=2, start_new_session=True,
                           input='secret\n')
        self.assertIn('terminal', result.err)
        self.assertIsNone(self.house.service_pid())

    def test_a_link_that_is_no_good_does_not_show_its_password(self):
        for url in ['ftp://me:secret@h/x', 'http://me:secret@h:x/', 'http://me:sec ret@h/']:
            result = self.keel('add', url, status=2)
            self.assertNotIn('me:', result.err)

    def test_errors_of_the_service(self):
        for error, status in [('BadUri', 2), ('BadDestination', 2), ('InvalidArgument', 2),
                              ('Unsupported', 2), ('LimitsExceeded', 1), ('NotAllowed', 1),
                              ('State', 1), ('Busy', 1)]:
            with self.subTest(error):
                self.house.fail('AddTasks', error)
                result = self.keel('add', URL, status=status)
                self.assertNotIn('GDBus', result.err)
        self.assertEqual(self.house.tasks(), [])

    def test_the_service_dies_meanwhile(self):
        for when in ['before', 'after']:
            with self.subTest(when):
                self.house.fill()
                before = len(self.house.tasks())
                self.house.crash_in('AddTasks', when)
                self.keel('add', URL + 'a', URL + 'b')
                self.assertEqual(len(self.house.tasks()), before + 2)


class Wait(Cli):
    def start(self, *arguments, house=None):
        """Gives it when it watches, which begins first, and its tasks are there."""
        house = house or self.house
        adds = house.calls('AddTasks') if house.service_pid() is not None else 0
        process = house.start_keel('add', '--wait', *arguments)
        house.wait_watched()
        wait_until('the tasks are added', lambda: house.calls('AddTasks') > adds)
        return process

    def end(self, process, status):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, (out, err))
        return out, err

    def test_all_finished(self):
        process = self.start(URL + 'a', URL + 'b')
        first = [process.stdout.readline().rstrip('\n') for _ in range(4)]
        self.assertEqual(first, ['1', '2', '1 a: Waiting for its turn',
                                 '2 b: Waiting for its turn'])
        self.house.change(1, state='running')
        self.house.tick(1, 100)
        self.house.change(1, state='finished')
        self.house.change(2, state='finished')
        self.assertEqual(process.stdout.read().splitlines(), [
            '1 a: Connecting\u2026', '1 a: Finished', '2 b: Finished'])
        self.assertEqual(process.stderr.read(), '')
        self.assertEqual(process.wait(timeout=60), 0)

    def test_json_comes_at_the_end(self):
        process = self.start('--json', URL + 'a', URL + 'b')
        self.house.change(2, state='failed', error_code='dns')
        self.house.change(1, state='finished')
        out, _ = self.end(process, 1)
        tasks = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(task['id'], task['state']) for task in tasks],
                         [(1, 'finished'), (2, 'failed')])

    def test_ends_that_are_not_good(self):
        for changes in [{'state': 'failed', 'error_code': 'dns'}, {'state': 'cancelled'}]:
            with self.subTest(changes['state']):
                number = int(self.house.fill()) + 1
                process = self.start(URL)
                self.house.change(number, **changes)
                self.end(process, 1)

    def test_removed(self):
        process = self.start(URL)
        self.house.forget(1)
        self.end(process, 1)

    def test_removed_with_json(self):
        process = self.start('--json', URL + 'a', URL + 'b')
        self.house.change(2, state='finished')
        self.house.forget(1)
        out, _ = self.end(process, 1)
        tasks = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(task['id'], task['name']) for task in tasks], [(1, 'a'), (2, 'b')])

    def test_nothing_is_asked_that_is_told(self):
        process = self.start(URL + 'a', URL + 'b')
        self.assertEqual(self.house.calls('GetTasks'), 1)  # what was there before
        for number in [1, 2]:
            self.house.change(number, state='finished')
        self.end(process, 0)
        self.assertEqual(self.house.calls('GetTasks'), 1)

    def test_somebody_is_needed(self):
        for changes in [{'state': 'paused', 'pause_reason': 'user'},
                        {'state': 'waiting', 'wait_reason': 'auth', 'challenge_cookie': 'c'},
                        {'state': 'waiting', 'wait_reason': 'destination'},
                        {'state': 'waiting', 'wait_reason': 'low-disk'},
                        {'state': 'waiting', 'wait_reason': 'captive-portal'},
                        {'state': 'failed', 'error_code': 'needs-new-url'}]:
            with self.subTest(str(changes)):
                house = MockedHouse(self)
                process = self.start(URL + 'a', URL + 'b', house=house)
                house.change(1, **changes)
                self.end(process, 1)
                self.assertEqual(house.task(2)['state'], 'queued')

    def test_waiting_that_passes(self):
        process = self.start(URL)
        for reason in ['slot', 'offline', 'metered', 'power', 'schedule', 'retry', 'suspended']:
            self.house.change(1, state='waiting', wait_reason=reason)
        self.house.change(1, state='finished', wait_reason=None)
        self.end(process, 0)

    def test_interrupted(self):
        process = self.start(URL)
        # Interrupted before it waits, it has nothing to say. What changes after it has told how
        # things are, it tells while it waits.
        self.assertTrue(any('Waiting' in line for line in process.stdout))
        self.house.change(1, state='running')
        self.assertTrue(any('Connecting' in line for line in process.stdout))
        process.send_signal(signal.SIGINT)
        _, err = self.end(process, 130)
        self.assertIn('go on in the background', err)
        self.assertEqual(self.house.task(1)['state'], 'running')

    def test_timeout(self):
        begin = time.monotonic()
        result = self.keel('add', '--wait', '--timeout', '1s', '--json', URL, status=4)
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.assertEqual(result.objects[0]['state'], 'queued')
        self.assertIn('go on in the background', result.err)

    def test_over_a_crash(self):
        process = self.start(URL)
        self.house.signal_service(signal.SIGKILL)
        wait_until('it is back', self.house.service_pid)
        self.house.wait_watched()
        self.house.change(1, state='finished')
        self.end(process, 0)

    def test_somebody_quits_the_service(self):
        process = self.start(URL)
        self.keel('quit')
        _, err = self.end(process, 3)
        self.assertIn('told to quit', err)
        self.house.wait_service_gone()
        self.assertEqual(self.house.starts(), 1)


class Watch(Cli):
    def test_stream(self):
        number = self.house.fill(state='running', total=100)
        process = self.house.start_keel('watch', '--json', number)
        self.house.wait_watched()
        self.house.tick(number, 50)
        while (task := json.loads(process.stdout.readline()))['received'] != 50:
            self.assertEqual((task['id'], task['received']), (number, 0))
        self.house.change(number, state='finished', received=100)
        last = [json.loads(line) for line in process.stdout][-1]
        self.assertEqual((last['state'], last['received']), ('finished', 100))
        self.assertEqual(process.wait(timeout=30), 0)

    def test_what_has_ended_is_told_once(self):
        number = self.house.fill(state='failed')
        result = self.keel('watch', '--json', number, status=1)
        self.assertEqual([task['state'] for task in result.objects], ['failed'])

    def test_not_more_than_ten_times_a_second(self):
        number = self.house.fill(state='running', total=1000)
        process = self.house.start_keel('watch', '--json', number)
        self.house.wait_watched()
        for i in range(200):
            self.house.tick(number, i)
        self.house.change(number, state='finished')
        out, _ = process.communicate(timeout=60)
        self.assertLess(len(out.splitlines()), 100)

    def test_all_that_is_under_way(self):
        self.house.fill(state='finished')
        self.house.fill(app='org.example.App')
        first = self.house.fill()
        process = self.house.start_keel('watch')
        self.house.wait_watched()
        second = self.house.fill(name='later')
        self.house.change(first, state='finished')
        self.house.change(second, state='finished')
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertEqual({line.split()[0] for line in out.splitlines()}, {str(first), str(second)})

    def test_pause_does_not_end_it(self):
        number = self.house.fill()
        process = self.house.start_keel('watch', number)
        self.house.wait_watched()
        self.house.change(number, state='paused')
        self.house.change(number, state='finished')
        self.assertEqual(process.wait(timeout=60), 0)
        process.communicate()

    def test_unknown(self):
        self.assertIn('4711', self.keel('watch', 4711, status=1).err)


class Control(Cli):
    def test_verbs(self):
        number = self.house.fill()
        for verb, state in [('pause', 'paused'), ('resume', 'queued'), ('cancel', 'cancelled'),
                            ('retry', 'queued')]:
            self.assertEqual(self.keel(verb, number).out, '')
            self.assertEqual(self.house.task(number)['state'], state)
        self.keel('remove', number)
        self.assertEqual(self.house.tasks(), [])

    def test_all(self):
        self.house.fill(3)
        self.keel('pause', '--all')
        self.assertEqual({task['state'] for task in self.house.tasks()}, {'paused'})

    def test_refused(self):
        number = self.house.fill(state='finished')
        result = self.keel('pause', number, status=1)
        self.assertIn(f'Task {number}', result.err)
        self.assertIn('Finished', result.err)

    def test_unknown(self):
        number = self.house.fill()
        for verb in ['pause', 'resume', 'retry', 'cancel', 'remove']:
            self.assertIn('4711', self.keel(verb, 4711, status=1).err)
            self.assertIn('4711', self.keel(verb, number, 4711, status=1).err)
        self.assertEqual(self.house.task(number)['state'], 'queued')

    def test_usage(self):
        for verb in ['pause', 'resume', 'retry', 'cancel', 'remove']:
            for arguments in [[], ['x'], ['0'], ['1', '--all'], ['-1'], ['1.5'],
                              ['99999999999999999999']]:
                with self.subTest(f'{verb} {arguments}'):
                    self.keel(verb, *arguments, status=2)

    def test_set(self):
        number = self.house.fill()
        self.keel('set', number, '--limit', '512KiB', '--priority', 'low')
        self.assertIn("'low'", self.house.last_call('Update'))
        self.assertIn('524.3\u00a0kB/s', self.keel('show', number).out)
        self.keel('set', number, '--limit', 'off', '--connections', '3')
        self.assertEqual(self.keel('show', '--json', number).json['max_connections'], 3)
        self.keel('set', number, '--connections', 'auto')
        self.assertIsNone(self.keel('show', '--json', number).json['max_connections'])
        self.assertNotIn('Speed limit', self.keel('show', number).out)
        self.keel('set', number, '--first')
        self.assertIn("'position': <'first'>", self.house.last_call('Update'))
        self.keel('set', number, '--last')
        self.assertIn("'position': <'last'>", self.house.last_call('Update'))
        self.keel('set', number, '--dir', 'x/../y')
        self.assertIn(os.path.join(self.house.home, 'y'), self.house.last_call('Update'))
        self.assertIn('4711', self.keel('set', 4711, '--limit', '1', status=1).err)
        for arguments in [[], [number], ['--limit', '1'], [number, 2, '--limit', '1'],
                          [number, '--limit', 'x'], [number, '--priority', 'x'],
                          [number, '--connections', 'many'], [number, '--first', '--last'],
                          [number, '--url', 'ftp://h/x'], [number, '--url', ''],
                          [number, '--dir', '']]:
            self.keel('set', *arguments, status=2)

    def test_show_tells_what_the_server_said(self):
        number = self.house.fill(state='failed', error_code='http-status', error_message='403',
                                 error_details='Come back\n\x1b[2Jtomorrow', user='boat')
        shown = self.keel('show', number).out
        self.assertRegex(shown, r'Server said +Come back')
        self.assertNotIn('\x1b', shown)
        self.assertRegex(shown, r'User +boat')

    def test_set_url(self):
        number = self.house.fill()
        self.keel('set', number, '--url', URL + '/new')
        self.assertEqual(self.keel('show', '--json', number).json['uri'], URL + '/new')
        self.house.fail('Update', 'InvalidState')
        self.assertTrue(self.keel('set', number, '--url', URL, status=1).err)

    def test_limit(self):
        self.assertEqual(self.keel('limit').out.splitlines()[0], 'off')
        for said, shown in [('2M', '2M'), ('1500k', '1500k'), ('1.5m', '1500k'), ('1', '1'),
                            ('1G', '1G'), ('1KiB', '1024'), ('12345', '12345'), ('0', 'off'),
                            ('1g', '1G'), ('off', 'off')]:
            self.keel('limit', said)
            self.assertEqual(self.keel('limit').out.splitlines()[0], shown)
        for bad in ['much', '-1', '', '1T', '2 M', '0x10', '1..5', '999999999999999G']:
            self.keel('limit', bad, status=2)
        self.keel('limit', '1', '2', status=2)

    def test_limits(self):
        usual = {'rate': None, 'host_rate': None, 'active': 4, 'per_host': 2, 'connections': 8,
                 'connections_per_host': 8, 'connections_in_all': 32, 'schedule': [],
                 'present_rate': None}
        self.assertEqual(self.keel('limit', '--json').json, usual)
        self.keel('limit', '--host-rate', '300k', '--active', '5', '--per-host', '3',
                  '--connections', '4', '--connections-per-host', '16', '--connections-in-all',
                  '20')
        self.keel('limit', '2M', '--schedule', 'mon-fri 08:00-18:00 500k',
                  '--schedule', 'sat 10:00-12:00 pause')
        entries = ['mon-fri 08:00-18:00 500k', 'sat 10:00-12:00 pause']
        self.assertEqual(self.keel('limit', '--json').json, {
            'rate': 2000000, 'host_rate': 300000, 'active': 5, 'per_host': 3, 'connections': 4,
            'connections_per_host': 16, 'connections_in_all': 20, 'schedule': entries,
            'present_rate': 2000000})
        shown = self.keel('limit').out
        for part in [r'\A2M\n', r'From one server +300k', r'Transfers at once +5',
                     r'Connections in all +20', r'Schedule +mon-fri', r'\n +sat 10', r'now +2M']:
            self.assertRegex(shown, part)
        self.keel('limit', '--schedule', 'off')
        self.assertEqual(self.keel('limit', '--json').json['schedule'], [])
        for bad in [['--active', '0'], ['--active', '33'], ['--per-host', 'x'],
                    ['--host-rate', 'fast'], ['--connections', 'auto']]:
            self.keel('limit', *bad, status=2)
        self.house.fail('SetLimits', 'InvalidArgument')
        self.keel('limit', '--schedule', 'whenever', status=2)


class Around(Cli):
    def test_help_and_version(self):
        self.assertRegex(self.keel('--version').out, r'^keel \d')
        self.assertIn('watch', self.keel('--help').out)
        for verb in ['add', 'list', 'show', 'watch', 'pause', 'resume', 'retry', 'cancel',
                     'remove', 'set', 'limit', 'status', 'quit']:
            result = self.keel(verb, '--help')
            self.assertIn(f'keel {verb}', result.out)
            self.assertEqual(result.err, '')
        self.assertIsNone(self.house.service_pid())

    def test_no_verb(self):
        self.assertIn('Usage', self.keel(status=2).err)
        self.keel('dance', status=2)
        self.keel('--dance', status=2)

    def test_needless_arguments(self):
        for verb in ['list', 'status', 'quit']:
            self.keel(verb, 'x', status=2)

    def test_quit_does_not_start_the_service(self):
        self.keel('quit')
        self.assertEqual(self.house.starts(), 0)
        self.keel('status')
        self.keel('quit')
        self.house.wait_service_gone()
        self.assertEqual(self.house.starts(), 1)

    def test_no_bus(self):
        for verb in [['status'], ['list', '--json'], ['add', URL], ['quit'], ['watch']]:
            result = self.keel(*verb, status=3, environment={
                'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nonexistent'})
            self.assertEqual(result.out, '')
            self.assertIn('cannot be reached', result.err)

    def test_no_service(self):
        os.remove(os.path.join(self.house.bus.services,
                               'io.github.keelboat.Keelboat.Service.service'))
        self.house.connection.ask_bus('ReloadConfig')
        result = self.keel('status', status=3)
        self.assertIn('cannot be reached', result.err)
        self.keel('quit')

    def test_output_that_cannot_be_written(self):
        self.house.fill()
        with open('/dev/full', 'w', encoding='utf-8') as full:
            process = self.house.start_keel('list', '--json', stdout=full)
            _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn('could not be written', err)


if __name__ == '__main__':
    main()
