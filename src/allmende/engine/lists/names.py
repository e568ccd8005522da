# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""First names and what stands around names of persons. Written for this purpose from general knowledge, no register:
about 300 names common in Germany. A list of names can only raise suspicion; headings and shapes weigh more.
"""

from __future__ import annotations

import re
from typing import Final

FIRST_NAMES: Final = frozenset(
    ["achim", "adam", "agnes", "ahmet", "alexander", "alexandra", "ali", "alina", "alexa", "alfred", "amelie", "andrea", "andreas", "andré", "angela", "angelika", "anita", "anja", "anke", "ann", "anna", "anne", "annegret", "anneliese", "annette", "anni", "antje", "anton", "antonia", "armin", "arne", "arno", "astrid", "aylin", "axel", "ayşe", "ayse", "barbara", "bastian", "beate", "ben", "benjamin", "bernd", "bernhard", "bettina", "bianca", "birgit", "birte", "björn", "bodo", "brigitte", "britta", "bruno", "burkhard", "carina", "carmen", "carola", "carolin", "carsten", "cem", "charlotte", "christa", "christel", "christian", "christiane", "christina", "christine", "christof", "christoph", "clara", "claudia", "clemens", "conny", "cornelia", "dagmar", "daniel", "daniela", "david", "denise", "dennis", "detlef", "dieter", "dietmar", "dirk", "dominik", "doris", "dorothea", "dorothee", "eberhard", "eckhard", "edith", "elena", "elfriede", "elias", "elif", "elisabeth", "elke", "ella", "ellen", "elsbeth", "emil", "emilia", "emine", "emma", "erich", "erik", "erika", "erwin", "esther", "eva", "ewald", "fabian", "fatma", "felix", "finn", "florian", "frank", "franz", "franziska", "frauke", "friederike", "friedhelm", "friedrich", "fritz", "gabi", "gabriele", "georg", "gerd", "gerda", "gerhard", "gerlinde", "gertrud", "gisela", "gregor", "gudrun", "günter", "günther", "gustav", "hanna", "hannah", "hannelore", "hannes", "hans", "harald", "hartmut", "hasan", "hedwig", "heide", "heidi", "heike", "heiko", "heiner", "heinrich", "heinz", "helene", "helga", "helmut", "henning", "henrik", "henry", "herbert", "hermann", "hilde", "hildegard", "holger", "horst", "hubert", "hüseyin", "hugo", "ibrahim", "ida", "ilona", "ilse", "ina", "ines", "inga", "inge", "ingeborg", "ingo", "ingrid", "irene", "iris", "irmgard", "isabel", "isabell", "isabelle", "ivan", "jakob", "jan", "jana", "janina", "janine", "jannik", "jannis", "jasmin", "jens", "jessica", "joachim", "jochen", "johann", "johanna", "johannes", "jonas", "jonathan", "jörg", "jörn", "josef", "judith", "julia", "julian", "juliane", "jürgen", "jutta", "kai", "karin", "karl", "karla", "karl-heinz", "karola", "karsten", "katharina", "kathrin", "katja", "katrin", "kerstin", "kevin", "kirsten", "klara", "klaus", "klaus-peter", "konrad", "konstantin", "kristin", "kristina", "kurt", "lara", "lars", "laura", "lea", "lena", "leni", "leo", "leon", "leonie", "lieselotte", "lina", "linda", "linus", "lisa", "lothar", "louis", "luca", "lucas", "ludwig", "luis", "luisa", "lukas", "lutz", "maike", "maja", "malte", "manfred", "manuel", "manuela", "marc", "marcel", "marco", "marcus", "mareike", "maren", "margarete", "margarethe", "margit", "margot", "margret", "maria", "marianne", "marie", "marie-luise", "mario", "marion", "marius", "mark", "marko", "markus", "marlene", "marlies", "marta", "martha", "martin", "martina", "marvin", "mathias", "mathilda", "matthias", "max", "maximilian", "mehmet", "meike", "melanie", "melissa", "mia", "michael", "michaela", "michelle", "mila", "miriam", "mohamed", "mohammed", "monika", "moritz", "murat", "mustafa", "nadine", "nadja", "natalie", "nele", "nicole", "nico", "niklas", "nils", "nina", "noah", "norbert", "olaf", "oliver", "olga", "oskar", "otto", "patricia", "patrick", "paul", "paula", "pauline", "peter", "petra", "philipp", "pia", "rainer", "ralf", "ralph", "ramona", "raphael", "rebecca", "regina", "regine", "reiner", "reinhard", "reinhold", "renate", "rené", "ricarda", "richard", "rita", "robert", "robin", "roland", "rolf", "roman", "ronny", "rosemarie", "rudi", "rudolf", "ruth", "rüdiger", "sabine", "sabrina", "samuel", "sandra", "sara", "sarah", "sascha", "sebastian", "selma", "serkan", "siegfried", "sigrid", "silke", "silvia", "simon", "simone", "sina", "sofia", "sonja", "sophia", "sophie", "stefan", "stefanie", "steffen", "steffi", "stephan", "stephanie", "susann", "susanne", "svenja", "swen", "sven", "sybille", "sylvia", "tanja", "tatjana", "theo", "theresa", "thomas", "thorsten", "til", "till", "tim", "timo", "tina", "tobias", "tom", "torben", "torsten", "udo", "ulf", "ulrich", "ulrike", "ursula", "ute", "uwe", "vanessa", "vera", "verena", "veronika", "viktor", "viktoria", "volker", "waltraud", "walter", "werner", "wiebke", "wilfried", "wilhelm", "willi", "winfried", "wolfgang", "wolfram", "yannick", "yasmin", "yvonne", "zeynep"]
)  # fmt: skip
_WORD = r"[A-ZÄÖÜ][a-zäöüßéèçşğıñ]+(?:-[A-ZÄÖÜ][a-zäöüßéè]+)?"
_TITLE = r"(?:(?:Herrn?|Frau|Fr\.|Hr\.|Dr\.|Prof\.|Dipl\.-Ing\.|Dipl\.-\w+\.?)\s+)*"
_NOBLE = r"(?:(?:von|van|de|zu|vom|zur|der|den)\s+)*"
_QUICK = re.compile(r"[A-ZÄÖÜvdz]\D{2,58}\Z")
_FULL = re.compile(rf"{_TITLE}({_WORD})(?:\s+{_WORD})?\s+{_NOBLE}({_WORD})\Z")
_TURNED = re.compile(rf"{_NOBLE}({_WORD}),\s*{_TITLE}({_WORD})(?:\s+{_WORD})?\Z")
_ADDRESSED = re.compile(rf"\b(?:Herrn?|Frau|Fr\.|Hr\.)\s+(?:(?:Dr|Prof)\.\s*)*{_NOBLE}{_WORD}")
#: Endings of places, schools and firms that carry people's names.
_PLACES = re.compile(
    r"(?i)(stra(ß|ss)e|str|platz|weg|allee|gasse|ring|damm|ufer|hof|park|schule|gymnasium|kita|kindergarten|haus|heim|"
    r"kirche|stift|gmbh|kg|ag|verein|apotheke|halle|berg|tal|dorf|burg|feld|brücke|markt|tor|wall|zentrum|garten|bad|"
    r"wiese|wald|siedlung|viertel|platz|steig|pfad|see|bach)\Z"
)


def is_person(text: str) -> bool:
    """Whether a whole cell reads like a person: "Anna Meier", "Meier, Anna", "Frau Dr. Meier"."""
    if not _QUICK.match(text):
        return False
    if found := _TURNED.match(text):
        return found.group(2).lower().split("-")[0] in FIRST_NAMES
    if found := _FULL.match(text):
        titled = bool(re.match(r"(?:Herrn?|Frau|Fr\.|Hr\.|Dr\.|Prof\.)\s", text))
        first = found.group(1).lower()
        known = first in FIRST_NAMES or first.split("-")[0] in FIRST_NAMES
        return (titled or known) and not _PLACES.search(found.group(2))
    return bool(_ADDRESSED.fullmatch(text))


def addresses_person(text: str) -> bool:
    """Whether a text speaks of "Herr Müller" or "Frau Dr. Meier" somewhere."""
    return bool(_ADDRESSED.search(text))
