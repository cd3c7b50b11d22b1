"""English names: middle names, nicknames, initials, married and hyphenated surnames, spellings by ear.

People made of these names are invented; any likeness to a living or dead person is chance. The tables share nothing
with the matching of names (`records`).
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from uncounted.simulate.family import PersonName, Spelling, rank_ladder

# Given name and its nicknames, the common ones first.
_MEN = """
James:Jim,Jimmy,Jamie|John:Jack,Johnny,Jock|Robert:Bob,Rob,Bobby|Michael:Mike,Mick,Micky
William:Bill,Will,Billy,Liam|David:Dave,Davy|Richard:Dick,Rick,Rich|Joseph:Joe,Joey|Thomas:Tom,Tommy
Charles:Charlie,Chuck|Christopher:Chris,Kit|Daniel:Dan,Danny|Matthew:Matt|Anthony:Tony|Mark:Marky|Donald:Don
Steven:Steve|Paul:Pauly|Andrew:Andy,Drew|Joshua:Josh|Kenneth:Ken,Kenny|George:Geordie|Kevin:Kev|Brian:Bri
Edward:Ed,Ted,Ned|Ronald:Ron|Timothy:Tim|Jason:Jay|Jeffrey:Jeff|Ryan:Ry|Jacob:Jake|Gary:Gaz|Nicholas:Nick|Eric:Rick
Jonathan:Jon|Stephen:Steve|Lawrence:Larry|Justin:Jus|Scott:Scotty|Brandon:Bran|Benjamin:Ben|Samuel:Sam|Gregory:Greg
Alexander:Alex,Sandy|Patrick:Pat,Paddy|Francis:Frank|Raymond:Ray|Dennis:Den|Walter:Wally|Peter:Pete|Zachary:Zach
Henry:Harry,Hank|Carl:Charlie|Arthur:Art|Gerald:Gerry|Roger:Rodge|Terence:Terry|Sean:Shaun|Albert:Bert,Al|Ralph:Rafe
Eugene:Gene|Russell:Russ|Philip:Phil|Harold:Hal|Vincent:Vince|Martin:Marty|Leonard:Len|Alfred:Alf
"""
_WOMEN = """
Mary:Molly,Polly|Patricia:Pat,Trish|Jennifer:Jen,Jenny|Linda:Lin|Elizabeth:Liz,Beth,Betty|Barbara:Barb
Susan:Sue,Suzy|Jessica:Jess|Sarah:Sally|Karen:Kaz|Margaret:Peggy,Maggie,Meg|Lisa:Lise|Nancy:Nan|Dorothy:Dot,Dolly
Sandra:Sandy|Ashley:Ash|Kimberly:Kim|Emily:Em|Donna:Don|Michelle:Shell|Carol:Carrie|Amanda:Mandy|Deborah:Debbie
Stephanie:Steph|Rebecca:Becky|Laura:Laurie|Helen:Nell|Catherine:Kate,Cathy,Kitty|Amy:Ames|Angela:Angie|Anna:Annie
Ruth:Ruthie|Virginia:Ginny|Christine:Chris,Tina|Rachel:Rach|Janet:Jan|Diane:Di|Alice:Ali|Julie:Jules|Frances:Fran
Joan:Joanie|Evelyn:Evie|Jean:Jeanie|Victoria:Vicky|Eleanor:Ellie,Nora|Katherine:Kate,Kathy|Bridget:Biddy
Josephine:Jo|Martha:Patty|Theresa:Terry
"""
_SURNAMES = """
Smith|Johnson|Williams|Brown|Jones|Miller|Davis|Wilson|Anderson|Taylor|Thomas|Moore|Jackson|Martin|Lee|Thompson
White|Harris|Clark|Lewis|Robinson|Walker|Young|Allen|King|Wright|Scott|Hill|Green|Adams|Nelson|Baker|Hall|Campbell
Mitchell|Carter|Roberts|Phillips|Evans|Turner|Parker|Collins|Edwards|Stewart|Morris|Murphy|Cook|Rogers|Morgan|Cooper
Peterson|Reed|Bailey|Kelly|Howard|Ward|Cox|Richardson|Wood|Watson|Brooks|Bennett|Gray|James|Hughes|Price|Myers|Long
Foster|Sanders|Ross|Powell|Sullivan|Russell|Jenkins|Perry|Butler|Barnes|Fisher|Henderson|Coleman|Simmons|Patterson
Jordan|Reynolds|Hamilton|Graham|Wallace|Cole|West|Hayes|Bryant|Ellis|Stevens|Gibson|Ford|Marshall|Owens|McDonald
Harrison|Kennedy|Wells|Woods|Webb|Simpson|Tucker|Porter|Hunter|Hicks|Crawford|Boyd|Mason|Warren|Dixon|Burns|Gordon
Shaw|Holmes|Rice|Robertson|Hunt|Black|Daniels|Palmer|Mills|Nichols|Grant|Knight|Ferguson|Rose|Stone|Hawkins|Dunn
Perkins|Hudson|Spencer|Gardner|Stephens|Payne|Pierce|Berry|Matthews|Arnold|O'Brien|O'Connor|O'Neill|O'Reilly
McCarthy|McLaughlin|MacLeod|Mackenzie|McGuire|Fitzgerald|Fitzpatrick|Gallagher|Doherty|Byrne|Thorpe|Ashworth
Bracewell|Chadwick|Dewhurst|Entwistle|Fairclough|Greenhalgh|Hargreaves|Illingworth|Kershaw|Lathom|Micklethwaite
Pemberton|Ramsbottom|Shuttleworth|Thistlethwaite|Unsworth|Wolstenholme|Yarwood|Abernathy|Babcock|Carmichael|Drummond
Eldridge|Ferris|Galbraith|Haverford|Ingram|Jessop|Kirkpatrick|Lockhart|Merriweather|Nightingale|Osgood|Pettigrew
Quigley|Rutherford|Sinclair|Tillman|Underhill|Vickers|Whitaker|Yardley|Zimmerman|Schneider|Hoffman|Schultz|Becker
Keller|Novak|Kowalski|Nguyen
"""
PLACES = (
    *(
        "Ashford Vale",
        "Northmoor",
        "Kingsbrook",
        "Saltmarsh",
        "East Harrow",
        "Blackwater",
        "St Alban's Reach",
        "Millbridge",
    ),
    *("Fenwick Cross", "Old Haven", "Redcliffe", "Stonebury"),
)
# Spellings that sound alike; the first found of each pair is exchanged.
_HEARD = (
    *(
        ("ph", "f"),
        ("ey", "y"),
        ("ie", "y"),
        ("ck", "k"),
        ("c", "k"),
        ("ll", "l"),
        ("tt", "t"),
        ("nn", "n"),
        ("ee", "ea"),
    ),
    *(("ai", "ay"), ("y", "i"), ("son", "sen"), ("mc", "mac"), ("o'", "o"), ("th", "t"), ("er", "ar"), ("ou", "ow")),
    *(("gh", ""), ("s", "z"), ("mann", "man"), ("rr", "r"), ("ei", "ie"), ("ks", "x")),
)
_MARRIED_SHARE, _NO_MIDDLE_SHARE = 0.6, 0.15
_STYLES = ("own", "married", "hyphen", "heard")


def _read(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    items = (item.partition(":") for item in text.strip().replace("\n", "|").split("|"))
    return tuple((name, tuple(nicknames.split(","))) for name, _, nicknames in items)


class EnglishFamily:
    """English names. Women who married stand under their own surname, their husband's, or both, by style.

    "own", "married", "hyphen" (own and husband's), and "heard" (own, spelt by ear). `PersonName.parent` is the middle
    name (−1: none), `extra` the husband's surname (−1: none).
    """

    name = "english"
    styles = _STYLES
    n_places = len(PLACES)

    def __init__(self) -> None:
        self._n_men = len(_read(_MEN))
        self._given = (*_read(_MEN), *_read(_WOMEN))
        self._surnames = tuple(_SURNAMES.strip().replace("\n", "|").split("|"))
        self._men = rank_ladder(self._n_men, 6.0, 0.9)
        self._women = rank_ladder(len(self._given) - self._n_men, 6.0, 0.9)
        self._ladder = rank_ladder(len(self._surnames), 20.0, 0.8)

    def draw(self, female: NDArray[np.bool_], rng: np.random.Generator) -> list[PersonName]:
        """Draw the names of each person, each by how common it is."""
        luck = rng.random((len(female), 6)).tolist()
        people = []
        for is_woman, (u_name, u_husband, u_given, u_middle, u_married, u_no) in zip(
            female.tolist(), luck, strict=True
        ):
            ladder, offset = (self._women, self._n_men) if is_woman else (self._men, 0)
            husband = bisect_right(self._ladder, u_husband)
            people.append(
                PersonName(
                    surname=bisect_right(self._ladder, u_name),
                    given=offset + bisect_right(ladder, u_given),
                    parent=-1 if u_no < _NO_MIDDLE_SHARE else offset + bisect_right(ladder, u_middle),
                    female=is_woman,
                    extra=(husband if is_woman and u_married < _MARRIED_SHARE else -1,),
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
            Picks the nickname, and what is spelt otherwise.

        Returns
        -------
        Spelling
            `middle` is the middle name.
        """
        given, nicknames = self._given[person.given]
        if nickname:
            given = nicknames[int(rng.random() * len(nicknames))]
        surname = self._surnames[person.surname]
        husband = self._surnames[person.extra[0]] if person.extra[0] >= 0 else ""
        if husband and style == "married":
            surname = husband
        elif husband and style == "hyphen":
            surname = f"{surname}-{husband}"
        middle = self._given[person.parent][0] if person.parent >= 0 else ""
        if style == "heard":
            surname, given, middle = (_by_ear(word, rng) for word in (surname, given, middle))
        return Spelling(surname=surname, given=given, middle=middle)

    def spell_place(self, place: int, style: str) -> str:  # noqa: ARG002
        """Write a region; all styles write it alike."""
        return PLACES[place]


def _by_ear(word: str, rng: np.random.Generator) -> str:
    """Return a name with one sound spelt otherwise, half of the time."""
    if rng.random() < 0.5:
        return word
    small = word.lower()
    fitting = [(a, b) for pair in _HEARD for a, b in (pair, pair[::-1]) if a and a in small]
    if not fitting:
        return word
    old, new = fitting[int(rng.random() * len(fitting))]
    at = small.rindex(old)
    made = small[:at] + new + small[at + len(old) :]
    return made[:1].upper() + made[1:]
