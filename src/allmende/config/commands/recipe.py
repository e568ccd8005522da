# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende recipe``: finds, checks, uses and makes recipes (Rezepte), and sends back in what a town deviates."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from allmende.config import environment
from allmende.engine import recipes
from allmende.engine.connection import Files, Http, MySQL, Postgres, Source, SQLite
from allmende.engine.recipes.fit import WORDS
from allmende.engine.recipes.seal import LARGEST
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

if TYPE_CHECKING:
    from allmende.recipes.terms import OnShelf, Tried

HELP = "Rezepte: Anbindungen, die von Stadt zu Stadt gehen / recipes: connections that travel from town to town"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="WAS/WHAT")

    one = verbs.add_parser("list", help="zeigt und sucht / shows and finds")
    one.add_argument("words", nargs="*", help="Name oder Fachverfahren / name or Fachverfahren")
    one.add_argument(
        "--version", dest="of", default="", help="Version des Fachverfahrens / version of the Fachverfahren"
    )
    _town(one, needed=False)

    one = verbs.add_parser("verify", help="prüft eine Datei, ohne sie zu übernehmen / checks a file without taking it")
    one.add_argument("file", type=Path)

    one = verbs.add_parser("sample", help="schreibt eine Beispieldatei / writes a sample file")
    one.add_argument("name")
    one.add_argument("folder", type=Path)
    one.add_argument("--other", action="store_true", help="wie eine andere Stadt sie hat / as another town has it")

    one = verbs.add_parser("import", help="bindet mit einem Rezept an / connects with a recipe")
    one.add_argument("recipe", help="Datei oder Name / file or name")
    _town(one)
    one.add_argument("--unit", required=True, help="verantwortliche Stelle (Kurzname) / unit that answers (short name)")
    one.add_argument("--data", type=Path, help="Datei oder Ordner / file or folder")
    one.add_argument(
        "--file", action="append", default=[], metavar="DATENSATZ=MUSTER", help="Muster / pattern of files"
    )
    one.add_argument(
        "--address", default="", help="Adresse der Schnittstelle oder Datenbank / of interface or database"
    )
    one.add_argument("--database", default="", help="Name der Datenbank / of the database")
    one.add_argument("--user", default="", help="Benutzer der Datenbank / user of the database")
    one.add_argument("--secret", default="", metavar="VARIABLE", help="Umgebungsvariable / environment variable")
    one.add_argument(
        "--class", dest="cls", action="append", default=[], metavar="DATENSATZ=KLASSE", help="Schutzklasse / class"
    )
    one.add_argument("--contact", default="", help="wen man fragt / whom to ask")
    one.add_argument("--purpose", action="append", default=[], help="Zweck / purpose")
    one.add_argument("--legal-basis", default="", help="Rechtsgrundlage / legal basis")
    one.add_argument(
        "--name", action="append", default=[], metavar="DATENSATZ=KURZNAME", help="anderer Kurzname / other name"
    )
    one.add_argument(
        "--column", action="append", default=[], metavar="ERWARTET=GEFUNDEN", help="leer: fehlt hier / empty: missing"
    )
    one.add_argument(
        "--take", action="append", default=[], metavar="SPALTE", help="zusätzliche Spalte / additional column"
    )
    one.add_argument(
        "--accept", action="append", default=[], metavar="PRÜFUNG=GRUND", help="trotzdem, weil / anyway, because"
    )
    one.add_argument("--unsigned", default="", metavar="GRUND", help="ohne Unterschrift, weil / not signed, because")
    one.add_argument("--try", dest="only_try", action="store_true", help="nur ansehen / only look")

    one = verbs.add_parser("export", help="macht aus einer Anbindung ein Rezept / makes a recipe of a connection")
    one.add_argument("connection", help="Kurzname der Anbindung / short name of the connection")
    _town(one)
    one.add_argument(
        "--about", type=Path, required=True, help="TOML: was nur der Autor weiß / what only the author knows"
    )
    one.add_argument("--out", type=Path, help="Datei, sonst Ausgabe / file, else output")

    one = verbs.add_parser("deviations", help="schreibt die Abweichungen / writes the deviations")
    one.add_argument("connection")
    _town(one)
    one.add_argument("--out", type=Path)

    one = verbs.add_parser("receive", help="nimmt Abweichungen als Vorschlag an / takes deviations as a proposal")
    one.add_argument("file", type=Path)
    _town(one)
    one.add_argument("--unsigned", action="store_true")

    one = verbs.add_parser("trust", help="vertraut einem Schlüssel / trusts a key")
    one.add_argument("key", help="Schlüssel (64 Zeichen) oder Datei / key (64 characters) or file")
    one.add_argument("name", help="wem er gehört / whose it is")
    _town(one)

    verbs.add_parser("key", help="zeigt den Schlüssel dieser Anlage / shows this installation's key")


