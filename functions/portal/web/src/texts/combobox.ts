// Choosing by typing: what the list of suggestions says.

import { count } from "../dates";

export const texts = {
  letters: "Écrivez au moins deux lettres, puis choisissez dans la liste.",
  searching: "Recherche…",
  found: (n: number) => `${count(n, "proposition", "propositions")} : choisissez dans la liste.`,
  first: (n: number) => `Les ${n} premières propositions : précisez pour en voir d’autres.`,
  none: "Aucune proposition : vérifiez ce que vous avez écrit.",
  kept: "Ce que vous avez écrit est gardé.",
};
