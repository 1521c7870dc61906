// Links two accounts once the owner of the one that was asked has signed in.

import { signInPage } from "./sign-in.js?v=0";

const OUTCOMES = {
  200: { success: true, title: "Les comptes sont associés" },
  401: {
    title: "La connexion n’a pas été reconnue",
    text: "Connectez-vous de nouveau. Rien n’est perdu : la demande reste valable.",
  },
  403: {
    other: true,
    title: "Cette demande s’adresse à un autre compte",
    text:
      "L’identifiant avec lequel vous vous êtes connecté n’est pas celui du compte dont l’adresse a reçu la demande. Recommencez avec " +
      "l’identifiant de ce compte ; la demande reste valable.",
  },
  410: {
    final: true,
    title: "Cette demande a expiré",
    text: "Une demande vaut sept jours. Rien n’a changé : si vous souhaitez associer vos comptes, elle doit être faite de nouveau.",
  },
  404: {
    final: true,
    title: "Cette demande n’est plus valable",
    text: "Elle a été retirée, l’association a été défaite depuis, ou le lien a été mal copié. Rien n’a changé.",
  },
};

signInPage({
  key: "vigie.link",
  api: "/v1/links",
  progress: "Association des comptes…",
  remains: "la demande reste valable",
  outcomes: OUTCOMES,
  done: () => "Chacun peut désormais gérer les préférences de l’autre. Vous pouvez fermer cette page.",
});
