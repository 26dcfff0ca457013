#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL while somebody adds, cancels, removes, pauses, moves: what was answered is true
afterwards, what was not answered is done or not done but never half, and no partial file stays
without a task.

The seed is told: KEEL_CRASH_SEED and KEEL_CRASH_ROUNDS repeat or lengthen a run.
"""

import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time

from keeltest import Case, House, Nginx, contents_of, main, wait_until

ROUNDS = int(os.environ.get('KEEL_CRASH_ROUNDS', '20'))
SEED = int(os.environ.get('KEEL_CRASH_SEED', str(random.SystemRandom().randrange(10**6))))
BATCH = 20
SIZE = 400_000
FILES = 7


class Verbs(Case):
    def setUp(self):
        print(f'# KEEL_CRASH_SEED={SEED} KEEL_CRASH_ROUNDS={ROUNDS}', flush=True)
        self.chance = random.Random(SEED)
        self.house = House(self, idle_timeout=60)
        self.nginx = Nginx(self)
        for number in range(FILES):
            self.nginx.make(f'v-{number}.bin', SIZE, number)
        self.known = set()
        self.removed = set()
        self.folders = [self.house.downloads, self.make_folder(None), self.make_folder('/dev/shm')]

    def make_folder(self, place):
        """Beside the home, or on another file system."""
        folder = tempfile.TemporaryDirectory(prefix='keel-', dir=place)
        self.addCleanup(folder.cleanup)
        return folder.name

    def states(self):
        return {task['id']: task['state'] for task in self.house.tasks()}

    def killed_meanwhile(self, *arguments, text=None):
        """Runs keel, kills the service within it; gives the exit status and what was printed."""
        keel = self.house.start_keel(*arguments, stdin=subprocess.PIPE)
        if text is not None:
            keel.stdin.write(text)
            keel.stdin.close()
            keel.stdin = None
        time.sleep(0.1 * self.chance.random() ** 2)
        if self.house.service_pid() is not None:
            self.house.signal_service(signal.SIGKILL)
        out, err = keel.communicate(timeout=60)
        return keel.returncode, out, err

    def add(self):
        links = [self.nginx.url(f'v-{self.chance.randrange(FILES)}.bin', f'rate/{SIZE // 2}')
                 for _ in range(self.chance.choice([1, BATCH]))]
        before = set(self.states())
        status, out, err = self.killed_meanwhile('add', '--json', '--input', '-',
                                                 text='\n'.join(links) + '\n')
        answered = {json.loads(line)['id'] for line in out.splitlines()}
        new = set(self.states()) - before
        # A batch is added whole or not at all, and once, also when keel had to ask twice.
        self.assertIn(len(new), [0, len(links)], err)
        if status == 0:
            self.assertEqual(answered, new)
        self.assertFalse(new & self.known)
        self.known |= new

    def control(self, verb, applies):
        able = [number for number, state in self.states().items() if state in applies]
        if not able:
            return
        chosen = self.chance.sample(able, min(len(able), self.chance.choice([1, 4])))
        status, _, err = self.killed_meanwhile(verb, *chosen)
        now = self.states()
        if verb == 'remove':
            self.removed |= set(chosen) - set(now)
        for number in chosen:
            state = now.get(number)
            # Who was refused had ended in the meantime; who was answered can rely on it.
            if status == 0 and verb == 'remove':
                self.assertIsNone(state, err)
            elif status == 0:
                self.assertEqual(state, {'cancel': 'cancelled', 'pause': 'paused'}[verb], err)

    def move(self):
        able = [task['id'] for task in self.house.tasks()
                if task['state'] in ['queued', 'waiting', 'running', 'paused']]
        if able:
            # One that has ended meanwhile is refused; else it may, or may not, have been done.
            status, _, err = self.killed_meanwhile('set', self.chance.choice(able),
                                                   '--dir', self.chance.choice(self.folders))
            self.assertIn(status, [0, 1], err)

    def test_verbs(self):
        live = ['queued', 'waiting', 'running']
        self.add()
        for _ in range(ROUNDS):
            self.chance.choice([
                self.add,
                self.move,
                lambda: self.control('cancel', live),
                lambda: self.control('pause', live),
                lambda: self.control('remove', [*live, 'paused', 'cancelled', 'finished'])])()
            self.assertEqual(set(self.states()), self.known - self.removed)
        self.finish()

    def finish(self):
        def all_ended():
            states = self.states()
            paused = [number for number, state in states.items() if state == 'paused']
            if paused:
                self.house.keel('resume', *paused, status=None)
            assert set(states.values()) <= {'finished', 'cancelled'}, states
            return True
        wait_until('all have ended', all_ended, 90, interval=0.2)
        for task in self.house.tasks():
            if task['state'] == 'finished':
                self.assertTrue(os.path.exists(task['file']), task)
        # What is there beyond belongs to tasks that were removed: whole files, and nothing else.
        for path in [os.path.join(folder, name) for folder in self.folders
                     for name in os.listdir(folder)]:
            source = re.sub(r' \(\d+\)', '', os.path.basename(path))
            self.assertTrue(contents_of(path) == contents_of(self.nginx.file(source)), path)


if __name__ == '__main__':
    main()
