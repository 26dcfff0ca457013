#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that keeps the D-Bus contract and transfers nothing, for tests of what clients do.

It has what the real one must never have: an interface by which a test makes tasks move and the
service misbehave (io.github.keelboat.Mock, on the root object). Rows and nonces are kept in a file
in the state directory, so that a service that crashes comes back with what it had promised.

A list is kept for each watched object; its generation counts the changes since the process began,
from a random number, as the real one's may. A watcher that does not renew with the last tick that
it was sent before the renewal before gets nothing any more.

The events of a session are written down when a task ends, or when the test says so; the first
listener is the consumer, and gets again what it has not acknowledged when the process is another
one.
"""

import json
import os
import random
import re
import sys
import time

from gi.repository import Gio, GLib

NAME = 'io.github.keelboat.Keelboat.Service'
ROOT = '/io/github/keelboat/Transfers1'
PREFIX = 'io.github.keelboat.Transfers1.'
ERROR = PREFIX + 'Error.'
PAGE = 1000
LEASE = 30
WINDOW = 256
ENDED = ('finished', 'failed', 'cancelled')

MOCK_XML = '''<node><interface name="io.github.keelboat.Mock">
  <method name="Change">
    <arg name="ids" type="at" direction="in"/>
    <arg name="changes" type="a{sv}" direction="in"/>
  </method>
  <method name="Fill">
    <arg name="count" type="u" direction="in"/>
    <arg name="row" type="a{sv}" direction="in"/>
    <arg name="first" type="t" direction="out"/>
  </method>
  <method name="Forget"><arg name="ids" type="at" direction="in"/></method>
  <method name="Tick"><arg name="numbers" type="a(tttt)" direction="in"/></method>
  <method name="Fail">
    <arg name="method" type="s" direction="in"/>
    <arg name="error" type="s" direction="in"/>
    <arg name="after" type="u" direction="in"/>
    <arg name="times" type="u" direction="in"/>
  </method>
  <method name="CrashIn">
    <arg name="method" type="s" direction="in"/>
    <arg name="when" type="s" direction="in"/>
  </method>
  <method name="Lose"><arg name="signals" type="u" direction="in"/></method>
  <method name="Happen">
    <arg name="task" type="t" direction="in"/>
    <arg name="kind" type="s" direction="in"/>
    <arg name="details" type="a{sv}" direction="in"/>
    <arg name="number" type="t" direction="out"/>
  </method>
  <method name="Unacknowledged"><arg name="numbers" type="at" direction="out"/></method>
  <method name="CountFrom"><arg name="number" type="t" direction="in"/></method>
  <method name="Invalidate"/>
  <method name="Listeners"><arg name="count" type="u" direction="out"/></method>
  <method name="HoldRows"><arg name="hold" type="b" direction="in"/></method>
  <method name="Calls">
    <arg name="method" type="s" direction="in"/>
    <arg name="count" type="u" direction="out"/>
  </method>
  <method name="LastCall">
    <arg name="method" type="s" direction="in"/>
    <arg name="arguments" type="s" direction="out"/>
  </method>
  <method name="Find">
    <arg name="uri" type="s" direction="in"/>
    <arg name="info" type="a{sv}" direction="in"/>
  </method>
  <method name="Leave"/>
  <method name="Reset"/>
</interface></node>'''

# Which states a verb makes sense in, and the state that it gives.
VERBS = {
    'pause': (('queued', 'waiting', 'running', 'verifying'), 'paused'),
    'resume': (('paused',), 'queued'),
    'retry': (('failed', 'cancelled', 'waiting'), 'queued'),
    'cancel': (('queued', 'waiting', 'running', 'verifying', 'paused', 'failed'), 'cancelled'),
    'remove': (None, None),
}

# What they are when nobody has said anything.
LIMITS = {
    'max-rate': ('t', 0), 'max-rate-per-host': ('t', 0), 'max-active': ('u', 4),
    'max-per-host': ('u', 2), 'max-connections': ('u', 8), 'max-connections-per-host': ('u', 8),
    'max-connections-in-all': ('u', 32), 'schedule': ('as', []),
}


def without(text, names):
    """The contract of an older service, which does not know these methods and signals yet."""
    for name in names:
        text, count = re.subn(rf'<(method|signal) name="{name}">.*?</\1>', '', text, flags=re.S)
        if count == 0:
            sys.exit(f'there is no {name} that could be missing')
    return text


class Refused(Exception):
    def __init__(self, name, message):
        super().__init__(message)
        self.name = name if '.' in name else ERROR + name


def to_plain(variant):
    """A value for JSON; its type is kept beside it."""
    return [variant.get_type_string(), variant.unpack()]


def from_plain(pair):
    return GLib.Variant(pair[0], pair[1])


class Records:
    """What survives the process."""

    def __init__(self):
        folder = os.path.join(os.environ['XDG_STATE_HOME'], 'keelboat')
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, 'mock.json')
        self.rows = {}
        self.nonces = {}
        self.next_id = 1
        self.limits = {}
        self.sessions = {}
        try:
            with open(self.path, encoding='utf-8') as file:
                kept = json.load(file)
        except FileNotFoundError:
            return
        self.rows = {int(number): {key: from_plain(pair) for key, pair in row.items()}
                     for number, row in kept['rows'].items()}
        self.nonces = kept['nonces']
        self.next_id = kept['next_id']
        self.limits = {key: from_plain(pair) for key, pair in kept['limits'].items()}
        self.sessions = kept['sessions']

    def save(self):
        rows = {number: {key: to_plain(value) for key, value in row.items()}
                for number, row in self.rows.items()}
        limits = {key: to_plain(value) for key, value in self.limits.items()}
        with open(self.path + '.new', 'w', encoding='utf-8') as file:
            json.dump({'rows': rows, 'nonces': self.nonces, 'next_id': self.next_id,
                       'limits': limits, 'sessions': self.sessions}, file)
        os.rename(self.path + '.new', self.path)


def narrow(rows, fields):
    """What was asked for of them."""
    if not fields:
        return rows
    return [{key: value for key, value in row.items() if key in fields or key == 'id'}
            for row in rows]


class Watcher:
    def __init__(self):
        self.fields = []
        self.tick = 0
        self.tick_at_renewal = 0
        self.is_behind = False


class Feed:
    """The list of one object: all tasks, or those of one session."""

    def __init__(self, service, path, interface, belongs):
        self.service = service
        self.path = path
        self.interface = interface
        self.belongs = belongs
        self.generation = random.randrange(1, 1 << 40)
        self.watchers = {}

    def rows(self):
        return [row for _, row in sorted(self.service.records.rows.items()) if self.belongs(row)]

    def send(self, name, watcher, arguments):
        if not self.watchers[watcher].is_behind:
            self.service.bus.emit_signal(watcher, self.path, self.interface, name, arguments)

    def changed(self, rows, removed):
        rows = [row for row in rows if self.belongs(row)]
        if not rows and not removed:
            return
        previous = self.generation
        self.generation += 1
        if self.service.lose > 0 and self.watchers:
            self.service.lose -= 1
            return
        for name, watcher in self.watchers.items():
            self.send('TasksChanged', name, GLib.Variant('(ttaa{sv}at)', (
                previous, self.generation, narrow(rows, watcher.fields), removed)))

    def progress(self, numbers):
        mine = [four for four in numbers if four[0] in self.service.records.rows and
                self.belongs(self.service.records.rows[four[0]])]
        if not mine:
            return
        for name, watcher in self.watchers.items():
            if not watcher.is_behind:
                watcher.tick += 1
            self.send('Progress', name, GLib.Variant('(ta(tttt))', (watcher.tick, mine)))

    def renew(self, name, last_tick, fields):
        watcher = self.watchers.setdefault(name, Watcher())
        watcher.fields = fields
        watcher.is_behind = last_tick < watcher.tick_at_renewal
        watcher.tick_at_renewal = watcher.tick


class Journal:
    """The events of one session: written down, sent, forgotten when they are acknowledged."""

    def __init__(self, feed, key):
        self.feed = feed
        self.service = feed.service
        self.kept = self.service.records.sessions.setdefault(
            ' '.join(key), {'config': {}, 'next': 1, 'events': []})
        self.listeners = []
        self.watches = {}
        self.sent = 0
        self.drain_after = None
        self.is_ending = False

    def has_events(self):
        return self.kept['config'].get('events', True)

    def happen(self, task, kind, details):
        number = self.kept['next']
        self.kept['next'] += 1
        event = [number, task, kind, GLib.Variant('a{sv}', details).print_(True)]
        self.kept['events'].append(event)
        for listener in self.listeners[1:]:
            self.send(listener, event)
        self.deliver()
        return number

    def ended(self, row):
        state = row['state'].unpack()
        number = row['id'].unpack()
        if state == 'finished':
            self.happen(number, 'finished', {key: row[key] for key in ['file', 'received']
                                             if key in row})
        details = {key: row[key] for key in ['error-code', 'error-message'] if key in row}
        details['ok'] = GLib.Variant('b', state == 'finished')
        details['state'] = GLib.Variant('s', state)
        self.happen(number, 'completed', details)

    def all_ended(self):
        return all(row['state'].unpack() in ENDED for row in self.feed.rows())

    def check_drained(self):
        if self.all_ended():
            self.drain_after = self.kept['next'] - 1
            self.deliver()

    def send(self, listener, event):
        number, task, kind, details = event
        details = GLib.Variant.parse(GLib.VariantType('a{sv}'), details, None, None)
        self.emit(listener, 'Event', GLib.Variant.new_tuple(
            GLib.Variant('t', number), GLib.Variant('t', task), GLib.Variant('s', kind), details))

    def emit(self, listener, name, arguments):
        self.service.bus.emit_signal(listener, self.feed.path, self.feed.interface, name, arguments)

    def deliver(self):
        """Sends the consumer what it has not been sent, as much as it may have at once."""
        if not self.listeners:
            return
        events = self.kept['events']
        outstanding = sum(1 for event in events if event[0] <= self.sent)
        for event in events:
            if event[0] > self.sent and outstanding < WINDOW:
                self.send(self.listeners[0], event)
                self.sent = event[0]
                outstanding += 1
        if self.drain_after is not None and not any(
                self.sent < event[0] <= self.drain_after for event in events):
            self.emit(self.listeners[0], 'EventsDrained', GLib.Variant('(t)', (self.drain_after,)))
            self.drain_after = None
        if self.is_ending and not events and self.drain_after is None and self.all_ended():
            self.is_ending = False
            for listener in self.listeners:
                self.emit(listener, 'Invalidated', GLib.Variant('(a{sv})', ({},)))

    def listen(self, sender):
        events = self.kept['events']
        if sender not in self.listeners:
            self.listeners.append(sender)
            self.watches[sender] = Gio.bus_watch_name_on_connection(
                self.service.bus, sender, Gio.BusNameWatcherFlags.NONE, None,
                lambda bus, name: self.leave(sender))
        consumer = self.listeners[0] == sender
        if consumer:
            GLib.idle_add(self.replay)
        last = events[-1][0] if events else 0
        return GLib.Variant('(a{sv})', ({
            'consumer': GLib.Variant('b', consumer), 'last': GLib.Variant('t', last),
            'pending': GLib.Variant('u', len(events) if consumer else 0)},))

    def replay(self):
        self.sent = 0
        self.drain_after = self.kept['next'] - 1
        self.deliver()

    def leave(self, sender):
        if sender not in self.listeners:
            return
        was_consumer = self.listeners[0] == sender
        self.listeners.remove(sender)
        Gio.bus_unwatch_name(self.watches.pop(sender))
        if was_consumer and self.listeners:
            self.replay()


class Service:
    def __init__(self, loop):
        self.loop = loop
        self.records = Records()
        self.sessions = {}
        self.failures = {}
        self.crashes = {}
        self.calls = {}
        self.last_calls = {}
        self.lose = 0
        self.found = {}
        self.when_done = 'nothing'
        self.held_rows = None
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
        self.manager = Feed(self, ROOT, PREFIX + 'Manager', lambda row: True)
        source = os.path.join(os.environ['KEEL_SOURCE_ROOT'],
                              'data/dbus/io.github.keelboat.Transfers1.xml')
        with open(source, encoding='utf-8') as file:
            text = without(file.read(), os.environ.get('KEEL_MOCK_WITHOUT', '').split())
            contract = Gio.DBusNodeInfo.new_for_xml(text)
        self.interfaces = {info.name: info for info in contract.interfaces}
        self.export(ROOT, PREFIX + 'Service', None)
        self.export(ROOT, PREFIX + 'Manager', self.manager)
        mock = Gio.DBusNodeInfo.new_for_xml(MOCK_XML)
        self.bus.register_object(ROOT, mock.interfaces[0], self.mock_called, None, None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None,
                                       lambda *_: loop.quit())

    def export(self, path, interface, feed):
        def called(bus, sender, path, interface, method, arguments, invocation):
            self.called(feed, sender, method, arguments.unpack(), arguments, invocation)

        def read(*_):
            return GLib.Variant('u', 1)
        self.bus.register_object(path, self.interfaces[interface], called, read, None)

    # The contract

    def called(self, feed, sender, method, arguments, variant, invocation):
        counted = method
        if method == 'Watch' and arguments[0] == 0:
            counted = 'Unwatch'
        elif method == 'Listen' and arguments[0].get('stop'):
            counted = 'Unlisten'
        self.calls[counted] = self.calls.get(counted, 0) + 1
        self.last_calls[method] = variant.print_(False)
        if self.crashes.get(method) == 'before':
            os._exit(0)
        error, after, times = self.failures.get(method, (None, 0, 0))
        if after > 0:
            self.failures[method] = (error, after - 1, times)
        elif times > 0:
            self.failures[method] = (error, 0, times - 1)
            name = error if '.' in error else ERROR + error
            invocation.return_dbus_error(name, f'the mock was told to answer {error}')
            return
        if method == 'Probe' and arguments[0] not in self.found:
            return
        try:
            reply = getattr(self, 'do_' + method)(feed, sender, *arguments)
        except Refused as refused:
            invocation.return_dbus_error(refused.name, str(refused))
            return
        if self.crashes.get(method) in ['halfway', 'after']:
            os._exit(0)
        invocation.return_value(reply)

    def do_OpenSession(self, feed, sender, identifier, config, options):
        app = options.get('app-id', 'host')
        key = (app, identifier)
        if key not in self.sessions:
            path = f'{ROOT}/session/s{random.randrange(1 << 60)}'
            interface = PREFIX + 'Session'
            self.sessions[key] = Feed(self, path, interface, lambda row: (
                row['app'].unpack(), row['session'].unpack()) == key)
            self.sessions[key].key = key
            self.sessions[key].journal = Journal(self.sessions[key], key)
            self.export(path, interface, self.sessions[key])
        self.sessions[key].journal.kept['config'] |= config
        return GLib.Variant('(oa{sv})', (self.sessions[key].path, {'app': GLib.Variant('s', app)}))

    def do_ListSessions(self, feed, sender, options):
        app = options.get('app-id', 'host')
        return GLib.Variant('(as)', ([name for owner, name in self.sessions if owner == app],))

    def do_AddTasks(self, feed, sender, tasks, options):
        nonce = options.get('nonce')
        if nonce in self.records.nonces:
            return GLib.Variant('(at)', (self.records.nonces[nonce],))
        if len(tasks) > PAGE:
            raise Refused('LimitsExceeded', 'too many tasks in one call')
        for task in tasks:
            if not task.get('uri', '').startswith(('http://', 'https://')):
                raise Refused('BadUri', f'“{task.get("uri")}” is not a link')
            if 'dir' in task and not os.path.isdir(bytes(task['dir']).rstrip(b'\0')):
                raise Refused('BadDestination', 'no such folder')
        rows = [self.make_row(feed, task) for task in tasks]
        ids = [row['id'].unpack() for row in rows]
        if nonce:
            self.records.nonces[nonce] = ids
        self.records.save()
        self.tell(rows, [])
        return GLib.Variant('(at)', (ids,))

    def make_row(self, feed, task):
        number = self.records.next_id
        self.records.next_id += 1
        app, session = feed.key
        paused = task.get('start') is False
        row = {
            'id': ('t', number), 'session': ('s', session), 'app': ('s', app),
            'kind': ('s', 'download'), 'state': ('s', 'paused' if paused else 'queued'),
            'uri': ('s', task['uri']), 'name': ('s', task.get('name') or
                                                task['uri'].rpartition('/')[2] or 'download'),
            'received': ('t', 0), 'durable': ('t', 0), 'rate': ('t', 0), 'connections': ('u', 0),
            'attempts': ('u', 0), 'resumed-bytes': ('t', 0), 'refetched-bytes': ('t', 0),
            'priority': ('s', task.get('priority', 'normal')),
            'max-rate': ('t', task.get('max-rate', 0)),
            'max-connections': ('u', task.get('max-connections', 0)),
            'created': ('x', int(time.time() * 1000000)),
        }
        if paused:
            row['pause-reason'] = ('s', 'user')
        if 'user' in task:
            row['user'] = ('s', task['user'])
        for key in ['group', 'network', 'power', 'conflict']:
            if key in task:
                row[key] = ('s', task[key])
        if 'mirrors' in task:
            row['mirrors'] = ('as', task['mirrors'])
        if 'checksum' in task:
            algorithm, _, digits = task['checksum'].partition(':')
            row['checksum-algorithm'] = ('s', algorithm)
            row['checksum-expected'] = ('s', digits)
        row = {key: GLib.Variant(*pair) for key, pair in row.items()}
        self.records.rows[number] = row
        return row

    def do_Control(self, feed, sender, verb, ids, options):
        if verb not in VERBS:
            raise Refused('InvalidArgument', f'no verb “{verb}”')
        states, becomes = VERBS[verb]
        known = {row['id'].unpack(): row for row in feed.rows()}
        if options.get('pass-gone'):
            ids = [number for number in ids if number in known]
        if self.crashes.get('Control') == 'halfway':
            ids = ids[:len(ids) // 2]
        for number in ids:
            if number not in known:
                raise Refused('NoSuchTask', f'There is no task {number}')
        refused = []
        changed = []
        before = {number: row['state'].unpack() for number, row in known.items()}
        for number in known if options.get('all') else ids:
            row = known[number]
            if states is not None and row['state'].unpack() not in states:
                if not options.get('all'):
                    refused.append((number, row['state'].unpack()))
                continue
            changed.append(row)
            if becomes is None:
                del self.records.rows[number]
                continue
            row['state'] = GLib.Variant('s', becomes)
            row.pop('wait-reason', None)
            row.pop('pause-reason', None)
            if becomes == 'paused':
                row['pause-reason'] = GLib.Variant('s', 'user')
        self.records.save()
        if becomes is None:
            self.tell([], changed)
        else:
            self.tell(changed, [])
            self.tell_ends(changed, before)
        return GLib.Variant('(a(ts))', (refused,))

    def do_Update(self, feed, sender, number, changes, options):
        rows = [row for row in feed.rows() if row['id'].unpack() == number]
        if not rows:
            raise Refused('NoSuchTask', f'There is no task {number}')
        types = {'max-connections': 'u', 'max-rate': 't', 'network': 's', 'position': 's',
                 'not-before': 'x', 'power': 's', 'priority': 's', 'title': 's', 'uri': 's'}
        if not changes.get('uri', 'http://').startswith(('http://', 'https://')):
            raise Refused('BadUri', f'“{changes["uri"]}” is not a link')
        for key, value in changes.items():
            if key == 'position':
                ranks = [row['rank'].unpack() for row in feed.rows() if 'rank' in row] + [0]
                rank = min(ranks) - 1 if value == 'first' else max(ranks) + 1
                rows[0]['rank'] = GLib.Variant('x', rank)
            elif key == 'dir':
                if rows[0]['state'].unpack() == 'finished':
                    raise Refused('InvalidState', 'it has its name')
                rows[0]['directory'] = GLib.Variant('ay', bytes(value) + b'\0')
                if rows[0].get('wait-reason') and rows[0]['wait-reason'].unpack() in (
                        'destination', 'low-disk'):
                    del rows[0]['wait-reason']
                    rows[0]['state'] = GLib.Variant('s', 'queued')
            elif key == 'not-before':
                if rows[0].pop('wait-until', None) and value == 0:
                    del rows[0]['wait-reason']
                    rows[0]['state'] = GLib.Variant('s', 'queued')
            else:
                rows[0][key] = GLib.Variant(types[key], value)
        self.records.save()
        self.tell(rows, [])
        return None

    def do_Answer(self, feed, sender, cookie, user, password, options):
        rows = [row for row in feed.rows() if row.get('challenge-cookie', '') and
                row['challenge-cookie'].unpack() == cookie]
        if not rows:
            raise Refused('NoSuchTask', 'No task asks this any more')
        for key in [key for key in rows[0] if key.startswith('challenge-')] + ['wait-reason']:
            del rows[0][key]
        rows[0]['state'] = GLib.Variant('s', 'queued')
        if options.get('decline'):
            rows[0]['state'] = GLib.Variant('s', 'failed')
            rows[0]['error-code'] = GLib.Variant('s', 'auth-required')
        self.records.save()
        self.tell(rows, [])
        return None

    def do_Configure(self, feed, sender, config, options):
        if config.get('max-parallel', 0) > 1000:
            raise Refused('InvalidArgument', 'too many')
        feed.journal.kept['config'] |= config
        self.records.save()

    def do_Probe(self, feed, sender, uri, options):
        """What the test has put there; what it has not is never answered."""
        return GLib.Variant.new_tuple(self.found[uri])

    def do_Listen(self, feed, sender, options):
        if options.get('stop'):
            feed.journal.leave(sender)
            return GLib.Variant('(a{sv})', ({},))
        return feed.journal.listen(sender)

    def do_Acknowledge(self, feed, sender, numbers, options):
        journal = feed.journal
        if journal.listeners[:1] != [sender]:
            raise Refused('NotAllowed', 'another process is the consumer')
        journal.kept['events'] = [event for event in journal.kept['events']
                                  if event[0] not in numbers or event[0] > journal.sent]
        self.records.save()
        journal.deliver()

    def do_Close(self, feed, sender, how, options):
        if how == 'detach':
            feed.journal.leave(sender)
            return
        if how == 'cancel':
            self.do_Control(feed, sender, 'cancel', [], {'all': True})
        feed.journal.is_ending = True
        feed.journal.check_drained()

    def do_GetTasks(self, feed, sender, filter_, fields):
        rows = feed.rows()
        more = False
        if 'ids' in filter_:
            known = {row['id'].unpack(): row for row in rows}
            for number in filter_['ids']:
                if number not in known:
                    raise Refused('NoSuchTask', f'There is no task {number}')
            rows = [known[number] for number in sorted(filter_['ids'])]
        else:
            rows = [row for row in rows if row['id'].unpack() > filter_.get('after', 0)]
            limit = min(filter_.get('limit', PAGE), PAGE)
            more = len(rows) > limit
            rows = rows[:limit]
        return GLib.Variant('(taa{sv}a{sv})', (feed.generation, narrow(rows, fields),
                                               {'more': GLib.Variant('b', more)}))

    def do_GetDetails(self, feed, sender, number, options):
        rows = [row for row in feed.rows() if row['id'].unpack() == number]
        if not rows:
            raise Refused('NoSuchTask', f'There is no task {number}')
        # What the test has put into the row, beside what rows are for.
        details = {key.removeprefix('details-'): value for key, value in rows[0].items()
                   if key.startswith('details-')}
        if not options.get('history', True):
            details.pop('history', None)
        return GLib.Variant('(a{sv})', (details,))

    def do_Watch(self, feed, sender, interval, options):
        if interval == 0:
            feed.watchers.pop(sender, None)
        else:
            feed.renew(sender, options.get('last-tick', 0), options.get('fields', []))
        return GLib.Variant('(ut)', (LEASE, feed.generation))

    def do_GetStatus(self, feed, sender, options):
        states = {}
        waiting = {}
        for row in self.records.rows.values():
            state = row['state'].unpack()
            states[state] = states.get(state, 0) + 1
            if state == 'waiting':
                reason = row['wait-reason'].unpack()
                waiting[reason] = waiting.get(reason, 0) + 1
        limits = self.limits()
        return GLib.Variant('(a{sv})', ({
            'version': GLib.Variant('s', 'mock'), 'pid': GLib.Variant('u', os.getpid()),
            'states': GLib.Variant('a{st}', states), 'waiting': GLib.Variant('a{st}', waiting),
            'rate': GLib.Variant('t', 0), 'present-max-rate': limits['max-rate'], **limits},))

    def do_SetLimits(self, feed, sender, limits, options):
        for key, value in limits.items():
            self.records.limits[key] = GLib.Variant(LIMITS[key][0], value)
        self.records.save()
        for watcher in self.manager.watchers:
            self.bus.emit_signal(watcher, ROOT, PREFIX + 'Manager', 'LimitsChanged',
                                 GLib.Variant('(a{sv}a{sv})', (self.limits(), {})))
        return None

    def limits(self):
        """All of them, also those that nobody has set."""
        return {key: self.records.limits.get(key, GLib.Variant(*usual))
                for key, usual in LIMITS.items()}

    def do_GetWhenDone(self, feed, sender, options):
        """Of a machine that can only be switched off after a password."""
        return GLib.Variant('(a{sv})', ({
            'action': GLib.Variant('s', self.when_done), 'suspend': GLib.Variant('s', 'yes'),
            'power-off': GLib.Variant('s', 'not-allowed')},))

    def do_SetWhenDone(self, feed, sender, action, options):
        self.when_done = action

    def do_SetAttention(self, feed, sender, focused, options):
        return None

    def do_Quit(self, feed, sender, options):
        for watcher in set().union(*(each.watchers for each in self.feeds())):
            self.bus.emit_signal(watcher, ROOT, PREFIX + 'Manager', 'Quitting',
                                 GLib.Variant('(a{sv})', ({},)))
        GLib.idle_add(self.loop.quit)
        return None

    def feeds(self):
        return [self.manager, *self.sessions.values()]

    def tell(self, changed, removed):
        """Rows that are new or different, and rows that are gone."""
        if self.held_rows is not None:
            self.held_rows.append((changed, removed))
            return
        for feed in self.feeds():
            feed.changed(changed, [row['id'].unpack() for row in removed if feed.belongs(row)])

    def tell_ends(self, rows, before):
        """The events of those that have ended only now."""
        told = set()
        for row in rows:
            feed = self.sessions.get((row['app'].unpack(), row['session'].unpack()))
            if (feed is not None and feed.journal.has_events() and
                    row['state'].unpack() in ENDED and before.get(row['id'].unpack()) not in ENDED):
                feed.journal.ended(row)
                told.add(feed)
        for feed in told:
            feed.journal.check_drained()
        self.records.save()

    # What the test wants

    def mock_called(self, bus, sender, path, interface, method, arguments, invocation):
        try:
            reply = getattr(self, 'mock_' + method)(arguments)
        except Refused as refused:
            invocation.return_dbus_error(refused.name, str(refused))
            return
        invocation.return_value(reply)

    def mock_Change(self, arguments):
        ids = arguments.get_child_value(0).unpack()
        changes = arguments.get_child_value(1)
        rows = [self.records.rows[number] for number in ids]
        before = {number: self.records.rows[number]['state'].unpack() for number in ids}
        for i in range(changes.n_children()):
            entry = changes.get_child_value(i)
            key = entry.get_child_value(0).get_string()
            value = entry.get_child_value(1).get_variant()
            for row in rows:
                # A byte, which no key is, says that the key is not there.
                if value.get_type_string() == 'y':
                    row.pop(key, None)
                else:
                    row[key] = value
        self.records.save()
        self.tell(rows, [])
        self.tell_ends(rows, before)

    def mock_Fill(self, arguments):
        count = arguments.get_child_value(0).unpack()
        extra = arguments.get_child_value(1)
        first = self.records.next_id
        feed = Feed(self, ROOT, '', None)
        feed.key = ('host', 'default')
        rows = []
        for i in range(count):
            row = self.make_row(feed, {'uri': f'http://127.0.0.1:9/{first + i}'})
            for j in range(extra.n_children()):
                entry = extra.get_child_value(j)
                row[entry.get_child_value(0).get_string()] = entry.get_child_value(1).get_variant()
            rows.append(row)
        self.records.save()
        self.tell(rows, [])
        self.tell_ends(rows, {})
        return GLib.Variant('(t)', (first,))

    def mock_Forget(self, arguments):
        rows = [self.records.rows.pop(number) for number in arguments.unpack()[0]]
        self.records.save()
        self.tell([], rows)

    def mock_Tick(self, arguments):
        numbers = arguments.unpack()[0]
        for number, received, durable, rate in numbers:
            row = self.records.rows.get(number)
            if row is not None:
                row['received'] = GLib.Variant('t', received)
                row['durable'] = GLib.Variant('t', durable)
                row['rate'] = GLib.Variant('t', rate)
        for feed in self.feeds():
            feed.progress(numbers)

    def mock_Fail(self, arguments):
        method, error, after, times = arguments.unpack()
        self.failures[method] = (error, after, times)

    def mock_CrashIn(self, arguments):
        method, when = arguments.unpack()
        self.crashes[method] = when

    def mock_Lose(self, arguments):
        self.lose = arguments.unpack()[0]

    def default_journal(self):
        return self.sessions['host', 'default'].journal

    def mock_Happen(self, arguments):
        task = arguments.get_child_value(0).unpack()
        kind = arguments.get_child_value(1).unpack()
        details = arguments.get_child_value(2)
        entries = [details.get_child_value(i) for i in range(details.n_children())]
        number = self.default_journal().happen(task, kind, {
            entry.get_child_value(0).get_string(): entry.get_child_value(1).get_variant()
            for entry in entries})
        self.records.save()
        return GLib.Variant('(t)', (number,))

    def mock_Unacknowledged(self, arguments):
        return GLib.Variant('(at)', ([event[0] for event in
                                      self.default_journal().kept['events']],))

    def mock_CountFrom(self, arguments):
        journal = self.default_journal()
        journal.kept['next'] = arguments.unpack()[0]
        journal.sent = 0

    def mock_Invalidate(self, arguments):
        journal = self.default_journal()
        for listener in journal.listeners:
            journal.emit(listener, 'Invalidated', GLib.Variant('(a{sv})', ({},)))

    def mock_Listeners(self, arguments):
        return GLib.Variant('(u)', (len(self.default_journal().listeners),))

    def mock_HoldRows(self, arguments):
        """While this holds nobody is told of rows; then of all at once."""
        if arguments.unpack()[0]:
            self.held_rows = []
            return
        held, self.held_rows = self.held_rows or [], None
        for changed, removed in held:
            self.tell(changed, removed)

    def mock_Calls(self, arguments):
        return GLib.Variant('(u)', (self.calls.get(arguments.unpack()[0], 0),))

    def mock_LastCall(self, arguments):
        return GLib.Variant('(s)', (self.last_calls.get(arguments.unpack()[0], ''),))

    def mock_Find(self, arguments):
        self.found[arguments.get_child_value(0).get_string()] = arguments.get_child_value(1)

    def mock_Leave(self, arguments):
        GLib.idle_add(self.loop.quit)

    def mock_Reset(self, arguments):
        """As if nothing had ever happened; only numbers of tasks are not used again."""
        rows = list(self.records.rows.values())
        self.records.rows = {}
        self.records.nonces = {}
        self.records.limits = {}
        for feed in self.sessions.values():
            # Numbers go on: a client of the case before may still be there.
            feed.journal.kept |= {'config': {}, 'events': []}
            feed.journal.drain_after = None
        self.records.save()
        self.held_rows = None
        self.failures = {}
        self.crashes = {}
        self.calls = {}
        self.last_calls = {}
        self.lose = 0
        self.found = {}
        self.tell([], rows)


def main():
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
    service = Service(loop)
    loop.run()
    if not service.bus.is_closed():
        service.bus.flush_sync(None)
    return 0


if __name__ == '__main__':
    sys.exit(main())
