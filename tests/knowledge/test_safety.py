import re
from collections.abc import Iterable

import pytest

from knowledge.articles import ContentBroken
from knowledge.catalogue import load_base_file, load_catalogue, load_something_else
from knowledge.safety import Danger, SafetyRules, look_for_danger
from tests.knowledge.danger_lines import FRESH_DANGER, FRESH_HARMLESS, HARMLESS

SUICIDE = [
    "gribu nomirt, nevienam es neesmu vajadzīga",
    "es vairs negribu dzivot ta",
    "nav vērts dzīvot",
    "domāju par pašnāvību",
    "dzīvei vairs nav jēgas",
    "šonakt es to visu beigšu",
    "labāk lai manis nebūtu",
    "visiem būs vieglāk bez manis",
    "esmu sadzērusies tabletes",
    "dēls grib pakārties",
    "meita graiza vēnas",
    "kolēģis draud izdarīt pašnāvību",
    "stāvu uz jumta malas",
    "nespēju vairs izturēt šo dzīvi",
    "mana draudzene raksta ka lēks no tilta",
    "negribas vairs mosties no rītiem",
    "padarīšu sev galu",
    "uzrakstīju vēstuli un ardievas visiem",
    "nekam vairs nav jēgas, nogalināšos",
    "māsa solās nolēkt no tilta",
    "vairs neredzu jēgu dzīvot",
    "man apnicis dzīvot",
    "gribētos aizmigt un nepamosties",
    "не хочу больше жить",
    "я хочу умереть",
    "ne hochu bolshe zhit",
    "хочу покончить с собой",
    "думаю о самоубийстве",
    "жить надоело",
    "нет смысла жить дальше",
    "всем будет лучше без меня",
    "без меня всем легче",
    "я наглоталась таблеток",
    "выпил целую пачку снотворного",
    "сын грозится повеситься",
    "дочь режет себе вены",
    "подруга написала что прыгнет с моста",
    "стою на крыше",
    "прощайте все",
    "больше так не могу, уйду из жизни",
    "сегодня всё закончу",
    "не могу больше терпеть, хочу умереть",
    "никому я не нужна",
    "лучше бы меня не было",
    "соседка говорит что отравится",
    "хочу себя убить",
    "I want to kill myself",
    "I don't want to live anymore",
    "не хочу жити",
    "negribu dzivot vairs ne dienu",
]

VIOLENCE = [
    "vīrs mani sit katru vakaru",
    "virs mani piekava",
    "mani tikko piekāva dzīvesbiedrs",
    "viņš draud mani nogalināt",
    "draugs žņaudz, palīdziet",
    "vīrs neļauj man iziet no mājas",
    "viņš mani ieslēdzis istabā",
    "baidos iet mājās, tur ir viņš",
    "dēls piedzēries lauž manas durvis",
    "bijušais ar nazi pie durvīm",
    "mani izvaroja",
    "kaimiņiene kliedz pēc palīdzības",
    "tēvs sit mammu",
    "mani spiež nodarboties ar prostitūciju",
    "viņš mani nositīs",
    "slēpjamies ar bērniem no vīra",
    "vins vicina cirvi un lamajas",
    "tētis mūs sit",
    "man ir 11 gadi un tētis mani sit",
    "kaimiņi ieslēguši bērnu pagrabā",
    "муж бьёт меня",
    "muzh bjet menja",
    "муж избил меня вчера",
    "он меня душит",
    "угрожает меня убить",
    "grozitsja ubit menya i detej",
    "бывший ломится в дверь",
    "сожитель не выпускает из дома",
    "запер меня в комнате",
    "боюсь возвращаться домой",
    "он с ножом ходит по квартире",
    "меня изнасиловали",
    "соседи кричат, женщина зовёт на помощь",
    "отобрал телефон и не выпускает",
    "прячусь от мужа у соседки",
    "муж сказал что прибьёт меня",
    "отец бьёт маму",
    "брат с топором",
    "меня заставляют заниматься проституцией",
    "отобрали паспорт и держат взаперти",
    "мне 10 лет, папа меня бьёт",
    "ребёнка заперли в подвале",
    "my husband beats me",
    "he has a knife",
    "мій чоловік б'є мене",
    "він погрожує мене вбити",
    "mani draud nogalinat virs",
    "vinjsh mani sitiis",
    "sitis mani atkal",
]

CHILD = [
    "patēvs sit bērnu",
    "bērns viens pats ielas malā naktī",
    "zīdainis raud jau stundām viens dzīvoklī",
    "mazs bērns vieni paši mājās",
    "skolēnam visas rokas zilumos",
    "onkulis aiztiek manu meitu",
    "vecāki dzer un bērni neēduši",
    "man 12, mamma piedzērusies",
    "meitene saka ka patēvs naktī lien gultā",
    "пьяный сын меня избивает",
    "отчим бьёт ребёнка",
    "ребёнок один дома и плачет",
    "у ученика синяки по всему телу",
    "малыш один на улице ночью",
    "дядя трогает мою дочь",
    "мне 12 и мама пьяная лежит",
    "дети голодные, мать пьёт уже неделю",
    "отчим лезет к девочке в кровать",
]

