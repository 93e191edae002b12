// A relying party on oauth4webapi. Each address does one thing with it and answers JSON, so that a test reads what
// oauth4webapi made of our answers. ISSUER, SCOPE and PORT come from the environment, and either CLIENT_ID and
// CLIENT_SECRET of a client that is registered already, or INITIAL_ACCESS_TOKEN to register itself: then it signs its
// requests, authenticates with a key, and has ID tokens and userinfo encrypted. With BOUND it pushes its requests, and
// its tokens are bound to a key (DPoP).

import { webcrypto } from 'node:crypto'
import { createServer } from 'node:http'
import { compactDecrypt } from 'jose'
import * as oauth from 'oauth4webapi'

// Node.js 18, which Debian 12 has, keeps it in a module only.
globalThis.crypto ??= webcrypto

const { ISSUER, CLIENT_ID, CLIENT_SECRET, INITIAL_ACCESS_TOKEN, BOUND, SCOPE, PORT } = process.env
const here = `http://127.0.0.1:${PORT}`
const signing = await oauth.generateKeyPair('ES256', { extractable: true })
const encryption = await crypto.subtle.generateKey(
  { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  true,
  ['encrypt', 'decrypt'],
)
// The issuer of the demo speaks plain HTTP, on loopback.
const options = {
  [oauth.allowInsecureRequests]: true,
  async [oauth.jweDecrypt](jwe) {
    const { plaintext } = await compactDecrypt(jwe, encryption.privateKey, {
      keyManagementAlgorithms: ['RSA-OAEP-256'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return new TextDecoder().decode(plaintext)
  },
}

const issuer = new URL(ISSUER)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
const [client, clientAuth] =
  CLIENT_ID === undefined
    ? [await register(), oauth.PrivateKeyJwt({ key: signing.privateKey, kid: 'signing' })]
    : [{ client_id: CLIENT_ID }, oauth.ClientSecretBasic(CLIENT_SECRET)]

const pushes = BOUND !== undefined
if (pushes) options.DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

// RFC 9449 §8: the first answer may only say which nonce a proof has to carry, and oauth4webapi remembers it.
async function proven(request) {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await request()
  }
}

// One person uses it at a time, so what a browser's session would hold is simply here.
let pending, tokens, claims

async function register() {
  const keys = { signing: signing.publicKey, encryption: encryption.publicKey }
  const jwks = { keys: [] }
  for (const [kid, key] of Object.entries(keys)) {
    const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', key)
    jwks.keys.push({ kty, crv, x, y, n, e, kid, use: kid.slice(0, 3) })
  }
  const metadata = {
    client_name: 'Registered by itself',
    application_type: 'web',
    redirect_uris: [`${here}/callback`],
    post_logout_redirect_uris: [`${here}/signed-out`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: SCOPE,
    jwks,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    request_object_signing_alg: 'ES256',
    id_token_signed_response_alg: 'EdDSA',
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    id_token_encrypted_response_enc: 'A256GCM',
    userinfo_signed_response_alg: 'PS256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_enc: 'A256GCM',
  }
  const response = await oauth.dynamicClientRegistrationRequest(as, metadata, {
    initialAccessToken: INITIAL_ACCESS_TOKEN,
    ...options,
  })
  return await oauth.processDynamicClientRegistrationResponse(response)
}

async function registration() {
  const { client_secret, registration_access_token, ...shown } = client
  return { ...shown, has_secret: client_secret !== undefined, is_managed: registration_access_token !== undefined }
}

async function login(url) {
  pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  }
  let parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: `${here}/callback`,
    response_type: 'code',
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    state: pending.state,
    nonce: pending.nonce,
    ...Object.fromEntries(url.searchParams),
  })
  if (client.request_object_signing_alg !== undefined) {
    const request = await oauth.issueRequestObject(as, client, parameters, {
      key: signing.privateKey,
      kid: 'signing',
    })
    // Core §6.1: OAuth 2.0 wants these two beside the object as well.
    parameters = new URLSearchParams({
      client_id: client.client_id,
      response_type: 'code',
      scope: 'openid',
      request,
    })
  }
  if (pushes) {
    const pushed = await proven(async () => {
      const response = await oauth.pushedAuthorizationRequest(as, client, clientAuth, parameters, options)
      return await oauth.processPushedAuthorizationResponse(as, client, response)
    })
    pending.request_uri = pushed.request_uri
    parameters = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })
  }
  return new URL(`${as.authorization_endpoint}?${parameters}`)
}

