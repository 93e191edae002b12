// node server.mjs PORT CONTROL ISSUER: oidc-provider over its adapter in memory, with the clients, algorithms and
// grants of `bench/installation.py`. CONTROL is the port that hands out codes, as a signed-in browser would get them.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider, errors } from 'oidc-provider';

const [port, control, issuer] = process.argv.slice(2);
const API = 'https://api.example.test';
const OPAQUE = 'https://opaque.example.test';
const SCOPE = 'openid profile email invoices:read';
const SECRET = 'a secret of the benchmark';
const REDIRECT_URI = 'http://localhost:3000/callback';
const CHALLENGE = process.env.CHALLENGE;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'benchmark' };
const profile = { name: 'Alice Martin', given_name: 'Alice', family_name: 'Martin', email: 'alice@example.test' };

const secret = { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' };
const itself = {
  grant_types: ['client_credentials'], response_types: [], redirect_uris: [], id_token_signed_response_alg: 'ES256',
};
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'es256', ...secret, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      redirect_uris: [REDIRECT_URI], id_token_signed_response_alg: 'ES256',
    },
    { client_id: 'machine', ...secret, ...itself },
    { client_id: 'introspector', ...secret, ...itself },
  ],
  jwks: { keys: [key] },
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'], email: ['email'] },
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...profile }) }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  expiresWithSession: () => false,
  ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, IdToken: 600, RefreshToken: 86400, Grant: 86400 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => {
        const known = { scope: 'invoices:read', audience: resource, accessTokenTTL: 600 };
        if (resource === API) return { ...known, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
        if (resource === OPAQUE) return { ...known, accessTokenFormat: 'opaque' };
        throw new errors.InvalidTarget();
      },
    },
  },
});

async function code(resource) {
  const client = await provider.Client.find('es256');
  const grant = new provider.Grant({ accountId: 'alice', clientId: 'es256' });
  grant.addOIDCScope('openid profile email');
  grant.addResourceScope(resource, 'invoices:read');
  const issued = new provider.AuthorizationCode({
    accountId: 'alice', client, grantId: await grant.save(), gty: 'authorization_code', scope: SCOPE, resource,
    redirectUri: REDIRECT_URI, codeChallenge: CHALLENGE, codeChallengeMethod: 'S256',
    nonce: 'nonce-of-the-benchmark', authTime: Math.floor(Date.now() / 1000), acr: 'urn:example:password', amr: ['pwd'],
  });
  return issued.save();
}

createServer(async (request, response) => {
  const asked = new URL(request.url, 'http://localhost').searchParams;
  const codes = [];
  for (let left = Number(asked.get('codes')); left > 0; left -= 1) codes.push(await code(asked.get('resource')));
  response.end(JSON.stringify(codes));
}).listen(Number(control), '127.0.0.1');
provider.listen(Number(port), '127.0.0.1', () => console.log(`ready ${port}`));
