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
    HELP = "help"
    WHO = "who-writes"


WORDS: dict[Command, tuple[str, ...]] = {
    Command.STOP: (
        "stop", "stāt", "stop visu", "stop all", "stopall", "stop lūdzu", "unsubscribe", "optout", "opt out", "quit",
        "atteikties", "atrakstīties", "nerakstiet man", "nerakstiet man vairs", "vairs nerakstiet", "nerakstiet vairs",
        "nesūtiet man", "стоп", "стоп всё", "отписаться", "отпишите меня", "отписка", "не пишите мне",
        "больше не пишите", "не пишите мне больше", "не присылайте",
    ),
    Command.RESUME: (
        "start", "/start", "unstop", "atsākt", "rakstiet man", "старт", "пишите мне", "начать", "возобновить",
    ),
    Command.MENU: (
        "menu", "/menu", "izvēlne", "sākums", "uz sākumu", "меню", "начало", "в начало",
    ),
    Command.HELP: ("help", "/help", "palīdzība", "palīgā", "info", "помощь", "справка", "помогите разобраться"),
    Command.WHO: (
        "kas tas ir", "kas te ir", "kas raksta", "kas man raksta", "kas jūs esat", "kas jūs tādi", "kas tu esi",
        "kas tas par numuru", "no kā šī ziņa", "no kurienes jums mans numurs", "nepareizs numurs", "nav mans numurs",
        "kļūdījāties ar numuru", "jūs esat kļūdījušies", "jūs kļūdījāties", "nepazīstu jūs", "es jūs nepazīstu",
        "кто это", "кто вы", "вы кто", "кто вы такие", "кто пишет", "кто мне пишет", "это кто", "ты кто",
        "что это за номер", "чей это номер", "откуда у вас мой номер", "не тот номер", "вы ошиблись номером",
        "ошиблись номером", "ошибка номера", "вы ошиблись", "я вас не знаю", "who is this", "who are you",
        "wrong number",
    ),
    Command.BACK: ("atpakaļ", "soli atpakaļ", "/back", "back", "назад", "шаг назад", "вернуться"),
    Command.LEAVE: (
        "0", "atcelt", "отменить", "отмена", "beigt", "beidzam", "pietiek", "iziet", "cancel", "pārtraukt", "хватит",
        "выйти", "выход", "закончить", "достаточно", "прекратить",
    ),
    Command.PERSON: (
        "cilvēks", "cilvēku", "gribu cilvēku", "gribu runāt ar cilvēku", "dzīvs cilvēks", "dzīvu cilvēku",
        "operators", "operatoru", "darbinieks", "darbinieku", "gribu runāt ar darbinieku",
        "sociālais darbinieks lūdzu", "savienojiet ar cilvēku", "gribu dzīvu cilvēku", "gribu runāt ar dzīvu cilvēku",
        "runāt ar cilvēku", "runāt ar dzīvu cilvēku", "vajag cilvēku", "man vajag cilvēku", "vajag dzīvu cilvēku",
        "vajadzīgs cilvēks", "vajadzīgs dzīvs cilvēks", "vajag darbinieku", "vajadzīgs darbinieks",
        "savienojiet ar darbinieku", "dzīvs darbinieks",
        "человек", "человека", "хочу человека", "живой человек", "живого человека", "оператор", "оператора",
        "позовите человека", "поговорить с человеком", "хочу поговорить с человеком", "хочу говорить с человеком",
        "работник", "соцработник", "нужен человек", "мне нужен человек", "нужен живой человек", "хочу живого человека",
        "поговорить с живым человеком", "хочу поговорить с живым человеком", "хочу говорить с живым человеком",
        "живой сотрудник", "живого сотрудника", "сотрудник", "сотрудника", "нужен сотрудник", "нужен оператор",
        "позовите сотрудника", "соедините с человеком", "соедините с сотрудником",
    ),
    Command.CALL: (
        "zvaniet", "zvans", "zvaniet man", "piezvaniet", "piezvaniet man", "lūdzu piezvaniet", "atzvaniet",
        "gribu lai man piezvana", "позвоните", "позвоните мне", "перезвоните", "перезвоните мне", "звонок", "call",
        "call me",
    ),
    Command.MORE: (
        "9", "v", "vairāk", "vēl", "tālāk", "turpiniet", "parādiet vairāk", "вайрак", "ещё", "дальше",
        "больше", "подробнее", "more",
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
