"""Words that work at any time, in every conversation and on every channel."""

from enum import StrEnum

from knowledge.text import fold


class Command(StrEnum):
    """What a person may ask for whatever question is open."""

    STOP = "stop"
    RESUME = "resume"
    MENU = "menu"
    BACK = "back"
    LEAVE = "leave"
    PERSON = "talk-to-person"
    LATVIAN = "lv"
    RUSSIAN = "ru"
    LANGUAGE = "language"
    MY_DATA = "my-data"
    DELETE_ME = "delete-me"
    MY_APPOINTMENTS = "my-appointments"
    CHECK = "check-eligibility"
    GREETING = "greeting"
    THANKS = "thanks"
    MORE = "more"
    CALL = "call-back"
    UNREADABLE = "unreadable"
    EDITED = "edited"


WORDS: dict[Command, tuple[str, ...]] = {
    Command.STOP: (
        "stop", "stāt", "stop visu", "stop all", "stopall", "unsubscribe", "atteikties", "nerakstiet man", "стоп",
        "отписаться", "отписка", "не пишите мне",
    ),
    Command.RESUME: ("start", "/start", "unstop", "atsākt", "старт", "начать", "возобновить"),
    Command.MENU: (
        "menu", "/menu", "izvēlne", "sākums", "uz sākumu", "palīdzība", "palīgā", "help", "/help", "меню", "начало",
        "в начало", "помощь", "справка",
    ),
    Command.BACK: ("atpakaļ", "soli atpakaļ", "/back", "back", "назад", "шаг назад", "вернуться"),
    Command.LEAVE: (
        "0", "atcelt", "отменить", "отмена", "beigt", "beidzam", "pietiek", "iziet", "cancel", "pārtraukt", "хватит",
        "выйти", "выход", "закончить", "достаточно", "прекратить",
    ),
    Command.PERSON: (
        "cilvēks", "cilvēku", "gribu cilvēku", "gribu runāt ar cilvēku", "dzīvs cilvēks", "dzīvu cilvēku",
        "operators", "operatoru", "darbinieks", "darbinieku", "gribu runāt ar darbinieku",
        "sociālais darbinieks lūdzu", "savienojiet ar cilvēku", "zvaniet", "piezvaniet man", "lūdzu piezvaniet",
        "человек", "человека", "хочу человека", "живой человек", "живого человека", "оператор", "оператора",
        "позовите человека", "поговорить с человеком", "хочу поговорить с человеком", "хочу говорить с человеком",
        "позвоните", "позвоните мне", "работник", "соцработник",
    ),
    Command.LATVIAN: (
        "latviski", "latviešu", "latviešu valodā", "latviešu valoda", "runājiet latviski", "lv", "по латышски",
        "на латышском", "латышский", "latvian",
    ),
    Command.RUSSIAN: (
        "krieviski", "krievu", "krievu valodā", "krievu valoda", "ru", "по русски", "на русском", "русский",
        "русский язык", "говорите по русски", "можно по русски", "russian",
    ),
    Command.LANGUAGE: ("valoda", "mainīt valodu", "cita valoda", "язык", "сменить язык", "другой язык", "language"),
    Command.MY_DATA: (
        "ko jūs par mani zināt", "ko jūs zināt par mani", "kas jums par mani zināms", "mani dati",
        "parādiet manus datus", "kādi mani dati jums ir", "что вы обо мне знаете", "что вы знаете обо мне",
        "мои данные", "покажите мои данные", "какие у вас мои данные",
    ),
    Command.DELETE_ME: (
        "dzēst", "dzēst mani", "dzēst manus datus", "dzēsiet manus datus", "izdzēst manus datus",
        "izdzēsiet manus datus", "aizmirstiet mani", "удалить", "удалите", "удалить мои данные",
        "удалите мои данные", "удалите меня", "сотрите мои данные", "забудьте меня",
    ),
    Command.MY_APPOINTMENTS: (
        "mans pieraksts", "mani pieraksti", "atcelt pierakstu", "pārcelt pierakstu", "pārcelt", "mainīt pierakstu",
        "отменить запись", "перенести запись", "перенести", "kad mans pieraksts", "kad man ir pieraksts",
        "моя запись", "мои записи", "когда моя запись", "когда у меня запись",
    ),
    Command.CHECK: (
        "pārbaudīt", "pārbaudi", "pārbaude", "pārbaudīt vai man pienākas", "kas man pienākas",
        "kādi pabalsti man pienākas", "pārbaudīt kādi pabalsti man pienākas", "проверить", "проверка", "проверьте",
        "что мне положено", "какие пособия мне положены", "проверить что мне положено",
    ),
    Command.GREETING: (
        "labdien", "labrīt", "labvakar", "lab d", "sveiki", "sveicināti", "čau", "hallo", "здравствуйте", "добрый день",
        "доброе утро", "добрый вечер", "привет", "день добрый", "hello", "hi", "vai ir kāds", "есть кто",
    ),
    Command.THANKS: (
        "paldies", "liels paldies", "paldies jums", "paldies par palīdzību", "спасибо", "большое спасибо",
        "спасибо вам", "спасибо за помощь", "благодарю", "thanks", "thank you", "ok paldies", "ок спасибо",
    ),
}  # fmt: skip

POLITE = frozenset(
    fold(word) for word in ("lūdzu", "ludzu", "пожалуйста", "pozalujsta", "please", "es", "я", "man", "мне")
)
BY_WORDS = {fold(words): command for command, spellings in WORDS.items() for words in spellings} | {"0": Command.LEAVE}


def read_command(text: str, choice_id: str | None = None) -> Command | None:
    """The command that was meant, if the message is nothing but a command."""
    if choice_id is not None:
        return Command(choice_id) if choice_id in set(Command) else None
    folded = fold(text)
    if folded in BY_WORDS:
        return BY_WORDS[folded]
    return BY_WORDS.get(" ".join(word for word in folded.split() if word not in POLITE))


GREETINGS = frozenset(
    fold(word)
    for word in (
        "labdien", "labrīt", "labvakar", "sveiki", "sveicināti", "čau", "здравствуйте", "добрый", "день", "вечер",
        "утро", "доброе", "привет", "hello",
    )
)  # fmt: skip


def without_greeting(text: str) -> str:
    """The message without the kind words it begins with; they say nothing of what it is about."""
    words = text.split()
    first = next((number for number, word in enumerate(words) if fold(word) not in GREETINGS), len(words))
    return " ".join(words[first:]) or text
