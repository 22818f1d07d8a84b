"""The declarative base of the conversation tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from booking.base import NAMING


class Base(DeclarativeBase):
    """Base of every table of flows; other packages have their own."""

    metadata = MetaData(naming_convention=NAMING)
