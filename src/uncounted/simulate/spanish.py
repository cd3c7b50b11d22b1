"""Spanish names: one or two given names, the father's and the mother's surname, particles, abbreviations.

People made of these names are invented; any likeness to a living or dead person is chance. The tables share nothing
with the matching of names (`records`).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from uncounted.simulate.family import PersonName, Spelling, rank_ladder

# Given name and its nicknames, the common ones first.
_MEN = """
José:Pepe,Chepe,Pepito|Juan:Juancho,Juanito|Luis:Lucho,Güicho|Carlos:Charly,Carlitos|Francisco:Paco,Pancho,Kiko
Manuel:Manolo,Meme|Jorge:Coque,Jorgito|Pedro:Perico,Pedrito|Miguel:Migue,Miguelito|Antonio:Toño,Toni
Jesús:Chucho,Chuy|Rafael:Rafa|Ramón:Moncho|Alejandro:Álex,Jano|Fernando:Nando,Fer|Eduardo:Lalo,Edu
Ricardo:Richi,Caco|Roberto:Beto,Rober|Alberto:Beto|Enrique:Quique,Kike|Andrés:Andy,Andresito|Javier:Javi
Sergio:Checo|Víctor:Vity|Héctor:Tito|Óscar:Oscarito|Raúl:Rulo|Mario:Mayito|Arturo:Turo|Gerardo:Gera|Gustavo:Tavo,Gus
Guillermo:Memo,Guille|Salvador:Chava|Ignacio:Nacho|Julio:Julito|Marco:Marquitos|Diego:Dieguito|Daniel:Dani
David:Deivi|Ángel:Gelo|Hugo:Huguito|Iván:Ivancho|Rubén:Benito|Felipe:Pipe|Agustín:Agus|Joaquín:Quino|Vicente:Chente
Gabriel:Gabo|Esteban:Teban|Ernesto:Neto|Alfonso:Poncho|Alfredo:Fredo|Rodrigo:Rodri|Gonzalo:Gonza,Chalo|Leonardo:Leo
Mauricio:Mau|Nicolás:Nico|Pablo:Pablito|Santiago:Santi,Chago|Tomás:Tomasito|Wilmer:Wil|Jairo:Yairo|Hernán:Nan
Álvaro:Alvarito|Germán:Mancho|Camilo:Cami|Cristian:Cris|Edgar:Edgarcito|Fabián:Fabi
"""
_WOMEN = """
María:Mari,Maruja|Ana:Anita|Rosa:Rosita|Carmen:Menchu,Carmencita|Luz:Lucecita|Guadalupe:Lupe,Lupita
Isabel:Chabela,Isa|Patricia:Pati|Martha:Marthita|Gloria:Yoya|Teresa:Tere|Josefina:Fina,Pepa|Margarita:Márgara,Mago
Juana:Juanita|Elena:Nena|Claudia:Clau|Sandra:Sandrita|Adriana:Adri|Verónica:Vero|Alejandra:Ale|Gabriela:Gaby
Lucía:Luci|Silvia:Chivi|Beatriz:Bety|Leticia:Lety|Rocío:Chío|Yolanda:Yoli|Francisca:Paca,Paquita|Dolores:Lola
Concepción:Concha,Conchita|Pilar:Pili|Mercedes:Meche|Esperanza:Espe|Cecilia:Ceci|Paula:Pau|Natalia:Nati
Carolina:Caro|Diana:Dianita|Liliana:Lili|Olga:Olguita
"""
_SURNAMES = """
García|Rodríguez|Martínez|Hernández|López|González|Pérez|Sánchez|Ramírez|Torres|Flores|Rivera|Gómez|Díaz|Cruz
Morales|Reyes|Gutiérrez|Ortiz|Chávez|Ramos|Ruiz|Álvarez|Mendoza|Castillo|Jiménez|Moreno|Vásquez|Romero|Herrera
Medina|Aguilar|Vargas|Guzmán|Castro|Muñoz|Rojas|Méndez|Salazar|Soto|Delgado|Ortega|Núñez|Peña|Cabrera|Ríos|Guerrero
Campos|Vega|Contreras|Figueroa|Acosta|Silva|Espinoza|Luna|Navarro|Domínguez|Maldonado|Valdez|Molina|Sandoval
Cárdenas|Miranda|Rosales|Ibarra|Trujillo|Cortés|Salas|Pacheco|Rosario|Mejía|Ayala|Estrada|Bautista|Serrano
Villanueva|Zamora|Quintero|Cervantes|Velásquez|Marín|Rangel|Valencia|Lara|Orozco|Montes|Escobar|Barrera|Cáceres
Bravo|Ochoa|Vera|Pineda|Arias|Benítez|Duarte|Galindo|Zapata|Osorio|Cortez|Bermúdez|Zúñiga|Villegas|Suárez|Fuentes
Carrillo|Robles|Nava|Cisneros|Rubio|Padilla|Solís|Andrade|Macías|Tapia|Lozano|Beltrán|Parra|Leal|de la Cruz|de León
de la Rosa|del Río|de la Torre|de los Santos|de la Fuente|del Valle|de Jesús|de la Vega|del Carmen|de Anda|Quispe
Mamani|Huamán|Condori|Choque|Flórez|Arango|Restrepo|Uribe|Echeverría|Etxeberria|Aguirre|Zabala|Iturbe|Goicoechea
Jaramillo|Betancur|Giraldo|Hoyos|Cardona|Gallego|Patiño|Buitrago|Caicedo|Mosquera|Perea|Rentería|Asprilla|Palacios
Córdoba|Ixchel|Tum|Chub|Caal|Pop|Xol|Tzoc|Ajú|Batz|Coc|Sic|Yat|Ical|Ba|Choc|Cucul|Tiul|Quib|Sacul|Maquín|Sepúlveda
Araya|Fuenzalida|Riquelme|Sanhueza|Oyarzún|Henríquez|Valenzuela|Saavedra|Alarcón|Bustos|Cifuentes|Donoso|Elgueta
"""
PLACES = (
    *(
        "Valle Hondo",
        "San Jacinto del Monte",
        "Río Pardo",
        "Santa Rita",
        "Piedra Blanca",
        "Los Almendros",
        "El Carrizal",
    ),
    *("Puerto Nuevo", "Cañada Larga", "Monte Águila", "La Ceibita", "Tres Caminos"),
)
# What is written the same when heard: the first is put for the second or the other way round.
_HEARD = (
    *(("z", "s"), ("b", "v"), ("j", "g"), ("ll", "y"), ("qu", "k"), ("c", "s"), ("i", "y"), ("x", "j"), ("h", "")),
    *(("cu", "qu"), ("nn", "n"), ("hu", "gu")),
)
_SECOND_GIVEN_SHARE = 0.55
_STYLES = ("full", "plain", "heard", "hyphen", "english", "registry")


def _read(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    items = (item.partition(":") for item in text.strip().replace("\n", "|").split("|"))
    return tuple((name, tuple(nicknames.split(","))) for name, _, nicknames in items)


class SpanishFamily:
    """Spanish names; styles say whether accents, particles and double names survive.

    "full" keeps all; "plain" has no accents; "heard" is written by ear; "hyphen" joins the surnames; "english" drops
    accents and particles, and takes ñ for n; "registry" abbreviates María and José.
    `PersonName.parent` is the mother's surname, `extra` the second given name (−1: none).
    """

    name = "spanish"
    styles = _STYLES
    n_places = len(PLACES)

    def __init__(self) -> None:
        self._n_men = len(_read(_MEN))
        self._given = (*_read(_MEN), *_read(_WOMEN))
        self._surnames = tuple(_SURNAMES.strip().replace("\n", "|").split("|"))
        self._men = rank_ladder(self._n_men, 4.0, 0.9)
        self._women = rank_ladder(len(self._given) - self._n_men, 2.0, 0.9)
        self._ladder = rank_ladder(len(self._surnames), 12.0, 0.9)

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw the names of each person, each by how common it is."""
        luck = rng.random((len(female), 5)).tolist()
        people = []
        for is_woman, (u_father, u_mother, u_given, u_second, u_has) in zip(female.tolist(), luck, strict=True):
            ladder, offset = (self._women, self._n_men) if is_woman else (self._men, 0)
            given, second = offset + bisect_right(ladder, u_given), offset + bisect_right(ladder, u_second)
            people.append(
                PersonName(
                    surname=bisect_right(self._ladder, u_father),
                    given=given,
                    parent=bisect_right(self._ladder, u_mother),
                    female=is_woman,
                    extra=(second if u_has < _SECOND_GIVEN_SHARE and second != given else -1,),
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
            Picks the nickname, and what is heard wrong.

        Returns
        -------
        Spelling
            `middle` is the mother's surname, `further` the second given name.
        """
        given, nicknames = self._given[person.given]
        second = self._given[person.extra[0]][0] if person.extra[0] >= 0 else ""
        if nickname:
            given = nicknames[int(rng.random() * len(nicknames))]
        elif style == "registry":
            given = {"María": ("Ma.", "Mª", "M.")[int(rng.random() * 3)], "José": "J."}.get(given, given)
        first, mother = (_styled(self._surnames[at], style, rng) for at in (person.surname, person.parent))
        given, second = _styled(given, style, rng), _styled(second, style, rng)
        if style == "hyphen":
            first, mother = f"{first}-{mother}", ""
        return Spelling(surname=first, given=given, middle=mother, further=second)

    def spell_place(self, place: int, style: str) -> str:
        """Write a region in one style."""
        return PLACES[place] if style in ("full", "registry") else without_marks(PLACES[place])


def without_marks(word: str) -> str:
    """Return a word without accents and other marks on its letters."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _styled(word: str, style: str, rng: np.random.Generator) -> str:
    if style in ("full", "registry"):
        return word
    particles, _, last = word.rpartition(" ")
    if particles and rng.random() < (0.5 if style == "english" else 0.2):
        joined = "".join(word.split()).lower().capitalize()
        word = last if rng.random() < 0.5 else joined
    word = without_marks(word)
    if style != "heard" or rng.random() < 0.5:
        return word
    small = word.lower()
    fitting = [(a, b) for pair in _HEARD for a, b in (pair, pair[::-1]) if a and a in small[1:]]
    if not fitting:
        return word
    old, new = fitting[int(rng.random() * len(fitting))]
    at = small.index(old, 1)
    return word[:at] + new + word[at + len(old) :]
