"""People in Telegram: what they do becomes updates as Telegram sends them, each readable by the library itself."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from telegram import Update

from tests.providers.fake_telegram import WRITTEN_AT, FakeTelegram

_update_ids = itertools.count(700_000_001)
CONTENTS: dict[str, dict[str, Any]] = {
    "photo": {"photo": [{"file_id": "p", "file_unique_id": "u", "width": 90, "height": 60}]},
    "voice": {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
    "video": {"video": {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9, "duration": 3}},
    "sticker": {
        "sticker": {
            "file_id": "s", "file_unique_id": "u", "width": 9, "height": 9, "is_animated": False, "is_video": False,
            "type": "regular",
        }
    },
    "document": {"document": {"file_id": "d", "file_unique_id": "u", "file_name": "pase.pdf"}},
    "location": {"location": {"latitude": 56.4, "longitude": 24.19}},
    "contact": {"contact": {"phone_number": "+37120000001", "first_name": "Zane"}},
    "poll": {
        "poll": {
            "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False,
            "is_anonymous": True, "type": "regular", "allows_multiple_answers": False, "allows_revoting": False,
            "members_only": False,
        }
    },
}  # fmt: skip


@dataclass
class Person:
    """A person in a private chat with the bot; each deed is one update, not yet sent anywhere."""

    fake: FakeTelegram
    chat_id: int = 5_000_000_001
    name: str = "Zane"
    chat: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.chat = {"id": self.chat_id, "type": "private", "first_name": self.name}

    @property
    def user(self) -> dict[str, Any]:
        """The person as the author of something."""
        return {"id": self.chat_id, "is_bot": False, "first_name": self.name, "language_code": "lv"}

    def writes(self, text: str, **more: Any) -> dict[str, Any]:
        """A message of words."""
        return update(message=self._message(text=text, **more))

    def sends(self, content: str, **more: Any) -> dict[str, Any]:
        """A message that is not words: a kind of CONTENTS, perhaps with a caption."""
        return update(message=self._message(**CONTENTS[content], **more))

    def passes_on(self, text: str) -> dict[str, Any]:
        """Somebody else's message."""
        origin = {"type": "hidden_user", "sender_user_name": "Ilze", "date": WRITTEN_AT}
        return update(message=self._message(text=text, forward_origin=origin))

    def edits(self, earlier: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """An earlier message rewritten."""
        return update(edited_message={**earlier["message"], "edit_date": WRITTEN_AT + 60, **changed})

    def presses(self, label: str) -> dict[str, Any]:
        """The button whose label holds these words, under the latest message that has it."""
        for message in reversed(self.fake.messages[self.chat_id]):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                if label in row[0]["text"]:
                    return self.presses_data(row[0]["callback_data"], message)
        raise AssertionError(f"no button {label}")

    def presses_data(self, data: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
        """A button with this data."""
        shown = message or {"message_id": self.fake.next_number(), "date": WRITTEN_AT, "chat": self.chat, "text": "?"}
        press_id = str(next(_update_ids))
        press = {"id": press_id, "from": self.user, "chat_instance": "1", "data": data}
        return update(callback_query={**press, "message": {**shown, "chat": self.chat}})

    def bars(self, *, is_barred: bool = True) -> dict[str, Any]:
        """The bot is blocked, or let in again."""
        return membership(self.chat, self.user, "kicked" if is_barred else "member")

    def _message(self, **content: Any) -> dict[str, Any]:
        number = self.fake.next_number()
        return {"message_id": number, "date": WRITTEN_AT, "chat": self.chat, "from": self.user, **content}


def update(**what: Any) -> dict[str, Any]:
    """One update; what the library itself does not fully know is no update of Telegram's."""
    made = {"update_id": next(_update_ids), **what}
    read = Update.de_json(made)
    assert not read.api_kwargs
    assert read.effective_chat is None or not read.effective_chat.api_kwargs
    assert read.effective_message is None or not getattr(read.effective_message, "api_kwargs", None)
    return made


def membership(chat: dict[str, Any], user: dict[str, Any], status: str) -> dict[str, Any]:
    """The bot's standing in a chat has changed."""
    bot = {"id": 123456789, "is_bot": True, "first_name": "Palīgs", "username": "paligs_bot"}
    left = {"user": bot, "status": "left"}
    new = {"user": bot, "status": status, **({"until_date": 0} if status == "kicked" else {})}
    change = {"chat": chat, "from": user, "date": WRITTEN_AT, "old_chat_member": left, "new_chat_member": new}
    return update(my_chat_member=change)


def in_group(text: str, chat_id: int = -77, kind: str = "group") -> dict[str, Any]:
    """Words in a group."""
    user = {"id": 42, "is_bot": False, "first_name": "Kāds"}
    chat = {"id": chat_id, "type": kind, "title": "Kaimiņi"}
    return update(message={"message_id": 1, "date": WRITTEN_AT, "chat": chat, "from": user, "text": text})
