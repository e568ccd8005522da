# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is said about an office's list before anything of it is stored, what a person decided, and what a month changed.

All are plain values: msgspec writes them as JSON and reads them back unchanged. Rows and columns are counted from 1,
as the spreadsheet shows them; in a text file a row is a line. Nothing here shows a personal value: examples are masked.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from allmende.engine.mapping.fields import Type
from allmende.kernel.text import Text


class Kind(StrEnum):
    """What a file is, told from its bytes and not from its name."""

    XLSX = "xlsx"
    XLSM = "xlsm"  # with macros: values are read, macros never run
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"  # any separator
    XML = "xml"


class Reaction(StrEnum):
    """What happens with the list: the strictest of its parts."""

    IMPORT = "import"  # nothing stands against it
    ASK = "ask"  # somebody should look at the points named before it is stored
    STOP = "stop"  # nothing is stored until somebody decided: hidden content or personal data


class Area(msgspec.Struct, frozen=True):
    """A rectangle of a sheet, edges included: rows ``top`` to ``bottom``, columns ``left`` to ``right``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def a1(self) -> str:
        """Return the area as a spreadsheet writes it: ``A4:F30``."""
        return f"{letter(self.left)}{self.top}:{letter(self.right)}{self.bottom}"


def letter(column: int) -> str:
    """Return a column's letter (1 is A, 27 is AA)."""
    made = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        made = chr(65 + rest) + made
    return made


class Why(StrEnum):
    """Why a row of the sheet is no row of the table."""

    EMPTY = "empty"
    TITLE = "title"
    STAND = "stand"  # says as of when the list is
    HEADER = "header"  # the headings themselves, units below them included
    REPEATED_HEADER = "repeated-header"  # the headings once more, at the top of a printed page
    TOTAL = "total"  # a sum of the rows above
    SECTION = "section"  # a heading between the rows; what it says becomes a column
    FOOTNOTE = "footnote"
    LEGEND = "legend"  # says what a colour or a sign means
    NOTE = "note"  # text outside the table
    OTHER_TABLE = "other-table"  # belongs to another table of the sheet
    HIDDEN = "hidden"  # hidden, and left out by decision
    BROKEN = "broken"  # a line of a text file that does not fit
    BY_HAND = "by-hand"


class LeftOut(msgspec.Struct, frozen=True):
    """Rows ``first`` to ``last`` of the sheet that are not taken over, and why. ``text``: what begins the first one."""

    first: int
    last: int
    why: Why
    reason: Text
    text: str = ""

    @property
    def count(self) -> int:
        """How many rows these are."""
        return self.last - self.first + 1


class Meaning(StrEnum):
    """What a column is probably about, as far as its heading and its values show."""

    NONE = ""
    DISTRICT = "district"
    STREET = "street"
    ADDRESS = "address"
    POSTCODE = "postcode"
    MUNICIPALITY_KEY = "municipality-key"  # AGS, eight digits
    PARCEL = "parcel"  # Gemarkung, Flur, Flurstück
    KEY = "key"  # any other number that is a name
    YEAR = "year"
    PERIOD = "period"
    DATE = "date"
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    MEASURE = "measure"  # a number with a unit
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    EASTING = "easting"
    NORTHING = "northing"
    LABEL = "label"  # a name of a thing
    YES_NO = "yes-no"
    STATUS = "status"  # few values again and again
    REMARK = "remark"
    PERSON = "person"
    CONTACT = "contact"  # telephone, e-mail


class Origin(StrEnum):
    """Where a column's values come from."""

    CELLS = "cells"
    COLOUR = "colour"  # the colour of the row's cells
    WORDS = "words"  # the few words that stand among a column's numbers ("geschlossen")
    SECTION = "section"  # headings between the rows
    SHEET = "sheet"  # the sheet (or the table's title) names a year or a place


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column as it would be stored. How its text is read follows ``mapping.fields.Field``."""

    name: str  # what questions call it
    heading: str = ""  # as the source heads it; rows of headings joined by " – "
    place: int = 0  # column of the sheet; 0 where it was made
    type: Type = Type.TEXT
    unit: str = ""  # UCUM, or EUR
    meaning: Meaning = Meaning.NONE
    origin: Origin = Origin.CELLS
    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()  # what stands for "no value"
    formats: tuple[str, ...] = ()  # of dates as text, in the order in which they are tried
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    factor: float = 1.0
    fill_down: bool = False  # an empty cell repeats the one above (merged or written once)
    loose: tuple[str, ...] = ()  # words around the number that are taken off: "ca.", "ha", "€"
    words: tuple[str, ...] = ()  # words among numbers, kept in a column of their own
    personal: bool = False
    drop: bool = False  # decided: not taken over
    filled: int = 0
    distinct: int = 0  # at most 10,000 are counted
    unreadable: int = 0  # cells that do not fit the type; they stay empty and are counted again when stored
    examples: tuple[str, ...] = ()  # masked if personal
    reasons: tuple[Text, ...] = ()

    @property
    def letter(self) -> str:
        """The column's letter in the sheet, "" where it was made."""
        return letter(self.place)


