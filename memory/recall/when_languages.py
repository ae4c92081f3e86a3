"""How nine languages other than English speak of time, as data. All in small letters; patterns where words bend."""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """What a language's expressions look like.

    Attributes:
        code: ISO 639-1.
        days: patterns of today's times of day, yesterday, the day before it.
        week, last_month, last_year: patterns of last week, month and year.
        ago: a pattern in which {n} stands for a number and {u} for a unit.
        numbers: one to ten.
        units: day, week, month, year.
        months: January to December.
        weekdays: Monday to Sunday; empty where they are not read.
        dated, in_month, on_weekday: patterns of a day of a month, a month, a weekday in the past; {d} stands for the
            day, {m} for the month, {y} for a year, {w} for the weekday.
        seasons: spring to winter.
        last_season: a pattern of one in the past ({s}).
        hint: what must stand elsewhere in the text for the words of `days` to count; empty when nothing must.
    """

    code: str
    days: tuple[str, str, str]
    week: str
    last_month: str
    last_year: str
    ago: str
    numbers: tuple[str, ...]
    units: tuple[str, str, str, str]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    dated: str
    in_month: str
    on_weekday: str
    seasons: tuple[str, str, str, str]
    last_season: str
    hint: str = ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIGURES = tuple(f"{number}月" for number in range(1, 13))

