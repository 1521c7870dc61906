// The operator, as the page that the function served names it.

const brand = document.querySelector(".brand a");

/** Its name. */
export const operator = brand?.textContent?.trim() ?? "";
/** The address of its logo, if it has one. */
export const logo = brand?.querySelector("img")?.src;

/** Names the page, and whose it is. */
export function entitle(...parts: string[]): void {
  document.title = [...parts, operator].join(" – ");
}

/** Shows the guide of a section beside that of all, in the served foot of the page. */
export function showGuide(section: string): void {
  for (const guide of document.querySelectorAll<HTMLElement>("[data-guide]")) guide.hidden = guide.dataset["guide"] !== section;
}
