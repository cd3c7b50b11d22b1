"""Turkish names: one or two given names, the father's name, a surname; with and without Turkish letters.

People made of these names are invented; any likeness to a living or dead person is chance. The tables share nothing
with the matching of names (`records`).
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from uncounted.simulate.family import PersonName, Spelling, rank_ladder

_MEN = """
Mehmet:Memo Mustafa:Mıstık Ahmet:Ahmo Ali:Alişko Hüseyin:Hüso Hasan:Haso İbrahim:İbo İsmail:İsmo Osman:Osmo
Murat:Muro Yusuf:Yusi Ömer:Ömo Ramazan:Ramo Halil:Halo Süleyman:Sülo Abdullah:Apo Mahmut:Mamo Salih:Salo Recep:Reco
Hakan:Haki Kemal:Kemo Fatih:Fato Kadir:Kado Emre:Emo Yaşar:Yaşo Bekir:Beko Kenan:Keno Musa:Muso Cemal:Cemo
Erdoğan:Erdo Bülent:Bülo Serkan:Serko Orhan:Orho Cengiz:Ceno Uğur:Uğo Selim:Selo Adem:Ado Yılmaz:Yılo Turgut:Tuto
Şükrü:Şüko Çetin:Çeto Gökhan:Göko Volkan:Volko Tuncay:Tunco Ercan:Erco Oğuz:Oğuzo Ferhat:Fero Baran:Baro Rojhat:Rojo
Azad:Azo Serhat:Sero Welat:Welo Sedat:Sedo Nurettin:Nuro Şahin:Şaho
"""
_WOMEN = """
Fatma:Fatoş Ayşe:Ayşo Emine:Emoş Hatice:Hatoş Zeynep:Zeyno Elif:Elfo Meryem:Mero Şerife:Şero Zehra:Zehro
Sultan:Sulto Hanife:Hano Gülsüm:Gülo Hacer:Haco Merve:Mervo Esra:Eso Özlem:Özo Songül:Sono Yasemin:Yaso Dilek:Dilo
Sevgi:Sevo Gönül:Göno Çiğdem:Çiço Rojin:Rojo Berfin:Bero Nazlı:Nazo Aysel:Ayso Türkan:Türko Nurcan:Nuro Pınar:Pıno
Leyla:Leylo
"""
_SURNAMES = """
Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt
Özkan Şimşek Polat Özcan Korkmaz Çakır Erdoğan Can Acar Şen Aktaş Güler Yalçın Güneş Bozkurt Bulut Keskin Ünal Turan
Gül Özer Işık Kaplan Avcı Sarı Tekin Taş Köse Yüksel Ateş Aksoy Uçar Gündoğdu Toprak Karakaya Duman Güngör Ekinci
Karadağ Bayram Coşkun Erdem Tunç Oğuz Akgül Karaca Dağ Durmaz Ceylan Uysal Kahraman Ayhan Altun Demirtaş Soylu Baş
Gökçe Türkoğlu Hacıoğlu Karabulut Köroğlu Mollaoğlu Akıncı Tosun Ergün Çiftçi Demirci Değirmenci Ekmekçi Kuyumcu
Bıçakçı Terzi Balcı Yazıcı Saatçi Kalaycı Sağlam Önal Özgür Yavuz Sönmez Tanrıverdi Gültekin Karataş Kartal Doğru
Baysal Çolak Bilgin Bilgiç Çınar Söğüt Kavak Elmas Budak Tepe Irmak Deniz Göl Zengin Fakı Topal Uzun Kısa Şişman
Zayıf Akbaş Karakuş Boztepe Kızıl Alkan Altıntaş Gümüş Bakır Tunçel Demirkıran Taşdelen Çakmak
"""
PLACES = (
    *("Akçaova", "Yeşilköy Deresi", "Kızıltepecik", "Gölbaşı Yaylası", "Çınarlıdere", "Taşköprübaşı", "Üçpınar"),
    *("İncirlibağ", "Ağaçören", "Şirinova", "Güneykaya", "Balıklıçay"),
)
_SECOND_SHARE = 0.3
# Letters of other alphabets for the Turkish ones; what is not named stays.
_LETTERS = {
    "tr": "",
    "ascii": "ı=i ş=s ç=c ğ=g ö=o ü=u â=a",
    "german": "ı=i ş=sch ç=tsch ğ= ö=oe ü=ue c=dsch z=s y=j v=w",
    "english": "ı=i ş=sh ç=ch ğ=gh ö=o ü=u c=j",
    "french": "ı=i ş=ch ç=tch ğ=g ö=eu ü=u u=ou c=dj",
    "russian": (
        "a=а b=б c=дж ç=ч d=д e=е f=ф g=г ğ=г h=х ı=ы i=и j=ж k=к l=л m=м n=н o=о ö=ё p=п r=р s=с ş=ш t=т u=у ü=ю v=в "
        "w=в y=й z=з â=а"
    ),
}
_TABLES = {
    style: {old: new for old, _, new in (item.partition("=") for item in text.split())}
    for style, text in _LETTERS.items()
}


def _read(text: str) -> tuple[tuple[str, str], ...]:
    items = (item.partition(":") for item in text.split())
    return tuple((name, nickname) for name, _, nickname in items)


class TurkishFamily:
    """Turkish names; a style is an alphabet: "tr", "ascii", "german", "english", "french", "russian".

    `PersonName.parent` is the father, `extra` the second given name (−1: none).
    """

    name = "turkish"
    styles = tuple(_LETTERS)
    n_places = len(PLACES)

    def __init__(self) -> None:
        self._n_men = len(_read(_MEN))
        self._given = (*_read(_MEN), *_read(_WOMEN))
        self._surnames = tuple(_SURNAMES.split())
        self._men = rank_ladder(self._n_men, 3.0, 0.9)
        self._women = rank_ladder(len(self._given) - self._n_men, 3.0, 0.9)
        self._ladder = rank_ladder(len(self._surnames), 15.0, 0.8)

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw the names of each person, each by how common it is."""
        luck = rng.random((len(female), 5)).tolist()
        people = []
        for is_woman, (u_surname, u_given, u_father, u_second, u_has) in zip(female.tolist(), luck, strict=True):
            ladder, offset = (self._women, self._n_men) if is_woman else (self._men, 0)
            given, second = offset + bisect_right(ladder, u_given), offset + bisect_right(ladder, u_second)
            people.append(
                PersonName(
                    surname=bisect_right(self._ladder, u_surname),
                    given=given,
                    parent=bisect_right(self._men, u_father),
                    female=is_woman,
                    extra=(second if u_has < _SECOND_SHARE and second != given else -1,),
                )
            )
        return people

    def spell(self, person: PersonName, style: str, *, nickname: bool, rng: np.random.Generator) -> Spelling:  # noqa: ARG002
        """Write a name in one style; `middle` is the father's name, `further` the second given name."""
        given = self._given[person.given][1 if nickname else 0]
        second = self._given[person.extra[0]][0] if person.extra[0] >= 0 else ""
        return Spelling(
            surname=_written(self._surnames[person.surname], style),
            given=_written(given, style),
            middle=_written(self._given[person.parent][0], style),
            further=_written(second, style),
        )

    def spell_place(self, place: int, style: str) -> str:
        """Write a region in one style."""
        return _written(PLACES[place], style)


def _written(name: str, style: str) -> str:
    """Write a name word by word in the letters of one style."""
    if style == "tr":
        return name
    table = _TABLES[style]
    return " ".join(_word(word, table) for word in name.split(" ")) if name else ""


def _word(word: str, table: dict[str, str]) -> str:
    small = word.replace("İ", "i").replace("I", "ı").lower()
    made = "".join(table.get(letter, letter) for letter in small)
    return made[:1].upper() + made[1:]
