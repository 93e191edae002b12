// Where every answer arrives: in the tab itself, in a window, or in a frame that nobody sees.

import { manager } from './manager.js'

const isAnswer = new URLSearchParams(location.search).has('iss')
try {
  if (isAnswer) await manager.signinCallback()
  else await manager.signoutCallback()
  // oidc-client-ts closes windows and frames by itself.
  if (window.opener === null && window.parent === window) location.replace('index.html')
} catch (error) {
  document.querySelector('#error').textContent = `${error.name}: ${error.message}`
}
