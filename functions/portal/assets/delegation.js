// Agrees to stand in for a colleague once the delegate has signed in.

import { signInPage } from "./sign-in.js?v=0";

const OUTCOMES = {
  200: { success: true, title: "Vous remplacez votre collègue" },
  401: {
    title: "La connexion n’a pas été reconnue",
    text: "Connectez-vous de nouveau. Rien n’est perdu : la proposition reste valable.",
  },
  403: {
    other: true,
    title: "Cette proposition s’adresse à un autre compte",
    text:
      "L’identifiant avec lequel vous vous êtes connecté n’est pas celui du compte dont l’adresse a reçu la proposition. Recommencez " +
      "avec l’identifiant de ce compte ; la proposition reste valable.",
  },
  410: {
    final: true,
    title: "L’absence est terminée",
    text: "Votre collègue est de retour : il n’y a plus rien à accepter.",
  },
  404: {
    final: true,
    title: "Cette proposition n’est plus valable",
    text: "Elle a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Rien n’a changé.",
  },
};

signInPage({
  key: "vigie.delegation",
  api: "/v1/delegations",
  progress: "Enregistrement de votre accord…",
  remains: "la proposition reste valable",
  outcomes: OUTCOMES,
  done: () => "Ses alertes vous seront envoyées pendant son absence. Vous pouvez fermer cette page.",
});
