"""All tables of the service in one place: what belongs to the main database and what to the keyring."""

from sqlalchemy import MetaData

from booking import audit, erasure, handovers, staff, subjects
from booking import models as calendar
from booking.base import Base as BookingBase
from booking.keyring import Base as KeyringBase
from bot import models as messages
from bot.base import Base as BotBase
from flows import models as conversations
from flows.base import Base as FlowsBase

# A table exists for its base only once its module is imported.
MODULES_WITH_TABLES = (audit, calendar, conversations, erasure, handovers, messages, staff, subjects)

MAIN_METADATAS: tuple[MetaData, ...] = (BookingBase.metadata, FlowsBase.metadata, BotBase.metadata)
KEYRING_METADATA: MetaData = KeyringBase.metadata
