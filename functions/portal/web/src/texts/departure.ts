// The way out: a last day, what one agent alone follows, an account that does not work any more.

import { count } from "../dates";

export const texts = {
  leavesOn: "Dernier jour",
  leavesOnHint: "Le compte s’arrête à minuit. Laissez vide si cette personne reste.",
  leaves: (day: string) => `Dernier jour : ${day}. Le compte s’arrête à minuit.`,
  stopped: (day: string) => `Désactivé depuis le ${day}.`,
  erased: (day: string) => `Désactivé : sera supprimé le ${day}, sauf s’il est réactivé.`,
  handover: "Passer le relais",
  handoverText: (n: number, more: boolean) =>
    n || more ? `${count(n, "consultation n’est suivie", "consultations ne sont suivies")} par personne d’autre${more ? ", et d’autres à la suite" : ""}.` : "Tout ce que cette personne suit est suivi par quelqu’un d’autre.",
  to: "Qui les suit désormais ?",
  choose: "Choisir un agent",
  toHint: "Un agent actif de la même entité. Il reçoit l’étoile de celles qu’il peut voir ; tous deux sont prévenus par courriel.",
  give: "Lui donner ces favoris",
  given: "C’est en cours : tous deux seront prévenus.",
  release: "Libérer l’adresse",
  releaseText: "Un autre compte pourra la prendre. Ce compte n’en aura plus, et ne recevra plus aucun message.",
  released: "L’adresse est libre.",
};
