# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen in a picture of the screen."""

import os
import subprocess

from keeltest import scaled

FOLDER = os.path.join(os.environ.get('KEEL_BUILD_ROOT', '.'), 'screenshots', 'desktop')


def path_of(name):
    """Where the picture of this name is kept, to be looked at."""
    os.makedirs(FOLDER, exist_ok=True)
    return os.path.join(FOLDER, name + '.png')


class Picture:
    def __init__(self, path):
        size = subprocess.run(['identify', '-format', '%w %h', path], check=True, text=True,
                              capture_output=True, timeout=scaled(30)).stdout.split()
        self.width, self.height = map(int, size)
        self.data = subprocess.run(['convert', path, '-depth', '8', 'rgb:-'], check=True,
                                   capture_output=True, timeout=scaled(30)).stdout

    def pixel(self, x, y):
        place = 3 * (y * self.width + x)
        return tuple(self.data[place:place + 3])

    def find(self, colour, tolerance=12):
        """Places of the pixels that have this colour, or nearly."""
        return [(x, y) for y in range(self.height) for x in range(self.width)
                if all(abs(a - b) <= tolerance for a, b in zip(self.pixel(x, y), colour))]

    def count_changes(self, other):
        """How many pixels are others than in a picture of the same size."""
        return sum(self.data[place:place + 3] != other.data[place:place + 3]
                   for place in range(0, len(self.data), 3))

    def find_changes(self, other):
        """(left, top, right, bottom) of what is other than in a picture of the same size."""
        places = [divmod(place // 3, self.width) for place in range(0, len(self.data), 3)
                  if self.data[place:place + 3] != other.data[place:place + 3]]
        rows = [y for y, _ in places]
        columns = [x for _, x in places]
        return min(columns), min(rows), max(columns), max(rows)
