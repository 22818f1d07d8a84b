"""The declarative base of the tables of the running service."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from booking.base import NAMING


class Base(DeclarativeBase):
    """Base of every table of bot; other packages have their own."""

    metadata = MetaData(naming_convention=NAMING)
