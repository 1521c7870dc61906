// « Mes coordonnées ».

import type { Schemas } from "../api/client";
import { count, number, plural } from "../dates";
import { texts as common } from "./common";

export const texts = {
  intro: "Les champs sans mention sont nécessaires. Vos alertes arrivent à l’adresse électronique indiquée ici.",
  civility: "Civilité",
  firstName: "Prénom",
  lastName: "Nom",
  jobTitle: "Fonction",
  email: "Adresse électronique",
  emailHint: "La plateforme n’accepte qu’une seule fois une adresse. Une nouvelle adresse prend effet une fois confirmée depuis le courriel qui y est envoyé.",
  generic: "Pour un compte administrateur, privilégiez une adresse générique : chaque agent peut avoir son propre compte à son adresse personnelle.",
  phone: "Téléphone",
  fax: "Télécopie",
  phoneHint: "Par exemple 03 88 60 90 90, ou +33 3 88 60 90 90.",
  postal: "Adresse postale",
  street: "Numéro et rue",
  postalCode: "Code postal",
  city: "Ville",
  country: "Pays",
  identity: "Identité",
  reach: "Pour vous joindre",
  pendingTitle: "Une nouvelle adresse attend d’être confirmée",
  pending: (address: string, until: string, current: string | null) =>
    `Un courriel a été envoyé à ${address}. Ouvrez-le et confirmez avant le ${until}. ${current === null ? "D’ici là, aucune alerte ne vous est envoyée." : "D’ici là, vos alertes arrivent toujours à l’adresse actuelle."}`,
  resend: "Renvoyer le courriel",
  withdraw: "Retirer la demande",
  withdrawn: "La demande a été retirée.",
  withdrawText: (current: string | null) => `${current === null ? "Votre compte reste sans adresse" : "Votre adresse actuelle reste en vigueur"} ; le lien envoyé à la nouvelle ne vaudra plus rien.`,
  undeliverable: { bounce: "Nos courriels vous reviennent", complaint: "Un de nos courriels a été signalé comme indésirable" },
  stopped: (cause: Schemas["StopCause"], address: string, since: string, says: string | null) =>
    cause === "complaint"
      ? `Le ${since}, un message envoyé à ${address} a été signalé comme indésirable, par vous ou par votre messagerie. Depuis, plus aucune alerte n’y est envoyée.`
      : `Depuis le ${since}, les messages envoyés à ${address} ne sont pas remis${says ? ` : ${says}` : ""}. Plus aucune alerte n’y est envoyée.`,
  missed: (n: number, more: boolean) => {
    if (n === 0) return "Aucune alerte n’a été manquée depuis.";
    return `${more ? `Plus de ${number(n)} alertes` : count(n, "alerte", "alertes")} ne vous ${plural(n, "est pas parvenue", "sont pas parvenues")}.`;
  },
  toHistory: "Voir lesquelles",
  mend: "Pour que les alertes reprennent, confirmez que vous lisez cette adresse, ou indiquez-en une autre ci-dessous. Une fois l’adresse confirmée, la liste de ce que vous avez manqué vous est envoyée.",
  none: "Votre compte n’a aucune adresse électronique",
  noneText: "Aucune alerte ne peut vous être envoyée. Indiquez une adresse ci-dessous : elle prend effet une fois confirmée.",
  unconfirmed: "Votre adresse n’est pas encore confirmée",
  unconfirmedText: (address: string) => `Aucune alerte n’est envoyée à ${address} tant qu’elle n’est pas confirmée.`,
  confirmSame: "M’envoyer un courriel de confirmation",
  correct: "Corriger mon adresse",
  conflictTitle: "Ces coordonnées ont été modifiées entre-temps",
  confirmNext: (address: string) => `Courriel envoyé à ${address} : ouvrez-le pour confirmer.`,
  resentTo: (address: string) => `Le courriel a été renvoyé. Ouvrez celui qui est arrivé à ${address} pour confirmer.`,
  identifier: "Identifiant de ce compte, à donner à un collègue qui vous propose de le remplacer :",
  notYours: common.linkedOnly,
};

/** Returns advice about a refused field, in French: by field if that says more, otherwise by the API's reason. */
export function advice(field: string, reason: string): string {
  if (/required|empty|must not be blank|null/.test(reason)) return "Indiquez une valeur.";
  if (/longer|at most|too long|characters/.test(reason) && /\d/.test(reason)) return `Raccourcissez : ${/\d+/.exec(reason)?.[0]} caractères au plus.`;
  if (field === "email" || field.endsWith(".email")) return "Indiquez une adresse électronique complète, comme prenom.nom@organisme.fr.";
  if (/phone|fax/.test(field)) return "Indiquez un numéro complet, comme 03 88 60 90 90 ou +33 3 88 60 90 90.";
  if (/web address|link|url/i.test(reason)) return "Retirez l’adresse web : un nom n’en contient pas.";
  if (/invisible|control|directional/.test(reason)) return "Retirez les caractères invisibles : saisissez de nouveau ce champ au clavier.";
  return "Cette valeur n’est pas acceptée : corrigez-la.";
}
