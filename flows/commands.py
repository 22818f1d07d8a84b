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
    ENGLISH = "en"
    UKRAINIAN = "uk"
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
    EASIER = "easier"


WORDS: dict[Command, tuple[str, ...]] = {
    Command.STOP: (
        "stop", "stāt", "stop visu", "stop all", "stopall", "stop lūdzu", "unsubscribe", "optout", "opt out", "quit",
        "atteikties", "atrakstīties", "nerakstiet man", "nerakstiet man vairs", "vairs nerakstiet", "nerakstiet vairs",
        "nesūtiet man", "стоп", "стоп всё", "отписаться", "отпишите меня", "отписка", "не пишите мне",
        "больше не пишите", "не пишите мне больше", "не присылайте",
        "не пишіть мені", "більше не пишіть", "відписатися", "do not write to me", "don't write to me",
    ),
    Command.RESUME: (
        "start", "/start", "unstop", "atsākt", "rakstiet man", "старт", "пишите мне", "начать", "возобновить",
        "почати", "пишіть мені", "write to me again",
    ),
    Command.MENU: (
        "menu", "/menu", "izvēlne", "sākums", "uz sākumu", "меню", "начало", "в начало",
        "main menu", "головне меню", "на початок",
    ),
    Command.HELP: (
        "help", "/help", "palīdzība", "palīgā", "info", "помощь", "справка", "помогите разобраться", "допомога",
        "довідка",
    ),
    Command.WHO: (
        "kas tas ir", "kas te ir", "kas raksta", "kas man raksta", "kas jūs esat", "kas jūs tādi", "kas tu esi",
        "kas tas par numuru", "no kā šī ziņa", "no kurienes jums mans numurs", "nepareizs numurs", "nav mans numurs",
        "kļūdījāties ar numuru", "jūs esat kļūdījušies", "jūs kļūdījāties", "nepazīstu jūs", "es jūs nepazīstu",
        "кто это", "кто вы", "вы кто", "кто вы такие", "кто пишет", "кто мне пишет", "это кто", "ты кто",
        "что это за номер", "чей это номер", "откуда у вас мой номер", "не тот номер", "вы ошиблись номером",
        "ошиблись номером", "ошибка номера", "вы ошиблись", "я вас не знаю", "who is this", "who are you",
        "wrong number",
        "хто це", "хто ви", "хто пише", "хто мені пише", "чий це номер", "ви помилилися номером",
    ),
    Command.BACK: (
        "atpakaļ", "soli atpakaļ", "/back", "back", "назад", "шаг назад", "вернуться", "go back",
    ),
    Command.LEAVE: (
        "0", "atcelt", "отменить", "отмена", "beigt", "beidzam", "pietiek", "iziet", "cancel", "pārtraukt", "хватит",
        "выйти", "выход", "закончить", "достаточно", "прекратить",
        "вийти", "досить", "exit", "leave it",
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
        "людина", "людину", "жива людина", "потрібна людина", "хочу поговорити з людиною", "поговорити з людиною",
        "оператора будь ласка", "person", "human", "a person", "real person", "talk to a person", "talk to person",
        "speak to a person", "i want to talk to a person", "i want to talk to person", "i need a person",
    ),
    Command.CALL: (
        "zvaniet", "zvans", "zvaniet man", "piezvaniet", "piezvaniet man", "lūdzu piezvaniet", "atzvaniet",
        "gribu lai man piezvana", "позвоните", "позвоните мне", "перезвоните", "перезвоните мне", "звонок", "call",
        "call me",
        "зателефонуйте", "зателефонуйте мені", "подзвоніть мені", "передзвоніть", "передзвоніть мені", "please call",
        "call me back",
    ),
    Command.EASIER: (
        "vienkāršāk", "vienkāršāk sakiet", "pasakiet vienkāršāk", "paskaidrojiet vienkāršāk", "sakiet vienkāršāk",
        "vienkāršiem vārdiem", "vienkāršos vārdos", "vieglāk", "viegli lasīt", "vieglā valodā", "saprotamāk",
        "nesaprotu", "nesapratu", "neko nesaprotu", "neko nesapratu", "nav saprotams", "par grūtu", "проще", "попроще",
        "объясните проще", "скажите проще", "можно проще", "простыми словами", "простым языком", "понятнее",
        "не понимаю", "не понял", "не поняла", "не понятно", "непонятно", "ничего не понимаю", "ничего не понял",
        "ничего не поняла", "слишком сложно", "простіше", "поясніть простіше", "простими словами", "не розумію",
        "не зрозуміло", "нічого не розумію", "easier", "simpler", "in simple words", "plain words",
        "i do not understand", "i don't understand",
    ),
    Command.MORE: (
        "9", "v", "vairāk", "vēl", "tālāk", "turpiniet", "parādiet vairāk", "вайрак", "ещё", "дальше",
        "больше", "подробнее", "more",
        "ще", "більше", "докладніше", "tell me more",
    ),
    Command.LATVIAN: (
        "latviski", "latviešu", "latviešu valodā", "latviešu valoda", "runājiet latviski", "lv", "по латышски",
        "на латышском", "латышский", "latvian",
        "латиською", "латиська", "in latvian",
    ),
    Command.RUSSIAN: (
        "krieviski", "krievu", "krievu valodā", "krievu valoda", "ru", "по русски", "на русском", "русский",
        "русский язык", "говорите по русски", "можно по русски", "russian",
        "російською", "російська", "in russian",
    ),
    Command.ENGLISH: (
        "english", "in english", "angliski", "angļu valodā", "по английски", "на английском", "англійською",
    ),
    Command.UKRAINIAN: (
        "ukrainian", "in ukrainian", "ukrainiski", "ukraiņu valodā", "по украински", "на украинском", "українською",
        "українська",
    ),
    Command.LANGUAGE: (
        "valoda", "mainīt valodu", "cita valoda", "язык", "сменить язык", "другой язык", "language", "мова",
        "змінити мову", "інша мова", "change language", "another language",
    ),
    Command.MY_DATA: (
        "ko jūs par mani zināt", "ko jūs zināt par mani", "kas jums par mani zināms", "mani dati",
        "parādiet manus datus", "kādi mani dati jums ir", "что вы обо мне знаете", "что вы знаете обо мне",
        "мои данные", "покажите мои данные", "какие у вас мои данные",
        "що ви про мене знаєте", "що ви знаєте про мене", "мої дані", "my data", "what do you know about me",
    ),
    Command.DELETE_ME: (
        "dzēst", "dzēst mani", "dzēst manus datus", "dzēsiet manus datus", "izdzēst manus datus",
        "izdzēsiet manus datus", "aizmirstiet mani", "удалить", "удалите", "удалить мои данные",
        "удалите мои данные", "удалите меня", "сотрите мои данные", "забудьте меня",
        "видаліть мої дані", "видалити мої дані", "видаліть мене", "delete me", "delete my data", "forget me",
    ),
    Command.MY_APPOINTMENTS: (
        "mans pieraksts", "mani pieraksti", "atcelt pierakstu", "pārcelt pierakstu", "pārcelt", "mainīt pierakstu",
        "отменить запись", "перенести запись", "перенести", "kad mans pieraksts", "kad man ir pieraksts",
        "моя запись", "мои записи", "когда моя запись", "когда у меня запись",
        "мій запис", "мої записи", "скасувати запис", "коли мій запис", "my appointment", "my appointments",
        "cancel my appointment", "move my appointment", "when is my appointment",
    ),
    Command.CHECK: (
        "pārbaudīt", "pārbaudi", "pārbaude", "pārbaudīt vai man pienākas", "kas man pienākas",
        "kādi pabalsti man pienākas", "pārbaudīt kādi pabalsti man pienākas", "проверить", "проверка", "проверьте",
        "что мне положено", "какие пособия мне положены", "проверить что мне положено",
        "перевірити", "що мені належить", "які допомоги мені належать", "check", "what may i get",
        "check what i may get",
    ),
    Command.GREETING: (
        "labdien", "labrīt", "labvakar", "lab d", "sveiki", "sveicināti", "čau", "hallo", "здравствуйте", "добрый день",
        "доброе утро", "добрый вечер", "привет", "день добрый", "hello", "hi", "vai ir kāds", "есть кто",
        "вітаю", "добридень", "доброго дня", "привіт", "good morning", "good afternoon", "good evening",
    ),
    Command.THANKS: (
        "paldies", "liels paldies", "paldies jums", "paldies par palīdzību", "спасибо", "большое спасибо",
        "спасибо вам", "спасибо за помощь", "благодарю", "thanks", "thank you", "ok paldies", "ок спасибо",
        "дякую", "щиро дякую", "дуже дякую", "дякую за допомогу", "thank you very much", "many thanks",
    ),
}  # fmt: skip

POLITE = frozenset(
    fold(word)
    for word in ("lūdzu", "ludzu", "пожалуйста", "pozalujsta", "please", "будь", "ласка", "es", "я", "man", "мне")
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
