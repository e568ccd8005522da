# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer as pictures: the map by classes, and a chart. SVG made here, no base map, no script."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from allmende.insight.sentences import figure
from allmende.insight.terms import Comparison, Place, ShownAnswer
from allmende.webkit import charts, maps
from allmende.webkit.charts import Chart, Series
from allmende.webkit.language import language, said


def words(place: Place, shown: ShownAnswer) -> str:
    """Return what an area says when it is read: its name, and its value and class or why it has none."""
    if place.value is None:
        return f"{place.name}: {_('kein Wert')}. {said(place.why) if place.why is not None else ''}".strip()
    value = said(figure(place.value, shown.unit))
    if shown.classes is None:
        return f"{place.name}: {value}"
    many = len(shown.classes.classes)
    return _("%(name)s: %(value)s, Klasse %(level)d von %(many)d") % {
        "name": place.name, "value": value, "level": place.level, "many": many,
    }  # fmt: skip


def picture(shown: ShownAnswer) -> SafeString | None:
    """Return the map by classes; None where the places have no outlines."""
    areas = [
        maps.Area(
            name=place.name,
            geometry=place.geometry,
            level=place.level,
            words=words(place, shown),
            target=f"#ort-{number}",
        )
        for number, place in enumerate(shown.places, 1)
        if place.geometry is not None and "coordinates" in place.geometry
    ]
    if not areas:
        return None
    levels = len(shown.classes.classes) if shown.classes is not None else 0
    description = _("%(count)d %(many)s, Norden ist oben. Alle Werte stehen in der Tabelle.") % {
        "count": len(areas), "many": said(shown.areas_many),
    }  # fmt: skip
    try:
        return maps.areas(areas, levels, title=said(shown.title), description=description)
    except ValueError:
        return None


def chart(shown: ShownAnswer) -> SafeString | None:
    """Return the chart: lines over time, points where two values stand side by side, else bars; None if there is none."""
    if shown.question.every is not None and sum(one.value is not None for one in shown.splits) > 1:
        return charts.line(_over_time(shown), "verlauf")
    if shown.question.every is not None and not shown.places:
        return None
    if shown.splits and shown.question.by:
        pairs = [(one.label, one.value) for one in shown.splits]
    else:
        pairs = [(place.name, place.value) for place in shown.places]
    if shown.question.compared is Comparison.BESIDE and shown.places:
        return _side_by_side(shown)
    pairs = sorted(pairs, key=lambda pair: (pair[1] is None, -(pair[1] or 0)))[: charts.MOST_BARS]
    if sum(value is not None for _, value in pairs) < 2:
        return None
    drawn = Chart(
        title=said(shown.title),
        description=_described(shown),
        labels=tuple(name for name, _ in pairs),
        series=(Series(said(shown.measure), tuple(value for _, value in pairs)),),
        unit=shown.unit,
    )
    return charts.bar(drawn, "balken")


def _described(shown: ShownAnswer) -> str:
    return " ".join(said(sentence) for sentence in shown.sentences)


def _over_time(shown: ShownAnswer) -> Chart:
    moments = [datetime.combine(one.moment, time(), UTC).timestamp() if one.moment else 0.0 for one in shown.splits]
    return Chart(
        title=said(shown.title),
        description=_described(shown),
        labels=tuple(one.label for one in shown.splits),
        series=(Series(said(shown.measure), tuple(one.value for one in shown.splits)),),
        unit=shown.unit,
        axis="Zeit" if language() == "de" else "time",
        positions=tuple(moments),
    )


def _side_by_side(shown: ShownAnswer) -> SafeString | None:
    both = [(p.name, p.other, p.value) for p in shown.places if p.value is not None and p.other is not None]
    if len(both) < 2:
        return None
    return charts.point(
        Chart(
            title=said(shown.title),
            description=_described(shown),
            labels=tuple(name for name, _, _ in both),
            series=(Series(said(shown.measure), tuple(value for _, _, value in both)),),
            unit=shown.unit,
            axis=said(shown.columns[-1]) if shown.columns else "",
            positions=tuple(other for _, other, _ in both),
        ),
        "punkte",
    )
