// Two small servers that the pages talk to: the site (pages, assets, canned answers of the API) and an OpenID Connect issuer on another
// origin.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const DIST = new URL("../../functions/portal/web/dist/", import.meta.url);
const PAGES = { "/": "account.html", "/confirm": "confirm.html", "/invitation": "invitation.html", "/link": "link.html", "/delegation": "delegation.html", "/recovery": "recovery.html", "/stop": "stop.html" };
const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

async function listen(answer) {
  const server = createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

function json(response, status, value, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** The site. `api(path, request)` says what the API answers: `[status, body, headers]`, or nothing to break the connection. */
export async function startSite(issuer, api) {
  const calls = [];
  const site = await listen(async (request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    if (request.method === "POST") {
      const call = { path: pathname, headers: request.headers, body: await body(request) };
      calls.push(call);
      const answer = await api(call);
      return answer ? json(response, ...answer) : void response.destroy();
    }
    const name = PAGES[pathname] ?? pathname.replace("/assets/", "");
    const file = await readFile(fileURLToPath(new URL(name, DIST))).catch(() => null);
    if (!file) return json(response, 404, {});
    response.setHeader("Content-Type", TYPES[name.split(".").pop()]);
    response.setHeader("Cache-Control", "no-store");
    if (!PAGES[pathname]) return response.end(file);
    pageHeaders(response, issuer.origin);
    const signIn = JSON.stringify({ authority: issuer.origin, clientId: "client", parameters: issuer.parameters }).replaceAll('"', "&quot;");
    const places = { "sign-in": signIn, operator: "Vigie" };
    response.end(file.toString().replace(/\{\{([\w-]+)\}\}/g, (_, name) => places[name] ?? ""));
  });
  return { ...site, calls };
}

/** Sets the headers that the function sends (functions/portal/src/page.rs). */
function pageHeaders(response, issuer) {
  response.setHeader("Referrer-Policy", "no-referrer");
  response.setHeader(
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
      `connect-src 'self' ${issuer}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; ` +
      "require-trusted-types-for 'script'; trusted-types 'none'",
  );
}

/** An issuer that signs everybody in at once, or refuses if told so. Holds clients to PKCE. */
export async function startIssuer() {
  const seen = [];
  const codes = new Map();
  const behaviour = { refuses: false };
  const issuer = await listen(async (request, response) => {
    const url = new URL(request.url, issuer.origin);
    const text = await body(request);
    seen.push(`${request.url} ${JSON.stringify(request.headers)} ${text}`);
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (url.pathname === "/.well-known/openid-configuration") {
      return json(response, 200, {
        issuer: issuer.origin,
        authorization_endpoint: `${issuer.origin}/authorize`,
        token_endpoint: `${issuer.origin}/token`,
      });
    }
    if (url.pathname === "/authorize") return authorize(url.searchParams, response);
    if (url.pathname === "/token") return exchange(new URLSearchParams(text), response);
    return json(response, 404, {});
  });

  function authorize(asked, response) {
    const back = new URL(asked.get("redirect_uri"));
    back.searchParams.set("state", asked.get("state"));
    if (behaviour.refuses) {
      back.searchParams.set("error", "access_denied");
    } else {
      back.searchParams.set("code", `code-${codes.size}`);
      codes.set(`code-${codes.size}`, Object.fromEntries(asked));
    }
    response.writeHead(302, { Location: back.href }).end();
  }

  function exchange(given, response) {
    const asked = codes.get(given.get("code"));
    codes.delete(given.get("code"));
    const challenge = createHash("sha256").update(given.get("code_verifier") ?? "").digest("base64url");
    const rightful =
      asked?.code_challenge_method === "S256" &&
      asked.code_challenge === challenge &&
      asked.redirect_uri === given.get("redirect_uri");
    if (!rightful) return json(response, 400, { error: "invalid_grant" });
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer.origin, aud: "client", sub: "somebody", iat: now, exp: now + 3600, nonce: asked.nonce, email: "agent@mairie.example" };
    const idToken = `${part({ alg: "none" })}.${part(claims)}.signature`;
    return json(response, 200, { access_token: "access", id_token: idToken, token_type: "Bearer", expires_in: 3600 });
  }

  return Object.assign(issuer, { seen, behaviour });
}