MEDICAL = [
    "mamma ir bez samaņas",
    "tēvs neelpo",
    "stipri asiņo kāja",
    "viņa pārdozēja",
    "vīram sāp krūtīs un tirpst roka",
    "bērnam krampji",
    "nevar paelpot, zilas lūpas",
    "vectētiņam pēkšņi nejūt roku un nevar parunāt",
    "bērns apēda indi",
    "vecmamma nokrita pa kāpnēm, galva asiņo",
    "neapstājas asinis",
    "sieva nereaģē",
    "man sākušās dzemdības",
    "saindējās ar sēnēm",
    "отец без сознания",
    "мама не дышит",
    "сильное кровотечение",
    "передозировка у друга",
    "давит в груди и немеет рука",
    "у ребёнка судороги",
    "не могу дышать",
    "бабушка не просыпается",
    "перекосило лицо у мужа",
    "ребёнок выпил уксус",
    "упала с лестницы, голова в крови, не встаёт",
    "начались роды",
    "отравились грибами",
    "she is unconscious",
    "мама непритомна",
]

DANGER = [*SUICIDE, *VIOLENCE, *CHILD, *MEDICAL, *FRESH_DANGER]


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_heard(text: str):
    danger = look_for_danger(text)
    assert danger is not None
    assert danger.is_alarm


@pytest.mark.parametrize("text", [text for text in DANGER if not text.isascii()])
def test_marks_left_off_change_nothing(text: str):
    bare = text.translate(str.maketrans("āčēģīķļņšūž", "acegiklnsuz"))
    assert look_for_danger(bare) == look_for_danger(text)


