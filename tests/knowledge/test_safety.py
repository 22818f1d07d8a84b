import re
from collections.abc import Iterable

import pytest

from knowledge.articles import ContentBroken
from knowledge.catalogue import load_base_file, load_catalogue, load_something_else
from knowledge.safety import Danger, SafetyRules, look_for_danger

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

HARMLESS = [
    "Mirstu no smiekliem par jūsu atbildi",
    "умираю со смеху",
    "nav jēgas rakstīt iesniegumu",
    "nav jēgas gaidīt atbildi",
    "bērna kopšanas pabalsts",
    "bērns iet viens skolā, kad brīvpusdienas",
    "sit augstu vilni",
    "часы бьют двенадцать",
    "цены бьют по карману",
    "vīrs nomira, bēru pabalsts",
    "муж умер, пособие на погребение",
    "asinsspiediena zāles dārgas",
    "таблетки от давления дорогие",
    "esmu viena ar bērnu mājās, kas man pienākas",
    "я одна с ребёнком дома",
    "у меня один ребёнок, сижу дома",
    "negribu dzīvot pansionātā",
    "не хочу жить в пансионате",
    "rehabilitācija no vardarbības cietušai sievietei",
    "vīrs pirms gada mani sita, kur dabūt psihologu",
    "раньше муж меня бил, нужна группа поддержки",
    "vai psihologs ir bez maksas",
    "dēls dzer, kur ārstēties",
    "сын пьёт, где кодируют",
    "bet mani ienākumi ir mazi",
    "bet mammu var pierakstīt",
    "vajag asistentu dēlam ar invaliditāti",
    "mana mamma krīt, vajag drošības pogu",
    "боюсь соцслужбы, заберут детей?",
    "man bail, ka atņems bērnus",
    "vairs nevaru samaksāt par dzīvokli",
    "не могу больше платить за квартиру",
    "nogurusi no papīriem",
    "устала от ваших бумаг",
    "gribu pārtraukt līgumu ar jums",
    "хочу закончить школу",
    "kā tikt prom no vīra un saņemt pabalstu",
    "vai bez manis var iesniegt dokumentus",
    "можно без меня подать документы?",
    "lauž durvis remontam, vajag naudu",
    "slimnīcā tētis, vajag aprūpi",
    "sāp zobs, vai atmaksā",
    "болит спина, нужен массаж",
    "mājas nodega, vajag palīdzību",
    "krampji kājās, vai ir kompensētas zāles",
    "телефон отобрали за долги",
    "nezinu vairs ko darīt",
    "не знаю что делать, долги",
    "ēdu tikai putru, vajag pārtikas paku",
    "vairs nav spēka kopt mammu",
    "нет сил ухаживать за мамой",
    "man 16, gribu nometni",
    "мне 15, есть кружки?",
    "vecākiem nav naudas nometnei, man 14",
    "kur dabūt nazi virtuvei",
    "kas notiks ja nomiršu, kurš kops dēlu",
    "vai pabalstu var saņemt pēc dzemdībām",
    "rakstu par vardarbību kursadarbu",
    "сколько стоит место в доме престарелых, если не хочет жить один",
    "viņš vairs mani nesit, dzer tikai",
    "bērnam 5 gadi, guļ viens istabā",
    "vai varu atnākt viena bez vīra",
    "dzīvoju viens laukos, nav ar ko parunāt",
    "одна живу, поговорить не с кем",
    "man vajag visu to pabeigt līdz rītdienai",
    "gribu visu beigt nokārtot šodien",
]


@pytest.mark.parametrize("text", [*SUICIDE, *VIOLENCE, *CHILD, *MEDICAL])
def test_danger_is_heard(text: str):
    danger = look_for_danger(text)
    assert danger is not None
    assert danger.is_alarm


@pytest.mark.parametrize("text", [text for text in [*SUICIDE, *VIOLENCE, *CHILD, *MEDICAL] if not text.isascii()])
def test_marks_left_off_change_nothing(text: str):
    bare = text.translate(str.maketrans("āčēģīķļņšūž", "acegiklnsuz"))
    assert look_for_danger(bare) == look_for_danger(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_a_figure_of_speech_or_an_ordinary_question_is_no_alarm(text: str):
    danger = look_for_danger(text)
    assert danger is None or not danger.is_alarm


def test_no_example_phrase_of_something_else_is_an_alarm():
    assert alarms(question.text for question in load_something_else()) == []


def test_the_most_asked_topics_raise_no_alarm():
    questions = load_catalogue("bauska").questions
    topics = ("gmi-benefit", "housing-benefit", "home-care", "office-contacts", "how-to-apply", "needy-status")
    assert alarms(question.text for topic in topics for question in questions[topic]) == []


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
