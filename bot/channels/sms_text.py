"""How a reply reads as an SMS: choices as numbers, and how many segments it costs."""

from flows.messages import Reply

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
# These look like a plain sign but double the price of the whole message.
TYPOGRAPHIC = str.maketrans(
    {"„": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\xa0": " ", "«": '"', "»": '"'}
)


def as_sms(reply: Reply) -> str:
    """The text with its choices as numbered lines; details are left for whoever asks."""
    lines = [f"{number}) {choice.label}" for number, choice in enumerate(reply.choices, start=1)]
    return "\n".join([reply.text, *lines]).translate(TYPOGRAPHIC)


def count_segments(text: str) -> int:
    """How many SMS segments a text takes: GSM-7 160/153 with its double-width extension, else UCS-2 70/67."""
    if all(sign in GSM or sign in GSM_EXTENSION for sign in text):
        length, single, part = sum(1 + (sign in GSM_EXTENSION) for sign in text), 160, 153
    else:
        length, single, part = len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)
