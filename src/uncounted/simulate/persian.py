"""Persian names (of Iran and Afghanistan): given name, father, surname, in Persian script or in Latin letters.

People made of these names are invented; any likeness to a living or dead person is chance. The tables share nothing
with the matching of names (`records`).
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from uncounted.simulate.family import PersonName, Spelling, rank_ladder

# Persian writing and the sound, with ā for the long a, x for kh, q for gh, š, ž, č, and ’ for a stop.
_MEN = """
محمد mohammad علی ali حسین hoseyn مهدی mahdi رضا rezā حسن hasan احمد ahmad امیر amir سعید sa’id محمود mahmud اکبر
akbar اصغر asqar عباس abbās ابراهیم ebrāhim اسماعیل esmā’il جواد javād مجید majid حمید hamid رحیم rahim کریم karim
یوسف yusof یعقوب ya’qub داوود dāvud مرتضی mortezā مصطفی mostafā قاسم qāsem هادی hādi مسعود mas’ud منصور mansur ناصر
nāser بهرام bahrām بهروز behruz بهزاد behzād داریوش dāryuš فرهاد farhād فرید farid فریدون fereydun کامران kāmrān
کاوه kāve کوروش kuroš سیاوش siyāvaš شاهین šāhin شهرام šahrām آرش āraš ایرج iraj جمشید jamšid خسرو xosrow رستم rostam
روح‌الله ruhollāh عبدالله abdollāh نعمت ne’mat گل‌محمد golmohammad شیر šir نجیب najib وحید vahid زلمی zalmi پرویز
parviz هوشنگ hušang
"""
_WOMEN = """
فاطمه fāteme زهرا zahrā مریم maryam معصومه ma’sume زینب zeynab لیلا leylā سکینه sakine نرگس narges پروین parvin
شیرین širin مهناز mahnāz نسرین nasrin ژاله žāle سیما simā ثریا sorayyā گلناز golnāz فرشته ferešte ناهید nāhid طاهره
tāhere خدیجه xadije پری pari شهلا šahlā مینا minā آزاده āzāde رقیه roqayye
"""
_SURNAME_STEMS = """
محمد mohammad حسین hoseyn احمد ahmad کریم karim رضا rezā جعفر ja’far رحیم rahim صادق sādeq کاظم kāzem قاسم qāsem نظر
nazar حیدر heydar اکبر akbar امین amin شریف šarif نور nur یوسف yusof سلطان soltān مراد morād میرزا mirzā باقر bāqer
عباس abbās هاشم hāšem موسی musā سلیمان soleymān خلیل xalil فتح fath رستم rostam جمال jamāl بهرام bahrām تقی taqi
غلام qolām طاهر tāher
"""
# Ending in Persian writing and in sound; a space is written as a narrow one or left out.
_ENDINGS = (
    *(
        ("ی", "i"),
        ("زاده", "zāde"),
        ("پور", "pur"),
        ("نیا", "niyā"),
        ("نژاد", "nežād"),
        ("یان", "iyān"),
        ("وند", "vand"),
    ),
    *(("خانی", "xāni"), ("فر", "far")),
)
_PLACE_WORDS = """
گلستان golestān چشمه‌سبز češmesabz کوه‌سفید kuhsefid شیرین‌رود širinrud باغ‌ملک bāqmalek ده‌نو dehnow سرخ‌دره
sorxdarre پل‌سنگی polsangi زرین‌شهر zarrinšahr آب‌گرم ābgarm تپه‌سیاه tappesiyāh نی‌زار neyzār
"""
# Latin letters by style; of several ways "a/b" one is picked each time. Word-final e is written on its own.
_STYLES = {
    "scholarly": "x=x q=q š=š ž=ž č=č ā=ā ’=ʼ",
    "un-2012": "x=x q=q š=š ž=ž č=č ā=ā ’=’",
    "iranian": "x=kh q=gh š=sh ž=zh č=ch ā=a u=ou/oo i=i/ee ’=/a ey=ei/ey ow=ow/o ^e=eh/e",
    "english": "x=kh q=gh/q š=sh ž=zh/j č=ch ā=a/aa u=u/oo i=i/ee ’= ey=ey/ei/ai e=e/i o=o/u ^e=eh/a",
    "afghan": "x=kh q=q/gh š=sh ž=zh č=ch ā=a u=o/oo/u i=i/ee ’= ey=ai/ei e=i/e o=u/o v=w/v ow=aw ^e=a/ah",
    "french": "x=kh q=gh š=ch ž=j č=tch ā=a u=ou ’= ey=eï/ei j=dj ^e=é/eh",
    "german": "x=ch q=gh š=sch ž=sch č=tsch ā=a v=w y=j j=dsch ’= ey=ei ^e=e/eh",
}
_SCRIPT_STYLES = ("fa", "fa-loose")


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    words = text.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


def _surnames() -> tuple[tuple[str, str], ...]:
    """Return all stems with all endings, mixed so that common and rare ones have all kinds."""
    stems = _pairs(_SURNAME_STEMS)
    n = len(_ENDINGS)
    return tuple(
        (script + _ENDINGS[(at + turn) % n][0], sound + _ENDINGS[(at + turn) % n][1])
        for turn in range(n)
        for at, (script, sound) in enumerate(stems)
    )


PLACES = _pairs(_PLACE_WORDS)


class PersianFamily:
    """Persian names; a style is "fa" (script), "fa-loose" (as typed, with Arabic letters) or a Latin spelling.

    `PersonName.parent` is the father.
    """

    name = "persian"
    styles = (*_SCRIPT_STYLES, *_STYLES)
    n_places = len(PLACES)

    def __init__(self) -> None:
        self._n_men = len(_pairs(_MEN))
        self._given = (*_pairs(_MEN), *_pairs(_WOMEN))
        self._surnames = _surnames()
        self._men = rank_ladder(self._n_men, 3.0, 0.9)
        self._women = rank_ladder(len(self._given) - self._n_men, 2.0, 0.9)
        self._ladder = rank_ladder(len(self._surnames), 25.0, 0.8)

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw the names of each person, each by how common it is."""
        luck = rng.random((len(female), 3)).tolist()
        people = []
        for is_woman, (u_surname, u_given, u_father) in zip(female.tolist(), luck, strict=True):
            own = self._n_men + bisect_right(self._women, u_given) if is_woman else bisect_right(self._men, u_given)
            people.append(
                PersonName(
                    surname=bisect_right(self._ladder, u_surname),
                    given=own,
                    parent=bisect_right(self._men, u_father),
                    female=is_woman,
                )
            )
        return people

    def spell(self, person: PersonName, style: str, *, nickname: bool, rng: np.random.Generator) -> Spelling:
        """Write a name in one style; a nickname is the given name with "jān" (dear) after it.

        Parameters
        ----------
        person : PersonName
            Whose name.
        style : str
            One of `styles`.
        nickname : bool
            Whether the nickname stands for the given name.
        rng : numpy.random.Generator
            Picks where a style has several ways.

        Returns
        -------
        Spelling
            `middle` is the father's name.
        """
        script, sound = self._given[person.given]
        given = (f"{script} جان", f"{sound} jān") if nickname else (script, sound)
        return Spelling(
            surname=_written(self._surnames[person.surname], style, rng),
            given=_written(given, style, rng),
            middle=_written(self._given[person.parent], style, rng),
        )

    def spell_place(self, place: int, style: str) -> str:
        """Write a region in one style, always in the same way."""
        # A gazetteer has one spelling a style; of several ways of a style the place's own number picks one.
        if style in _SCRIPT_STYLES:
            return PLACES[place][0].replace("\u200c", " ")
        return _written(PLACES[place], style, np.random.default_rng([place, 11]))


