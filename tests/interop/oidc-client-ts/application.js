// A button for each thing that oidc-client-ts does, and what it then knows, as JSON.

import { manager } from './manager.js'

let error = null
const events = []

async function show() {
  const user = await manager.getUser()
  const state = {
    profile: user?.profile ?? null,
    access_token: user?.access_token ?? null,
    refreshable: Boolean(user?.refresh_token),
    session_state: user?.session_state ?? null,
    events,
    error,
  }
  document.querySelector('#state').textContent = JSON.stringify(state)
}

const acts = {
  'sign-in': () => manager.signinRedirect(),
  'sign-in-popup': () => manager.signinPopup(),
  renew: () => manager.signinSilent(),
  revoke: () => manager.revokeTokens(),
  'sign-out': () => manager.signoutRedirect(),
  'sign-out-popup': () => manager.signoutPopup(),
}
for (const [id, act] of Object.entries(acts)) {
  document.querySelector(`#${id}`).addEventListener('click', async () => {
    try {
      await act()
      error = null
    } catch (raised) {
      error = { name: raised.name, message: raised.message, code: raised.error }
    }
    await show()
  })
}

const heard = (event) => async () => {
  events.push(event)
  await show()
}
manager.events.addUserSignedOut(heard('signed out'))
manager.events.addUserSessionChanged(heard('session changed'))
await show()
