#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window costs: its first frame, scrolling, many active downloads. No pass or fail.

The service is the mock of tests/lib; each start of the window is the second one, with warm caches.
How long it takes from a press of Pause until the real service says that the download is paused, and
the window shows it, is measured in a process of its own: `figures.py pausing` does only that.
"""

import os
import statistics
import subprocess
import sys
import time
import unittest

SERVICE = os.environ.get('KEELBOAT_SERVICE', '')
from keelserver import Server  # noqa: E402
from keeltest import wait_until  # noqa: E402
from keeltest.bus import INTERFACES, PATH, Listener  # noqa: E402
from keeltest.bus import SERVICE as SERVICE_NAME  # noqa: E402
from mockdesk import MB, MockDesk, days_ago  # noqa: E402
from keelui import Atspi, Desk, GLib, Program  # noqa: E402

LOOK = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'tests/ui/liblook.so')
ACTIVE = 50
SECONDS = 10
STEPS = 200
CLICKS = 50
# As many as the service lets run at once.
FULL = 32
TICKS_PER_SECOND = os.sysconf('SC_CLK_TCK')


class Figures(unittest.TestCase):
    """A case only for what the Program wants of one."""


def frames(program):
    """(when, work of the main thread) of each frame so far, in milliseconds."""
    lines = [line.split() for line in program.log().splitlines() if line.startswith('frame ')]
    return [(int(when) / 1000, int(work) / 1000) for _, when, _, work in lines]


def start(desk, case):
    return Program(case, desk, environment={
        'LD_PRELOAD': LOOK, 'KEEL_LOOK_FRAMES': str(time.monotonic_ns() // 1000)})


def cpu_seconds(process):
    with open(f'/proc/{process.pid}/stat', encoding='ascii') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident(process):
    with open(f'/proc/{process.pid}/status', encoding='ascii') as file:
        for line in file:
            if line.startswith('VmRSS'):
                return int(line.split()[1]) / 1024
    return 0


def measure_start(desk, case, name):
    start(desk, case).close()
    program = start(desk, case)
    time.sleep(2)
    first = frames(program)
    print(f'{name}: first frame after {first[0][0]:.0f} ms, the last of its beginning after '
          f'{first[-1][0]:.0f} ms, longest {max(work for _, work in first):.1f} ms; '
          f'{resident(program.process):.0f} MiB', flush=True)
    return program


def measure_scrolling(desk, program, name, *step):
    """What the main thread works for a frame, all that it does between two of them included."""
    program.activate()
    time.sleep(1)
    # The first one has everything in it that was done since the last frame before.
    desk.display.run('xdotool', *step)
    time.sleep(0.5)
    before = len(frames(program))
    begun = cpu_seconds(program.process)
    for _ in range(STEPS):
        desk.display.run('xdotool', *step)
        time.sleep(0.02)
    time.sleep(0.5)
    spent = cpu_seconds(program.process) - begun
    works = sorted(work for _, work in frames(program)[before:])
    late = sum(1 for work in works if work > 16)
    print(f'scrolling by {name}: {1000 * spent / STEPS:.1f} ms a step; {len(works)} frames, median '
          f'{statistics.median(works):.1f} ms, 99 % within {works[int(len(works) * 0.99) - 1]:.1f} '
          f'ms, longest {works[-1]:.1f} ms, {late} over 16 ms', flush=True)


def measure_active(desk, case):
    numbers = [desk.fill(name=f'{i}.iso', state='running', received=MB, total=1000 * MB)
               for i in range(ACTIVE)]
    program = start(desk, case)
    program.row('1.iso')
    time.sleep(2)
    before = cpu_seconds(program.process)
    begun = time.monotonic()
    received = MB
    while time.monotonic() - begun < SECONDS:
        received += MB
        desk.tick_all(numbers, received, 4 * MB)
        time.sleep(0.25)
    spent = cpu_seconds(program.process) - before
    took = time.monotonic() - begun
    print(f'{ACTIVE} active: {100 * spent / took:.1f} % of a processor', flush=True)
    program.close()


class Ear(Listener):
    """Hears when the service says that a download is paused."""

    def __init__(self, address):
        self.told = {}
        self._tick = 0
        super().__init__(address, [])

    def _filter(self, connection, message, incoming):
        if incoming and message.get_member() == 'Progress':
            self._tick = message.get_body().unpack()[0]
        if incoming and message.get_member() == 'TasksChanged':
            now = time.monotonic()
            for row in message.get_body().unpack()[2]:
                if row.get('state') == 'paused':
                    self.told.setdefault(row['id'], now)
        return message

    def listen(self):
        """From now on, for the time of a lease."""
        self.told.clear()
        self.connection.call(SERVICE_NAME, PATH, INTERFACES + 'Manager', 'Watch',
                             GLib.Variant('(ua{sv})', (
                                 1000, {'last-tick': GLib.Variant('t', self._tick)})))


def says(rows, name, word):
    """Whether the row of a download says it; rows come and go while they are looked at."""
    try:
        for i in range(rows.get_child_count()):
            said = rows.get_child_at_index(i).get_name()
            if said.startswith(name):
                return word in said
    except (GLib.Error, AttributeError):
        pass
    return False


def press_pause(program, ear, name, number):
    """(milliseconds until the service says so, until the window shows it)."""
    row = program.row(name)
    rows = row.get_parent()
    button = program.find('push button', 'Pause', inside=row)
    ear.listen()
    # With the pointer: what is pressed in another way is held for a quarter of a second by GTK.
    place = Atspi.Component.get_extents(button, Atspi.CoordType.WINDOW)
    program.desk.display.move_pointer(place.x + place.width // 2, place.y + place.height // 2,
                                      program.window)
    begun = time.monotonic()
    program.desk.display.click()
    wait_until('the window shows it', lambda: says(rows, name, 'Paused'), interval=0.002)
    shown = time.monotonic()
    wait_until('the service says so', lambda: number in ear.told, interval=0.0005)
    return 1000 * (ear.told[number] - begun), 1000 * (shown - begun)


def measure_pausing(desk, case, count):
    server = Server(case)
    house = desk.house
    numbers = [house.add(server.url('good', f'{i:02}.bin', size=2 * MB), '--limit=10k')
               for i in range(count)]
    for number in numbers:
        house.wait_task(number, 'running')
    program = Program(case, desk)
    ear = Ear(house.bus.address)
    times = []
    for _ in range(CLICKS):
        times.append(press_pause(program, ear, '00.bin', numbers[0]))
        house.keel('resume', numbers[0])
        house.wait_task(numbers[0], 'running')
        program.wait_row('00.bin', 'Active')
    for what, values in zip(['the service says so', 'the window shows it'], zip(*times)):
        print(f'from Pause until {what}, {count} active: median '
              f'{statistics.median(values):.1f} ms, worst {max(values):.1f} ms', flush=True)
    program.close()
    ear.end()
    house.keel('remove', '--all')
    wait_until('all have gone', lambda: not house.tasks())
    case.doCleanups()


def main_pausing():
    os.environ['KEELBOAT_SERVICE'] = SERVICE
    desk = Desk()
    try:
        desk.house.keel('limit', f'--active={FULL}', f'--per-host={FULL}', '--connections=1')
        for count in (1, FULL):
            measure_pausing(desk, Figures(), count)
    finally:
        desk.end()


def main():
    if sys.argv[1:] == ['pausing']:
        main_pausing()
        return
    subprocess.run([sys.executable, __file__, 'pausing'], check=True,
                   env={**os.environ, 'KEELBOAT_SERVICE': SERVICE})
    desk = MockDesk()
    case = Figures()
    try:
        desk.forget_all()
        measure_start(desk, case, 'empty').close()
        desk.fill(10000, name='many.zip', state='finished', received=MB, finished=days_ago(1))
        program = measure_start(desk, case, '10,000')
        measure_scrolling(desk, program, 'pages', 'key', 'Page_Down')
        desk.display.run('xdotool', 'mousemove', '450', '400')
        measure_scrolling(desk, program, 'wheel', 'click', '5')
        program.close()
        desk.forget_all()
        measure_active(desk, case)
        case.doCleanups()
    finally:
        desk.end()


if __name__ == '__main__':
    main()