def _written(name: tuple[str, str], style: str, rng: np.random.Generator) -> str:
    script, sound = name
    if style == "fa":
        return script
    if style == "fa-loose":
        if rng.random() < 0.5:
            script = script.replace("ی", "ي").replace("ک", "ك")
        script = script.replace("\u200c", " " if rng.random() < 0.5 else "")
        return script.replace("آ", "ا") if rng.random() < 0.4 else script
    return " ".join(_latin(word, style, rng) for word in sound.split(" "))


def _latin(sound: str, style: str, rng: np.random.Generator) -> str:
    ways = _WAYS[style]
    out, at = "", 0
    while at < len(sound):
        two, last = sound[at : at + 2], at == len(sound) - 1
        if last and sound[at] == "e" and "^e" in ways:
            taken, found = 1, ways["^e"]
        elif two in ways and sound[at + 2 : at + 3] not in tuple("aeiouā"):
            taken, found = 2, ways[two]
        else:
            taken, found = 1, ways.get(sound[at], (sound[at],))
        out += found[int(rng.random() * len(found))] if len(found) > 1 else found[0]
        at += taken
    return out[:1].upper() + out[1:]


_WAYS = {
    style: {old: tuple(new.split("/")) for old, _, new in (item.partition("=") for item in text.split())}
    for style, text in _STYLES.items()
}