class Colour(msgspec.Struct, frozen=True):
    """A fill colour (RRGGBB) and what it says: from the legend, or its plain name ("gelb") to be named by hand."""

    rgb: str
    meaning: str
    rows: int
    from_legend: bool = False


class Colours(msgspec.Struct, frozen=True):
    """Colours that mean something: they become the column ``column``. ``place``: the coloured column, 0 for rows."""

    column: str
    colours: tuple[Colour, ...]
    place: int = 0
    reasons: tuple[Text, ...] = ()


class Long(msgspec.Struct, frozen=True):
    """A cross table: ``columns`` are values of one thing (years, months) and can be put below each other.

    ``into`` would hold their headings ``values``, ``value`` what stood in them. ``done`` if decided so.
    """

    columns: tuple[str, ...]
    into: str
    value: str
    values: tuple[str, ...]
    done: bool = False
    reasons: tuple[Text, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A table found on a sheet. Rows kept and left out together are the sheet's rows 1 to ``height``, each once.

    Where a sheet holds several tables, each accounts for the whole sheet: rows of the others are left out of it.
    """

    key: str  # "sheet#number of the table on it", what decisions name
    sheet: str
    area: Area  # headings and rows, without titles and footnotes
    columns: tuple[Column, ...]
    rows_kept: int
    left_out: tuple[LeftOut, ...]
    height: int  # rows of the sheet: rows_kept + every left_out.count
    title: str = ""
    stand: str = ""  # as of when: ISO date, month (2024-06) or year
    header_rows: tuple[int, ...] = ()  # rows of the sheet; none: columns are named by their letters
    colours: Colours | None = None
    long: Long | None = None
    preview: tuple[tuple[str, ...], ...] = ()  # first rows as they would be stored; personal columns masked
    preview_rows: tuple[int, ...] = ()  # where these stand in the sheet
    use: bool = True
    reasons: tuple[Text, ...] = ()


class Stack(msgspec.Struct, frozen=True):
    """Tables of the same columns (a sheet per year) that belong below each other, told apart by ``column``."""

    tables: tuple[str, ...]  # keys of Found
    column: str  # "jahr", "monat", "blatt"
    values: tuple[str, ...]  # one per table
    done: bool = True  # proposed so; a decision can undo it
    reasons: tuple[Text, ...] = ()


class PersonalKind(StrEnum):
    """What kind of datum about a person."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    IBAN = "iban"
    ACCOUNT = "account"
    BIRTH_DATE = "birth-date"
    ADDRESS = "address"  # of a person, not of a place
    ID_NUMBER = "id-number"


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data in one column (or outside every table). ``sure`` if heading, shape or checksum leave no doubt."""

    kind: PersonalKind
    sheet: str
    where: Text  # for people: "Blatt „Liste“, Spalte D („Ansprechpartner“), Zeilen 5–30"
    column: str = ""  # heading; "" outside a table
    place: int = 0
    first: int = 0  # rows of the sheet
    last: int = 0
    hidden: bool = False
    how_many: int = 0
    example: str = ""  # masked
    sure: bool = False
    reason: Text
    decided: str = ""  # "leave-out", "keep", "not-personal"


class Concealed(StrEnum):
    """How something is kept from the eye."""

    SHEET = "sheet"
    VERY_HIDDEN_SHEET = "very-hidden-sheet"  # a macro or an editor only shows it again
    COLUMN = "column"
    ROW = "row"
    WHITE_TEXT = "white-text"  # letters in the colour of the cell
    COMMENT = "comment"  # notes at cells: seldom meant to go along


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """Something hidden that is not empty. ``first`` and ``last`` are rows or columns of the sheet (0: all of it)."""

    kind: Concealed
    sheet: str
    where: Text
    first: int = 0
    last: int = 0
    filled: int = 0  # cells with content
    headings: tuple[str, ...] = ()
    reason: Text
    decided: str = ""  # "leave-out", "keep"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a list seems to be, with the reason of each guess. Nothing of it is stored yet."""

    file: str
    kind: Kind
    reaction: Reaction
    reasons: tuple[Text, ...]  # of the reaction, the heaviest first
    tables: tuple[Found, ...]
    stacks: tuple[Stack, ...] = ()
    personal: tuple[Personal, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    notes: tuple[Text, ...] = ()  # about the file: encoding, separator, macros, formulas without values, …
    encoding: str = ""  # of text files
    separator: str = ""
    decided: bool = False  # whether decisions were applied


# --- What a person decided ------------------------------------------------------------------------------------------


class TableDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About one table; None leaves the proposal as it is. ``table``: key of Found, "" for every table."""

    table: str = ""
    use: bool | None = None
    title: str | None = None
    stand: str | None = None
    header_rows: tuple[int, ...] | None = None  # rows of the sheet, () for none
    colours: bool | None = None  # whether colours become a column
    meanings: dict[str, str] = {}  # RRGGBB → what it means
    long: bool | None = None  # a cross table made long


class ColumnDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About the column headed ``heading`` (of one table, or of each); None leaves the proposal as it is."""

    heading: str
    table: str = ""
    name: str | None = None
    type: Type | None = None
    unit: str | None = None
    meaning: Meaning | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    fill_down: bool | None = None
    drop: bool | None = None


class RowDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Rows taken or left out by hand. With ``text`` every row that begins so (next month's too), else by number."""

    keep: bool
    table: str = ""
    first: int = 0
    last: int = 0
    text: str = ""


class StackDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whether tables of the same columns are put below each other, and what tells them apart is called."""

    done: bool
    column: str | None = None


class Answer(StrEnum):
    """What to do with something personal or hidden."""

    LEAVE_OUT = "leave-out"  # not stored
    KEEP = "keep"  # stored: there is a legal basis, the data set's class follows
    NOT_PERSONAL = "not-personal"  # a false alarm


class PersonalDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About personal data of one kind in the column headed ``column`` ("" is outside a table), on one sheet or any."""

    do: Answer
    column: str = ""
    kind: PersonalKind | None = None
    sheet: str = ""
    because: str = ""


class HiddenDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About what is hidden in one way, on one sheet or any; ``first``/``last`` narrow it to rows or columns."""

    do: Answer
    kind: Concealed
    sheet: str = ""
    first: int = 0
    last: int = 0
    because: str = ""


class Decisions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Everything corrected by hand, as a value to be kept with the data set and applied to next month's file."""

    tables: tuple[TableDecision, ...] = ()
    columns: tuple[ColumnDecision, ...] = ()
    rows: tuple[RowDecision, ...] = ()
    stacks: tuple[StackDecision, ...] = ()
    personal: tuple[PersonalDecision, ...] = ()
    hidden: tuple[HiddenDecision, ...] = ()
    encoding: str = ""
    separator: str = ""
    looked: bool = False  # somebody looked at the points of an "ask" and found them right


# --- What was stored, and what a month changed ----------------------------------------------------------------------


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What reading a table into a Parquet file gave: rows, and cells that did not fit their column's type."""

    table: str
    rows: int
    unreadable: dict[str, int] = {}  # column → cells left empty
    samples: dict[str, tuple[str, ...]] = {}  # column → such cells; none of personal columns


class Drift(StrEnum):
    """What happened to a column between two versions."""

    RENAMED = "renamed"
    NEW = "new"
    GONE = "gone"
    TYPE = "type"
    UNIT = "unit"


class ColumnDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One column's change. A renaming is only ever proposed: ``alike`` is the share of values that speak for it."""

    drift: Drift
    before: str = ""
    after: str = ""
    alike: float = 0.0
    reason: Text


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions of a list, told apart by ``key``. Examples are rows as text, at most 20 of each."""

    key: tuple[str, ...]
    before: int  # rows
    after: int
    came: int
    went: int
    changed: int
    same: int
    changed_columns: dict[str, int] = {}
    columns: tuple[ColumnDrift, ...] = ()
    came_examples: tuple[dict[str, str], ...] = ()
    went_examples: tuple[dict[str, str], ...] = ()
    changed_examples: tuple[dict[str, tuple[str, str]], ...] = ()  # column → (before, after); the key's are equal
    reasons: tuple[Text, ...] = ()
