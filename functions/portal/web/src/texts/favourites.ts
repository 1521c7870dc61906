// « Mes favoris » and the dashboard of consultations.

import type { Schemas } from "../api/client";
import { count } from "../dates";

export const phases: Record<Schemas["Phase"], string> = {
  drafting: "Élaboration",
  consultation: "Consultation",
  opening: "Ouverture",
  decision: "Décision",
  archived: "Archivée",
  cancelled: "Annulée",
};

export const texts = {
  intro: "Tableau de bord des consultations auxquelles vous avez accès et qui ne sont pas terminées. Cliquez sur l’étoile pour suivre une consultation ou cesser de la suivre : vos alertes ne portent que sur vos favoris.",
  search: "Rechercher",
  searchHint: "Référence, intitulé ou entité.",
  phase: "Phase",
  anyPhase: "Toutes les phases",
  show: "Afficher",
  all: "Toutes les consultations",
  starred: "Mes favoris seulement",
  results: (n: number, more: boolean) => `${count(n, "consultation affichée", "consultations affichées")}${more ? ", et d’autres à la suite" : ""}.`,
  none: "Aucune consultation ne vous est ouverte pour l’instant.",
  noneFound: "Aucune consultation ne correspond à cette recherche.",
  noStar: "Vous n’avez pas encore de favori. Affichez toutes les consultations et cliquez sur une étoile.",
  star: (reference: string) => `Suivre ${reference}`,
  starOn: "Ajoutée à vos favoris.",
  starOff: "Retirée de vos favoris.",
  deadline: "Date limite de remise des plis",
  noDeadline: "Pas de date limite.",
  left: (time: string) => `reste ${time}`,
  passed: "dépassée",
  calendar: "Ajouter à mon agenda",
  byHand: "Favori ajouté à la main",
  select: (reference: string) => `Sélectionner ${reference}`,
  unstarSelected: (n: number) => `Retirer ${count(n, "favori sélectionné", "favoris sélectionnés")}`,
  removed: (n: number) => `${count(n, "favori retiré", "favoris retirés")}.`,
  unfollow: "Ne plus suivre cette consultation",
  follow: "Suivre cette consultation",
  undo: "Annuler le retrait",
  undone: "Les favoris sont revenus.",
  untitled: "Consultation sans intitulé",
  asked: "La consultation de votre lien",
  notSeen: "La consultation de votre lien n’est plus ouverte à votre compte, ou elle est terminée.",
};
