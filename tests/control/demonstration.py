"""A repository as a team has it, made anew: what its history does to its networks.

`python -m tests.control.demonstration FOLDER` makes one to look at.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.control.repository import Repository

DETECTOR = """\
name: Detector
hyperparameters: {alpha: {default: 1.0, min: 0.1}, res: {default: 96, min: 16}}
input: [res, res, 3]
defaults: {conv: {norm: batch, act: relu}}
network:
- columns: [name, op, k, s, out]
  scale: {out: round(alpha * out)}
  rows:
  - [stem,  conv, 3x3, 2, 16]
  - [body1, conv, 3x3, 1, 32]
  - [body2, conv, 3x3, 2, 64]
- columns: [op, out]
  rows: [[gpool], [fc, 10]]
claims:
- {table: Ours, columns: [type, params], rows: [["Conv 3x3", 23_696], [Fully Connected, 650]]}
"""
BACKBONE = """\
name: Backbone
hyperparameters: {alpha: {default: 1.0, min: 0.1}}
input: [64, 64, 3]
counts: {params: [weights]}
defaults: {conv: {norm: batch}}
network:
- columns: [op, k, s, out]
  scale: {out: round(alpha * out)}
  rows:
  - [conv, 3x3, 2, 32]
  - [conv, 3x3, 2, 64]
"""
PROJECT = """\
networks:
  detector:
    spec: nets/detector.yaml
    at: [{res: 96}, {res: 128}]
    dtype: int8
  backbone: nets/backbone.yaml:alpha=0.5
budgets:
- network: detector
  max: {mult_adds: 45M, peak_memory: 200KiB}
  grow: {mult_adds: 10% and 3M}
  because: "the H7's SRAM"
- {network: detector, max: {size: 35KiB}, level: warning, because: half of the flash}
- {network: [detector, backbone], max: {params: 2M}}
"""

WIDER = ("[body2, conv, 3x3, 2, 64]", "[body2, conv, 3x3, 2, 72]")
HEAVIER = ("  - [body2", "  - [~,     conv, 3x3, 1, 32]\n  - [body2")
HISTORY = ("start", "wider", "over", "renamed", "counted")
"""Each a tag: what the commit does."""


def demonstration(folder: Path) -> Repository:
    """A repository with a tag for each commit of its history."""
    made = Repository(folder)
    detector, project = DETECTOR, PROJECT
    made.write("nets/detector.yaml", detector)
    made.write("nets/backbone.yaml", BACKBONE)
    made.write("costcalc.yaml", project)
    lock(made)
    _tag(made, "start", "A detector and its backbone, within their budgets")
    detector = detector.replace(*WIDER)
    made.write("nets/detector.yaml", detector)
    lock(made)
    _tag(made, "wider", "Detector: a wider body, and the lock renewed")
    detector = detector.replace(*HEAVIER)
    made.write("nets/detector.yaml", detector)
    _tag(made, "over", "Detector: one more convolution, over its budget; the lock is forgotten")
    made.git("mv", "nets/detector.yaml", "nets/phone.yaml")
    project = project.replace("  detector:", "  phone:").replace("nets/detector", "nets/phone")
    project = project.replace("network: detector", "network: phone")
    project = project.replace("[detector,", "[phone,")
    made.write("costcalc.yaml", project)
    lock(made)
    _tag(made, "renamed", "The detector is the phone's now")
    project = project.replace(
        "backbone: nets/backbone.yaml:alpha=0.5",
        "backbone: {spec: nets/backbone.yaml, at: {alpha: 0.5}, convention: fvcore}",
    )
    made.write("costcalc.yaml", project)
    _tag(made, "counted", "The backbone is counted as fvcore does")
    return made


def lock(repository: Repository) -> None:
    """Write the lock as its networks are."""
    from costcalc.control import locking
    from costcalc.control.project import load_project

    project = load_project(repository.folder)
    assert not locking.write(project, project.build()).errors


def _tag(repository: Repository, name: str, message: str) -> None:
    repository.commit(message)
    repository.git("tag", name)


if __name__ == "__main__":
    demonstration(Path(sys.argv[1]))