def run(given: argparse.Namespace) -> int:
    """Do what was asked."""
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "verify": _verify,
        "sample": _sample,
        "import": _import,
        "export": _export,
        "deviations": _deviations,
        "receive": _receive,
        "trust": _trust,
        "key": _key,
    }
    return verbs[given.verb](given)


def _town(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    parser.add_argument("--tenant", required=needed, default="", help="Kommune (Kurzname) / town (short name)")


def _list(given: argparse.Namespace) -> int:
    from allmende.config.local import installation

    with installation(environment.read()):
        from allmende.recipes import door
        from allmende.rights.terms import OPERATOR

        found = door.shelf(OPERATOR, tenant=given.tenant, words=" ".join(given.words), version=given.of)
        for one in found:
            show(one)
    return 0 if found else 1


def show(one: OnShelf) -> None:
    """Print a recipe in two lines."""
    from allmende.recipes.terms import STANDINGS

    recipe, standing = one.recipe, STANDINGS[one.standing]
    who = f" ({one.signer}, {one.fingerprint})" if one.fingerprint else ""
    say(f"{recipe.name} {recipe.version}: {recipe.title.de} / {recipe.title.en}")
    say(f"  {recipe.procedure.name}: {recipe.procedure.export.de}; {standing.de} / {standing.en}{who}")


def _verify(given: argparse.Namespace) -> int:
    sealed = recipes.opened(_read(given.file))
    recipe = recipes.load(sealed.body, file=given.file.name)
    say(f"{recipe.name} {recipe.version}: {recipe.title.de}")
    if not sealed.signed:
        say("Niemand hat diese Datei unterschrieben / nobody signed this file")
        return 1
    say(f"Unverändert, unterschrieben von / unchanged, signed by: {sealed.by}, {sealed.at}")
    say(f"Schlüssel / key: {sealed.key}")
    say(f"Fingerabdruck / fingerprint: {recipes.fingerprint(sealed.key)}")
    return 0


def _sample(given: argparse.Namespace) -> int:
    from allmende.recipes.samples import sample

    say(str(sample(given.name, given.folder, other=given.other)))
    return 0


def _import(given: argparse.Namespace) -> int:
    from allmende.config.local import installation

    secret = _secret(given.secret)
    with installation(environment.read()):
        from allmende.hub.door import allow_address
        from allmende.organisations import door as organisations
        from allmende.recipes import door
        from allmende.rights.terms import OPERATOR

        tenant = given.tenant
        path = Path(given.recipe)
        if path.is_file():
            digest = door.take_in(OPERATOR, _read(path), tenant=tenant, unsigned_because=given.unsigned)
            chosen = door.on_shelf(OPERATOR, digest, tenant=tenant)
        else:
            chosen = door.by_name(OPERATOR, given.recipe, tenant=tenant)
        show(chosen)
        units = {unit.slug: unit.id for unit in organisations.units(tenant)}
        if given.unit not in units:
            raise Invalid(
                Text(f"Die Stelle „{given.unit}“ gibt es hier nicht.", f"There is no unit “{given.unit}” here.")
            )
        root, files = _files(given, chosen)
        if root:
            reason = Text("Auf der Befehlszeile angebunden", "Connected on the command line")
            allow_address(OPERATOR, tenant=tenant, place=root, reason=reason.de)
        using = door.Given(
            digest=chosen.digest,
            unit=units[given.unit],
            source=_source(given, chosen.recipe),
            root=root,
            files=files,
            contact=given.contact,
            purposes=tuple(given.purpose),
            legal_basis=given.legal_basis,
            names=_pairs(given.name),
            classes=_pairs(given.cls),
        )
        choice = recipes.Choice(columns=_pairs(given.column), taken=tuple(given.take))
        choices = {dataset.slug: choice for dataset in chosen.recipe.datasets}
        tried = door.try_recipe(OPERATOR, using, tenant=tenant, choices=choices, secret=secret)
        tell(tried)
        if given.only_try:
            return 1 if tried.blocked or tried.failed else 0
        accepted = {f"check:{name}": why for name, why in _pairs(given.accept).items()}
        used = door.use_recipe(OPERATOR, using, tenant=tenant, choices=choices, accepted=accepted, secret=secret)
        for name in used.names.values():
            say(f"{tenant}.{name}")
    return 0


def tell(tried: Tried) -> None:
    """Print what deviates and how the checks went."""
    for deviation in tried.deviations:
        word = WORDS[deviation.kind]
        what = " → ".join(part for part in (deviation.expected, deviation.found) if part)
        say(f"  {word.de} / {word.en}: {what}" + (f" [{deviation.decision}]" if deviation.decision else ""))
    for slug, outcomes in tried.outcomes.items():
        good = sum(one.passed for one in outcomes)
        say(f"  {slug}: {good} von/of {len(outcomes)} Prüfungen bestanden / checks passed")


def _files(given: argparse.Namespace, chosen: OnShelf) -> tuple[str, dict[str, str]]:
    """Return the folder and, by data set, the pattern of its files."""
    if chosen.recipe.access.kind not in {"files", "sqlite"}:
        return "", {}
    if given.data is None or not given.data.exists():
        raise Invalid(Text("Bitte mit --data sagen, wo die Datei liegt.", "Please say with --data where the file is."))
    data = given.data.resolve()
    patterns = _pairs(given.file)
    if data.is_file() and chosen.recipe.access.kind == "files":
        patterns = {chosen.recipe.datasets[0].slug: data.name, **patterns}
    return str(data.parent if data.is_file() else data), patterns


def _source(given: argparse.Namespace, recipe: recipes.Recipe) -> Source:
    kind = recipe.access.kind
    if kind == "files":
        return Files()
    if kind == "sqlite":
        return SQLite(file=given.data.resolve().name)
    plain: dict[str, object] = {"kind": kind}
    if kind == "http":
        token = {"secret": "zugang"} if given.secret else {}
        plain |= {
            "url": given.address,
            "header": recipe.access.header,
            "every_seconds": recipe.access.every_seconds,
        } | token
    else:
        host, _, port = given.address.partition(":")
        plain |= {"host": host, "database": given.database, "user": given.user, "secret": "zugang"}
        plain |= {"port": int(port)} if port.isdigit() else {}
    try:
        return msgspec.convert(plain, Http | Postgres | MySQL)
    except msgspec.ValidationError as error:
        raise Invalid(
            Text(f"Bitte die Adresse mit --address angeben: {error}", f"Please give --address: {error}")
        ) from error


def _export(given: argparse.Namespace) -> int:
    from allmende.config.local import installation

    with installation(environment.read()):
        from allmende.recipes import door
        from allmende.rights.terms import OPERATOR

        try:
            about = msgspec.toml.decode(_read(given.about), type=door.About)
        except (msgspec.DecodeError, ValueError) as error:
            raise Invalid(Text(f"{given.about.name}: {error}", f"{given.about.name}: {error}")) from error
        _out(given, door.export_recipe(OPERATOR, _connection(given), about, tenant=given.tenant))
    return 0


def _deviations(given: argparse.Namespace) -> int:
    from allmende.config.local import installation

    with installation(environment.read()):
        from allmende.recipes import door
        from allmende.rights.terms import OPERATOR

        _out(given, door.export_deviations(OPERATOR, _connection(given), tenant=given.tenant))
    return 0


def _receive(given: argparse.Namespace) -> int:
    from allmende.config.local import installation

    with installation(environment.read()):
        from allmende.recipes import door
        from allmende.rights.terms import OPERATOR

        name = door.receive_deviations(OPERATOR, _read(given.file), tenant=given.tenant, unsigned=given.unsigned)
        say(f"Vorschlag zum Rezept / proposal for the recipe: {name}")
    return 0


def _trust(given: argparse.Namespace) -> int:
    from allmende.config.local import installation

    path = Path(given.key)
    key = recipes.opened(_read(path)).key if path.is_file() else given.key
    with installation(environment.read()):
        from allmende.recipes import door
        from allmende.rights.terms import OPERATOR

        door.trust_key(OPERATOR, key, name=given.name, tenant=given.tenant)
        say(f"{given.name}: {recipes.fingerprint(key)}")
    return 0


def _key(_: argparse.Namespace) -> int:
    from allmende.config.wiring import master_key

    key = recipes.public_key(master_key())
    say(f"{key}\nFingerabdruck / fingerprint: {recipes.fingerprint(key)}")
    return 0


def _connection(given: argparse.Namespace) -> str:
    from allmende.hub.door import connection_names

    names = connection_names(tenant=given.tenant)
    if given.connection not in names:
        listed = ", ".join(sorted(names)) or "–"
        raise Invalid(
            Text(
                f"Es gibt keine Anbindung „{given.connection}“ (es gibt: {listed}).",
                f"There is no connection “{given.connection}” (there are: {listed}).",
            )
        )
    return names[given.connection]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST * 4 + 1)
    except OSError as error:
        raise Invalid(Text(f"„{path.name}“ ist nicht lesbar.", f"“{path.name}” cannot be read.")) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(Text(f"„{path.name}“ ist nicht in UTF-8 geschrieben.", f"“{path.name}” is not UTF-8.")) from error


def _pairs(given: list[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, is_, value = pair.partition("=")
        if not is_:
            raise Invalid(
                Text(f"„{pair}“: Hier fehlt ein Gleichheitszeichen.", f"“{pair}”: an equals sign is missing.")
            )
        found[name.strip()] = value.strip()
    return found


def _secret(variable: str) -> str:
    if variable and variable not in os.environ:
        raise environment.Misconfigured(f"--secret {variable}: die Variable fehlt / the variable is missing")
    return os.environ.get(variable, "") if variable else ""


def _out(given: argparse.Namespace, text: str) -> None:
    if given.out is None:
        sys.stdout.write(text)
    else:
        given.out.write_text(text, "utf-8")
        say(str(given.out))


def say(words: str) -> None:
    """Print words for the person at the terminal."""
    sys.stdout.write(words + "\n")
