// The focus is always somewhere: where what had it goes, the nearest heading has it next, so that nobody begins anew at the top.

const NEAR = "dialog, section, main";

export function keepFocus(root: HTMLElement): void {
  let path: Element[] = [];
  root.addEventListener("focusin", ({ target }) => {
    path = [];
    for (let at = target as Element | null; at && at !== root; at = at.parentElement) path.push(at);
  });
  new MutationObserver(() => {
    if (document.activeElement !== document.body || !path.length || path[0]?.isConnected) return;
    const near = path.find((each) => each.isConnected && each.matches(NEAR));
    const heading = near?.querySelector<HTMLElement>("h1, h2") ?? root.querySelector<HTMLElement>("h1");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }).observe(root, { childList: true, subtree: true });
}
