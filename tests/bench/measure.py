# SPDX-License-Identifier: GPL-3.0-or-later
"""Wall time, processor time and private memory of what is run.

Processor time of a program that is started here comes from wait4(), that of the service from its
processor clock before and after: what a download costs is what both spend. Memory is private clean
plus private dirty from smaps_rollup, summed over the processes; looking takes time itself, so
memory is sampled in a run that is not timed.
"""

import os
import subprocess
import threading
import time

CPUCLOCK_SCHED = 2
SAMPLE_SECONDS = 0.02
KIB = 1024


def cpu_of(pid):
    """Processor seconds that a process has used so far, to the nanosecond: /proc/PID/stat counts
    in hundredths, which is a lot of what some small files cost."""
    # What clock_getcpuclockid() gives for a process; Python has no name for it.
    return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)


def memory_of(pid):
    """The lines of smaps_rollup in bytes; empty when the process has gone."""
    try:
        with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
            lines = file.read().splitlines()[1:]
    except OSError:
        return {}
    return {line.split(':')[0]: int(line.split()[1]) * KIB for line in lines}


def private_of(pid):
    memory = memory_of(pid)
    return memory.get('Private_Clean', 0) + memory.get('Private_Dirty', 0)


def private_if_alone(pid, bystander):
    """Private memory as it would be if nobody mapped the same files but the bystander, a process of
    the kind that always runs: what some other program happens to share now counts as private."""
    with open(f'/proc/{bystander}/maps', encoding='utf-8') as maps:
        common = {line.split(maxsplit=5)[-1].strip() for line in maps if '/' in line}
    total = 0
    name = ''
    with open(f'/proc/{pid}/smaps', encoding='utf-8') as file:
        for line in file:
            words = line.split()
            if not words[0].endswith(':'):
                name = words[5] if len(words) > 5 else ''
            elif words[0] in ('Private_Clean:', 'Private_Dirty:') or (
                    words[0].startswith('Shared_') and name.startswith('/') and
                    name not in common):
                total += int(words[1]) * KIB
    return total


class Run:
    """One finished run: wall and cpu in seconds, peak in bytes (0 when it was not looked at)."""

    def __init__(self, wall, cpu, peak):
        self.wall = wall
        self.cpu = cpu
        self.peak = peak


class TooLong(RuntimeError):
    """It had not ended when its time was over."""


def run(command, servant=None, sample=False, seconds=600, **options):
    """Runs a command; servant is a process that works for it."""
    before = cpu_of(servant) if servant else 0
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, **options)
    errors = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    expired = threading.Event()
    guard = threading.Timer(seconds, lambda: (expired.set(), process.kill()))
    guard.start()
    pids = [process.pid] + ([servant] if servant else [])
    peak = _sample(process.pid, pids) if sample else 0
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    guard.cancel()
    reader.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if expired.is_set():
        raise TooLong(f'not within {seconds} s: {" ".join(command)}')
    if process.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: status {process.returncode}: '
                           f'{errors[0].decode(errors="replace")[-500:]}')
    cpu = usage.ru_utime + usage.ru_stime + (cpu_of(servant) - before if servant else 0)
    return Run(wall, cpu, peak)


def _sample(child, pids):
    """The highest sum of private memory until the child has ended (but is not waited for yet)."""
    peak = 0
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, sum(private_of(pid) for pid in pids))
        time.sleep(SAMPLE_SECONDS)
    return peak
