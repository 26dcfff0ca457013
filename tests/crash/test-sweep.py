#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dies, or fails, at every call that changes a disk; then everything has to be right in the end.

A recording lists the calls of crash-run, each as class:operation:k. A point is such a call and what
happens there: death before it, after it or in the middle of it, or an error. After each the folders
are looked at, crash-run runs again without a fault, and every file has to be there, byte-exact,
with nothing beside it that does not belong there. After a death nobody helps; after a disk error
what failed is tried again.

    KEEL_CRASH_SEED=N       chooses the points; it is told
    KEEL_CRASH_POINTS=N     how many, 500 (120 with sanitizers); "all": each of them, and many
                            that are reached while recovering
    KEEL_CRASH_POINT=TEXT   this one only, as it is told for one that was bad; two with " then "
                            between them are a death and one in the recovery
    KEEL_CRASH_TIMES=N      how often that, 1
    KEEL_CRASH_KEEP=1       leaves the folders of bad ones
"""

import collections
import concurrent.futures
import itertools
import os
import random
import shutil
import sys
import threading

from crashbench import BUILD, DEATHS, SHIM, Point, Served, Trial, parse_point, tell_point
from keeltest import Case, main, processes, rows, skip_all

# With sanitizers it is about memory: what happens to files is seen without them.
SANITIZED = os.environ.get('KEEL_TEST_SANITIZED')
POINTS = os.environ.get('KEEL_CRASH_POINTS', '120' if SANITIZED else '500')
ALL = POINTS == 'all'
SEED = int(os.environ.get('KEEL_CRASH_SEED', str(random.SystemRandom().randrange(10**6))))
ONLY = os.environ.get('KEEL_CRASH_POINT', '')
TIMES = int(os.environ.get('KEEL_CRASH_TIMES', '1'))
KEEP = os.environ.get('KEEL_CRASH_KEEP', '')
WORKERS = 2
RECORDINGS = 3
MOST_TOLD = 10
# Of the points of a short sweep: how many are deaths, how many play poorer file systems.
KILLS = 0.5
POORER = 0.12
DOUBLES = 0.06
MOST_DOUBLES = 1500
NOT_REACHED = 0.01

CLASSES = ['part', 'final', 'directory', 'database', 'wal']
FULL = {'ENOSPC', 'EDQUOT', 'EROFS'}
BROKEN = {'EIO', 'EIO+after', 'lost'}
INTERRUPTED = {'EINTR', 'short', 'half'}
KILLED = {'kill', 'kill+after', 'torn', 'stall'}
FAMILIES = {'killed': KILLED, 'full': FULL, 'broken': BROKEN,
            'interrupted': INTERRUPTED}
TRIES = 3
ERRORS = {
    'open': ['ENOSPC', 'EDQUOT', 'EIO', 'EINTR', 'EROFS'],
    'write': ['ENOSPC', 'EDQUOT', 'EIO', 'EINTR', 'short', 'half'],
    'fsync': ['EIO', 'lost', 'ENOSPC'],
    'fdatasync': ['EIO', 'lost', 'ENOSPC'],
    'syncfs': ['EIO', 'ENOSPC'],
    'truncate': ['EIO', 'EINTR', 'EROFS'],
    'fallocate': ['ENOSPC', 'EIO', 'EINTR'],
    'rename': ['EIO', 'EIO+after', 'ENOSPC', 'EROFS'],
    'link': ['EIO', 'EIO+after', 'ENOSPC', 'EROFS'],
    'unlink': ['EIO', 'EIO+after', 'EROFS'],
    'mkdir': ['ENOSPC', 'EIO', 'EROFS'],
    'setxattr': ['ENOSPC', 'EIO', 'EROFS'],
    'removexattr': ['EIO', 'EROFS'],
    'chmod': ['EIO', 'EROFS'],
    'close': ['EIO'],
}
LASTS = {'ENOSPC': [1, 5, 40], 'EDQUOT': [1, 20], 'EROFS': [1, 30], 'EIO': [1, 3]}
# What a file system may be without, and the calls that are other ones then.
LACKS = {'noreplace': ('noreplace', {'link', 'unlink'}),
         'links': ('noreplace,link', {'open', 'rename', 'unlink', 'close'}),
         'attributes': ('xattr', {'open', 'write', 'fsync', 'rename', 'unlink'})}


def operation_of(place):
    return place.split(':')[1]


def kills_of(places, lacks=''):
    deaths = [Point(place + when, 'kill', 1, lacks) for place in places for when in ('', '+after')]
    deaths += [Point(place, 'torn', 1, lacks) for place in places if operation_of(place) == 'write']
    return deaths + [Point(place, 'stall', 1, lacks) for place in places
                     if operation_of(place) != 'close']


def errors_of(places, lacks=''):
    for place in places:
        for action in ERRORS[operation_of(place)]:
            name, _, late = action.partition('+')
            for lasts in LASTS.get(name, [1]) if not late else [1]:
                yield Point(place + ('+after' if late else ''), name, lasts, lacks)


def action_of(point):
    return point.action + ('+after' if '+after' in point.place else '')


def group_of(point):
    for family, actions in FAMILIES.items():
        if action_of(point) in actions:
            return point.place.split(':')[0], family
    raise ValueError(point)


def spread(points, count, chance):
    """So many of the points: of each kind of call and action about as many, where there are."""
    kinds = collections.defaultdict(list)
    for point in points:
        kinds[point.place.rpartition(':')[0], action_of(point)].append(point)
    lists = [chance.sample(kind, len(kind)) for _, kind in sorted(kinds.items())]
    chance.shuffle(lists)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*lists))
    return [point for point in turns if point is not None][:count]


class Sums:
    def __init__(self):
        self.points = self.not_reached = self.bad = self.lost = 0
        self.refetched = []

    def add(self, other):
        self.points += other.points
        self.not_reached += other.not_reached
        self.bad += other.bad
        self.lost += other.lost
        self.refetched += other.refetched

    def __str__(self):
        mean = sum(self.refetched) / max(len(self.refetched), 1)
        return (f'{self.points:7} {self.not_reached:12} {self.bad:5} {self.lost:10} '
                f'{max(self.refetched, default=0) / 1024:16.0f} {mean / 1024:8.0f}')


class Course:
    """Goes through points, some at a time, and counts."""

    def __init__(self):
        self.served = Served()
        self.root = processes.make_folder('keel-sweep-', parent='/dev/shm' if os.access(
            '/dev/shm', os.W_OK) else None)
        self.sums = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def close(self):
        self.served.end()
        if not KEEP:
            shutil.rmtree(self.root, ignore_errors=True)

    def trial(self, lacks):
        trial = Trial(self.root, self.served, str(next(self._numbers)))
        trial.lacks = lacks
        return trial

    def record(self, lacks=''):
        """The points that are reached every time."""
        least = None
        for _ in range(RECORDINGS):
            trial = self.trial(lacks)
            path = os.path.join(trial.folder, 'points')
            trial.run(points=path)
            trial.check_end()
            assert not trial.bad, trial.bad
            with open(path, encoding='ascii') as file:
                counts = collections.Counter(line.rpartition(':')[0] for line in file)
            least = counts if least is None else least & counts
            trial.close()
        return [f'{kind}:{k}' for kind, count in sorted(least.items())
                for k in range(1, count + 1)]

    def go_to(self, trial, point):
        """Runs into one fault. Gives whether it was reached."""
        is_reached = trial.run(point)
        told = trial.told[-1]
        if point.action in DEATHS:
            return is_reached and told.was_killed
        # With a database that cannot be opened it leaves, with a word.
        if told.status not in (0, 1) or (told.status == 1 and not told.err):
            trial.complain(f'it ended with {told.status}: {told.err.strip()[-300:]}')
        return is_reached

    def go_once(self, points, record):
        trial = self.trial(points[0].lacks)
        is_reached = True
        for point in points:
            is_reached = self.go_to(trial, point) and is_reached
            trial.check_always()
            trial.release()
        trial.run(points=record, retry=any(point.action in BROKEN for point in points))
        trial.check_end()
        return trial, is_reached

    def go(self, points, sums, record=None):
        """A fault, perhaps a second one in the recovery, and the end. Threads do not do the same
        each time: what is not reached is tried again."""
        for _ in range(TRIES):
            trial, is_reached = self.go_once(points, record)
            if is_reached or trial.bad:
                break
            trial.close()
        with self._lock:
            sums.points += 1
            sums.not_reached += not is_reached
            sums.bad += bool(trial.bad)
            sums.lost += any('is lost' in sentence for sentence in trial.bad)
            if points[-1].action in DEATHS:
                sums.refetched.append(sum(task['refetched_bytes'] for task in trial.tasks))
        if trial.bad:
            text = ' then '.join(tell_point(point) for point in points)
            print(f"# KEEL_CRASH_POINT='{text}' meson test -C {BUILD} --verbose sweep\n#   " +
                  '\n#   '.join(trial.bad), file=sys.stderr, flush=True)
        if not (trial.bad and KEEP):
            trial.close()
        return [] if not trial.bad else [(points, trial.bad)]

    def go_twice(self, point, sums, chance, faults_of):
        """A death, and a fault in the recovery: which calls there are has to be seen first."""
        path = os.path.join(self.root, f'points-{next(self._numbers)}')
        bad = self.go([point], Sums(), path)
        with open(path, encoding='ascii') as file:
            counts = collections.Counter(line.rpartition(':')[0] for line in file)
        # How much is left to do is not the same each time.
        places = [f'{kind}:{k}' for kind, count in sorted(counts.items())
                  for k in range(1, count * 3 // 4 + 2) if k <= count]
        return bad + self.go([point, chance.choice(list(faults_of(places)))], sums)

    def go_all(self, name, calls):
        """Calls of go, some at a time. Gives what was bad."""
        sums = self.sums.setdefault(name, Sums())
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            found = [bad for future in [pool.submit(call, sums) for call in calls]
                     for bad in future.result()]
        print(f'# {name}: {sums.points} points, {sums.not_reached} not reached, {sums.bad} bad, '
              f'fetched again at most {max(sums.refetched, default=0)}', flush=True)
        return found


class Plan:
    """Which points, by name of the group."""

    def __init__(self, course):
        self.chance = random.Random(SEED)
        places = [place for place in course.record() if place.split(':')[0] in CLASSES]
        kills = kills_of(places)
        errors = list(errors_of(places))
        poorer = {}
        self.unplayable = {}
        for name, (lacks, operations) in LACKS.items():
            try:
                recorded = course.record(lacks)
            except AssertionError as error:
                self.unplayable[name] = error
                recorded = []
            other = [place for place in recorded
                     if place.split(':')[0] in ('part', 'final') and
                     (ALL or operation_of(place) in operations)]
            poorer[name] = kills_of(other, lacks) + list(errors_of(other, lacks))
        if not ALL:
            count = int(POINTS)
            each = round(count * POORER / len(LACKS))
            poorer = {name: spread(points, each, self.chance) for name, points in poorer.items()}
            left = count - each * len(LACKS) - round(count * DOUBLES)
            kills = spread(kills, round(left * KILLS), self.chance)
            errors = spread(errors, left - len(kills), self.chance)
        self.doubles = spread(kills_of(places), MOST_DOUBLES if ALL else
                              round(int(POINTS) * DOUBLES / 2), self.chance)
        self.seeds = [self.chance.random() for _ in self.doubles]
        self.groups = collections.defaultdict(list)
        for point in kills + errors:
            self.groups[group_of(point)].append(point)
        self.poorer = poorer


class Swept(Case):
    @classmethod
    def setUpClass(cls):
        print(f'# KEEL_CRASH_SEED={SEED} KEEL_CRASH_POINTS={POINTS}', flush=True)
        cls.course = Course()
        cls.addClassCleanup(cls.course.close)

    def be_good(self, bad):
        told = [f'{" then ".join(tell_point(point) for point in points)}: {"; ".join(sentences)}'
                for points, sentences in bad[:MOST_TOLD]]
        self.assertEqual(told, [], f'{len(bad)} points with KEEL_CRASH_SEED={SEED}, repeated by '
                         'KEEL_CRASH_POINT=...:\n' + '\n'.join(told))

    def go(self, name, points):
        if not points:
            self.skipTest('there is no such call')
        self.be_good(self.course.go_all(name, [
            lambda sums, point=point: self.course.go([point], sums) for point in points]))


class Sweep(Swept):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = Plan(cls.course)

    @classmethod
    def tearDownClass(cls):
        total = Sums()
        print(f'# {"":24} points  not reached   bad tasks lost KiB again at most     mean')
        for name, sums in cls.course.sums.items():
            print(f'# {name:24}{sums}')
            total.add(sums)
        print(f'# {"all":24}{total}', flush=True)

    @rows({f'{kind}_{family}': (kind, family) for kind in CLASSES for family in FAMILIES
           if (kind, family) != ('directory', 'interrupted')})
    def test_points(self, kind, family):
        self.go(f'{kind} {family}', self.plan.groups[kind, family])

    @rows({name: (name,) for name in LACKS})
    def test_points_without(self, name):
        if name in self.plan.unplayable:
            raise self.plan.unplayable[name]
        self.go(f'without {name}', self.plan.poorer[name])

    @rows({'killed': (kills_of,), 'failing': (errors_of,)})
    def test_recovery(self, faults_of):
        name = 'twice killed' if faults_of == kills_of else 'killed, then failing'
        self.be_good(self.course.go_all(name, [
            lambda sums, point=point, seed=seed: self.course.go_twice(
                point, sums, random.Random(seed), faults_of)
            for point, seed in zip(self.plan.doubles, self.plan.seeds)]))

    def test_that_points_were_reached(self):
        sums = Sums()
        for other in self.course.sums.values():
            sums.add(other)
        self.assertLess(sums.not_reached, max(NOT_REACHED * sums.points, 2),
                        f'of {sums.points} points')


class Repeat(Swept):
    def test_point(self):
        if not ONLY:
            self.skipTest('KEEL_CRASH_POINT is not set')
        points = [parse_point(text) for text in ONLY.split(' then ')]
        self.be_good(self.course.go_all(ONLY, [
            lambda sums: self.course.go(points, sums) for _ in range(TIMES)]))


if __name__ == '__main__':
    if not os.path.exists(SHIM):
        skip_all('the shim is not built')
    if len(sys.argv) == 1:
        sys.argv.append('Repeat' if ONLY else 'Sweep')
    main()
