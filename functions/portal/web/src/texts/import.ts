// « Importer des agents ».

import type { Schemas } from "../api/client";
import { count, number } from "../dates";
import type { Column } from "../import/file";

export const rowStates: Record<Schemas["RowStatus"] | "read", string> = {
  created: "Créé, invitation en route",
  wouldCreate: "Sera créé",
  unchanged: "Existe déjà dans cette entité",
  refused: "Refusé",
  notTried: "Non traité",
  read: "Lu, à vérifier",
};

/** Names of the columns, as the service reads them. */
export const columnNames: Record<Column, string> = {
  civility: "Civilité",
  firstName: "Prénom",
  lastName: "Nom",
  jobTitle: "Fonction",
  email: "Courriel",
  phone: "Téléphone",
  fax: "Télécopie",
  street: "Adresse",
  postalCode: "Code postal",
  city: "Ville",
  country: "Pays",
  role: "Rôle",
};

export const texts = {
  file: "Fichier CSV",
  fileHint: "Une ligne d’en-tête avec au moins prénom ; nom ; courriel. Colonnes possibles : civilité, fonction, téléphone, télécopie, adresse, code postal, ville, pays, rôle.",
  template: "Télécharger un modèle (CSV)",
  templateFile: "modele-agents.csv",
  reading: (name: string) => `Lecture de ${name}…`,
  read: (name: string, n: number) => `${name} : ${count(n, "ligne lue", "lignes lues")}.`,
  nothingYet: "Rien n’est encore créé.",
  unreadable: (name: string) => `${name} ne peut pas être importé tel quel`,
  preview: "Vérifier sans rien créer",
  run: (n: number) => `Créer ${count(n, "compte", "comptes")}`,
  tooMany: "Un fichier a au plus 5 000 lignes. Partagez-le en plusieurs.",
  noRows: "Ce fichier n’a pas de ligne sous son en-tête. Ajoutez une ligne par agent.",
  empty: "Ce fichier est vide. Ajoutez un en-tête et une ligne par agent.",
  notText: "Ce fichier n’est pas du texte, ou des caractères y sont perdus. Ouvrez-le dans votre tableur et enregistrez-le en « CSV UTF-8 ».",
  gone: "Ce fichier ne peut pas être ouvert. Choisissez-le de nouveau.",
  progress: (done: number, all: number) => `${number(done)} sur ${count(all, "ligne", "lignes")}`,
  summary: (name: string, n: number) => `${name} : ${number(n)}`,
  line: "Ligne",
  name: "Prénom et nom",
  email: "Courriel",
  role: "Rôle",
  outcome: "Résultat",
  whyNot: "À corriger",
  importStopped: (n: number) =>
    `Arrêté à mi-chemin : ${count(n, "ligne n’a pas été traitée", "lignes n’ont pas été traitées")}. Reprenez quand vous voulez, ici ou plus tard avec le même fichier : ce qui est déjà créé reste inchangé, et personne n’est invité deux fois.`,
  resume: (n: number) => `Reprendre (${count(n, "ligne", "lignes")})`,
  stop: "Arrêter",
  now: "Reprendre maintenant",
  waitTitle: (reason: "quota" | "silence") => (reason === "quota" ? "En pause : la limite de votre organisme est atteinte" : "En pause : le service ne répond pas"),
  waits: (reason: "quota" | "silence", at: string) =>
    reason === "quota"
      ? `Mille adresses extérieures à votre organisme peuvent être vérifiées par heure, et cinq mille par jour ; celles de votre propre domaine comptent dix fois moins. La suite reprend d’elle-même à ${at} : laissez cet onglet ouvert. Rien n’est perdu.`
      : `La suite reprend d’elle-même à ${at}. Rien n’est perdu.`,
  failed: (n: number) => `Télécharger ${count(n, "la ligne à corriger", "lignes à corriger").replace(/^1 /, "")} (CSV)`,
  failedFile: "agents-a-corriger.csv",
  remark: "Motif",
  moreRows: (n: number) => `Afficher la suite (${count(n, "ligne", "lignes")})`,
};

/** The reasons of the service, and what helps. Of a field's own, the advice about that field. */
const REASONS: [RegExp, string, string?][] = [
  [/^email-taken$/, "adresse déjà utilisée sur la plateforme", "Indiquez une autre adresse."],
  [/^stands in an earlier row too$/, "même adresse qu’une ligne précédente", "Gardez une seule des deux lignes."],
  [/quotation mark that is not closed/, "guillemet droit en trop", "Retirez-le, ou fermez-le dans la même cellule."],
  [/column without a name/, "une cellule est remplie dans une colonne sans titre", "Videz-la, ou donnez un titre à sa colonne."],
  [/is a formula/, "formule, ou erreur du tableur", "Remplacez-la par sa valeur."],
  [/one of agent, administrator/, "valeur inconnue", "Écrivez agent ou administrateur, ou laissez vide."],
  [/is required|must not be empty/, "à remplir", "Cette cellule ne peut pas être vide."],
  [/is one line|control characters|invisible/, "saut de ligne ou caractère invisible", "Saisissez de nouveau la cellule au clavier, sur une seule ligne."],
  [/address of a web page/, "contient une adresse web", "Retirez-la : un nom n’en contient pas."],
  [/eight digits/, "contient un numéro", "Retirez-le : un nom n’en contient pas."],
  [/ASCII/, "accent ou caractère spécial avant le @", "Retirez-le de l’adresse."],
  [/phone number|digits, spaces/, "numéro non reconnu", "Écrivez-le comme 03 88 60 90 90 ou +33 3 88 60 90 90."],
  [/before the @|after the @|e-mail address/, "adresse non reconnue", "Écrivez-la en entier, comme prenom.nom@organisme.fr."],
  [/is too long$/, "trop long", "Raccourcissez-le."],
];

/** The reasons for which a file is refused as a whole. */
const FILES: [RegExp, (field: string) => string][] = [
  [/is not a known column/, (field) => `Colonne inconnue : ${field}. Supprimez-la, ou renommez-la comme dans le modèle.`],
  [/is there twice/, (field) => `Colonne en double : ${field}. Gardez-en une.`],
  [/column that is needed/, (field) => `Colonne manquante : ${field}. Ajoutez-la à l’en-tête.`],
  [/MS-DOS/, () => "Ce fichier est en « CSV (MS-DOS) » : ses accents sont perdus. Enregistrez-le en « CSV UTF-8 »."],
  [/workbook/, () => "Ce fichier est un classeur (Excel, LibreOffice). Enregistrez-le en « CSV UTF-8 »."],
  [/row that is too long/, () => "Une ligne est beaucoup trop longue. Vérifiez que chaque agent a sa ligne."],
  [/not CSV/, () => "L’en-tête ne se lit pas. Vérifiez ses guillemets."],
];

const nameOf = (field: string): string => columnNames[field as Column] ?? field;

/** Returns the reason against a row, in French: the column, what is wrong, and what helps. */
export function rowReason(field: string, reason: string): string {
  const [, what, cure] = REASONS.find(([about]) => about.test(reason)) ?? [null, "valeur refusée", "Corrigez-la."];
  const said = `${what}. ${cure}`;
  return field ? `${nameOf(field)} : ${said}` : said.charAt(0).toUpperCase() + said.slice(1);
}

/** Returns the reason against a file, in French. */
export function fileReason(field: string, reason: string): string {
  return FILES.find(([about]) => about.test(reason))?.[1](nameOf(field)) ?? rowReason(field, reason);
}
