"""All tables of the service in one place: what belongs to the main database and what to the keyring."""

import importlib

from sqlalchemy import MetaData

MODULES_WITH_TABLES = (
    "booking.models",
    "booking.subjects",
    "booking.erasure",
    "booking.staff",
    "booking.audit",
    "booking.handovers",
    "flows.models",
    "bot.models",
    "booking.keyring",
)

for _module in MODULES_WITH_TABLES:
    try:
        importlib.import_module(_module)
    except ModuleNotFoundError as _missing:  # while the house is being built
        if _missing.name != _module:
            raise

from booking.base import Base as BookingBase  # noqa: E402
from bot.base import Base as BotBase  # noqa: E402
from flows.base import Base as FlowsBase  # noqa: E402

MAIN_METADATAS: tuple[MetaData, ...] = (BookingBase.metadata, FlowsBase.metadata, BotBase.metadata)
try:
    from booking.keyring import Base as KeyringBase

    KEYRING_METADATA: MetaData = KeyringBase.metadata
except ModuleNotFoundError:
    KEYRING_METADATA = MetaData()
