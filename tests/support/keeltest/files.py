# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with known bytes, and looking at bytes on disk."""

import hashlib
import os
import random

CHUNK = 1 << 20


def make_file(path, size, seed=0):
    """Writes a file of pseudo-random bytes, the same for the same seed; gives its path.

    Each MiB is different, so that bytes at a wrong offset never compare as equal.
    """
    generator = random.Random(seed)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as out:
        while size > 0:
            out.write(generator.randbytes(min(CHUNK, size)))
            size -= CHUNK
    return path


def contents_of(path):
    with open(path, 'rb') as file:
        return file.read()


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()
