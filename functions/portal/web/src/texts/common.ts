// The catalogue of texts: what the whole page says. Each section's texts stand beside this file.

import type { Refused } from "../api/client";
import { count, plural } from "../dates";

export const texts = {
  account: "Mon compte",
  loading: "Chargement…",
  again: "Réessayer",
  optional: "(facultatif)",
  required: "Les champs sans mention sont nécessaires.",
  save: "Enregistrer",
  saving: "Enregistrement…",
  savedAt: (time: string) => `Enregistré à ${time}`,
  changes: (n: number) => count(n, "modification non enregistrée", "modifications non enregistrées"),
  nothingToSave: "Rien à enregistrer : rien n’a été modifié.",
  conflictTitle: "Ces données ont été modifiées entre-temps",
  conflictText: "Quelqu’un d’autre, ou vous dans un autre onglet, a enregistré ceci pendant votre saisie. Choisissez ce qui doit rester ; rien de votre saisie n’est perdu.",
  conflictNone: "Quelqu’un d’autre, ou vous dans un autre onglet, a enregistré ceci pendant votre saisie, qui n’y touche pas. Enregistrez pour garder les deux.",
  conflictField: "Champ",
  conflictMine: "Votre saisie",
  conflictTheirs: "Enregistré entre-temps",
  keepMine: "Garder ma saisie",
  takeTheirs: "Prendre ce qui est enregistré",
  empty: "(vide)",
  untouched: "(pas modifié)",
  cancel: "Annuler",
  close: "Fermer",
  more: "Afficher la suite",
  remove: "Retirer",
  unnamedEntity: "Entité sans nom",
  noAddress: "aucune adresse",
  skip: "Aller au contenu",
  sections: "Sections de mon compte",
  sectionsButton: "Sections",
  signIn: "Me connecter",
  signInAgain: "Me reconnecter",
  signOut: "Me déconnecter",
  menu: "Menu de",
  actFor: "Agir pour",
  acting: "Compte d’un autre agent",
  actsFor: (name: string) => `Vous agissez pour le compte de ${name}.`,
  linked: "compte associé",
  linkedOnly: "Ce compte vous est associé : vous pouvez en gérer les alertes, les favoris, les lieux et l’absence. Le reste n’appartient qu’à son titulaire.",
  own: "mon compte",
  welcome: "Les alertes de vos consultations",
  welcomeText:
    "Ce service prévient les agents de la commande publique, par courrier électronique, de ce qui arrive à leurs consultations : un dépôt, la clôture, une question ou un message d’une entreprise, la publication d’un avis, une approbation à donner.",
  toSection: (section: string) => `Connectez-vous pour ouvrir « ${section} ».`,
  newcomer:
    "Chaque compte est créé sur invitation, par l’administrateur de votre organisme. Pour accepter une invitation ou confirmer une adresse, suivez le lien du courriel que vous avez reçu.",
  signInFailed: "La connexion n’a pas abouti",
  signInFailedText: "Elle a été interrompue ou a duré trop longtemps. Vous pouvez recommencer.",
  issuerSilent: "Le service de connexion n’a pas répondu",
  issuerSilentText: "Réessayez dans un instant.",
  expired: "Votre session a pris fin",
  expiredText: "Reconnectez-vous pour continuer. Ce que vous avez saisi dans un formulaire est gardé dans cet onglet et vous attendra.",
  expiredFile: "Le fichier que vous avez choisi, lui, n’est pas gardé : choisissez-le de nouveau ensuite. Ce qui en est déjà créé reste.",
  restored: "Ce que vous aviez saisi avant de vous reconnecter est revenu. Rien n’est encore enregistré.",
  restoredHere: "Ce que vous aviez saisi est revenu. Rien n’est encore enregistré.",
  offline: "Vous êtes hors connexion",
  offlineText: "Ce que vous saisissez reste sur cette page. Enregistrez une fois la connexion revenue.",
  unsaved: "Quitter sans enregistrer ?",
  unsavedText: "Ce que vous avez saisi ou choisi dans cette section n’est pas enregistré.",
  leave: "Quitter sans enregistrer",
  stay: "Rester",
  signOutUnsaved: "Se déconnecter sans enregistrer ?",
  signOutUnsavedText: "Ce qui n’est pas encore enregistré sera perdu.",
  signOutAnyway: "Me déconnecter sans enregistrer",
  backToOwn: "Revenir à mon compte",
  noAccount: "Aucun compte n’est lié à votre identifiant",
  noAccountText: (login: string) =>
    `Vous êtes connecté avec l’identifiant ${login}.`,
  ask: (names: string) => `Vous pouvez vous adresser à ${names}.`,
  askSomebody: (entity: string) => `Adressez-vous à un administrateur de « ${entity} » ou d’une entité au-dessus d’elle.`,
  deactivated: "Votre compte est désactivé",
  deactivatedText: (entity: string) => `Votre compte de « ${entity} » a été désactivé par un administrateur : plus aucune alerte ne vous est envoyée. Vos préférences reviennent s’il est réactivé ; sinon, sa suppression vous sera annoncée un mois avant.`,
  notFound: "Cette page n’existe pas",
  notFoundText: "L’adresse a peut-être été mal copiée.",
  errorsCount: (n: number) => `${n} ${plural(n, "champ est à corriger", "champs sont à corriger")}.`,
};

