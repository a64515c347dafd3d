"""A service for the tests of workers."""

import os
import sys
import time
from pathlib import Path

from zarr_cryoet.core.measure.service import Service, question


class Waiting(Service):
    def __init__(self, word="here"):
        self.word = word

    @question
    def wait(self, seconds, file=None):
        if file:
            Path(file).write_text(str(os.getpid()))
        time.sleep(seconds)
        return {"word": self.word, "variables": dict(os.environ)}

    @question
    def leave(self, words):
        print("no answer")
        sys.stderr.write(words)
        sys.stderr.flush()
        os._exit(7)

    def unasked(self):
        return {}
