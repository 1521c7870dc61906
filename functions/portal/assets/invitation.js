// Accepts an invitation once its owner has signed in.

import { signInPage } from "./sign-in.js?v=0";

const OUTCOMES = {
  200: { success: true, title: "Invitation acceptée" },
  401: {
    title: "La connexion n’a pas été reconnue",
    text: "Connectez-vous de nouveau. Rien n’est perdu : l’invitation reste valable.",
  },
  "already-bound": {
    final: true,
    title: "Cette invitation a déjà été acceptée",
    text:
      "Elle l’a été avec un autre identifiant. Si c’était le vôtre, connectez-vous avec lui ; sinon, prévenez l’administrateur de " +
      "votre organisme.",
  },
  410: {
    final: true,
    title: "Cette invitation a expiré",
    text: "Une invitation vaut sept jours. Demandez à l’administrateur de votre organisme de vous en envoyer une nouvelle.",
  },
  404: {
    final: true,
    title: "Cette invitation n’est plus valable",
    text:
      "Elle a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Ouvrez le lien du dernier courriel reçu, ou " +
      "demandez une nouvelle invitation à l’administrateur de votre organisme.",
  },
};

signInPage({
  key: "vigie.invitation",
  api: "/v1/invitations",
  progress: "Acceptation de l’invitation…",
  remains: "l’invitation reste valable",
  outcomes: OUTCOMES,
  done: (email) => {
    const bound = email ? `Votre compte est lié à l’identifiant ${email}` : "Votre compte est lié à votre identifiant";
    return `${bound}, et votre adresse est confirmée. Vous pouvez fermer cette page.`;
  },
});
