"""Where the learnt matcher is kept: under a hash of what was learnt, so it is trained again only when that changes.

A child process does the training (knowledge/fitting.py).
"""

import logging
import tempfile
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from knowledge.catalogue import Catalogue
from knowledge.examples import Examples, collect_examples, learning_hash
from knowledge.search import Matcher
from knowledge.stored_model import ModelUnusable, load

_log = logging.getLogger(__name__)


class TrainingFailed(Exception):
    """The child process that trains did not deliver a model."""


def load_or_train(catalogue: Catalogue, folder: Path) -> Matcher:
    """The matcher of a catalogue: from the folder when it was trained before, else trained now and kept there.

    Profiles without questions of their own share one model. Training takes some seconds. Raises TrainingFailed.
    """
    path = folder / f"matcher-{learning_hash(catalogue)}.npz"
    try:
        model = load(path)
    except ModelUnusable:
        folder.mkdir(parents=True, exist_ok=True)
        _train_in_child(collect_examples(catalogue), path)
        model = load(path)
    return Matcher(model, catalogue)


def _train_in_child(examples: Examples, path: Path) -> None:
    _log.info("training the matcher")
    with tempfile.TemporaryDirectory(dir=path.parent) as workplace:
        made = Path(workplace) / path.name
        # A fresh interpreter: a forked one would share the server's sockets, and this one must not load scikit-learn.
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as child:
            try:
                child.submit(_train_here, examples, made).result()
            except BrokenProcessPool:
                raise TrainingFailed("the training process died") from None
        made.replace(path)


def _train_here(examples: Examples, path: Path) -> None:
    import_module("knowledge.fitting").train_into(examples, path)