LANGUAGES = (
    Language(
        "de", ("heute|heute (?:früh|morgen|abend)", "gestern", "vorgestern"),
        "(?:letzte|vergangene|vorige) woche", "(?:letzten|vergangenen|vorigen) monat",
        "(?:letztes|vergangenes|voriges) jahr", "vor {n} {u}",
        _words("eine[mnr]? zwei drei vier fünf sechs sieben acht neun zehn"),
        ("tag(?:en)?", "wochen?", "monat(?:en)?", "jahr(?:en)?"),
        _words("januar februar märz april mai juni juli august september oktober november dezember"),
        _words("montag dienstag mittwoch donnerstag freitag samstag sonntag"),
        r"{d}\. ?{m}(?: {y})?", "im {m}(?: {y})?", "(?:am|letzten|vorigen) {w}",
        ("frühling|frühjahr", "sommer", "herbst", "winter"), "(?:letzten|letztes|vergangenen|vorigen) {s}",
    ),
    Language(
        "fr", ("aujourd['’]hui|ce matin|ce soir", "hier|hier soir", "avant-hier"),
        "la semaine (?:dernière|passée)", "le mois (?:dernier|passé)", "l['’](?:année (?:dernière|passée)|an dernier)",
        "il y a {n} {u}", _words("une? deux trois quatre cinq six sept huit neuf dix"),
        ("jours?", "semaines?", "mois", "ans?|années?"),
        _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        _words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        "{d}(?:er)? {m}(?: {y})?", "en {m}(?: {y})?", "{w} dernier",
        ("printemps", "été", "automne", "hiver"), "(?:le |l['’]){s} dernier",
        r"\b(?:le|la|les|je|j['’]|tu|il|elle|on|nous|vous|que|qu['’]|quoi|qui|est|a|ai|as|mon|ma|mes)\b",
    ),
    Language(
        "es", ("hoy|esta mañana|esta noche", "ayer|anoche", "anteayer|antes de ayer"),
        "la semana pasada", "el mes pasado", "el año pasado", "hace {n} {u}",
        _words("una? dos tres cuatro cinco seis siete ocho nueve diez"),
        ("días?", "semanas?", "mes(?:es)?", "años?"),
        _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        _words("lunes martes miércoles jueves viernes sábado domingo"),
        "{d} de {m}(?: del? {y})?", "en {m}(?: del? {y})?", "el {w}(?: pasado)?",
        ("primavera", "verano", "otoño", "invierno"), "(?:el|la) {s} pasad[oa]",
    ),
    Language(
        "it", ("oggi|stamattina|stasera", "ieri|ieri sera", "l['’]altro ieri|altroieri"),
        "(?:la )?settimana scorsa|la scorsa settimana", "(?:il )?mese scorso|lo scorso mese",
        "l['’]anno scorso|lo scorso anno", "{n} {u} fa",
        _words("un[ao]? due tre quattro cinque sei sette otto nove dieci"),
        ("giorn[oi]", "settiman[ae]", "mes[ei]", "ann[oi]"),
        _words("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
        _words("lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        "{d} {m}(?: {y})?", "(?:ad?|in|nel) {m}(?: (?:del )?{y})?", "{w} scors[oa]",
        ("primavera", "estate", "autunno", "inverno"), "(?:la |l['’])?{s} scors[oa]|(?:la |lo )?scors[oa] {s}",
    ),
    Language(
        "pt", ("hoje|esta manhã", "ontem|ontem à noite", "anteontem"),
        "(?:a |na )?semana passada", "(?:o |no )?mês passado", "(?:o |no )?ano passado", "há {n} {u}|{n} {u} atrás",
        _words("uma? dois|duas três quatro cinco seis sete oito nove dez"),
        ("dias?", "semanas?", "m[êe]s(?:es)?", "anos?"),
        _words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        _words("segunda terça quarta quinta sexta sábado domingo"),
        "{d} de {m}(?: de {y})?", "em {m}(?: de {y})?", "{w}(?:-feira)? passad[oa]",
        ("primavera", "verão", "outono", "inverno"), "(?:o |a |no |na )?{s} passad[oa]",
    ),
    Language(
        "nl", ("vandaag|vanmorgen|vanochtend|vanavond", "gisteren|gisteravond", "eergisteren"),
        "(?:vorige|afgelopen) week", "(?:vorige|afgelopen) maand", "(?:vorig|afgelopen) jaar", "{n} {u} geleden",
        _words("een|één twee drie vier vijf zes zeven acht negen tien"),
        ("dag(?:en)?", "we(?:ek|ken)", "maand(?:en)?", "ja(?:ar|ren)"),
        _words("januari februari maart april mei juni juli augustus september oktober november december"),
        _words("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        "{d} {m}(?: {y})?", "in {m}(?: {y})?", "(?:afgelopen|vorige|op) {w}",
        ("lente|voorjaar", "zomer", "herfst|najaar", "winter"), "(?:afgelopen|vorige) {s}",
    ),
    Language(
        "ru", ("сегодня", "вчера", "позавчера"),
        "на прошлой неделе", "в прошлом месяце", "в прошлом году", "{n} {u} назад",
        _words("одну|один два|две три четыре пять шесть семь восемь девять десять"),
        ("день|дня|дней", "недел[юиь]", "месяц(?:а|ев)?", "года?|лет"),
        _words("январ[яе] феврал[яе] март[ае] апрел[яе] ма[яе] июн[яе] июл[яе] август[ае] сентябр[яе] октябр[яе]"
               " ноябр[яе] декабр[яе]"),
        _words("понедельник вторник среду четверг пятницу субботу воскресенье"),
        "{d} {m}(?: {y})?", "в {m}(?: {y})?", "в прошл(?:ый|ую|ое) {w}",
        ("весной", "летом", "осенью", "зимой"), "прошл(?:ой|ым) {s}",
    ),
    Language(
        "zh", ("今天|今早|今晚", "昨天|昨晚", "前天"), "上周|上星期|上个星期", "上个月|上月", "去年",
        "{n} ?个?{u}(?:之|以)?前",
        _words("一 两|二 三 四 五 六 七 八 九 十"), ("天|日", "周|星期", "月", "年"), _FIGURES, (),
        "(?:{y}年)?{m}{d}[日号]", "(?:{y}年)?{m}份?(?!底|\\d)", "",
        ("春天", "夏天", "秋天", "冬天"), "去年{s}",
    ),
    Language(
        "ja", ("今日|今朝|今夜", "昨日|昨夜", "一昨日|おととい"), "先週", "先月", "去年|昨年",
        "{n} ?[かヶカケ]?{u}間?前", _words("一 二 三 四 五 六 七 八 九 十"), ("日", "週", "月", "年"), _FIGURES, (),
        "(?:{y}年)?{m}{d}日", "(?:{y}年)?{m}(?!\\d)", "",
        ("春", "夏", "秋", "冬"), "(?:去年|昨年)の{s}",
    ),
)  # fmt: skip
