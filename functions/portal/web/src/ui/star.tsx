// The star of the guide: it acts at once, and says itself what failed.

import { useActing } from "../account";
import { useStars, type Row } from "../stars";
import { refusal, texts as common } from "../texts/common";
import { texts } from "../texts/favourites";

export function RowStar({ row }: { row: Row }) {
  const stars = useStars(useActing().account.id);
  const label = texts.star(row.reference);
  return (
    <button type="button" class="star" aria-pressed={stars.shown(row).on} aria-label={label} title={label} onClick={() => stars.press(row)}>
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <path d="M12 2.5l2.9 6.3 6.9.8-5.1 4.7 1.4 6.8L12 17.7l-6.1 3.4 1.4-6.8L2.2 9.6l6.9-.8z" />
      </svg>
    </button>
  );
}

/** Says beside a row what came of a press that failed. */
export function StarFailure({ row }: { row: Row }) {
  const stars = useStars(useActing().account.id);
  const { on, error } = stars.shown(row);
  if (!error) return null;
  const { title, text } = refusal(error);
  return (
    <p class="error" role="alert">
      {on ? texts.stillStarred : texts.stillUnstarred} {title}. {error.status === 404 ? text : ""}{" "}
      <button type="button" class="second small" onClick={() => stars.press(row)}>
        {common.again}
      </button>
    </p>
  );
}
