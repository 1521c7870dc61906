// « Mes préférences Lieu d'exécution ».

import { count } from "../dates";

export const texts = {
  intro: "Choisissez les lieux où s’exécutent les marchés qui vous intéressent : sur la carte, département par département, ou dans la liste.",
  chosen: (n: number) => (n === 0 ? "Aucun lieu n’est choisi." : `${count(n, "lieu choisi", "lieux choisis")} :`),
  open: "Détails/Éditer",
  title: "Lieu d’exécution",
  map: "Carte des départements",
  mapHint: "Glissez la souris sur les lieux pour voir leur nom, cliquez pour les choisir. Au clavier : les flèches passent d’un département à son voisin, Espace choisit.",
  mapTouch: "Touchez les lieux sur la carte pour les choisir ou les retirer.",
  list: "Liste des lieux",
  shortcuts: "Raccourcis",
  alsace: "Alsace",
  everything: "Tous les départements",
  nothing: "Tout retirer",
  region: (name: string) => `Toute la région ${name}`,
  others: "Ensembles",
  overseas: "Outre-mer",
  allOverseas: "Tout l’outre-mer",
  remember: "Enregistrer ma sélection dans mes préférences",
  rememberHint: "Sans cette case, « Valider » referme la fenêtre et ne change pas vos préférences.",
  validate: "Valider",
  notKept: "Votre sélection n’a pas été enregistrée : la case « Enregistrer ma sélection dans mes préférences » n’était pas cochée.",
  unsaved: "Votre sélection n’est pas encore enregistrée.",
  hover: "Survolez la carte pour voir le nom des départements.",
  touch: "Touchez la carte pour voir le nom des départements.",
  wanted: "Lieux choisis",
  take: (name: string) => `Retirer ${name}`,
  credit: "Carte : « France departments », Victor Cazanave, d’après svg-maps (simplifiée),",
  licence: "CC BY 4.0",
  loading: "Chargement de la carte…",
};