function again() {
  const parameters = new URLSearchParams({ client_id: client.client_id, request_uri: pending.request_uri })
  return new URL(`${as.authorization_endpoint}?${parameters}`)
}

async function callback(url) {
  const answer = oauth.validateAuthResponse(as, client, url, pending.state)
  let response
  tokens = await proven(async () => {
    response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      clientAuth,
      answer,
      `${here}/callback`,
      pending.verifier,
      options,
    )
    return await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: pending.nonce,
      requireIdToken: true,
      ...options,
    })
  })
  await oauth.validateApplicationLevelSignature(as, response, options)
  claims = oauth.getValidatedIdTokenClaims(tokens)
  return { claims, ...(await userinfo()), ...received() }
}

async function userinfo() {
  const response = await oauth.userInfoRequest(as, client, tokens.access_token, options)
  const media_type = response.headers.get('content-type')
  const person = await oauth.processUserInfoResponse(as, client, claims.sub, response, options)
  if (media_type.startsWith('application/jwt')) {
    await oauth.validateApplicationLevelSignature(as, response, options)
  }
  return { userinfo: person, media_type }
}

// What the access token is worth to somebody without the key.
async function stolen() {
  const { DPoP, ...others } = options
  const response = await oauth.protectedResourceRequest(
    tokens.access_token,
    'GET',
    new URL(as.userinfo_endpoint),
    undefined,
    undefined,
    others,
  ).catch((error) => ({ status: error.status }))
  return { status: response.status }
}

async function refresh() {
  const former = tokens
  let response
  const renewed = await proven(async () => {
    response = await oauth.refreshTokenGrantRequest(as, client, clientAuth, former.refresh_token, options)
    return await oauth.processRefreshTokenResponse(as, client, response, options)
  })
  tokens = { ...former, ...renewed }
  const refreshed = oauth.getValidatedIdTokenClaims(renewed)
  if (refreshed !== undefined) await oauth.validateApplicationLevelSignature(as, response, options)
  return { rotated: former.refresh_token !== tokens.refresh_token, claims: refreshed, ...received() }
}

async function revoke() {
  const response = await oauth.revocationRequest(as, client, clientAuth, tokens.refresh_token, options)
  await oauth.processRevocationResponse(response)
  return { revoked: true }
}

function logout() {
  const parameters = new URLSearchParams({
    // An encrypted ID token only we can read: it is no hint to anybody else.
    ...(client.id_token_encrypted_response_alg === undefined
      ? { id_token_hint: tokens.id_token }
      : { client_id: client.client_id }),
    post_logout_redirect_uri: `${here}/signed-out`,
    state: pending.state,
  })
  return new URL(`${as.end_session_endpoint}?${parameters}`)
}

function signedOut(url) {
  return { signed_out: url.searchParams.get('state') === pending.state }
}

function received() {
  const { token_type, expires_in, scope, refresh_token } = tokens
  return { token_type, expires_in, scope, refreshable: refresh_token !== undefined }
}

const pages = {
  '/registration': registration,
  '/login': login,
  '/again': again,
  '/callback': callback,
  '/userinfo': userinfo,
  '/stolen': stolen,
  '/refresh': refresh,
  '/revoke': revoke,
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
    const { name, code, message, cause } = error
    answer(500, { name, code, error: error.error, message, cause: String(cause?.message ?? cause ?? '') })
  }
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
server.listen(PORT, '127.0.0.1', () => console.log(`ready ${here}`))
