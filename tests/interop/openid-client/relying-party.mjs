// A relying party on openid-client. Each address does one thing with it and answers JSON, so that a test reads what
// openid-client made of our answers. ISSUER, CLIENT_ID, CLIENT_SECRET (none for a public client), AUTH_METHOD,
// ID_TOKEN_ALGORITHM, SCOPE and PORT come from the environment.

import { webcrypto } from 'node:crypto'
import { createServer } from 'node:http'
import * as client from 'openid-client'

// Node.js 18, which Debian 12 has, keeps it in a module only.
globalThis.crypto ??= webcrypto

const { ISSUER, CLIENT_ID, CLIENT_SECRET, AUTH_METHOD, ID_TOKEN_ALGORITHM, SCOPE, PORT } = process.env
const here = `http://127.0.0.1:${PORT}`
const methods = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  none: client.None,
}

const config = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  { id_token_signed_response_alg: ID_TOKEN_ALGORITHM },
  methods[AUTH_METHOD](CLIENT_SECRET),
)
// By default openid-client trusts TLS for what the token endpoint says; this has it verify signatures against our JWKS.
client.enableNonRepudiationChecks(config)

// One person uses it at a time, so what a browser's session would hold is simply here.
let pending, tokens, former

async function login(url) {
  pending = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() }
  const parameters = {
    redirect_uri: `${here}/callback`,
    scope: SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    state: pending.state,
    nonce: pending.nonce,
    ...Object.fromEntries(url.searchParams),
  }
  return client.buildAuthorizationUrl(config, parameters)
}

async function callback(url) {
  tokens = await client.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  return { claims, userinfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub), ...received() }
}

async function refresh() {
  former = tokens
  tokens = { ...former, ...(await client.refreshTokenGrant(config, former.refresh_token)) }
  return { rotated: former.refresh_token !== tokens.refresh_token, ...received() }
}

async function replay() {
  return await client.refreshTokenGrant(config, former.refresh_token)
}

async function introspect() {
  return await client.tokenIntrospection(config, tokens.access_token)
}

async function userinfo() {
  return await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)
}

async function revoke() {
  await client.tokenRevocation(config, tokens.refresh_token)
  return { revoked: true }
}

async function machine() {
  return await client.clientCredentialsGrant(config, { scope: SCOPE })
}

function logout() {
  return client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: `${here}/signed-out`,
    state: pending.state,
  })
}

function signedOut(url) {
  return { signed_out: url.searchParams.get('state') === pending.state }
}

function received() {
  const { token_type, expires_in, scope, refresh_token } = tokens
  return { token_type, expires_in, scope, refreshable: refresh_token !== undefined }
}

const pages = {
  '/login': login,
  '/callback': callback,
  '/refresh': refresh,
  '/replay': replay,
  '/introspect': introspect,
  '/userinfo': userinfo,
  '/revoke': revoke,
  '/machine': machine,
  '/logout': logout,
  '/signed-out': signedOut,
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, here)
  const page = pages[url.pathname]
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (page === undefined) return answer(404, {})
  try {
    const outcome = await page(url)
    if (outcome instanceof URL) response.writeHead(303, { location: outcome.href }).end()
    else answer(200, outcome)
  } catch (error) {
    answer(500, { name: error.name, code: error.code, error: error.error, message: error.message })
  }
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
server.listen(PORT, '127.0.0.1', () => console.log(`ready ${here}`))
