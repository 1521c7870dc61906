// Every view of the page, for those who look at all of them.

import { settled } from "./person.js";

const opened = (name, waits) => async (page) => {
  await page.getByRole("button", { name }).first().click();
  await page.locator(waits).first().waitFor();
};

/** A view's name, its address, and what has to be done there to see it. */
export const PERSONAL = [
  ["coordonnees", "/coordonnees"],
  ["alertes", "/alertes"],
  ["favoris", "/favoris"],
  ["lieux", "/lieux"],
  ["carte", "/lieux", opened("Détails/Éditer", "path[data-code='67']")],
  ["comptes", "/comptes"],
  ["historique", "/historique"],
  ["menu", "/historique", opened(/^Menu de/, "#identity-menu")],
];
export const ADMINISTRATION = [
  ["a-traiter", "/administration"],
  ["entites", "/administration/entites"],
  ["agents", "/administration/agents"],
  ["droits", "/administration/agents", opened(/^Droits et état/, "dialog")],
  ["import", "/administration/import"],
  ["alertes-a-larrivee", "/administration/alertes"],
  ["adresses", "/administration/adresses"],
  ["sans-suivi", "/administration/sans-suivi"],
  ["destinataires", "/administration/destinataires/c-21-166157"],
  ["journal", "/administration/journal"],
];
/** Those that nobody has to sign in for. */
export const OPEN = [
  ["accueil", "/"],
  // Before a token of the same page waits in the tab.
  ["lien-incomplet", "/confirm"],
  ["confirmation", "/confirm?token=x"],
  ["invitation", "/invitation?token=x"],
  ["association", "/link?token=x"],
  ["remplacement", "/delegation?token=x"],
  ["retrouver", "/recovery?token=x"],
  ["arret", "/stop?token=x"],
  ["mentions-legales", "/mentions-legales"],
  ["donnees-personnelles", "/donnees-personnelles"],
  ["accessibilite", "/accessibilite"],
  ["aide", "/aide"],
  ["introuvable", "/nulle-part"],
];

/** Opens a view and waits until it is all there. */
export async function open(page, origin, [, path, ready]) {
  await page.goto(origin + path);
  await settled(page);
  await ready?.(page);
}
