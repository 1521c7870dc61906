// Announcements for people who do not see the page change.

import { useEffect, useState } from "preact/hooks";

let say: (text: string) => void = () => {};

/** Has a screen reader say a text; said again if it is the same. */
export const announce = (text: string): void => say(text);

export function LiveRegion() {
  const [text, set] = useState("");
  useEffect(() => {
    say = (next) => {
      set("");
      setTimeout(() => set(next), 50);
    };
  }, []);
  return (
    <div class="unseen" role="status" data-live>
      {text}
    </div>
  );
}
