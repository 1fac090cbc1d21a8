"""`watch` draws a spec again whenever it is saved."""

from __future__ import annotations

import os
import signal
import time

import pytest

from costcalc.scaffold import scaffold
from tests.running import COSTCALC, starting


class Watched:
    """A spec that is watched, and what has been said of it by now."""

    def __init__(self, folder, start):
        self.path = folder / "ours.yaml"
        self.save(scaffold("ours", "residual", 32, 10))
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("w") as out, self.err.open("w") as err:
            command = [*COSTCALC, "watch", "./ours.yaml"]
            self.process = start(command, cwd=folder, stdout=out, stderr=err)

    def save(self, text):
        """As editors do: another file takes its place."""
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.path)

    def wait_for(self, text, file):
        for _ in range(600):
            if text in file.read_text():
                return file.read_text()
            time.sleep(0.05)
        raise AssertionError(f"{text!r} is never said: {file.read_text()}")


@pytest.mark.exhaustive
def test_a_session(tmp_path):
    with starting() as start:
        watched = Watched(tmp_path, start)
        text = watched.path.read_text()
        first = watched.wait_for("weights 2,755,936", watched.out)
        assert "before" not in first
        watched.save(text.replace("128, depth", "160, depth"))
        watched.wait_for("stage2", watched.out)
        drawn = watched.wait_for("2 changed, 4 unchanged", watched.out)
        assert "+351,552" in drawn
        watched.wait_for("out is printed 8x8x128, computed 8x8x160", watched.err)
        watched.save(text.replace("stem,   conv", "stem,   conw").replace("gpool", "gpol"))
        said = watched.wait_for("unknown operator 'gpol'", watched.err)
        assert "unknown operator 'conw'" in said
        watched.path.unlink()
        watched.wait_for("cannot be read", watched.err)
        watched.save(text)
        watched.wait_for("-351,552", watched.out)
        assert watched.process.poll() is None
        os.kill(watched.process.pid, signal.SIGTERM)
        assert watched.process.wait(timeout=60) == -signal.SIGTERM


def test_there_is_something_to_watch(costcalc, tmp_path):
    ran = costcalc("watch", "./none.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert "cannot be read" in ran.err
