// What every page of the application knows. `settings.json` holds authority, client_id, scope and monitorSession.

const settings = await (await fetch('settings.json')).json()
const here = (page) => new URL(page, location.href).href

export const manager = new oidc.UserManager({
  ...settings,
  redirect_uri: here('callback.html'),
  post_logout_redirect_uri: here('callback.html'),
  popup_post_logout_redirect_uri: here('callback.html'),
  userStore: new oidc.WebStorageStateStore({ store: localStorage }),
  loadUserInfo: true,
  automaticSilentRenew: false,
  validateSubOnSilentRenew: true,
  checkSessionIntervalInSeconds: 1,
})
