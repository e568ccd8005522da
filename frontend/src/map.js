// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// A map one can move, over the same features as the picture made by the server. No base map, no glyphs, no foreign address.

import * as maplibregl from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";

maplibregl.setWorkerUrl(worker);

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

function extent(collection) {
  const bounds = new maplibregl.LngLatBounds();
  const walk = (coordinates) => {
    if (typeof coordinates[0] === "number") bounds.extend(coordinates);
    else coordinates.forEach(walk);
  };
  for (const feature of collection.features) walk(feature.geometry.coordinates);
  return bounds;
}

function words(properties) {
  const list = document.createElement("dl");
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("_")) continue;
    const term = document.createElement("dt");
    const meaning = document.createElement("dd");
    term.textContent = name;
    meaning.textContent = value ?? "–";
    list.append(term, meaning);
  }
  return list;
}

/** Turns the hidden `place` into a map of the GeoJSON in the element its `data-map` names. */
export function draw(place) {
  const collection = JSON.parse(document.getElementById(place.dataset.map).textContent);
  if (collection.features.length === 0) return;
  place.hidden = false;
  const ink = dark() ? "#9db7ff" : "#22429e";
  const paper = dark() ? "#10121f" : "#f6f6f9";
  let map;
  try {
    map = new maplibregl.Map({
      container: place,
      attributionControl: false,
      bounds: extent(collection),
      fitBoundsOptions: { padding: 32, maxZoom: 16 },
      cooperativeGestures: true,
      style: {
        version: 8,
        sources: { data: { type: "geojson", data: collection } },
        layers: [
          { id: "ground", type: "background", paint: { "background-color": paper } },
          { id: "areas", type: "fill", source: "data", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ink, "fill-opacity": ["match", ["get", "_shade"], 0, 0.05, 1, 0.15, 2, 0.3, 3, 0.5, 0.75] } },
          { id: "lines", type: "line", source: "data", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": ink, "line-width": 1.5 } },
          { id: "points", type: "circle", source: "data", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": ink, "circle-radius": 6, "circle-stroke-color": paper, "circle-stroke-width": 1.5 } },
        ],
      },
    });
  } catch {
    place.hidden = true; // no WebGL: the picture below says the same
    return;
  }
  // the picture made by the server stays for who listens to the page
  const picture = place.parentElement.querySelector(".chart__frame");
  picture.classList.add("kern-sr-only");
  picture.removeAttribute("tabindex");
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  for (const layer of ["points", "areas"]) {
    map.on("click", layer, (event) => {
      new maplibregl.Popup().setLngLat(event.lngLat).setDOMContent(words(event.features[0].properties)).addTo(map);
    });
  }
}
