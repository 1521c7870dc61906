// The star of the guide.

export function Star({ on, label, press, busy }: { on: boolean; label: string; press: () => void; busy?: boolean }) {
  return (
    <button type="button" class="star" aria-pressed={on} aria-label={label} title={label} aria-disabled={busy ? "true" : undefined} onClick={press}>
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <path d="M12 2.5l2.9 6.3 6.9.8-5.1 4.7 1.4 6.8L12 17.7l-6.1 3.4 1.4-6.8L2.2 9.6l6.9-.8z" />
      </svg>
    </button>
  );
}
