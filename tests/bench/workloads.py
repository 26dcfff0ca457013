# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fetched. A workload prepares its server once and gives its addresses; every program gets
them in every round. A new line of the table is a new class here and its name in WORKLOADS.
"""

import os
import random

BLOCK = 64 << 20


class OneFile:
    """One large file over plain HTTP."""

    title = 'one file of {size}, plain HTTP, one server'

    def __init__(self, nginx, size):
        self._size = size
        self._path = nginx.file('large.bin')
        block = random.Random(1).randbytes(min(BLOCK, size))
        with open(self._path, 'wb') as out:
            while out.tell() < size:
                out.write(block[:size - out.tell()])
        self._url = nginx.url('large.bin')

    def describe(self):
        return self.title.format(size=f'{self._size / (1 << 20):.0f} MiB')

    def fetch(self, program, folder, sample=False):
        """Lets the program fetch it, checks and removes what it wrote."""
        name = f'{program.name}.bin'
        path = os.path.join(folder, name)
        result = program.fetch(self._url, folder, name, sample)
        if os.path.getsize(path) != self._size:
            raise RuntimeError(f'{program.name}: {os.path.getsize(path)} bytes of {self._size}')
        if sample:
            self._compare(path, program.name)
        os.unlink(path)
        program.forget()
        return result

    def _compare(self, path, name):
        with open(path, 'rb') as got, open(self._path, 'rb') as served:
            while block := served.read(1 << 20):
                if got.read(1 << 20) != block:
                    raise RuntimeError(f'{name}: the bytes are others')


WORKLOADS = {'one': OneFile}