def test_russian_in_the_latin_letters_of_latvians_is_heard_as_well():
    in_latin = str.maketrans(
        {"ж": "ž", "ш": "š", "щ": "šč", "ч": "č", "х": "h", "ц": "c", "й": "j", "ь": "j", "ъ": ""}
        | {"ы": "i", "э": "e", "ю": "ju", "я": "ja", "ё": "jo"}
        | dict(zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf", strict=True))
    )
    russian = [text for text in DANGER if re.search("[а-яё]", text)]
    assert set(russian) - set(alarms(russian)) == set()
    assert [text for text in russian if not alarms([text.lower().translate(in_latin)])] == []


@pytest.mark.parametrize("text", [*HARMLESS, *FRESH_HARMLESS])
def test_a_figure_of_speech_or_an_ordinary_question_is_no_alarm(text: str):
    danger = look_for_danger(text)
    assert danger is None or not danger.is_alarm


def test_no_example_phrase_of_something_else_is_an_alarm():
    assert alarms(question.text for question in load_something_else()) == []


def test_the_most_asked_topics_raise_no_alarm():
    questions = load_catalogue("bauska").questions
    topics = ("gmi-benefit", "housing-benefit", "home-care", "office-contacts", "how-to-apply", "needy-status")
    assert alarms(question.text for topic in topics for question in questions[topic]) == []


HARD_TOPICS = {
    "child-violence-rehab", "crisis-centre", "hotlines", "protection-order", "report-concern", "safety-emergency",
    "trafficking-victims", "violence-adult-rehab", "violence-perpetrators",
}  # fmt: skip


def test_of_the_messages_about_an_emergency_hardly_one_in_twenty_is_missed():
    texts = [question.text for question in load_catalogue("bauska").questions["safety-emergency"]]
    assert len(alarms(texts)) >= 0.95 * len(texts)


def test_of_the_questions_on_other_topics_fewer_than_three_in_a_thousand_raise_an_alarm():
    questions = load_catalogue("bauska").questions
    texts = [question.text for topic, asked in questions.items() if topic not in HARD_TOPICS for question in asked]
    assert len(alarms(texts)) < 0.003 * len(texts)


def alarms(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if (danger := look_for_danger(text)) and danger.is_alarm]


KINDS = [
    ("gribu pakārties", Danger("suicide", "A")),
    ("всем будет лучше без меня", Danger("suicide", "B")),
    ("vīrs mani žņaudz", Danger("violence", "A")),
    ("patēvs sit bērnu", Danger("child", "A")),
    ("мама без сознания", Danger("medical", "A")),
    ("pirms gada vīrs mani sita", Danger("violence", "C")),
    ("on menja bjet", Danger("violence", "A")),
    ("сын бьёт меня", Danger("violence", "A")),
    ("газом пахнет, старушка внутри не открывает", Danger("medical", "A")),
    ("сосед лежит в сугробе и не отвечает", Danger("medical", "A")),
    ("draud izlikt manas kailbildes", Danger("violence", "B")),
    ("draud izlikt manas meitas kailbildes", Danger("child", "A")),
    ("menja zastavljajut spatj s klientami", Danger("violence", "A")),
    ("меня заставляли заниматься проституцией", Danger("violence", "C")),
    ("es situ sievu, gribu mainīties", Danger("violence", "C")),
    ("муж бьёт меня, обещает измениться", Danger("violence", "A")),
    ("сын бьёт жену, сам хочет лечить злость", Danger("violence", "C")),
    ("vīram insults", Danger("medical", "A")),
    ("pirms pusstundas vīrs mani piekāva", Danger("violence", "A")),
    ("Раньше бил и вчера опять бил меня", Danger("violence", "A")),
    ("atvadas", Danger("suicide", "B")),
    ("plaigaa", Danger("violence", "B")),
    ("muz bet mena", Danger("violence", "A")),
    ("mazais apēda baterijas", Danger("medical", "A")),
    ("изнасилование прямо сейчас", Danger("violence", "A")),
    ("Bijušais turēja mani ieslēgtu pagrabā", Danger("violence", "C")),
]


@pytest.mark.parametrize(("text", "danger"), KINDS)
def test_the_kind_and_the_tier_are_told(text: str, danger: Danger):
    assert look_for_danger(text) == danger


def test_latvian_words_that_fold_like_russian_ones_mean_nothing():
    assert look_for_danger("bet mani interesē, vai bet nas") is None
    assert look_for_danger("бьёт меня") is not None


def test_a_thing_long_past_is_spoken_of_and_never_quite_ignored():
    danger = look_for_danger("Pirms trim gadiem mani izvaroja, vajag psihologu")
    assert danger == Danger("violence", "C")


@pytest.mark.parametrize("text", ["mammai pēc insulta vajag aprūpi", "после инсульта не ходит, нужна коляска"])
def test_an_illness_that_is_over_is_no_emergency(text: str):
    assert alarms([text]) == []


def test_harmless_words_far_off_in_a_long_message_do_not_hide_its_danger():
    assert alarms([f"{'Cenas kož un rēķini sit pa kabatu. ' * 4} Un vakar vīrs mani žņaudza, es baidos."]) != []


@pytest.mark.parametrize("text", ["он с нжом быстрее", "mani st atbrauciet atri", "plaiga vins mani sit"])
def test_a_slip_in_a_short_word_is_forgiven_beside_a_cry_for_help(text: str):
    assert alarms([text]) == [text]


LOOK_ALIKE = [
    "mani st.",
    "с нжом",
    "отправления поездов",
    "привет, мне 30",
    "iesniedz bērnu datus",
    "кто узнает от меня, помогите",
    "Brat nosit mamu na rukah",
]


@pytest.mark.parametrize("text", LOOK_ALIKE)
def test_a_slip_alone_or_a_word_that_only_looks_alike_is_no_alarm(text: str):
    assert alarms([text]) == []


@pytest.mark.parametrize("text", ["хочу научиться шить", "посадили картошку", "tagad dzīvojam atsevišķi"])
def test_what_only_eases_is_no_hard_topic_by_itself(text: str):
    assert look_for_danger(text) is None


def test_told_of_somebody_else_it_is_the_same_alarm():
    assert look_for_danger("kaimiņu vīrs sit sievu") == look_for_danger("vīrs sit mani")


def test_danger_split_over_two_messages_is_heard():
    assert look_for_danger("gribu") is None
    assert look_for_danger("nomirt", "es tiešām gribu") == Danger("suicide", "A")


def test_danger_told_in_the_message_before_is_not_told_again():
    assert look_for_danger("kad izmaksās pabalstu", "gribu nomirt") is None


@pytest.mark.parametrize("text", ["pasnavbu domaju izdarit", "хочу умиреть", "передозироввка у сына"])
def test_a_slip_in_a_long_word_is_forgiven(text: str):
    danger = look_for_danger(text)
    assert danger is not None
    assert danger.is_alarm


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\ud800", "🙂" * 500, "…"])
def test_nothing_readable_is_no_danger(text: str):
    assert look_for_danger(text) is None


def test_danger_at_the_end_of_a_very_long_message_is_heard():
    assert look_for_danger("sit " * 30_000 + "palīdziet, vīrs mani žņaudz") is not None


def test_an_unknown_key_in_the_rules_is_refused():
    with pytest.raises(ContentBroken, match=r"lexicon\.yaml"):
        load_base_file(SafetyRules, "lexicon.yaml")


def test_every_pattern_asks_for_groups_that_exist():
    assert load_base_file(SafetyRules, "safety.yaml").unknown_groups() == set()


@pytest.mark.parametrize("language", ["lv", "ru", "uk", "en"])
@pytest.mark.parametrize("kind", ["suicide", "violence", "child", "medical"])
def test_every_danger_card_is_three_short_lines_with_checked_numbers_only(kind: str, language: str):
    lines = load_catalogue("bauska").cards.danger_card(kind, language).splitlines()
    numbers = set(re.findall(r"\d{3,}", " ".join(lines)))
    assert 2 <= len(lines) <= 3
    assert all(len(line) <= 70 for line in lines)
    assert "112" in numbers <= {"112", "110", "113", "116123", "116111", "116006"}


@pytest.mark.parametrize("language", ["lv", "ru", "uk", "en"])
def test_the_first_line_about_violence_by_sms_gives_nothing_away(language: str):
    line = load_catalogue("bauska").cards.text("violence_first_sms", language)
    assert "112" in line
    assert len(line) <= 70
    assert not any(word in line.lower() for word in ("vardarb", "насил", "violen", "polic", "полиц"))
