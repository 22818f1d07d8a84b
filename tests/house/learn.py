"""Trains the matcher that the tests share: `python -m tests.house.learn`, beside what else needs only one core."""

from knowledge.catalogue import load_catalogue
from knowledge.training import load_or_train
from tests.conftest import MODELS

if __name__ == "__main__":
    load_or_train(load_catalogue("bauska"), MODELS)
