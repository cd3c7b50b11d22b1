"""Names of East Slavic use, in Russian, Ukrainian or Belarusian letters or in Latin ones after many standards."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from uncounted.simulate.cyrillic_belarusian import belarusian_given, russian_to_belarusian
from uncounted.simulate.cyrillic_given import MEN, WOMEN, GivenName
from uncounted.simulate.cyrillic_surnames import build_surnames
from uncounted.simulate.family import PersonName, Spelling
from uncounted.simulate.romanise import STANDARDS, romanise

# Regions of no country: (Russian, Ukrainian).
PLACES: tuple[tuple[str, str], ...] = (
    ("Белогорье", "Білогір’я"),
    ("Заречье", "Заріччя"),
    ("Верхнеозёрск", "Верхньоозерськ"),
    ("Краснополье", "Краснопілля"),
    ("Новолесье", "Новолісся"),
    ("Синегорье", "Синьогір’я"),
    ("Старомостье", "Старомостя"),
    ("Степногорье", "Степногір’я"),
    ("Тихоречье", "Тихоріччя"),
    ("Чернолесье", "Чорнолісся"),
    ("Южнобережье", "Південнобережжя"),
    ("Яснополье", "Яснопілля"),
)

# Most people write ё as е; half of those who romanise start from that.
_PLAIN_E_CYRILLIC, _PLAIN_E_LATIN = 0.8, 0.5


_LANGUAGES = ("ru", "uk", "be")


class CyrillicFamily:
    """Russian, Ukrainian and Belarusian forms. A style is "ru", "uk" or "be", or "ru>icao": language > standard."""

    name = "cyrillic"

    def __init__(self) -> None:
        self._surnames = build_surnames()
        self._given: tuple[GivenName, ...] = (*MEN, *WOMEN)
        self._surname_ladder = _ladder([s.weight for s in self._surnames])
        self._man_ladder = _ladder([g.weight for g in MEN])
        self._woman_ladder = _ladder([g.weight for g in WOMEN])

    @property
    def styles(self) -> tuple[str, ...]:
        """The languages, and each with each standard of romanisation."""
        return (*_LANGUAGES, *(f"{language}>{standard}" for language in _LANGUAGES for standard in STANDARDS))

    @property
    def n_places(self) -> int:
        """Number of regions."""
        return len(PLACES)

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw surname, given name and father's name of each person, each by how common it is."""
        luck = rng.random((len(female), 3)).tolist()
        people = []
        for is_woman, (u_surname, u_given, u_father) in zip(female.tolist(), luck, strict=True):
            own = len(MEN) + bisect_right(self._woman_ladder, u_given) if is_woman else 0
            people.append(
                PersonName(
                    surname=bisect_right(self._surname_ladder, u_surname),
                    given=own or bisect_right(self._man_ladder, u_given),
                    parent=bisect_right(self._man_ladder, u_father),
                    female=is_woman,
                )
            )
        return people

    def spell(self, person: PersonName, style: str, *, nickname: bool, rng: np.random.Generator) -> Spelling:
        """Write a name in one style.

        Parameters
        ----------
        person : PersonName
            Whose name.
        style : str
            One of `styles`.
        nickname : bool
            Whether a nickname stands for the given name.
        rng : numpy.random.Generator
            Picks the nickname, and whether ё keeps its dots.

        Returns
        -------
        Spelling
        """
        language, _, standard = style.partition(">")
        ukrainian = language == "uk"
        sex = 1 if person.female else 0
        given, father = self._given[person.given], self._given[person.parent]
        surname = self._surnames[person.surname]
        words = (
            (surname.uk if ukrainian else surname.ru)[sex],
            _nickname(given, rng) if nickname else (given.uk if ukrainian else given.ru),
            (father.patronymic_uk if ukrainian else father.patronymic_ru)[sex],
        )
        if language == "be":
            given_be = words[1] if nickname else belarusian_given(words[1])
            words = (russian_to_belarusian(words[0]), given_be, russian_to_belarusian(words[2]))
        if rng.random() < (_PLAIN_E_LATIN if standard else _PLAIN_E_CYRILLIC):
            words = (_plain_e(words[0]), _plain_e(words[1]), _plain_e(words[2]))
        if standard:
            words = (_romanised(words[0], standard), _romanised(words[1], standard), _romanised(words[2], standard))
        return Spelling(surname=words[0], given=words[1], middle=words[2])

    def spell_place(self, place: int, style: str) -> str:
        """Write a region in one style."""
        language, _, standard = style.partition(">")
        word = PLACES[place][1 if language == "uk" else 0]
        if language == "be":
            word = russian_to_belarusian(word)
        return _romanised(word, standard) if standard else word


_romanised = lru_cache(maxsize=50_000)(romanise)


def _nickname(given: GivenName, rng: np.random.Generator) -> str:
    # The first nickname of the table is by far the most used one.
    u = rng.random()
    return given.nicknames[0] if u < 0.6 else given.nicknames[1 + int((u - 0.6) / 0.4 * (len(given.nicknames) - 1))]


def _plain_e(word: str) -> str:
    return word.replace("ё", "е").replace("Ё", "Е")


def _ladder(weights: list[float]) -> list[float]:
    """Return cumulated shares, all but the last, for `bisect_right` on a uniform number."""
    shares = np.cumsum(np.asarray(weights) / np.sum(weights))
    return [float(x) for x in shares[:-1]]
