// Confirms an address once its owner presses the button.

import { outcomeOf, page, post, storage, takeToken } from "./link.js?v=0";

const KEY = "vigie.confirmation";

const OUTCOMES = {
  200: {
    success: true,
    title: "Votre adresse est confirmée",
    text: "Vigie envoie désormais ses messages à cette adresse. Vous pouvez fermer cette page.",
  },
  "email-taken": {
    final: true,
    title: "Cette adresse est déjà utilisée",
    text:
      "Elle appartient à un autre compte de la plateforme, et une adresse n’est acceptée qu’une fois. Rien n’a changé : indiquez une " +
      "autre adresse dans vos coordonnées, ou voyez avec l’administrateur de votre organisme.",
  },
  "token-expired": {
    final: true,
    title: "Ce lien a expiré",
    text: "Rien n’a changé. Demandez l’envoi d’un nouveau lien depuis vos coordonnées, puis ouvrez-le depuis le nouveau courriel.",
  },
  404: {
    final: true,
    title: "Ce lien n’est plus valable",
    text: "La demande a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Rien n’a changé.",
  },
};

const token = takeToken(KEY);
const view = page(async () => {
  view.progress("Confirmation en cours…");
  const outcome = outcomeOf(await post("/v1/confirmations", token), OUTCOMES);
  if (outcome.success || outcome.final) storage.remove(KEY);
  view.end(outcome);
});
if (token) view.offer();
else view.incomplete();