export const sections = {
  coordonnees: "Mes coordonnées",
  alertes: "Mes alertes électroniques",
  favoris: "Mes favoris",
  lieux: "Mes préférences Lieu d’exécution",
  comptes: "Mes comptes associés",
  historique: "Historique",
  administration: "Administration",
};

interface Said {
  title: string;
  text: string;
}

const wait = (seconds: number): string => {
  if (seconds < 5) return "dans quelques secondes";
  if (seconds < 90) return `dans ${seconds} secondes`;
  return `dans ${Math.ceil(seconds / 60)} minutes`;
};

/** Returns the text about a refusal for which a section has no text of its own. */
export function refusal({ status, problem, wait: seconds }: Refused): Said {
  if (status === 0) return { title: "Le service n’a pas répondu", text: "Vérifiez votre connexion au réseau, puis réessayez. Ce que vous avez saisi est toujours là." };
  if (problem === "too-many-mails") return { title: "Trop de courriels demandés", text: `Un compte peut en demander cinq par heure. Réessayez ${wait(seconds)}.` };
  if (status === 401) return { title: texts.expired, text: "Reconnectez-vous pour continuer." };
  if (status === 403) return { title: "Cette opération ne vous est pas permise", text: "Vos droits ont peut-être changé. Rechargez la page." };
  if (status === 404) return { title: "Il n’y a rien ici", text: "Cet élément a été supprimé, ou vous n’y avez plus accès." };
  if (problem === "email-taken") return { title: "Cette adresse est déjà utilisée", text: "La plateforme n’accepte qu’une seule fois une adresse électronique." };
  if (problem === "email-none") return { title: "Ce compte n’a aucune adresse", text: "Sans adresse électronique, aucun courriel ne peut lui être envoyé." };
  if (problem === "last-administrator") return { title: "Il faut un administrateur", text: "C’est le dernier administrateur actif de l’organisme : nommez-en d’abord un autre." };
  if (problem === "not-permanent-guest") return { title: "Un droit manque", text: "Une règle a besoin du droit d’invité permanent, qu’un administrateur donne. Rechargez la page." };
  if (status === 409) return { title: "Réessayez", text: "Cet élément vient d’être modifié par ailleurs. Réessayez dans un instant." };
  if (status === 412) return { title: "Modifié entre-temps", text: "Quelqu’un d’autre a modifié ces données." };
  if (status === 413) return { title: "C’est trop long", text: "Raccourcissez ce que vous envoyez." };
  if (status === 422) return { title: "Le service n’accepte pas ce que vous envoyez", text: "Rechargez la page et vérifiez votre saisie, qui est gardée. Si l’erreur persiste, écrivez à l’administrateur de votre organisme." };
  if (status === 429) return { title: "Trop de demandes à la fois", text: `Réessayez ${wait(seconds)}.` };
  if (status === 503) return { title: "Service momentanément indisponible", text: `Réessayez ${wait(seconds)}.` };
  return { title: "Une erreur est survenue", text: "L’opération n’a pas abouti. Réessayez plus tard ; si l’erreur persiste, écrivez à l’administrateur de votre organisme." };
}
