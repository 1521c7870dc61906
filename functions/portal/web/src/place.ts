// The place in a view, kept in the entry of the browser's history: Back and a reload lead to it, a new visit does not.

interface Place {
  /** Entries that each list showed, by the list's key. */
  shown?: Record<string, number>;
  /** Distance from the top, in pixels. */
  y?: number;
  /** Consultations that are selected; absent where nobody selects. */
  chosen?: string[];
}

/** Time that scrolling has to rest before the place is kept, in milliseconds: browsers refuse entries that change too often. */
const REST = 150;

/** Returns the place that this entry of the history keeps. */
export const place = (): Place => ((history.state as { place?: Place } | null)?.place ?? {});

/** Keeps a part of the place. */
export function keepPlace(part: Place): void {
  history.replaceState({ ...(history.state as object | null), place: { ...place(), ...part } }, "");
}

let restoring = 0;
let resting: ReturnType<typeof setTimeout> | undefined;

function scrolled(): void {
  clearTimeout(resting);
  resting = undefined;
  if (restoring === 0 && (place().y ?? 0) !== Math.round(scrollY)) keepPlace({ y: Math.round(scrollY) });
}

addEventListener(
  "scroll",
  () => {
    const here = location.href;
    clearTimeout(resting);
    resting = setTimeout(() => here === location.href && scrolled(), REST);
  },
  { passive: true },
);
// Whatever is pressed may lead away, also before the browser says that it scrolled.
for (const leaving of ["click", "pagehide"]) addEventListener(leaving, scrolled, { capture: true });

/** Holds the kept distance from the top until what it belongs to is there; returns how to say that it is, or never will be. */
export function restorePlace(): (there: boolean) => void {
  const { y } = place();
  restoring += 1;
  let done = false;
  return (there) => {
    if (done) return;
    done = true;
    restoring -= 1;
    if (there && y) scrollTo(0, y);
  };
}
