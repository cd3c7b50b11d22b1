"""Russian forms of names into Belarusian ones: given names by a table, the rest by sound."""

from __future__ import annotations

from functools import lru_cache

# Russian and Belarusian by turns; names not here differ by the rules alone.
_GIVEN_WORDS = """
Александр Аляксандр Сергей Сяргей Андрей Андрэй Алексей Аляксей Дмитрий Дзмітрый Евгений Яўген Владимир Уладзімір
Николай Мікалай Михаил Міхаіл Роман Раман Артём Арцём Виталий Віталь Денис Дзяніс Юрий Юрый Павел Павел
Виктор Віктар Олег Алег Игорь Ігар Антон Антон Илья Ілля Никита Мікіта Кирилл Кірыл Даниил Даніла Анатолий Анатоль
Константин Канстанцін Вячеслав Вячаслаў Василий Васіль Владислав Уладзіслаў Станислав Станіслаў Григорий Рыгор
Ярослав Яраслаў Егор Ягор Леонид Леанід Валерий Валерый Борис Барыс Степан Сцяпан Геннадий Генадзь Фёдор Фёдар
Тимофей Цімафей Георгий Георгій Матвей Мацвей Тимур Цімур Семён Сямён Эдуард Эдуард Родион Радзівон
Ростислав Расціслаў Святослав Святаслаў Яков Якаў Филипп Піліп Ефим Яфім Трофим Трафім Елена Алена Анна Ганна
Ольга Вольга Татьяна Таццяна Наталья Наталля Екатерина Кацярына Мария Марыя Ирина Ірына Светлана Святлана
Виктория Вікторыя Надежда Надзея Оксана Аксана Любовь Любоў Валентина Валянціна Полина Паліна Лариса Ларыса
"""
_GIVEN = dict(zip(_GIVEN_WORDS.split()[::2], _GIVEN_WORDS.split()[1::2], strict=True))

_ENDINGS = (
    *(("ович", "авіч"), ("овна", "аўна"), ("евич", "евіч"), ("евна", "еўна"), ("ский", "скі"), ("цкий", "цкі")),
    *(("енко", "енка"), ("ов", "оў"), ("ев", "еў"), ("ёв", "ёў"), ("ко", "ка"), ("ий", "ы"), ("ый", "ы")),
)
_SOUNDS = (
    *(("щ", "шч"), ("дь", "дзь"), ("ди", "дзі"), ("де", "дзе"), ("дя", "дзя"), ("дю", "дзю"), ("дё", "дзё")),
    *(("ть", "ць"), ("ти", "ці"), ("те", "це"), ("тя", "ця"), ("тю", "цю"), ("тё", "цё")),
    *(("ри", "ры"), ("ре", "рэ"), ("рь", "р"), ("ря", "ра"), ("рю", "ру"), ("чи", "чы"), ("че", "чэ"), ("ши", "шы")),
    *(("ше", "шэ"), ("жи", "жы"), ("же", "жэ"), ("ци", "цы"), ("и", "і"), ("ъ", "’")),
)
_VOWELS = "аеёиоуыэюяіў"


@lru_cache(maxsize=20_000)
def russian_to_belarusian(word: str) -> str:
    """Write a surname or patronymic of Russian form in Belarusian letters, by sound (Тимофеев → Цімафееў).

    Where the stress lies is not known; an o after the first syllable is taken for unstressed.

    Parameters
    ----------
    word : str

    Returns
    -------
    str
    """
    small = word.lower()
    head, tail = next(
        ((small[: -len(old)], new) for old, new in _ENDINGS if small.endswith(old) and len(small) > len(old) + 1),
        (small, ""),
    )
    # Sounds first, on the whole, since a letter may depend on the first of the ending.
    for old, new in _SOUNDS:
        head = head.replace(old, new)
    first = next((at for at, letter in enumerate(head) if letter in _VOWELS), len(head))
    made = head[: first + 1] + head[first + 1 :].replace("о", "а") + tail
    return made[:1].upper() + made[1:] if word[:1].isupper() else made


def belarusian_given(russian: str) -> str:
    """Return the Belarusian form of a Russian given name."""
    return _GIVEN.get(russian) or russian_to_belarusian(russian)
