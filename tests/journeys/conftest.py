"""Journeys need the trained knowledge of Bauska."""

from tests.houses import knowledge

__all__ = ["knowledge"]
